"""GET /v1/audit, the entries of the audit log."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.access import Caller
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, respond
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.audit.entry import AuditEntryOut, Subject
from app.schemas.ids import AnyId
from app.schemas.moments import Instant
from app.schemas.shapes import Page, RegionCode
from app.services.audit.reading import Wanted, list_entries

router = APIRouter(route_class=StrictRoute, prefix="/v1/audit", tags=["Audit"])


@router.get(
    "",
    operation_id="listAuditEntries",
    summary="Read the audit log",
    response_model=Page[AuditEntryOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_audit(
    caller: Annotated[Caller, require("audit:read")],
    session: SessionOf,
    who: Annotated[AnyId | None, Query(alias="caller", description="Id of the agency or person that acted")] = None,
    region: Annotated[
        RegionCode | None, Query(description="A region. The list holds the entries in its subtree")
    ] = None,
    kind: Annotated[
        str | None,
        Query(min_length=1, max_length=40, description="What happened, as `noun.verb`", examples=["person.create"]),
    ] = None,
    subject: Annotated[Subject | None, Query(description="What the event happened to, as `noun:id`")] = None,
    first: Annotated[
        Instant | None, Query(alias="from", description="The earliest time, included. RFC 3339 with offset")
    ] = None,
    last: Annotated[
        Instant | None, Query(alias="to", description="The latest time, included. RFC 3339 with offset")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the audit entries of your regions, the newest first.

    You see entries without a region only if you hold the scope for the whole country. An entry appears about a second
    after the event. Each request to this endpoint is audited too.
    """
    wanted = Wanted(who, region, kind, subject, first, last)
    page = await list_entries(session, caller, wanted=wanted, limit=limit, cursor=cursor)
    return respond(page)
