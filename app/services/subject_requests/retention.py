"""Takes identities, and later answers, that are older than the province keeps them. Sums and outcomes stay.

It runs in batches that each finish by themselves, so it can be interrupted and repeated. A family with an open subject
request is left alone, because the officer may need what it asks for.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.access import COMMAND
from app.models import EarlierIdentity, Family, FamilyIdentity, FamilyKey, Identification, SubjectRequest, Submission
from app.services.audit.queue import record
from app.services.families.earlier_identities import drop_all_earlier
from app.services.families.families import lock_families
from app.services.families.family_keys import drop_keys
from app.services.families.identifications import drop_identifications
from app.services.families.identities import drop_identities
from app.services.intake.review_history import commented_of, drop_comments
from app.services.intake.revisions import drop_words, take_earlier_answers, worded_of
from app.services.intake.submission_table import drop_texts, take_answers

RetentionKind = Literal["identity", "answers"]
KINDS: Final[tuple[RetentionKind, ...]] = ("identity", "answers")
"""In the order in which they are taken: whoever can be named goes first."""
BATCH: Final = 500
_IDENTIFYING: Final = (FamilyIdentity, EarlierIdentity, FamilyKey, Identification)


@dataclass(frozen=True, slots=True)
class Taken:
    """The result of a batch. `last` is its highest family id, after which to go on, or None if nothing was left."""

    last: UUID | None
    count: int = 0
    """Identities of families, or submissions whose answers were taken."""


async def count_due(session: AsyncSession, kind: RetentionKind, days: int) -> list[tuple[int, int]]:
    """Returns how much is due by year of the last interview (identity) or of the interview (answers)."""
    due = _due(kind, days).subquery()
    query = select(due.c.year, func.sum(due.c.count)).group_by(due.c.year).order_by(due.c.year)
    return [(int(year), int(count)) for year, count in await session.execute(query)]


async def take_batch(
    session: AsyncSession, kind: RetentionKind, days: int, *, after: UUID, limit: int = BATCH
) -> Taken:
    """Takes what is due of up to `limit` families in the order of their ids, with one audit entry for all of them.

    Locks the families, then looks again, so that it takes nothing from a family that was interviewed meanwhile.
    """
    due = _due(kind, days)
    ids = list(await session.scalars(due.where(col(Family.id) > after).order_by(col(Family.id)).limit(limit)))
    if not ids:
        return Taken(None)
    await lock_families(session, ids)
    still = sorted(set(await session.scalars(due.where(col(Family.id).in_(ids)))))
    count = await _TAKE[kind](session, still, _before(days))
    if count:
        await record(session, COMMAND, "retention.apply", taken=kind, days=days, families=len(still), count=count)
    return Taken(ids[-1], count)


def _before(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def _due(kind: RetentionKind, days: int) -> Select[Any]:
    """Selects the ids of families of which something is due, with the count and the year that a list shows."""
    before = _before(days)
    is_open = select(col(SubjectRequest.id)).where(
        col(SubjectRequest.family_id) == col(Family.id), col(SubjectRequest.status) == "open"
    )
    last = func.coalesce(func.max(col(Submission.surveyed_at)), col(Family.created_at))
    joined = select(col(Family.id)).outerjoin(Submission, col(Submission.family_id) == col(Family.id))
    joined = joined.where(~is_open.exists()).group_by(col(Family.id))
    if kind == "identity":
        there = (
            select(col(table.family_id)).where(col(table.family_id) == col(Family.id)).exists()
            for table in _IDENTIFYING
        )
        worded = aliased(Submission)
        texts = select(col(worded.id)).where(
            col(worded.family_id) == col(Family.id), col(worded.texts_key_id).is_not(None)
        )
        words = (worded_of(col(Family.id)), commented_of(col(Family.id)))
        year = func.coalesce(func.max(col(Submission.year)), func.date_part("year", col(Family.created_at)))
        return (
            joined.add_columns(year.label("year"), func.count(col(Family.id).distinct()).label("count"))
            .where(or_(*there, texts.exists(), *(each.exists() for each in words)))
            .having(last < before)
        )
    answered = func.octet_length(col(Submission.answers)) > 0
    old = joined.where(col(Submission.surveyed_at) < before, answered)
    return old.add_columns(col(Submission.year).label("year"), func.count().label("count")).group_by(
        col(Submission.year)
    )


async def _take_identities(session: AsyncSession, families: Sequence[UUID], before: datetime) -> int:
    for drop in (drop_identifications, drop_keys, drop_all_earlier, drop_identities):
        await drop(session, families)
    for drop in (drop_texts, drop_words, drop_comments):
        await drop(session, families)
    return len(families)


async def _take_answers(session: AsyncSession, families: Sequence[UUID], before: datetime) -> int:
    await take_earlier_answers(session, families, before)
    return await take_answers(session, families, before)


_TAKE: Final[Mapping[RetentionKind, Callable[[AsyncSession, Sequence[UUID], datetime], Awaitable[int]]]] = {
    "identity": _take_identities,
    "answers": _take_answers,
}
