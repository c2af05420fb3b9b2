"""/v1/export-keys, with which office programs read figures."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, open_session, respond
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.export_key import ExportKeyIn, ExportKeyOut, NewExportKeyOut
from app.schemas.ids import AnyId
from app.schemas.shapes import Page
from app.services.access import export_keys as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/export-keys", tags=["Export keys"])

Seer = Annotated[Caller, require("aggregates:read", "people:manage", "agencies:manage")]


@router.post(
    "",
    operation_id="createExportKey",
    summary="Create an export key",
    status_code=201,
    responses=document(
        kinds.FORBIDDEN_REGION, kinds.ACCOUNT_ELSEWHERE, kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE
    ),
    openapi_extra=describe_body(ExportKeyIn),
)
async def create_key(caller: Annotated[Caller, require("aggregates:read")], request: Request) -> NewExportKeyOut:
    """Creates a key for Excel, Power BI and other office programs, and returns its secret, which you see this once.

    The key reads figures, regions and instruments by Basic authentication: `id` is the user name and `secret` the
    password. It reads the figures of one region, as long as you may read them. It is not accepted anywhere else.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.create_key(session, caller, content)


@router.get(
    "",
    operation_id="listExportKeys",
    summary="List export keys",
    response_model=Page[ExportKeyOut],
    responses=document(),
)
async def list_keys(caller: Seer, session: SessionOf, limit: Limit = 100, cursor: Cursor = None) -> Response:
    """Lists your keys, the newest first, also those that have ended.

    With `people:manage` you also get the keys of people for your regions, and with `agencies:manage` those of agencies.
    """
    return respond(await service.list_keys(session, caller, limit=limit, cursor=cursor))


@router.delete(
    "/{id}",
    operation_id="endExportKey",
    summary="Revoke an export key",
    status_code=204,
    responses=document(kinds.NOT_FOUND),
)
async def end_key(id: Annotated[AnyId, Path(description="The key's id")], caller: Seer, session: SessionOf) -> None:
    """Revokes a key of the list at once. It stays in the list with the time of its end."""
    await service.end_key(session, caller, id)
