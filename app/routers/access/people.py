"""/v1/people: accounts of people, their roles and one-time codes."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller, RoleName
from app.formats.negotiation import CSV, choose
from app.platform.bodies import describe_body, read_body, read_json
from app.problems import kinds
from app.routers.dependencies import Limit, SessionOf, StrictRoute, open_session, respond, settings_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.person import (
    CodeOut,
    CodesOut,
    GrantIn,
    GrantOut,
    NewPersonOut,
    PersonChangeIn,
    PersonIn,
    PersonOut,
)
from app.schemas.shapes import Page, RegionCode
from app.services.access import appointing
from app.services.access import people as service
from app.services.access.appointing import add_grant, create_person, import_people
from app.services.access.people_files import SLIP_COLUMNS, read_people, write_slips

router = APIRouter(route_class=StrictRoute, prefix="/v1/people", tags=["People"])

Manager = Annotated[Caller, require("people:manage")]
Id = Annotated[UUID, Path(description="The person's id")]

_FILE: Final = {
    "type": "string",
    "example": "username;name;role;region;valid_from;valid_until\n"
    "siti.aminah;Siti Aminah;kader;63.72.06.1004;2026-12-01;2027-12-31\n",
}
_BODY: Final = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.post(
    "",
    operation_id="createPerson",
    summary="Give somebody an account",
    status_code=201,
    responses=document(kinds.GRANT_BEYOND, *_BODY),
    openapi_extra=describe_body(PersonIn),
)
async def create(caller: Manager, request: Request) -> NewPersonOut:
    """With one or more roles, each in a region for a time, and a one-time code that is shown this once. You can grant
    only roles whose every scope you hold in that region."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await create_person(session, caller, content, code_days=settings_of(request).code_days)


@router.post(
    "/import",
    operation_id="importPeople",
    summary="Give everybody in a file an account",
    status_code=201,
    response_model=CodesOut,
    responses={
        201: {
            "description": "Everybody's one-time code, shown this once",
            "content": {CSV: {"schema": {"type": "string"}, "example": ",".join(SLIP_COLUMNS) + "\n"}},
        },
        **document(kinds.GRANT_BEYOND, *_BODY),
    },
    openapi_extra={"requestBody": {"required": True, "content": {CSV: {"schema": _FILE}}}},
)
async def import_file(caller: Manager, request: Request) -> Response:
    """CSV in UTF-8, with commas or semicolons; at most 2,000 lines below the heading. Somebody with several roles has
    several lines. All or nobody: each fault names its line and column in `pointer`. With `Accept: text/csv` the codes
    come as CSV, to print slips from."""
    body = await read_body(request, CSV)
    lines = read_people(body)
    async with open_session(request) as session:
        codes = await import_people(session, caller, lines, code_days=settings_of(request).code_days)
    if choose(request.headers.get("accept"), CSV) == CSV:
        return Response(write_slips(codes), 201, media_type=CSV)
    return respond(codes, 201)


@router.get("", operation_id="listPeople", summary="List people", responses=document(kinds.FORBIDDEN_REGION))
async def list_people(
    caller: Manager,
    session: SessionOf,
    region: Annotated[RegionCode | None, Query(description="With a role in this region or below it")] = None,
    role: Annotated[RoleName | None, Query(description="With this role there")] = None,
    active: Annotated[
        bool | None, Query(description="Whether that role is valid now, the account not disabled")
    ] = None,
    q: Annotated[str | None, Query(pattern="^[A-Za-z0-9._-]{1,40}$", description="Part of the username")] = None,
    limit: Limit = 100,
    cursor: Annotated[UUID | None, Query(description="`next` of the page before")] = None,
) -> Page[PersonOut]:
    """By username: those with a role in the caller's regions, also one that is over."""
    return await service.list_people(
        session, caller, region=region, role=role, active=active, q=q, limit=limit, cursor=cursor
    )


@router.get("/{id}", operation_id="getPerson", summary="Get a person", responses=document(kinds.NOT_FOUND))
async def get_person(id: Id, caller: Manager, session: SessionOf) -> PersonOut:
    """With the roles inside the caller's regions, also those that are over."""
    return await service.find_person(session, caller, id)


_CHANGE: Final[dict[int | str, dict[str, Any]]] = document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND)


@router.patch(
    "/{id}",
    operation_id="updatePerson",
    summary="Correct a name",
    responses=document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND, *_BODY),
    openapi_extra=describe_body(PersonChangeIn),
)
async def update_person(id: Id, caller: Manager, request: Request) -> PersonOut:
    """The username stays: it is what the person signs in with."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.rename_person(session, caller, id, content)


@router.post(
    "/{id}/grants",
    operation_id="createGrant",
    summary="Grant one more role",
    status_code=201,
    responses=document(kinds.NOT_FOUND, kinds.GRANT_BEYOND, kinds.ACCOUNT_BEYOND, *_BODY),
    openapi_extra=describe_body(GrantIn),
)
async def create_grant(id: Id, caller: Manager, request: Request) -> GrantOut:
    """Counts from the person's next token, within the life of the one they hold."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await add_grant(session, caller, id, content)


@router.delete(
    "/{id}/grants/{grant}", operation_id="endGrant", summary="End a role", status_code=204, responses=_CHANGE
)
async def end_grant(
    id: Id, grant: Annotated[UUID, Path(description="The grant's id")], caller: Manager, session: SessionOf
) -> None:
    """Now, and the tokens that carry it within about a second. It stays on record."""
    await appointing.end_grant(session, caller, id, grant=grant)


@router.post(
    "/{id}/code", operation_id="createCode", summary="Give a new one-time code", status_code=201, responses=_CHANGE
)
async def create_code(id: Id, caller: Manager, session: SessionOf, request: Request) -> CodeOut:
    """For a forgotten password or a lost phone: ends the password and everything that is signed in with it."""
    return await service.give_code(session, caller, id, code_days=settings_of(request).code_days)


@router.post(
    "/{id}/disable", operation_id="disablePerson", summary="Disable an account", status_code=204, responses=_CHANGE
)
async def disable_person(id: Id, caller: Manager, session: SessionOf) -> None:
    """Ends everything that is signed in, within about a second, and lets nobody sign in until it is enabled again."""
    await service.disable_person(session, caller, id)


@router.post(
    "/{id}/enable", operation_id="enablePerson", summary="Enable an account again", status_code=204, responses=_CHANGE
)
async def enable_person(id: Id, caller: Manager, session: SessionOf) -> None:
    """With the password that there was; an account without one needs a new one-time code."""
    await service.enable_person(session, caller, id)
