"""The row of a submission, which one function makes. The only writer of `submission` and `erased_submission`.

Taking and correcting store the row that `make_row` returns. To add a column, add it to the table
(`app/models/submission.py`), to `SubmissionRow` and to `make_row`. The statements below follow by themselves.

What changes a row here writes the event of the change (`events.py`). Texts and answers that retention takes, and texts
that are encrypted again, write none. They change no figure and nothing that a reader of submissions gets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import ErasedSubmission, Family, Submission
from app.platform.encryption import Vault
from app.platform.sql import Statement
from app.schemas.intake.purpose import DEFAULT_PURPOSE, Purpose
from app.scoring.basis_text import write_bases
from app.scoring.family_sums import index_units, units
from app.scoring.instrument import Instrument
from app.scoring.score import Score
from app.services.intake.checking import Checked
from app.services.intake.events import RECORD_MARKED, record_changes
from app.services.intake.survey_year import survey_year

UNDECIDED: Final = "undecided"
"""Why a row does not count between its change and `settle_counts` (`counting.py`)."""


@dataclass(frozen=True, slots=True)
class SubmissionRow:
    """One row without `edition`, `received_at` and `moved`, which the database decides.

    `app/models/submission.py` explains the columns.
    """

    id: UUID
    revision: int
    status: str
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
    warnings: list[str]
    uncounted: str | None
    carded: bool


def make_row(
    id: UUID,
    checked: Checked,
    result: Score,
    vault: Vault,
    *,
    sent_by: UUID,
    family_id: UUID,
    code: str,
    purpose: Purpose,
    revision: int = 1,
) -> SubmissionRow:
    """Returns the row of a valid submission. Its year is the local year of the interview at the region.

    Whether an interview counts is not decided yet. Other purposes never count.
    """
    answers, texts = checked.taken.stored
    texts_key_id, encrypted_texts = vault.encrypt_texts(id, texts) if texts else (None, None)
    hash_key_id, encrypted_hash = vault.encrypt_hash(id, checked.hashed)
    salt = checked.hashed.salt
    return SubmissionRow(
        id=id,
        revision=revision,
        status="accepted",
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
        outcomes=write_bases(result.bases, checked.published.instrument),
        index_units=units_of(result, checked.published.instrument),
        hash_key_id=hash_key_id,
        encrypted_hash=encrypted_hash,
        salt_mark=None if salt is None else vault.salt_marks(sent_by, salt)[0],
        warnings=checked.warnings,
        uncounted=UNDECIDED if purpose == DEFAULT_PURPOSE else purpose,
        carded=checked.card_number is not None,
    )


_TOO_LARGE: Final = 2**63


def units_of(result: Score, instrument: Instrument) -> int | None:
    """Returns the value of the first index as it enters the sums, if it fits its column."""
    value = result.main.value
    found = None if value is None else units(index_units(value, instrument.main))
    return None if found is None or abs(found) >= _TOO_LARGE else found


_DIALECT: Final[Any] = postgresql.dialect()  # type: ignore[no-untyped-call]
COLUMNS: Final = tuple(each.name for each in fields(SubmissionRow))


def _typed_parameters() -> str:
    """Returns the row's values as parameters, each cast to its column's type.

    PostgreSQL takes parameters without a type for text.
    """
    table = Submission.__table__  # type: ignore[attr-defined]
    types = {name: table.c[name].type.compile(dialect=_DIALECT).partition(" COLLATE ")[0] for name in COLUMNS}
    values = {name: f"CAST(:{name} AS {each})" for name, each in types.items()}
    return ", ".join({**values, "warnings": f"{values['warnings']} || chosen.warnings"}.values())


INSERT_ROW: Final = f"""
INSERT INTO submission ({", ".join(COLUMNS)}, edition, received_at, moved)
SELECT {_typed_parameters()}, chosen.edition, now(),
    cardinality(:number_lookups::bytea[]) > 0 AND known_elsewhere(:number_lookups, :region)
FROM chosen
ON CONFLICT (id) DO NOTHING
RETURNING received_at, warnings
"""  # noqa: S608 (names and types of our own columns)
"""Statement part that stores the row of a submission, if its family is `chosen`, with the warnings that come with it.

`number_lookups` are the digests by which its card and NIKs are found.
"""
RECEIPT_COLUMNS: Final = """
revision, region, sent_by, family_id, instrument_id, received_at, outcomes, hash_key_id, encrypted_hash, warnings,
uncounted, code, purpose
"""
"""Statement part with the columns that a receipt and a score are made from."""


def values_of(row: SubmissionRow) -> dict[str, Any]:
    """Returns the row's values by column."""
    return {name: getattr(row, name) for name in COLUMNS}


MARK_COUNTS: Final = Statement(
    """
WITH marked AS (
    UPDATE submission SET uncounted = mark.uncounted, carded = mark.carded
    FROM unnest(:ids::uuid[], :reasons::text[], :carded::boolean[], :kinds::text[])
        AS mark (id, uncounted, carded, kind)
    WHERE submission.id = mark.id
    RETURNING submission.id, submission.region, submission.year, submission.instrument_id, mark.kind
)
{record_marked}
""",
    record_marked=RECORD_MARKED,
)
"""Statement that stores why submissions of locked families do not count, or null, and whether they have a card.

`kinds` are those of the events that it writes, or null where the change that led to the mark has its own event.
"""


async def replace_row(session: AsyncSession, old: Submission, new: SubmissionRow, *, edition: str) -> None:
    """Replaces a stored row by one of the same id. The row keeps the time it was received."""
    change = update(Submission).where(col(Submission.id) == old.id).values(**values_of(new), edition=edition)
    await session.execute(change.execution_options(synchronize_session=False))
    await record_changes(session, "submission.corrected", [new])
    if (old.region, old.year, old.instrument_id) != (new.region, new.year, new.instrument_id):
        await record_changes(session, "submission.left", [old])


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
