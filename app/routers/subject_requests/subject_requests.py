"""/v1/subject-requests: record a subject request, see its deadline, serve it once or refuse it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from app.identity.checks import MOST_PEOPLE
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    catalogue_of,
    database_of,
    latest_of,
    open_session,
    respond,
    vault_of,
)
from app.routers.documenting import document
from app.routers.watching import IdentityReader, Officer, WatchedRoute
from app.schemas.ids import AnyId
from app.schemas.parameters import WHOLE, Flag
from app.schemas.shapes import Page, RegionCode
from app.schemas.subject_requests.correction import CorrectionIn
from app.schemas.subject_requests.export import FamilyExportOut
from app.schemas.subject_requests.grounds import RefusalIn
from app.schemas.subject_requests.kinds import RequestKind, RequestStatus
from app.schemas.subject_requests.subject_request import FulfilledOut, SubjectRequestIn, SubjectRequestOut
from app.services.subject_requests import serving as service
from app.services.subject_requests.exported_submissions import Part
from app.services.subject_requests.handing_over import export_family

router = APIRouter(route_class=WatchedRoute, prefix="/v1/subject-requests", tags=["Rights"])

RequestId = Annotated[AnyId, Path(description="The id of the subject request, from the response when it was recorded")]

_CORRECTION_BYTES = 256 * 1024
"""Enough for some thirty interviews of one family."""
_BODY = (kinds.MALFORMED, kinds.NOT_FOUND, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.post(
    "",
    operation_id="createSubjectRequest",
    summary="Record a subject request",
    status_code=201,
    responses=document(*_BODY),
    openapi_extra=describe_body(SubjectRequestIn),
)
async def open_subject_request(caller: Officer, request: Request) -> SubjectRequestOut:
    """Records a subject request. It is due 3 × 24 hours after `received_at`, when the family asked, not after now.

    A subject request to export may have been received at most 17 days ago. After that it opens nothing any more.
    """
    content = await read_json(request)
    request.state.family = content.get("family")
    async with open_session(request) as session:
        return await service.open_request(session, caller, content, latest=latest_of(request))


@router.get(
    "",
    operation_id="listSubjectRequests",
    summary="List subject requests",
    response_model=Page[SubjectRequestOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_subject_requests(
    caller: Officer,
    session: SessionOf,
    region: Annotated[
        RegionCode | None, Query(description="A region. The list holds the subject requests in its subtree")
    ] = None,
    status: Annotated[RequestStatus | None, Query(description="Only subject requests with this status")] = None,
    kind: Annotated[RequestKind | None, Query(description="Only subject requests of this kind")] = None,
    overdue: Annotated[
        Flag | None, Query(description="true lists those open, or closed, after they were due. false lists the others")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists subject requests, the one that is due first at the top.

    Without `region` you get the subject requests of all your regions.
    """
    page = await service.list_requests(
        session, caller, region=region, status=status, kind=kind, overdue=overdue, limit=limit, cursor=cursor
    )
    return respond(page)


@router.get(
    "/{id}",
    operation_id="getSubjectRequest",
    summary="Get a subject request",
    responses=document(kinds.NOT_FOUND),
)
async def get_subject_request(id: RequestId, caller: Officer, session: SessionOf) -> SubjectRequestOut:
    """Returns the subject request with the time that is left. It stays stored after the family was erased."""
    return await service.find_request(session, caller, id)


@router.get(
    "/{id}/export",
    operation_id="exportFamily",
    summary="Export the data of a family",
    response_model=FamilyExportOut,
    responses=document(
        kinds.NOT_FOUND,
        kinds.IDENTIFICATION_NEEDED,
        kinds.REQUEST_CLOSED,
        kinds.REQUEST_EXPIRED,
        kinds.IDENTITY_UNREADABLE,
    ),
)
async def export(
    id: RequestId,
    caller: IdentityReader,
    request: Request,
    people: Annotated[
        list[Annotated[int, Field(ge=0, le=MOST_PEOPLE - 1), WHOLE]] | None,
        Query(
            max_length=MOST_PEOPLE,
            description="Positions on the card, from 0, of the people whose identity to export. Repeat the parameter "
            "for each. Default: all people",
        ),
    ] = None,
    sensitive: Annotated[
        Flag,
        Query(
            description="false leaves out answers to questions asked in private, and scores that reveal such answers"
        ),
    ] = True,
) -> Response:
    """Returns everything that is stored about a family, for an open subject request of the kind `export`.

    That is the identity, the submissions with answers and scores, the consents, the subject requests, and the trail of
    what was done with them. A family card names several people, so read the guide for data protection officers first.

    You must have stated a purpose for this family that has not expired yet, as for reading the identity. The first
    export counts as handing it over. You can read it again for 24 hours, and then the subject request closes as done.
    """
    part, vault, catalogue = Part(people, sensitive), vault_of(request), catalogue_of(request)
    return respond(await export_family(database_of(request), caller, id, part=part, catalogue=catalogue, vault=vault))


@router.post(
    "/{id}/fulfil",
    operation_id="fulfilSubjectRequest",
    summary="Fulfil a subject request",
    responses=document(*_BODY, kinds.FORBIDDEN_REGION, kinds.REQUEST_CLOSED),
    openapi_extra=describe_body(CorrectionIn, limit=_CORRECTION_BYTES),
)
async def fulfil_subject_request(id: RequestId, caller: Officer, request: Request) -> FulfilledOut:
    """Does what the family asked for and closes the subject request, once, in one transaction.

    To correct, send what is right in the body. For every other kind, send `{}`. The response lists the aggregates that
    changed, and says what that means for aggregates that others have read already.
    """
    content = await read_json(request, _CORRECTION_BYTES)
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
    summary="Refuse a subject request",
    responses=document(*_BODY, kinds.REQUEST_CLOSED),
    openapi_extra=describe_body(RefusalIn),
)
async def refuse_subject_request(id: RequestId, caller: Officer, request: Request) -> SubjectRequestOut:
    """Closes the subject request with a ground.

    A ground is one of UU 27/2022, articles 15 and 33, or that the request does not come from the family.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.refuse_request(session, caller, id, content)
