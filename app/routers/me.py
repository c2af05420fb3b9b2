"""GET /v1/me: who holds the token of this request."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter

from app.routers.dependencies import StrictRoute, document
from app.schemas.token import CallerOut
from app.security import Caller, require

router = APIRouter(route_class=StrictRoute, prefix="/v1/me", tags=["Access"])


@router.get("", operation_id="getCaller", summary="Get who I am", responses=document(needs="token"))
async def get_caller(caller: Annotated[Caller, require(None)]) -> CallerOut:
    """Kind and id of the caller, what its token allows where, and until when."""
    scopes = {scope: list(codes) for scope, codes in caller.areas.items()}
    expires = datetime.fromtimestamp(caller.expires, UTC)
    return CallerOut.model_validate({"kind": caller.kind, "id": caller.id, "scopes": scopes, "expires": expires})
