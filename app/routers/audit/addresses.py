"""GET /v1/audit/addresses, from which addresses a caller came."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.access import Caller
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, respond
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.audit.address import AddressOut
from app.schemas.ids import AnyId
from app.schemas.shapes import Page
from app.services.audit import addresses as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/audit/addresses", tags=["Audit"])


@router.get(
    "",
    operation_id="listAddresses",
    summary="List the addresses of a caller or a token",
    response_model=Page[AddressOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_addresses(
    caller: Annotated[Caller, require("audit:read")],
    session: SessionOf,
    who: Annotated[AnyId | None, Query(alias="caller", description="Id of an agency or person")] = None,
    token: Annotated[AnyId | None, Query(description="The `jti` of an access token")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists from which addresses a caller, or one token, was used, and when, the last seen first.

    It also lists refused sign-ins to the account. You need the scope for the whole country. Name the caller, the token,
    or both. The service deletes an address IKK_ADDRESS_DAYS (90) after it was last seen. Each request to this endpoint
    is audited.
    """
    page = await service.list_addresses(session, caller, caller_id=who, token_id=token, limit=limit, cursor=cursor)
    return respond(page)
