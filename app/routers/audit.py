"""GET /v1/audit."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from app import problems
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, document
from app.schemas.audit import AuditEntryOut, Subject
from app.schemas.shapes import Page, RegionCode
from app.schemas.submission import Instant
from app.security import Caller, require
from app.services.audit import Wanted, list_entries

router = APIRouter(route_class=StrictRoute, prefix="/v1/audit", tags=["Audit"])


@router.get(
    "", operation_id="listAuditEntries", summary="Read the audit log", responses=document(problems.FORBIDDEN_REGION)
)
async def list_audit(
    caller: Annotated[Caller, require("audit:read")],
    session: SessionOf,
    who: Annotated[UUID | None, Query(alias="caller", description="Id of the agency or person that did it")] = None,
    region: Annotated[RegionCode | None, Query(description="This region and all below it")] = None,
    kind: Annotated[str | None, Query(max_length=40, description="What happened, as noun.verb")] = None,
    subject: Annotated[Subject | None, Query()] = None,
    first: Annotated[Instant | None, Query(alias="from", description="RFC 3339 with offset, included")] = None,
    last: Annotated[Instant | None, Query(alias="to", description="RFC 3339 with offset, included")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AuditEntryOut]:
    """The newest entries first, of the caller's regions; entries that belong to no region are for callers of the
    country. An entry appears about a second after what it tells of. Reading is itself put on record."""
    wanted = Wanted(who, region, kind, subject, first, last)
    return await list_entries(session, caller, wanted=wanted, limit=limit, cursor=cursor)
