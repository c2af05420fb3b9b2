"""Opens, closes and shows subject requests with their clocks of 3 × 24 hours.

The only writer of `subject_request`.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, SubjectRequest
from app.regions.codes import dot
from app.schemas.subject_requests.grounds import GROUNDS, RefusalOut
from app.schemas.subject_requests.subject_request import SubjectRequestOut
from app.services.audit.queue import record

LAW_FROM: Final = datetime(2022, 10, 17, tzinfo=UTC)
"""The day of UU 27/2022. No subject request under it is older."""
CLOCK: Final = timedelta(hours=72)
"""3 × 24 hours (UU 27/2022 art. 30, 32, 40, 41)."""


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
        recorded_at=request.recorded_at,
        recorded_by=request.recorded_by,
        closed_at=request.closed_at,
        closed_by=request.closed_by,
        refusal=refusal,
    )
