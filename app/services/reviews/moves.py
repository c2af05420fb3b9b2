"""Moves the review of submissions. The only writer of `submission_review`.

A move changes the state, the sums of both bases and the history in one transaction. Families are locked first, in the
order of their ids, as every transaction does. So of two supervisors at once one wins, and the other learns what the
state is now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Submission, SubmissionReview, SubmissionRevision
from app.platform.database import raw_connection
from app.platform.encryption import Vault
from app.problems import Fault, Problem, kinds, read_shape
from app.schemas.intake.review_states import MOVES, ReviewState
from app.schemas.reviews.review import CommentIn, ReviewedOut, ReviewIn
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.intake.counting import settle_counts
from app.services.intake.revising import lock_submission
from app.services.intake.submission_table import set_review

_SCOPE: Final = "submissions:review"
_TOLD: Final[frozenset[ReviewState]] = frozenset(("returned", "rejected"))
"""States of which the sender must learn why."""


@dataclass(frozen=True, slots=True)
class Reviewing:
    """What a move needs beside the session and the request."""

    caller: Caller
    catalogue: Catalogue
    vault: Vault


async def review(session: AsyncSession, id: UUID, content: Mapping[str, Any], work: Reviewing) -> ReviewedOut:
    """Moves the review of one submission, and audits it.

    Raises faults, not-found, family-restricted, review-conflict, own-submission and contended.
    """
    asked = _read(content)
    locked = await lock_submission(session, id, None, work.vault)
    if locked is None or not work.caller.holds(_SCOPE, locked.row.region):
        raise Problem(kinds.NOT_FOUND)
    if locked.family.restricted_at is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    row = locked.row
    state = row.review or "accepted"
    if row.purpose == "training" or row.revision != asked.revision or asked.status not in MOVES[state]:  # type: ignore[index]
        raise Problem(kinds.REVIEW_CONFLICT, review=state, revision=row.revision)
    if asked.status == "approved" and await _sent_any(session, row, UUID(work.caller.id)):
        raise Problem(kinds.OWN_SUBMISSION, submissions=[str(row.id)])
    known = work.catalogue[row.instrument_id].instrument.question
    if faults := list(_unknown(asked.comments or (), known)):
        raise Problem(kinds.FAULTS, faults=faults)
    at: datetime = await session.scalar(select(func.now()))  # type: ignore[assignment]
    await set_review(session, [row], asked.status)
    key_id, encrypted = _seal(row.id, asked.comments or (), work.vault)
    values = {
        "submission_id": row.id,
        "region": row.region,
        "revision": row.revision,
        "status": asked.status,
        "reviewed_by": UUID(work.caller.id),
        "reviewed_at": at,
        "comments_key_id": key_id,
        "encrypted_comments": encrypted,
    }
    await session.execute(insert(SubmissionReview), [values])
    settled = await settle_counts(await raw_connection(session), [locked.family.id], work.catalogue)
    verdict = settled.verdicts[row.id]
    await record(
        session,
        work.caller,
        "submission.review",
        region=row.region,
        subject=f"submission:{row.id}",
        revision=row.revision,
        before={"status": state},
        after={"status": asked.status},
    )
    return ReviewedOut(
        id=row.id,
        revision=row.revision,
        status=asked.status,
        reviewed_at=at,
        counts=verdict.uncounted is None,
        uncounted=verdict.uncounted,
        approved=verdict.in_approved,
    )


def _read(content: Mapping[str, Any]) -> ReviewIn:
    asked, faults = read_shape(ReviewIn, content)
    if asked is None:
        raise Problem(kinds.FAULTS, faults=faults)
    if asked.status in _TOLD and not asked.comments:
        raise Problem(kinds.FAULTS, faults=[Fault("missing", pointer="/comments")])
    return asked


def _unknown(comments: Sequence[CommentIn], known: Mapping[str, Any]) -> Iterable[Fault]:
    for position, each in enumerate(comments):
        if each.question is not None and each.question not in known:
            yield Fault("unknown_question", pointer=f"/comments/{position}/question", limits={"options": list(known)})


async def _sent_any(session: AsyncSession, row: Submission, person: UUID) -> bool:
    """Whether a person sent what is stored, or an earlier revision of it."""
    if person in (row.sent_by, row.corrected_by):
        return True
    query = select(func.count()).select_from(SubmissionRevision)
    query = query.where(col(SubmissionRevision.submission_id) == row.id, col(SubmissionRevision.sent_by) == person)
    return bool(await session.scalar(query))


def _seal(id: UUID, comments: Sequence[CommentIn], vault: Vault) -> tuple[str | None, bytes | None]:
    if not comments:
        return None, None
    return vault.encrypt_comments(id, [each.model_dump(exclude_none=True) for each in comments])
