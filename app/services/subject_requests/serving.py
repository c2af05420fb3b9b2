"""Records subject requests, lists them with their clocks, and serves or refuses each of them once.

The files beside this one hold what serving does for each kind.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Family, SubjectRequest
from app.platform.cursors import as_moment, as_uuid, pack, unpack
from app.platform.database import inside
from app.platform.encryption import Vault
from app.problems import Expected, Problem, kinds, read_shape, shaped
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.dated import read_dated
from app.schemas.shapes import Page
from app.schemas.subject_requests.grounds import GROUNDS, RefusalIn
from app.schemas.subject_requests.kinds import RequestKind, RequestStatus
from app.schemas.subject_requests.subject_request import PUBLISHED, FulfilledOut, SubjectRequestIn, SubjectRequestOut
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.families.families import hold_family, lock_family
from app.services.subject_requests.correct import correct_family
from app.services.subject_requests.erase import erase_family
from app.services.subject_requests.fulfilment import Fulfilment
from app.services.subject_requests.handing_over import close_export
from app.services.subject_requests.restrict import lift_restriction, restrict_family
from app.services.subject_requests.subject_requests import (
    LAW_FROM,
    OPENS_FOR,
    add_request,
    close_request,
    closed_problem,
    request_out,
)

Act = Callable[[AsyncSession, Caller, Fulfilment], Awaitable[list[AffectedOut]]]
"""What serving a kind of subject request does. It returns the aggregates that changed."""

_ACTS: Final[Mapping[str, Act]] = {
    "export": close_export,
    "correct": correct_family,
    "restrict": restrict_family,
    "lift": lift_restriction,
    "erase": erase_family,
}


async def open_request(
    session: AsyncSession, caller: Caller, content: Mapping[str, Any], *, latest: datetime
) -> SubjectRequestOut:
    """Records a subject request. Raises faults, and not-found for a family outside the caller's regions."""
    earliest = datetime.now(UTC) - OPENS_FOR if content.get("kind") == "export" else LAW_FROM
    body = read_dated(content, SubjectRequestIn, moment="received_at", earliest=earliest, latest=latest)
    family = await hold_family(session, body.family, caller=caller)
    request = await add_request(
        session, caller, family, kind=body.kind, channel=body.channel, received_at=body.received_at
    )
    return request_out(request)


async def find_request(session: AsyncSession, caller: Caller, id: UUID) -> SubjectRequestOut:
    """Returns a subject request. Audits the reading. Raises not-found also for one outside the caller's regions."""
    found = await _find(session, caller, id)
    subject = f"family:{found.family_id}"
    await record(session, caller, "request.read", region=found.region, subject=subject, request=str(id))
    return request_out(found)


async def list_requests(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None = None,
    status: RequestStatus | None = None,
    kind: RequestKind | None = None,
    overdue: bool | None = None,
    limit: int,
    cursor: str | None = None,
) -> Page[SubjectRequestOut]:
    """Returns a page of the subject requests of a region's subtree, in the order in which they are due.

    Without `region`, these are the subject requests of all the caller's regions. Audits the reading. Raises
    region-outside-caller.
    """
    if region is not None and not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    key = tuple_(col(SubjectRequest.due_at), col(SubjectRequest.id))
    query = select(SubjectRequest).order_by(key).limit(limit + 1)
    regions = [region] if region is not None else caller.regions
    query = query.where(inside(col(SubjectRequest.region), regions))
    if status is not None:
        query = query.where(col(SubjectRequest.status) == status)
    if kind is not None:
        query = query.where(col(SubjectRequest.kind) == kind)
    if overdue is not None:
        # As in `request_out`, a subject request that was closed too late stays overdue.
        late = func.coalesce(col(SubjectRequest.closed_at), datetime.now(UTC)) > col(SubjectRequest.due_at)
        query = query.where(late if overdue else ~late)
    if cursor is not None:
        query = query.where(key > _read_cursor(cursor))
    rows = list(await session.scalars(query))
    await record(session, caller, "request.list", region=span_of(regions), found=min(len(rows), limit))
    return await Page[SubjectRequestOut].of(rows, limit, shape=request_out, cursor=_write_cursor)


async def fulfil_request(
    session: AsyncSession,
    caller: Caller,
    id: UUID,
    *,
    content: Mapping[str, Any],
    catalogue: Catalogue,
    vault: Vault,
    latest: datetime,
) -> FulfilledOut:
    """Does what the family asked for and closes the subject request, all of it or nothing.

    Raises not-found, request-closed and faults.
    """
    request, family = await _lock_open(session, caller, id)
    affected = await _ACTS[request.kind](
        session, caller, Fulfilment(request, family, content, catalogue, vault, latest)
    )
    await close_request(session, caller, request, status="done")
    return FulfilledOut(request=request_out(request), affected=affected, published=PUBLISHED if affected else None)


async def refuse_request(
    session: AsyncSession, caller: Caller, id: UUID, content: Mapping[str, Any]
) -> SubjectRequestOut:
    """Closes a subject request with a ground of the law.

    Raises not-found, request-closed, and faults for a ground that does not apply to its kind.
    """
    refusal, faults = read_shape(RefusalIn, content)
    if refusal is None:
        raise Problem(kinds.FAULTS, faults=faults)
    request, _ = await _lock_open(session, caller, id)
    if request.kind not in GROUNDS[refusal.ground].kinds:
        fitting = tuple(code for code, ground in GROUNDS.items() if request.kind in ground.kinds)
        raise Problem(kinds.FAULTS, faults=[shaped("not_allowed", Expected(options=fitting), pointer="/ground")])
    await close_request(session, caller, request, status="refused", reason=refusal.ground)
    return request_out(request)


async def count_requests(session: AsyncSession) -> tuple[int, int]:
    """Returns how many subject requests are open in the session's area, and how many of these are overdue."""
    late = func.count().filter(col(SubjectRequest.due_at) < datetime.now(UTC))
    query = select(func.count(), late).where(col(SubjectRequest.status) == "open")
    open_now, overdue = (await session.execute(query)).one()
    return open_now, overdue


async def _find(session: AsyncSession, caller: Caller, id: UUID) -> SubjectRequest:
    found: SubjectRequest | None = await session.scalar(select(SubjectRequest).where(col(SubjectRequest.id) == id))
    if found is None or not caller.covers(found.region):
        raise Problem(kinds.NOT_FOUND)
    return found


async def _lock_open(session: AsyncSession, caller: Caller, id: UUID) -> tuple[SubjectRequest, Family]:
    """Returns an open subject request and its family, both locked.

    Raises not-found, and request-closed for a subject request that is closed already.
    """
    family = await lock_family(session, (await _find(session, caller, id)).family_id, caller=caller)
    query = select(SubjectRequest).where(col(SubjectRequest.id) == id).with_for_update()
    request: SubjectRequest | None = await session.scalar(query.execution_options(populate_existing=True))
    if request is not None and request.status != "open":
        raise closed_problem(request)
    if request is None or family is None:
        # The subject request moved to another region together with its family.
        raise Problem(kinds.NOT_FOUND)
    return request, family


def _write_cursor(row: SubjectRequest) -> str:
    return pack(row.due_at, row.id)


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    due_at, last = unpack(cursor, (as_moment, as_uuid))
    return due_at, last
