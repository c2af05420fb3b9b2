"""Moves the review of submissions.

A move changes the state, the sums of both bases and the history in one transaction. Families are locked first, in the
order of their ids, as every transaction does. So of two supervisors at once one wins, and the other learns what the
state is now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Submission, SubmissionRevision
from app.platform.database import inside, raw_connection
from app.platform.encryption import Vault
from app.platform.sql import in_parts
from app.problems import Fault, Problem, fault_in, kinds, read_shape
from app.schemas.intake.review_states import MOVES, ReviewState, ReviewStatus
from app.schemas.reviews.review import CommentIn, ReviewAllIn, ReviewedAllOut, ReviewedOut, ReviewIn
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import Event, record_all
from app.services.families.families import lock_families
from app.services.intake.contention import contended_if_held_up
from app.services.intake.counting import Verdict, settle_counts
from app.services.intake.review_history import add_moves
from app.services.intake.revising import lock_submission
from app.services.intake.submission_table import set_review
from app.services.reviews.wanted import find_wanted
from app.turns import in_turns

_SCOPE: Final = "submissions:review"
_NAMED: Final = 100
"""How many submissions a problem names."""
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
    asked, faults = read_shape(ReviewIn, content)
    if asked is None:
        raise Problem(kinds.FAULTS, faults=faults)
    move = _Move(asked.status, asked.comments or ())
    with contended_if_held_up():
        locked = await lock_submission(session, id, None, work.vault)
        if locked is None or not work.caller.holds(_SCOPE, locked.row.region):
            raise Problem(kinds.NOT_FOUND)
        if locked.family.restricted_at is not None:
            raise Problem(kinds.FAMILY_RESTRICTED)
        row = locked.row
        if row.revision != asked.revision:
            raise Problem(kinds.REVIEW_CONFLICT, review=row.review or "accepted", revision=row.revision)
        at, verdicts = await _move(session, [row], move, work)
    verdict = verdicts[row.id]
    return ReviewedOut(
        id=row.id,
        revision=row.revision,
        status=asked.status,
        reviewed_at=at,
        counts=verdict.uncounted is None,
        uncounted=verdict.uncounted,
        approved=verdict.in_approved,
    )


async def review_all(session: AsyncSession, content: Mapping[str, Any], work: Reviewing) -> ReviewedAllOut:
    """Moves the reviews of many submissions, all of them or none, and audits each move.

    Raises faults, region-outside-caller, not-found, family-restricted, review-conflict, own-submission and contended.
    Each problem names up to a hundred of the submissions that it is about.
    """
    asked, faults = read_shape(ReviewAllIn, content)
    if asked is None:
        raise Problem(kinds.FAULTS, faults=faults)
    if faults := list(_find_faults(asked)):
        raise Problem(kinds.FAULTS, faults=faults)
    with contended_if_held_up():
        ids = list(dict.fromkeys(asked.ids or ()))
        if asked.filter is not None:
            ids = await find_wanted(session, asked.filter, work.caller, work.catalogue)
        rows = await _lock_all(session, ids, work)
        if rows:
            await _move(session, rows, _Move(asked.status, asked.comments or ()), work)
    return ReviewedAllOut(status=asked.status, reviewed=len(rows))


def _find_faults(asked: ReviewAllIn) -> Iterable[Fault]:
    if asked.ids is None and asked.filter is None:
        yield fault_in(ReviewAllIn, "missing", ("ids",))
    elif asked.ids is not None and asked.filter is not None:
        yield Fault("ids_or_filter", pointer="/filter")
    if asked.status in _TOLD and not asked.comments:
        yield fault_in(ReviewAllIn, "missing", ("comments",))


async def _lock_all(session: AsyncSession, ids: Sequence[UUID], work: Reviewing) -> list[Submission]:
    """Returns submissions of the caller's area with their families locked. Raises why they cannot be moved."""
    families = dict[UUID, UUID]()
    for part in in_parts(ids):
        query = select(col(Submission.id), col(Submission.family_id)).where(
            col(Submission.id).in_(part), inside(col(Submission.region), work.caller.areas.get(_SCOPE, ()))
        )
        families |= {each.id: each.family_id for each in await session.execute(query)}
    if missing := [str(each) for each in ids if each not in families]:
        raise Problem(kinds.NOT_FOUND, submissions=missing[:_NAMED], number=len(missing))
    for part in in_parts(sorted(set(families.values()))):
        await lock_families(session, part)
    rows, restricted = list[Submission](), list[str]()
    for part in in_parts(ids):
        # Statements of their own, so that they see what those left who held the families before.
        found = select(Submission, col(Family.restricted_at)).join(Family, col(Family.id) == col(Submission.family_id))
        found = found.where(col(Submission.id).in_(part)).execution_options(populate_existing=True)
        for row, restricted_at in await session.execute(found):
            rows.append(row)
            if restricted_at is not None:
                restricted.append(str(row.id))
    if len(rows) != len(ids) or any(families[each.id] != each.family_id for each in rows):
        raise Problem(kinds.CONTENDED)
    if restricted:
        raise Problem(kinds.FAMILY_RESTRICTED, submissions=restricted[:_NAMED], number=len(restricted))
    # In the order in which sums are locked.
    return sorted(rows, key=lambda each: (each.instrument_id, each.year, each.region, each.id))


@dataclass(frozen=True, slots=True)
class _Move:
    """The state to move to, with comments."""

    status: ReviewState
    comments: Sequence[CommentIn]


async def _move(
    session: AsyncSession, rows: Sequence[Submission], move: _Move, work: Reviewing
) -> tuple[datetime, dict[UUID, Verdict]]:
    """Moves submissions of locked families. Returns the moment, and what counts now."""
    await _refuse(session, rows, move, work)
    at: datetime = await session.scalar(select(func.now()))  # type: ignore[assignment]
    verdicts = dict[UUID, Verdict]()
    for part in in_parts(rows):
        await set_review(session, part, move.status)
        history = [_history(each, move, at, work) async for each in in_turns(part)]
        await add_moves(session, history)
        families = list(dict.fromkeys(each.family_id for each in part))
        settled = await settle_counts(await raw_connection(session), families, work.catalogue)
        verdicts |= settled.verdicts
        await record_all(session, work.caller, "submission.review", [_event(each, move) for each in part])
    return at, verdicts


async def _refuse(session: AsyncSession, rows: Sequence[Submission], move: _Move, work: Reviewing) -> None:
    """Raises why the submissions cannot be moved. Problems about many name some of them."""
    if move.status in _TOLD and not move.comments:
        raise Problem(kinds.FAULTS, faults=[fault_in(ReviewIn, "missing", ("comments",))])
    wrong = [each for each in rows if each.purpose == "training" or move.status not in MOVES[_state_of(each)]]
    if wrong:
        first, named = wrong[0], [str(each.id) for each in wrong[:_NAMED]]
        raise Problem(
            kinds.REVIEW_CONFLICT,
            review=_state_of(first),
            revision=first.revision,
            submissions=named,
            number=len(wrong),
        )
    if move.status == "approved" and (own := await _sent_by(session, rows, UUID(work.caller.id))):
        raise Problem(kinds.OWN_SUBMISSION, submissions=own[:_NAMED], number=len(own))
    faults = dict[str, Fault]()
    for instrument_id in sorted({each.instrument_id for each in rows}):
        known = work.catalogue[instrument_id].instrument.question
        faults |= {str(each.pointer): each for each in _unknown(move.comments, known)}
    if faults:
        raise Problem(kinds.FAULTS, faults=list(faults.values()))


def _state_of(row: Submission) -> ReviewStatus:
    return cast(ReviewStatus, row.review or "accepted")


def _history(row: Submission, move: _Move, at: datetime, work: Reviewing) -> dict[str, Any]:
    key_id, encrypted = _seal(row.id, move.comments, work.vault)
    return {
        "submission_id": row.id,
        "region": row.region,
        "revision": row.revision,
        "status": move.status,
        "reviewed_by": UUID(work.caller.id),
        "reviewed_at": at,
        "comments_key_id": key_id,
        "encrypted_comments": encrypted,
    }


def _event(row: Submission, move: _Move) -> Event:
    detail = {
        "revision": row.revision,
        "before": {"status": _state_of(row)},
        "after": {"status": move.status},
    }
    return Event(row.region, f"submission:{row.id}", detail)


def _unknown(comments: Sequence[CommentIn], known: Mapping[str, Any]) -> Iterable[Fault]:
    for position, each in enumerate(comments):
        if each.question is not None and each.question not in known:
            yield Fault("unknown_question", pointer=f"/comments/{position}/question", limits={"options": list(known)})


async def _sent_by(session: AsyncSession, rows: Sequence[Submission], person: UUID) -> list[str]:
    """Returns the submissions of which a person sent what is stored, or an earlier revision of it."""
    own = {each.id for each in rows if person in (each.sent_by, each.corrected_by)}
    for part in in_parts([each.id for each in rows if each.revision > 1]):
        query = select(col(SubmissionRevision.submission_id)).where(
            col(SubmissionRevision.submission_id).in_(part), col(SubmissionRevision.sent_by) == person
        )
        own |= set(await session.scalars(query))
    return sorted(map(str, own))


def _seal(id: UUID, comments: Sequence[CommentIn], vault: Vault) -> tuple[str | None, bytes | None]:
    if not comments:
        return None, None
    return vault.encrypt_comments(id, [each.model_dump(exclude_none=True) for each in comments])
