"""/v1/agencies, organisations with credentials, and their secrets."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, open_session, respond
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.agency import AgencyIn, AgencyOut, NewAgencyOut, NewSecretOut
from app.schemas.ids import AnyId
from app.schemas.shapes import Page
from app.services.access import agencies as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/agencies", tags=["Agencies"])

Administrator = Annotated[Caller, require("agencies:manage")]
Id = Annotated[AnyId, Path(description="The agency's id, which is not its client_id")]
_CHANGE = document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND)


@router.post(
    "",
    operation_id="createAgency",
    summary="Create an agency",
    status_code=201,
    responses=document(kinds.GRANT_BEYOND, kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    openapi_extra=describe_body(AgencyIn),
)
async def create_agency(caller: Administrator, request: Request) -> NewAgencyOut:
    """Creates an agency and returns its secret.

    You can give only scopes that you hold, in regions where you hold them. The response shows the secret this once.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.create_agency(session, caller, content)


@router.get(
    "", operation_id="listAgencies", summary="List agencies", response_model=Page[AgencyOut], responses=document()
)
async def list_agencies(
    caller: Administrator, session: SessionOf, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """Lists the agencies whose regions all lie inside yours, in the order of `client_id`."""
    page = await service.list_agencies(session, caller, limit=limit, cursor=cursor)
    return respond(page)


@router.get("/{id}", operation_id="getAgency", summary="Get an agency", responses=document(kinds.NOT_FOUND))
async def get_agency(id: Id, caller: Administrator, session: SessionOf) -> AgencyOut:
    """Returns the agency with its scopes and regions, and the times at which its valid secrets were created."""
    return await service.find_agency(session, caller, id)


@router.post(
    "/{id}/secrets",
    operation_id="createSecret",
    summary="Create a secret",
    status_code=201,
    responses=document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND, kinds.TWO_SECRETS),
)
async def create_secret(
    id: Id,
    caller: Administrator,
    session: SessionOf,
    end: Annotated[AnyId | None, Query(description="The id of a secret that ends for the new one")] = None,
) -> NewSecretOut:
    """Creates a secret for the agency. The response shows it this once.

    An agency can have two valid secrets, so that it can change from one to the other. If it has two already, you get
    `two-secrets` and nothing changes. So a repeated request ends nothing that is in use. Name the secret to end in
    `end`. Its tokens then end too, within about a second.
    """
    return await service.add_secret(session, caller, id, end=end)


@router.delete(
    "/{id}/secrets/{secret}", operation_id="endSecret", summary="End a secret", status_code=204, responses=_CHANGE
)
async def end_secret(
    id: Id, secret: Annotated[AnyId, Path(description="The secret's id")], caller: Administrator, session: SessionOf
) -> None:
    """Ends a secret that has leaked. The service issues no more tokens for it.

    All tokens of the agency end within about a second. The agency can get new ones at once with its other secret.
    """
    await service.end_secret(session, caller, id, secret=secret)


@router.post(
    "/{id}/disable", operation_id="disableAgency", summary="Disable an agency", status_code=204, responses=_CHANGE
)
async def disable_agency(id: Id, caller: Administrator, session: SessionOf) -> None:
    """Disables the agency permanently. Its secrets end now, and its tokens end within about a second."""
    await service.disable_agency(session, caller, id)
