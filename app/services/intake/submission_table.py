"""The row of a submission, which one function makes. The only writer of `submission` and `erased_submission`.

Taking and correcting store the row that `make_row` returns. To add a column, add it to the table
(`app/models/submission.py`), to `SubmissionRow` and to `make_row`. The statements below follow by themselves.

What changes a row here writes the event of the change (`events.py`). Texts and answers that retention takes, and texts
that are encrypted again, write none. They change no figure and nothing that a reader of submissions gets.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import ErasedSubmission, Family, Submission
from app.platform.encryption import Vault
from app.platform.sql import Statement
from app.problems.stored_warnings import write_warnings
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.review_states import ReviewState
from app.services.intake.checking import Checked
from app.services.intake.events import RECORD_MARKED, record_changes
from app.services.intake.scores import FamilyScore
from app.services.intake.survey_year import survey_year
from app.services.rounds.changes import RECORD_MARKED_IN_ROUND

Undecided = Literal["undecided"]
UNDECIDED: Final = "undecided"
"""Why a row does not count between its change and `settle_counts` (`counting.py`)."""


class SubmissionRow(NamedTuple):
    """One row without what the database decides, such as `edition` and `received_at`, and without its review.

    `app/models/submission.py` explains the columns.
    """

    id: UUID
    revision: int
    region: str
    instrument_id: int
    year: int
    started_at: datetime | None
    surveyed_at: datetime
    purpose: Purpose
    code: str
    sent_by: UUID
    family_id: UUID
    head_sex: str
    members: int
    answers: bytes
    texts_key_id: str | None
    encrypted_texts: bytes | None
    outcomes: str
    index_units: int | None
    hash_key_id: str
    encrypted_hash: bytes
    salt_mark: bytes | None
    warnings: str
    uncounted: Uncounted | Undecided | None
    carded: bool


def make_row(
    id: UUID,
    checked: Checked,
    score: FamilyScore,
    vault: Vault,
    *,
    sent_by: UUID,
    family_id: UUID,
    code: str,
    purpose: Purpose,
    revision: int = 1,
    first: bool = False,
) -> SubmissionRow:
    """Returns the row of a valid submission. Its year is the local year of the interview at the region.

    The `first` interview of a family counts. Otherwise that is not decided yet. Other purposes never count.
    """
    answers, texts = checked.taken.stored
    texts_key_id, encrypted_texts = vault.encrypt_texts(id, texts) if texts else (None, None)
    hash_key_id, encrypted_hash = vault.encrypt_hash(id, checked.hashed)
    salt = checked.hashed.salt
    return SubmissionRow(
        id=id,
        revision=revision,
        region=checked.region,
        instrument_id=checked.published.id,
        year=survey_year(checked.surveyed_at, checked.region),
        started_at=checked.started_at and checked.started_at.astimezone(UTC),
        surveyed_at=checked.surveyed_at.astimezone(UTC),
        purpose=purpose,
        code=code,
        sent_by=sent_by,
        family_id=family_id,
        head_sex=checked.head_sex,
        members=checked.members,
        answers=answers,
        texts_key_id=texts_key_id,
        encrypted_texts=encrypted_texts,
        outcomes=score.outcomes,
        index_units=score.index_units,
        hash_key_id=hash_key_id,
        encrypted_hash=encrypted_hash,
        salt_mark=None if salt is None else vault.salt_marks(sent_by, salt)[0],
        warnings=write_warnings(checked.warnings),
        uncounted=purpose if purpose != "interview" else None if first else UNDECIDED,
        carded=checked.card_number is not None,
    )


_DIALECT: Final[Any] = postgresql.dialect()  # type: ignore[no-untyped-call]
COLUMNS: Final = SubmissionRow._fields


def _column_types() -> dict[str, str]:
    """Returns the type of each of the row's columns. PostgreSQL takes parameters without a type for text."""
    table = Submission.__table__  # type: ignore[attr-defined]
    return {name: table.c[name].type.compile(dialect=_DIALECT).partition(" COLLATE ")[0] for name in COLUMNS}


COLUMN_TYPES: Final = _column_types()
"""By column, the type in which a row is given to `INSERT_ROWS`."""
_CHOSEN: Final = {name: f"chosen.{name}" for name in COLUMNS} | {"warnings": "chosen.warnings || chosen.more"}
INSERT_ROWS: Final = f"""
INSERT INTO submission ({", ".join(COLUMNS)}, edition, received_at, moved, after_settlement)
SELECT {", ".join(_CHOSEN.values())}, chosen.edition, now(), chosen.position IN (SELECT position FROM elsewhere),
    chosen.settled
FROM chosen ORDER BY chosen.id
ON CONFLICT (id) DO NOTHING
RETURNING id
"""  # noqa: S608 (names of our own columns)
"""Statement part that stores the rows of submissions whose family is `chosen`, with the warnings that come with it.

`elsewhere` has the positions of those with a number that is known in another village.
"""
RECEIPT_COLUMNS: Final = """
revision, region, sent_by, corrected_by, family_id, instrument_id, coalesce(revised_at, received_at) AS received_at,
outcomes, hash_key_id, encrypted_hash, warnings, uncounted, code, purpose, review
"""
"""Statement part with the columns that a receipt and a score are made from.

`received_at` is when the content that is stored now was received.
"""


# With the ids as a list, the planner looks up each row even while it believes that the table is empty.
MARK_ROWS: Final = """
UPDATE submission SET uncounted = mark.uncounted, carded = mark.carded, in_approved = mark.in_approved
FROM unnest(
    :mark_ids::uuid[], :mark_reasons::text[], :mark_carded::boolean[], :mark_approved::boolean[], :mark_kinds::text[],
    :mark_causes::uuid[]
) AS mark (id, uncounted, carded, in_approved, kind, cause)
WHERE submission.id = mark.id AND submission.id = ANY (:mark_ids::uuid[]) AND {when}
RETURNING submission.id, submission.region, submission.year, submission.instrument_id, submission.surveyed_at, mark.kind
"""
"""Statement part that marks submissions, `when` something holds."""
MARK_COUNTS: Final = Statement(
    """
WITH marked AS (
    {mark_rows}
), listed AS (
    {list_marked}
)
{record_marked}
""",
    mark_rows=MARK_ROWS.format(when="true"),
    list_marked=RECORD_MARKED_IN_ROUND,
    record_marked=RECORD_MARKED,
)
"""Statement that stores why submissions of locked families do not count, or null, and whether they have a card.

`kinds` are those of the events that it writes, or null where the change that led to the mark has its own event.
"""


async def replace_row(
    session: AsyncSession,
    old: Submission,
    new: SubmissionRow,
    *,
    edition: str,
    at: datetime,
    by: UUID | None = None,
    after_settlement: bool | None = None,
) -> None:
    """Replaces a stored row by one of the same id, which is accepted anew. The row keeps the time it was received.

    by: who sent the new content, None if nobody may be told what is stored now
    after_settlement: whether it does not count before it is approved
    """
    change = update(Submission).where(col(Submission.id) == old.id)
    change = change.values(
        **new._asdict(),
        edition=edition,
        revised_at=at,
        corrected_by=by,
        after_settlement=after_settlement,
        review=None,
        in_approved=False,
    )
    await session.execute(change.execution_options(synchronize_session=False))
    await record_changes(session, "submission.corrected", [new])
    if (old.region, old.year, old.instrument_id) != (new.region, new.year, new.instrument_id):
        await record_changes(session, "submission.left", [old])


async def set_review(session: AsyncSession, submissions: Sequence[Submission], state: ReviewState) -> None:
    """Moves the review of submissions of locked families. `settle_counts` brings the sums to it."""
    change = update(Submission).where(col(Submission.id).in_([each.id for each in submissions])).values(review=state)
    await session.execute(change.execution_options(synchronize_session=False))
    await record_changes(session, "submission.reviewed", submissions)


async def assign(session: AsyncSession, submissions: Sequence[UUID], person: UUID) -> None:
    """Lets a person correct submissions in place of whoever sent them."""
    change = update(Submission).where(col(Submission.id).in_(submissions)).values(assigned_to=person)
    await session.execute(change.execution_options(synchronize_session=False))


async def set_corrector(session: AsyncSession, id: UUID, by: UUID) -> None:
    """Notes who repaired what its sender had handed in with faults, when it is stored."""
    change = update(Submission).where(col(Submission.id) == id).values(corrected_by=by)
    await session.execute(change.execution_options(synchronize_session=False))


async def submissions_of(session: AsyncSession, family: Family) -> list[Submission]:
    """Returns all submissions of a family as they are stored now, the oldest first."""
    query = select(Submission).where(col(Submission.family_id) == family.id)
    query = query.order_by(col(Submission.received_at), col(Submission.id))
    return list(await session.scalars(query.execution_options(populate_existing=True)))


async def move_rows(session: AsyncSession, submissions: Sequence[Submission], family: Family) -> None:
    """Moves submissions to another family of the same village, which changes no sums."""
    ids = [each.id for each in submissions]
    change = update(Submission).where(col(Submission.id).in_(ids)).values(family_id=family.id)
    await session.execute(change.execution_options(synchronize_session=False))
    await record_changes(session, "submission.reassigned", submissions)


_NO_TEXTS: Final = {"texts_key_id": None, "encrypted_texts": None}


async def drop_texts(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes the texts among the answers of locked families, which can name somebody. Other answers stay."""
    change = update(Submission).where(
        col(Submission.family_id).in_(families), col(Submission.texts_key_id).is_not(None)
    )
    await session.execute(change.values(**_NO_TEXTS).execution_options(synchronize_session=False))


def read_texts(row: Submission | SubmissionRow, vault: Vault) -> list[str] | None:
    """Returns the texts among a submission's answers, or None if none are stored. Raises VaultError."""
    if row.texts_key_id is None or row.encrypted_texts is None:
        return None
    return vault.decrypt_texts(row.id, row.texts_key_id, row.encrypted_texts)


async def store_texts(session: AsyncSession, texts: Mapping[UUID, Sequence[str]], vault: Vault) -> None:
    """Encrypts texts among the answers of submissions under the key in use, by the id of the submission."""
    rows = []
    for key, each in texts.items():
        key_id, encrypted = vault.encrypt_texts(key, each)
        rows.append({"id": key, "texts_key_id": key_id, "encrypted_texts": encrypted})
    if rows:
        await session.execute(update(Submission), rows)


async def take_answers(session: AsyncSession, families: Sequence[UUID], before: datetime) -> int:
    """Empties the answers of locked families' interviews before a moment. Returns how many. Outcomes and sums stay."""
    change = update(Submission).where(col(Submission.family_id).in_(families), col(Submission.surveyed_at) < before)
    change = change.where(func.octet_length(col(Submission.answers)) > 0).values(answers=b"", **_NO_TEXTS)
    taken = await session.scalars(change.returning(col(Submission.id)).execution_options(synchronize_session=False))
    return len(list(taken))


async def erase_rows(session: AsyncSession, submissions: Sequence[Submission]) -> None:
    """Deletes submissions and keeps their ids, so that the device that sent one learns of it if it sends it again."""
    if submissions:
        now = datetime.now(UTC)
        told = [{"id": each.id, "sent_by": each.sent_by, "purpose": each.purpose} for each in submissions]
        await session.execute(insert(ErasedSubmission), [{**each, "erased_at": now} for each in told])
        await session.execute(delete(Submission).where(col(Submission.id).in_([each.id for each in submissions])))
        await record_changes(session, "submission.erased", submissions)


_NOTE_ERASED: Final = text("""
INSERT INTO erased_submission (id, sent_by, purpose, erased_at)
SELECT CAST(:id AS uuid), CAST(:sent_by AS uuid), :purpose, now()
WHERE NOT EXISTS (SELECT FROM sent_anywhere(ARRAY[CAST(:id AS uuid)], CAST(:sent_by AS uuid)))
""")


async def note_erased(session: AsyncSession, id: UUID, *, sent_by: UUID, purpose: Purpose) -> None:
    """Keeps the id of a submission that was erased before it was ever stored, as `erase_rows` does.

    It keeps nothing if a submission is stored under the id, in whatever region.
    """
    await session.execute(_NOTE_ERASED, {"id": id, "sent_by": sent_by, "purpose": purpose})
