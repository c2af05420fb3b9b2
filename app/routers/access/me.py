"""GET /v1/me, the caller that holds the token of this request."""

from typing import Annotated

from fastapi import APIRouter

from app.access import Caller
from app.routers.dependencies import StrictRoute
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.token import CallerOut

router = APIRouter(route_class=StrictRoute, prefix="/v1/me", tags=["Access"])


@router.get("", operation_id="getCaller", summary="Get the caller", responses=document(needs="token"))
async def get_caller(caller: Annotated[Caller, require(None)]) -> CallerOut:
    """Returns your kind and id, the regions in which you hold each scope, and when your token expires."""
    return CallerOut.of(caller)
