"""Returns answers to the device that sent them, such as to a new phone. It never returns an identity."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Submission
from app.platform.database import inside
from app.platform.encryption import Vault
from app.problems import Problem, kinds
from app.problems.answers_texts import ANSWERS_TEXTS, AnswersReason
from app.schemas.intake.answers import SentFamilyOut, SubmissionAnswersOut
from app.scoring.catalogue import Catalogue
from app.scoring.coding import decode_answers
from app.scoring.evaluation import Row
from app.services.audit.queue import record
from app.services.intake.submission_table import read_texts


async def read_own_answers(
    session: AsyncSession, caller: Caller, id: UUID, *, days: int, catalogue: Catalogue, vault: Vault
) -> SubmissionAnswersOut:
    """Returns and audits what the caller sent at most so many `days` ago.

    Raises not-found, family-restricted and answers-closed, and VaultError if texts cannot be decrypted.
    """
    query = select(Submission, col(Family.restricted_at)).join(Family, col(Family.id) == col(Submission.family_id))
    query = query.where(col(Submission.id) == id, or_(*_sent_by(UUID(caller.id))))
    found = (await session.execute(query.where(inside(col(Submission.region), caller.regions)))).one_or_none()
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    row, restricted_at = found
    if restricted_at is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    if (reason := _why_not(row, caller, days)) is not None:
        raise Problem(kinds.ANSWERS_CLOSED, detail=ANSWERS_TEXTS[reason], reason=reason, days=days)
    shown = _show(row, catalogue, vault)
    await record(session, caller, "submission.answers", region=row.region, subject=f"submission:{id}")
    return shown


def _sent_by(caller: UUID) -> tuple[ColumnElement[bool], ...]:
    return col(Submission.sent_by) == caller, col(Submission.corrected_by) == caller


def _why_not(row: Submission, caller: Caller, days: int) -> AnswersReason | None:
    """Returns why the sender does not get the answers, or None."""
    if not caller.sent(row.sent_by, row.revision, row.corrected_by):
        return "corrected"
    if days == 0:
        return "not_offered"
    if (row.revised_at or row.received_at) < datetime.now(UTC) - timedelta(days=days):
        return "too_old"
    return None if row.answers else "retention"


def _show(row: Submission, catalogue: Catalogue, vault: Vault) -> SubmissionAnswersOut:
    instrument = catalogue[row.instrument_id].instrument
    answers = decode_answers(row.answers, read_texts(row, vault), instrument)
    hashed = vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
    return SubmissionAnswersOut(
        id=row.id,
        instrument=instrument.code,
        version=instrument.version,
        region=row.region,
        started_at=row.started_at,
        surveyed_at=row.surveyed_at,
        purpose=row.purpose,
        family=SentFamilyOut(head_sex=row.head_sex, members=row.members),
        answers=_rows(answers),
        salt=None if hashed is None else hashed.salt,
    )


def _rows(answers: dict[str, Any]) -> dict[str, Any]:
    return {code: _with_rows(answer) for code, answer in answers.items()}


def _with_rows(answer: Any) -> Any:
    if isinstance(answer, tuple) and any(isinstance(each, Row) for each in answer):
        return [_rows(dict(each.answers)) for each in answer]
    # No valid text is empty. It stands for one that is no longer stored.
    return None if answer == "" else as_sent(answer)


def as_sent(answer: Any) -> Any:
    """An answer that is no row, as a device sends it."""
    if isinstance(answer, tuple):
        return list(answer)
    if isinstance(answer, Fraction):
        return float(answer)
    return answer.isoformat() if isinstance(answer, date) else answer
