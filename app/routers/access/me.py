"""GET /v1/me: who holds the token of this request."""

from typing import Annotated

from fastapi import APIRouter

from app.access import Caller
from app.routers.dependencies import StrictRoute
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.token import CallerOut

router = APIRouter(route_class=StrictRoute, prefix="/v1/me", tags=["Access"])


@router.get("", operation_id="getCaller", summary="Get who I am", responses=document(needs="token"))
async def get_caller(caller: Annotated[Caller, require(None)]) -> CallerOut:
    """Kind and id of the caller, what its token allows where, and until when."""
    return CallerOut.of(caller)
