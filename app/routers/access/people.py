"""/v1/people, the accounts of people with their roles and one-time codes."""

import asyncio
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller, RoleName
from app.formats.negotiation import CSV, FILE_TYPES, HTML, JSON, XLSX, choose
from app.formats.table_file import TableFile
from app.pages.slips import POLICY, write_page
from app.platform.bodies import describe_body, describe_content, read_body, read_json
from app.problems import kinds
from app.routers.dependencies import Limit, SessionOf, StrictRoute, open_session, respond, settings_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.person import (
    CodeOut,
    CodesOut,
    GrantIn,
    GrantOut,
    NewCodeGrantOut,
    NewPersonOut,
    PersonChangeIn,
    PersonIn,
    PersonOut,
)
from app.schemas.ids import AnyId
from app.schemas.parameters import Flag
from app.schemas.searched import UsernamePart
from app.schemas.shapes import Page, RegionCode
from app.services.access import appointing
from app.services.access import people as service
from app.services.access.appointing import add_grant, create_person, import_people
from app.services.access.codes import choose_people, give_codes, read_usernames
from app.services.access.people_files import FILE_BYTES, read_people
from app.services.access.slips import SLIP_COLUMNS, write_csv, write_workbook

router = APIRouter(route_class=StrictRoute, prefix="/v1/people", tags=["People"])

Appointer = Annotated[Caller, require("people:manage")]
Id = Annotated[AnyId, Path(description="The person's id")]

_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILE: Final = {
    "schema": {"type": "string"},
    "example": "username;name;role;region;valid_from;valid_until\n"
    "dewi.lestari;Dewi Lestari;kader;63.72.06.1004;2026-12-01;2027-12-31\n",
}
_USERNAMES: Final = {"schema": {"type": "string"}, "example": "username\ndewi.lestari\n"}
_BINARIES: Final = dict.fromkeys(FILE_TYPES, _BINARY)
_FILES: Final = {CSV: _FILE, **_BINARIES}
_FORMATS: Final = {"json": JSON, "csv": CSV, "xlsx": XLSX, "html": HTML}
_BODY: Final = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.post(
    "",
    operation_id="createPerson",
    summary="Create an account",
    status_code=201,
    responses=document(kinds.GRANT_BEYOND, *_BODY),
    openapi_extra=describe_body(PersonIn),
)
async def create(caller: Appointer, request: Request) -> NewPersonOut:
    """Creates an account for a person and returns its one-time code.

    Grant at least one role. Each role holds in a region and for a time. You can grant a role only if you hold all of
    its scopes in that region. The response shows the one-time code this once.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await create_person(session, caller, content, code_days=settings_of(request).code_days)


_CODES: Final[dict[int | str, dict[str, Any]]] = {
    201: {
        "description": "One-time codes, shown this once",
        "content": {
            CSV: {"schema": {"type": "string"}, "example": ",".join(SLIP_COLUMNS) + "\n"},
            XLSX: _BINARY,
            HTML: {"schema": {"type": "string"}, "example": "<!doctype html>…"},
        },
    }
}
Format = Annotated[
    Literal["json", "csv", "xlsx", "html"] | None,
    Query(description="The format of the response. It outweighs the Accept header. `html` is a page of slips to print"),
]


@router.post(
    "/import",
    operation_id="importPeople",
    summary="Create accounts from a file",
    status_code=201,
    response_model=CodesOut,
    responses={**_CODES, **document(kinds.GRANT_BEYOND, *_BODY)},
    openapi_extra=describe_content(_FILES, FILE_BYTES),
)
async def import_file(caller: Appointer, request: Request, format: Format = None) -> Response:
    """Creates an account for every person in a file of Excel or CSV and returns their one-time codes.

    Send a workbook (.xlsx) or CSV, as office programs save it, with at most 2,000 lines below the heading. The service
    looks at the content and not at the media type. Headings and roles may be in Indonesian or English. Write dates as
    2026-12-01 or day first, as 1/12/2026 or 1 Desember 2026. A person with several roles has several lines. If the file
    has a fault, the service creates no account. Each fault names its line, its column and, in a workbook, its cell.

    The codes come as JSON, as CSV with the separator of your file, as a workbook, or as a page of slips to print. They
    are shown this once.
    """
    file = await read_people(await read_body(request, CSV, FILE_BYTES, also=FILE_TYPES))
    async with open_session(request) as session:
        codes = await import_people(session, caller, file, code_days=settings_of(request).code_days)
    return await _respond_with_codes(request, codes, format, file)


@router.post(
    "/codes",
    operation_id="createCodes",
    summary="Create one-time codes for many people",
    status_code=201,
    response_model=CodesOut,
    responses={**_CODES, **document(kinds.FORBIDDEN_REGION, kinds.ACCOUNT_BEYOND, *_BODY)},
    openapi_extra=describe_content({CSV: _USERNAMES, **_BINARIES}, FILE_BYTES, required=False),
)
async def create_codes(
    caller: Appointer,
    request: Request,
    region: Annotated[
        RegionCode | None,
        Query(description="Everybody with a role in this region or below it. Leave it out with a file"),
    ] = None,
    role: Annotated[RoleName | None, Query(description="Only people with this role there")] = None,
    include_signed_in: Annotated[
        Flag, Query(description="Also people who have a password. It ends, with all their sign-ins")
    ] = False,
    format: Format = None,
) -> Response:
    """Creates a one-time code for everybody in a file or with a role in a region. Codes that were not used end.

    Name a region, or send a file as for an import. Only its column of usernames counts, so the file of the import will
    do, and so will the one with the codes. At most 2,000 people get a code at once. People who have a password are left
    out unless you include them. You can change only accounts whose roles you could grant. In a region the others are
    left out, and a file with one of them is refused.
    """
    file = None
    if "content-type" in request.headers:
        file = await read_usernames(await read_body(request, CSV, FILE_BYTES, also=FILE_TYPES))
    chosen = choose_people(file, region, role)
    days = settings_of(request).code_days
    async with open_session(request) as session:
        codes = await give_codes(session, caller, chosen, include_signed_in=include_signed_in, code_days=days)
    return await _respond_with_codes(request, codes, format, file)


async def _respond_with_codes(
    request: Request, codes: CodesOut, format: str | None, file: TableFile | None
) -> Response:
    """The codes in the format that was asked for. Of CSV and workbooks, the one that came in is the first choice."""
    tables = (XLSX, CSV) if file is not None and file.kind == "xlsx" else (CSV, XLSX)
    accept = ", ".join(request.headers.getlist("accept"))
    accepted = _FORMATS[format] if format is not None else choose(accept, (JSON, HTML, *tables))
    if accepted == CSV:
        separator = file.separator if file is not None and file.kind == "csv" else ";"
        return Response(await write_csv(codes, separator), 201, media_type=CSV)
    if accepted == XLSX:
        return Response(await asyncio.to_thread(write_workbook, codes), 201, media_type=XLSX)
    if accepted == HTML:
        page = await asyncio.to_thread(write_page, codes, settings_of(request).issuer)
        return Response(page, 201, media_type=HTML, headers={"Content-Security-Policy": POLICY})
    return respond(codes, 201)


@router.get(
    "",
    operation_id="listPeople",
    summary="List people",
    response_model=Page[PersonOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_people(
    caller: Appointer,
    session: SessionOf,
    region: Annotated[
        RegionCode | None, Query(description="List the people with a role in the subtree of this region")
    ] = None,
    role: Annotated[RoleName | None, Query(description="List the people who have this role there")] = None,
    active: Annotated[
        Flag | None, Query(description="Whether that role is valid now and the account is not disabled")
    ] = None,
    signed_in: Annotated[
        Flag | None, Query(description="Whether the person has set a password. false lists those who still need to")
    ] = None,
    training: Annotated[Flag | None, Query(description="Whether the account is in training")] = None,
    q: Annotated[
        UsernamePart | None,
        Query(
            description="Part of the username. Capitals and blanks around it make no difference",
            examples=["siti"],
        ),
    ] = None,
    limit: Limit = 100,
    cursor: Annotated[AnyId | None, Query(description="The value of `next` on the page before")] = None,
) -> Response:
    """Lists the people with a role in your regions in the order of their usernames. The role may have ended."""
    page = await service.list_people(
        session,
        caller,
        region=region,
        role=role,
        active=active,
        signed_in=signed_in,
        training=training,
        q=q,
        limit=limit,
        cursor=cursor,
    )
    return respond(page)


@router.get("/{id}", operation_id="getPerson", summary="Get a person", responses=document(kinds.NOT_FOUND))
async def get_person(id: Id, caller: Appointer, session: SessionOf) -> PersonOut:
    """Returns the person with their roles inside your regions, including roles that have ended."""
    return await service.find_person(session, caller, id)


_CHANGE: Final[dict[int | str, dict[str, Any]]] = document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND)


@router.patch(
    "/{id}",
    operation_id="updatePerson",
    summary="Change a person",
    responses=document(kinds.NOT_FOUND, kinds.ACCOUNT_BEYOND, *_BODY),
    openapi_extra=describe_body(PersonChangeIn),
)
async def update_person(id: Id, caller: Appointer, request: Request) -> PersonOut:
    """Corrects the name of a person, or puts the account in training or takes it out.

    Everything that an account in training sends is for training, whatever it says itself. A change of `training` ends
    the person's access tokens. The app gets a new one with its refresh token. You cannot change the username, because
    the person signs in with it.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.change_person(session, caller, id, content)


@router.post(
    "/{id}/grants",
    operation_id="createGrant",
    summary="Grant a role",
    status_code=201,
    responses=document(kinds.NOT_FOUND, kinds.GRANT_BEYOND, kinds.ACCOUNT_BEYOND, *_BODY),
    openapi_extra=describe_body(GrantIn),
)
async def create_grant(id: Id, caller: Appointer, request: Request) -> NewCodeGrantOut | GrantOut:
    """Grants the person one more role in a region.

    The role takes effect with the person's next token, at the latest when the token that they hold expires.

    Whoever made the person's last one-time code may know the password. If they could not grant this role themselves,
    the password and all sign-ins end, and the response has a new `code` to hand over. You then need the right to grant
    everything that the person holds. Otherwise you get `account-beyond-caller`, and nothing changes.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await add_grant(session, caller, id, content, code_days=settings_of(request).code_days)


@router.delete(
    "/{id}/grants/{grant}", operation_id="endGrant", summary="End a role", status_code=204, responses=_CHANGE
)
async def end_grant(
    id: Id, grant: Annotated[AnyId, Path(description="The grant's id")], caller: Appointer, session: SessionOf
) -> None:
    """Ends the role now, and tokens with it within about a second. The grant stays stored with the time of its end."""
    await appointing.end_grant(session, caller, id, grant=grant)


@router.post(
    "/{id}/code", operation_id="createCode", summary="Create a one-time code", status_code=201, responses=_CHANGE
)
async def create_code(id: Id, caller: Appointer, session: SessionOf, request: Request) -> CodeOut:
    """Creates a one-time code, for a forgotten password or a lost phone. It ends the password and all sign-ins."""
    return await service.give_code(session, caller, id, code_days=settings_of(request).code_days)


@router.post(
    "/{id}/second-factor/reset",
    operation_id="resetSecondFactor",
    summary="Remove a second factor",
    status_code=201,
    responses=_CHANGE,
)
async def reset_factor(id: Id, caller: Appointer, session: SessionOf, request: Request) -> CodeOut:
    """Removes the second factor and the recovery codes of somebody who lost the phone. Returns a new one-time code.

    The password and all sign-ins end too. You need the right to grant everything that the person holds. Make sure who
    asks you for this, because whoever gets the code gets the account.
    """
    found = await service.reset_factor(session, caller, id, code_days=settings_of(request).code_days)
    request.app.state.metrics.second_factors.labels("reset").inc()
    return found


@router.post(
    "/{id}/disable", operation_id="disablePerson", summary="Disable an account", status_code=204, responses=_CHANGE
)
async def disable_person(id: Id, caller: Appointer, session: SessionOf) -> None:
    """Disables the account. Its sign-ins end within about a second.

    Nobody can sign in to it until you enable it again. A one-time code that was not used yet ends too.
    """
    await service.disable_person(session, caller, id)


@router.post(
    "/{id}/enable", operation_id="enablePerson", summary="Enable an account again", status_code=204, responses=_CHANGE
)
async def enable_person(id: Id, caller: Appointer, session: SessionOf) -> None:
    """Lets the person sign in again with the same password. An account without a password needs a new one-time code."""
    await service.enable_person(session, caller, id)
