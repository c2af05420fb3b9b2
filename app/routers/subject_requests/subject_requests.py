"""What families ask for by right: record it, see its clock, serve it once or refuse it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    StrictRoute,
    catalogue_of,
    latest_of,
    open_session,
    respond,
    vault_of,
)
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.shapes import Page, RegionCode
from app.schemas.subject_requests.correction import CorrectionIn
from app.schemas.subject_requests.export import FamilyExportOut
from app.schemas.subject_requests.grounds import RefusalIn
from app.schemas.subject_requests.kinds import RequestKind, RequestStatus
from app.schemas.subject_requests.subject_request import FulfilledOut, SubjectRequestIn, SubjectRequestOut
from app.services.subject_requests import serving as service
from app.services.subject_requests.export import export_family

router = APIRouter(route_class=StrictRoute, prefix="/v1/subject-requests", tags=["Rights"])

Officer = Annotated[Caller, require("families:identify")]
RequestId = Annotated[UUID, Path(description="The id that recording it answered")]

_BODY = (kinds.MALFORMED, kinds.NOT_FOUND, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.post(
    "",
    operation_id="createSubjectRequest",
    summary="Record a request of a family",
    status_code=201,
    responses=document(*_BODY),
    openapi_extra=describe_body(SubjectRequestIn),
)
async def open_subject_request(caller: Officer, request: Request) -> SubjectRequestOut:
    """Starts the clock: 3 × 24 hours from `received_at`, when the family asked, not from now."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.open_request(session, caller, content, latest=latest_of(request))


@router.get(
    "",
    operation_id="listSubjectRequests",
    summary="List requests of families",
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_subject_requests(
    caller: Officer,
    session: SessionOf,
    region: Annotated[RegionCode | None, Query(description="This region and all below it")] = None,
    status: Annotated[RequestStatus | None, Query()] = None,
    kind: Annotated[RequestKind | None, Query()] = None,
    overdue: Annotated[bool | None, Query(description="Open, or closed, after the time it was due")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[SubjectRequestOut]:
    """What is due first comes first; without `region`, of all the caller's regions."""
    filters = {"region": region, "status": status, "kind": kind, "overdue": overdue}
    return await service.list_requests(session, caller, **filters, limit=limit, cursor=cursor)  # type: ignore[arg-type]


@router.get(
    "/{id}",
    operation_id="getSubjectRequest",
    summary="Get a request of a family",
    responses=document(kinds.NOT_FOUND),
)
async def get_subject_request(id: RequestId, caller: Officer, session: SessionOf) -> SubjectRequestOut:
    """The request with its clock as it stands now; it stays when the family was erased."""
    return await service.find_request(session, caller, id)


@router.get(
    "/{id}/export",
    operation_id="exportFamily",
    summary="Export all of a family",
    response_model=FamilyExportOut,
    responses=document(kinds.NOT_FOUND, kinds.IDENTITY_UNREADABLE),
)
async def export(
    id: RequestId,
    caller: Officer,
    request: Request,
    session: SessionOf,
    people: Annotated[
        list[Annotated[int, Field(ge=0, le=49)]] | None,
        Query(description="Repeatable: places on the card, from 0, of those whose identity is given; default: all"),
    ] = None,
    sensitive: Annotated[
        bool, Query(description="false leaves out answers to questions asked in private, and scores that tell them")
    ] = True,
) -> Response:
    """For an open request of the kind `export`: identity, submissions with answers and scores, consents, requests, and
    what was done with them. A family card names several persons: see the guide for data protection officers."""
    vault, catalogue = vault_of(request), catalogue_of(request)
    return respond(
        await export_family(session, caller, id, people=people, sensitive=sensitive, catalogue=catalogue, vault=vault)
    )


@router.post(
    "/{id}/fulfil",
    operation_id="fulfilSubjectRequest",
    summary="Do what a family asked for",
    responses=document(*_BODY, kinds.FORBIDDEN_REGION, kinds.REQUEST_CLOSED),
    openapi_extra=describe_body(CorrectionIn),
)
async def fulfil_subject_request(id: RequestId, caller: Officer, request: Request) -> FulfilledOut:
    """Does it and closes the request, all or nothing, once. A correction needs what is right in the body; every other
    kind takes `{}`. The response names the aggregates that changed and how those already published are treated."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.fulfil_request(
            session,
            caller,
            id,
            content=content,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
            latest=latest_of(request),
        )


@router.post(
    "/{id}/refuse",
    operation_id="refuseSubjectRequest",
    summary="Refuse a request of a family",
    responses=document(*_BODY, kinds.REQUEST_CLOSED),
    openapi_extra=describe_body(RefusalIn),
)
async def refuse_subject_request(id: RequestId, caller: Officer, request: Request) -> SubjectRequestOut:
    """Closes the request with a ground of UU 27/2022, articles 15 and 33, or because it is not the family's."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.refuse_request(session, caller, id, content)
