"""Submissions that are held: kept, but not stored, until somebody decides or repairs them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class HeldSubmission(SQLModel, table=True):
    """A body that was sent under the id of a stored submission with other content, or a body with faults."""

    __tablename__ = "held_submission"
    __table_args__ = (
        UniqueConstraint("submission_id", "sent_by", "content_mark"),
        Index("ix_held_submission_region", "region", "received_at", "id"),
        Index("ix_held_submission_sent_by", "sent_by", "kind", "status"),
        Index("ix_held_submission_family_id", "family_id", postgresql_where=text("family_id IS NOT NULL")),
        Index("ix_held_submission_key_id", "key_id"),
        Index("ix_held_submission_hash_key_id", "hash_key_id"),
        Index("ix_held_submission_open", "received_at", postgresql_where=text("status = 'open'")),
    )

    id: UUID = Field(primary_key=True)
    submission_id: UUID
    """The id under which it was sent."""
    kind: str
    """conflict or faulty."""
    region: str = Field(sa_type=ByteOrder)
    """The village that it names. If it names none of the sender's, the smallest region of all that the sender has.

    A conflict moves with its submission.
    """
    family_id: UUID | None = Field(default=None, foreign_key="family.id", ondelete="CASCADE")
    """The family of the stored submission, for a conflict."""
    sent_by: UUID
    device: str
    """The sign-in from which it came. For an agency, the agency's id."""
    training: bool
    """Whether it was sent for training."""
    based_on: int | None = Field(default=None, sa_type=SmallInteger)
    """The revision that the device wanted to correct. Null if it named none."""
    reason: str | None = None
    """The reason that the device gave for a correction."""
    received_at: datetime = Field(sa_type=Instant)
    code: str = Field(sa_type=ByteOrder)
    """The code of its receipt."""
    content_mark: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A keyed mark of the content, by which a resend is found."""
    hash_key_id: str
    encrypted_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The encrypted content hash, as in `submission`."""
    key_id: str
    encrypted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The body as JSON, encrypted under an identity key."""
    told_faults: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True)
    )
    """Pointer and code of each fault, for a body with faults. No values."""
    status: str
    """open, chosen, dismissed or repaired."""
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: UUID | None = None


class HeldNumber(SQLModel, table=True):
    """A keyed digest of a card number or NIK in a held body, by which it is found for the family's rights."""

    __tablename__ = "held_number"
    __table_args__ = (Index("ix_held_number_digest", "digest"), Index("ix_held_number_key_id", "key_id"))

    held_id: UUID = Field(
        sa_column=Column(ForeignKey("held_submission.id", ondelete="CASCADE"), primary_key=True, nullable=False)
    )
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True, nullable=False))
    region: str = Field(sa_type=ByteOrder)
    """As of the held submission."""
    key_id: str
    """The matching key."""
