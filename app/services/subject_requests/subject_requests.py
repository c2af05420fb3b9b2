"""Opens, closes and shows subject requests with their clocks of 3 × 24 hours.

The only writer of `subject_request`.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND, Caller
from app.models import Family, SubjectRequest
from app.problems import Problem, kinds
from app.regions.codes import dot
from app.schemas.subject_requests.grounds import GROUNDS, RefusalOut
from app.schemas.subject_requests.subject_request import SubjectRequestOut
from app.services.audit.queue import record

LAW_FROM: Final = datetime(2022, 10, 17, tzinfo=UTC)
"""The day of UU 27/2022. No subject request under it is older."""
CLOCK: Final = timedelta(hours=72)
"""3 × 24 hours (UU 27/2022 art. 30, 32, 40, 41)."""
OPENS_FOR: Final = CLOCK + timedelta(days=14)
"""So long after it was received, a subject request to export opens the family's data, and no longer.

Only exports give anything to the office itself. The other kinds stay open, because no family loses a right by an
office that is late.
"""
READABLE_FOR: Final = timedelta(hours=24)
"""So long after the first export it can be read again, as a download may break off. Then the request is done."""


async def add_request(
    session: AsyncSession, caller: Caller, family: Family, *, kind: str, channel: str, received_at: datetime
) -> SubjectRequest:
    """Records and audits a subject request. Its clock began when the request was received."""
    request = SubjectRequest(
        id=uuid4(),
        family_id=family.id,
        region=family.region,
        kind=kind,
        channel=channel,
        status="open",
        received_at=received_at.astimezone(UTC),
        due_at=received_at.astimezone(UTC) + CLOCK,
        recorded_at=datetime.now(UTC),
        recorded_by=UUID(caller.id),
    )
    session.add(request)
    await session.flush()
    await record(
        session,
        caller,
        "request.open",
        region=family.region,
        subject=f"family:{family.id}",
        request=str(request.id),
        after={"kind": kind, "channel": channel, "due_at": request.due_at.isoformat()},
    )
    return request


async def hand_over(session: AsyncSession, request: SubjectRequest) -> None:
    """Notes the first export of a locked subject request, from which `READABLE_FOR` counts."""
    if request.handed_over_at is None:
        request.handed_over_at = datetime.now(UTC)
        await session.flush()


def is_over(request: SubjectRequest) -> bool:
    """Returns whether an open export was handed over so long ago that it counts as done."""
    return request.handed_over_at is not None and request.handed_over_at + READABLE_FOR <= datetime.now(UTC)


async def close_handed_over(session: AsyncSession) -> int:
    """Closes all exports that were handed over long enough ago, and returns how many. The session sees every region."""
    query = select(SubjectRequest).where(
        col(SubjectRequest.status) == "open", col(SubjectRequest.handed_over_at) <= datetime.now(UTC) - READABLE_FOR
    )
    requests = list(await session.scalars(query.order_by(col(SubjectRequest.id)).with_for_update(skip_locked=True)))
    for request in requests:
        await close_request(session, COMMAND, request, status="done")
    return len(requests)


async def move_requests(session: AsyncSession, served: SubjectRequest, region: str) -> None:
    """Moves all subject requests of a family to the village that it moves to, including the one being served."""
    moving = update(SubjectRequest).where(col(SubjectRequest.family_id) == served.family_id)
    await session.execute(moving.values(region=region))
    await session.refresh(served)


async def close_request(
    session: AsyncSession, caller: Caller, request: SubjectRequest, *, status: str, reason: str | None = None
) -> None:
    """Closes an open subject request for good and audits that.

    `status` is done or refused. `reason` is the ground of a refusal.
    """
    request.status, request.reason = status, reason
    request.closed_at, request.closed_by = datetime.now(UTC), UUID(caller.id)
    await session.flush()
    await record(
        session,
        caller,
        "request.close",
        region=request.region,
        subject=f"family:{request.family_id}",
        request=str(request.id),
        request_kind=request.kind,
        before={"status": "open"},
        after={"status": status, "reason": reason},
    )


def closed_problem(request: SubjectRequest) -> Problem:
    closed_at = request.closed_at.isoformat() if request.closed_at is not None else None
    return Problem(kinds.REQUEST_CLOSED, request_status=request.status, closed_at=closed_at)


def request_out(request: SubjectRequest) -> SubjectRequestOut:
    """Returns a subject request with its clock as it stands now."""
    now = datetime.now(UTC)
    refusal = None
    if request.reason is not None:
        ground = GROUNDS[request.reason]
        refusal = RefusalOut(ground=request.reason, article=ground.article, text=ground.text)
    seconds = (request.due_at - now).total_seconds()
    return SubjectRequestOut(
        id=request.id,
        family=request.family_id,
        region=request.region,
        dotted=dot(request.region),
        kind=request.kind,
        channel=request.channel,
        status=request.status,
        received_at=request.received_at,
        due_at=request.due_at,
        overdue=(request.closed_at or now) > request.due_at,
        hours_left=round(seconds / 3600, 1) if request.status == "open" else None,
        handed_over_at=request.handed_over_at,
        recorded_at=request.recorded_at,
        recorded_by=request.recorded_by,
        closed_at=request.closed_at,
        closed_by=request.closed_by,
        refusal=refusal,
    )
