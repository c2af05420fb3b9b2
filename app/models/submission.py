"""Submissions, and the ids of those that were erased.

Columns for region, instrument, sender and family have no foreign key. The rows they name are never deleted alone, and
the insert takes the region from its table in the same statement. A key check for each row would lock the same few
parent rows in every submission (docs/decisions/0005-one-statement-per-submission.md).
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant

_LISTED: Final = ("region", "year", "received_at", "id")
"""The order of lists."""


class Submission(SQLModel, table=True):
    __tablename__ = "submission"
    __table_args__ = (
        # Without the id, after which a list orders the few rows that arrived in the same moment.
        Index("ix_submission_region", *_LISTED[:3]),
        Index("ix_submission_family_id", "family_id"),
        Index("ix_submission_hash_key_id", "hash_key_id"),
        Index("ix_submission_texts_key_id", "texts_key_id", postgresql_where=text("texts_key_id IS NOT NULL")),
        Index("ix_submission_uncounted", *_LISTED, postgresql_where=text("uncounted IS NOT NULL")),
        Index("ix_submission_moved", *_LISTED, postgresql_where=text("moved")),
        Index("ix_submission_flagged", *_LISTED, postgresql_where=text("warnings <> ''")),
        Index("ix_submission_code", "code", postgresql_using="hash"),
        # Equal keys are stored once. The rows of one sender, village and year are few enough to be sorted.
        Index("ix_submission_sent_by", "sent_by", *_LISTED[:2]),
        Index("ix_submission_salt_mark", "salt_mark", postgresql_where=text("salt_mark IS NOT NULL")),
        Index("ix_submission_training", "received_at", postgresql_where=text("purpose = 'training'")),
        Index("ix_submission_review", "review", *_LISTED, postgresql_where=text("review IS NOT NULL")),
        Index("ix_submission_assigned_to", "assigned_to", postgresql_where=text("assigned_to IS NOT NULL")),
    )

    id: UUID = Field(primary_key=True)
    revision: int = Field(sa_type=SmallInteger)
    instrument_id: int = Field(sa_type=SmallInteger)
    region: str = Field(sa_type=ByteOrder)
    edition: str
    """The edition of the region codes that was in force on the local day of the interview."""
    year: int = Field(sa_type=SmallInteger)
    """The local year of `surveyed_at` at the region."""
    surveyed_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    code: str = Field(sa_type=ByteOrder)
    """The receipt's short code, ten symbols (app/platform/codes.py). Hardly ever do two submissions have the same."""
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the interview began, if the device says so. `surveyed_at` is when it was done."""
    purpose: str
    """interview, reinterview or training. Only interviews count."""
    sent_by: UUID
    """The agency or the person."""
    family_id: UUID
    head_sex: str
    members: int = Field(sa_type=SmallInteger)
    answers: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Whole numbers for the questions, in the instrument's order (app/scoring/coding.py). Empty after retention."""
    texts_key_id: str | None = None
    """The identity key that encrypted the texts. Null if there are none."""
    encrypted_texts: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """The texts among the answers, encrypted. They are taken with the identity, or with the answers."""
    outcomes: str = Field(sa_column=Column(String, nullable=False))
    """What the score follows from, as text (app/scoring/basis_text.py). For format 1 it is one letter for each
    indicator, in the instrument's order: F, U, N or M."""
    index_units: int | None = Field(default=None, sa_type=BigInteger)
    """The first index as it enters the sums, in 10⁻⁸ points. It is null without a value, or if it is too large."""
    hash_key_id: str
    encrypted_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The encrypted content hash, with the salt if there is one (app/platform/encryption.py)."""
    salt_mark: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """A keyed mark of the sender and the salt, by which the salt is found again. Null if none was sent."""
    warnings: str
    """What is odd in it, as app/problems/stored_warnings.py writes it."""
    uncounted: str | None = None
    """Why the sums of reported interviews do not hold it (app/services/intake/counting.py). Null if they do."""
    in_approved: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether the sums of approved interviews hold it."""
    carded: bool
    """Whether the family had a card number, by which another interview of it is found."""
    moved: bool = False
    """Whether its card or a NIK was known in another village when it was received."""
    after_settlement: bool | None = None
    """Whether it was received after its round was settled. Then it counts only once it is approved."""
    review: str | None = None
    """The state of its review (app/schemas/intake/review_states.py). Null while it is accepted."""
    revised_at: datetime | None = Field(default=None, sa_type=Instant)
    """When its content was last replaced. Null for revision 1."""
    corrected_by: UUID | None = None
    """Who sent the content that is stored now, if it is a correction. Null after one by a family's right."""
    assigned_to: UUID | None = None
    """Who corrects it in place of `sent_by`, for example because that kader has left."""


class SubmissionRevision(SQLModel, table=True):
    """An earlier revision of a submission, and why it was replaced. A correction by a family's right leaves none."""

    __tablename__ = "submission_revision"
    __table_args__ = (
        Index("ix_submission_revision_hash_key_id", "hash_key_id"),
        Index("ix_submission_revision_texts_key_id", "texts_key_id", postgresql_where=text("texts_key_id IS NOT NULL")),
        Index("ix_submission_revision_note_key_id", "note_key_id", postgresql_where=text("note_key_id IS NOT NULL")),
        Index("ix_submission_revision_surveyed_at", "surveyed_at", postgresql_where=text("octet_length(answers) > 0")),
    )

    submission_id: UUID = Field(
        sa_column=Column(ForeignKey("submission.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    revision: int = Field(primary_key=True, sa_type=SmallInteger)
    region: str = Field(sa_type=ByteOrder)
    """The village of the submission as it is stored now."""
    village: str = Field(sa_type=ByteOrder)
    """The village that this revision named."""
    instrument_id: int = Field(sa_type=SmallInteger)
    edition: str
    year: int = Field(sa_type=SmallInteger)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    surveyed_at: datetime = Field(sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    """When this revision was received."""
    sent_by: UUID | None = None
    """Who sent this revision. Null if it was a correction by a family's right, which its sender did not send."""
    head_sex: str
    members: int = Field(sa_type=SmallInteger)
    answers: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    texts_key_id: str | None = None
    encrypted_texts: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    outcomes: str = Field(sa_column=Column(String, nullable=False))
    index_units: int | None = Field(default=None, sa_type=BigInteger)
    hash_key_id: str
    encrypted_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    warnings: str
    """All columns from `instrument_id` to here as in `submission`."""
    replaced_at: datetime = Field(sa_type=Instant)
    replaced_by: UUID
    reason: str
    """Why it was replaced, as a code (app/schemas/intake/correction_reasons.py)."""
    note_key_id: str | None = None
    encrypted_note: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    """Why it was replaced, in words. Encrypted under an identity key."""


class ErasedSubmission(SQLModel, table=True):
    """The id of an erased submission. Nothing is stored under it again, and its sender is told why."""

    __tablename__ = "erased_submission"

    id: UUID = Field(primary_key=True)
    erased_at: datetime = Field(sa_type=Instant)
    sent_by: UUID | None = None
    """Null if it was erased before the service kept who had sent it. Then nobody is told."""
    purpose: str | None = None
    """As in `submission`. Null as `sent_by` is."""
