"""Returns answers to the device that sent them, such as to a new phone, and to reviewers. It never returns an identity.

Reviewers get texts among answers too. A text cannot hold a NIK or a card number.
"""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Submission, SubmissionRevision
from app.platform.database import inside
from app.platform.encryption import Vault
from app.problems import Problem, kinds
from app.problems.answers_texts import ANSWERS_TEXTS, AnswersReason
from app.schemas.intake.answers import SentFamilyOut, SubmissionAnswersOut
from app.scoring.catalogue import Catalogue
from app.scoring.coding import decode_answers
from app.scoring.evaluation import Row
from app.scoring.instrument import Instrument
from app.services.audit.queue import record


async def read_answers(
    session: AsyncSession,
    caller: Caller,
    id: UUID,
    *,
    revision: int | None,
    days: int,
    catalogue: Catalogue,
    vault: Vault,
) -> SubmissionAnswersOut:
    """Returns and audits the answers of a submission, or of one of its earlier revisions.

    A reviewer of the area gets those that are not sensitive, or all with `submissions:sensitive`. Who sent the revision
    gets all of it for so many `days`, and so does whoever corrects in the sender's place. Raises not-found,
    family-restricted and answers-closed, and VaultError if texts cannot be decrypted.
    """
    query = select(Submission, col(Family.restricted_at)).join(Family, col(Family.id) == col(Submission.family_id))
    query = query.where(col(Submission.id) == id, inside(col(Submission.region), caller.regions))
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    stored, restricted_at = found
    reviews = caller.holds("submissions:review", stored.region)
    row = await _find_revision(session, stored, revision)
    own = row is not None and sender_of(row) == UUID(caller.id)
    assigned = stored.assigned_to == UUID(caller.id)
    knows = UUID(caller.id) in (stored.sent_by, stored.corrected_by) or assigned
    if row is None or not (reviews or (knows and caller.holds("submissions:write", stored.region))):
        raise Problem(kinds.NOT_FOUND)
    if restricted_at is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    reason = why_closed(row, UUID(caller.id), days=days, assigned=assigned)
    if reviews:
        reason = None if row.answers else "retention"
    if reason is not None:
        raise Problem(kinds.ANSWERS_CLOSED, detail=ANSWERS_TEXTS[reason], reason=reason, days=days)
    whole = own or (assigned and sender_of(row) is not None) or caller.holds("submissions:sensitive", stored.region)
    shown = _show(row, catalogue, vault, whole=whole, own=own)
    kind = "submission.answers" if own or assigned else "submission.inspect"
    await record(session, caller, kind, region=stored.region, subject=f"submission:{id}", revision=row.revision)
    return shown


async def _find_revision(
    session: AsyncSession, stored: Submission, revision: int | None
) -> Submission | SubmissionRevision | None:
    if revision in (None, stored.revision):
        return stored
    return await session.get(SubmissionRevision, (stored.id, revision))


def sender_of(row: Submission | SubmissionRevision) -> UUID | None:
    """Who sent the content of a row. None if it was corrected by the family's right."""
    if isinstance(row, SubmissionRevision) or row.revision == 1:
        return row.sent_by
    return row.corrected_by


def why_closed(
    row: Submission | SubmissionRevision, caller: UUID, *, days: int, assigned: bool
) -> AnswersReason | None:
    """Returns why somebody who does not review does not get the answers of a revision, or None.

    assigned: whether the caller corrects in the sender's place
    """
    sender = sender_of(row)
    if sender is None or (sender != caller and not assigned):
        return "corrected"
    if assigned:
        return None if row.answers else "retention"
    if days == 0:
        return "not_offered"
    at = row.received_at if isinstance(row, SubmissionRevision) else row.revised_at or row.received_at
    if at < datetime.now(UTC) - timedelta(days=days):
        return "too_old"
    return None if row.answers else "retention"


def _show(
    row: Submission | SubmissionRevision, catalogue: Catalogue, vault: Vault, *, whole: bool, own: bool
) -> SubmissionAnswersOut:
    instrument = catalogue[row.instrument_id].instrument
    answers = shown_answers(row, instrument, vault)
    visible, withheld = (answers, list[str]()) if whole else without_sensitive(answers, instrument)
    key = row.submission_id if isinstance(row, SubmissionRevision) else row.id
    hashed = vault.decrypt_hash(key, row.hash_key_id, row.encrypted_hash) if own else None
    return SubmissionAnswersOut(
        id=key,
        revision=row.revision,
        instrument=instrument.code,
        version=instrument.version,
        region=row.village if isinstance(row, SubmissionRevision) else row.region,
        started_at=row.started_at,
        surveyed_at=row.surveyed_at,
        purpose=row.purpose if isinstance(row, Submission) else None,
        family=SentFamilyOut(head_sex=row.head_sex, members=row.members),
        answers=visible,
        withheld=withheld,
        salt=None if hashed is None else hashed.salt,
    )


def shown_answers(row: Submission | SubmissionRevision, instrument: Instrument, vault: Vault) -> dict[str, Any]:
    """Returns the answers of a row as they are sent, by question. Raises VaultError."""
    key = row.submission_id if isinstance(row, SubmissionRevision) else row.id
    texts = None
    if row.texts_key_id is not None and row.encrypted_texts is not None:
        texts = vault.decrypt_texts(key, row.texts_key_id, row.encrypted_texts)
    return _rows(decode_answers(row.answers, texts, instrument))


def without_sensitive(answers: dict[str, Any], instrument: Instrument) -> tuple[dict[str, Any], list[str]]:
    """Returns answers without those that tell something sensitive, and the codes of what is left out in their order.

    All such questions and rosters are named, answered or not, because that tells something too.
    """
    hidden = instrument.sensitive_codes
    codes = [*(each.code for each in instrument.questions), *(each.code for each in instrument.rosters)]
    withheld = [code for code in codes if code in hidden]
    return _without(answers, hidden), withheld


def _without(answers: dict[str, Any], hidden: frozenset[str]) -> dict[str, Any]:
    return {
        code: [_without(each, hidden) if isinstance(each, dict) else each for each in answer]
        if isinstance(answer, list)
        else answer
        for code, answer in answers.items()
        if code not in hidden and code.removesuffix("_specify") not in hidden
    }


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
