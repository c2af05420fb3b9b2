"""GET /v1/codelists, the codes of case statistics."""

from fastapi import APIRouter, Response

from app.platform.representations import REVALIDATED, keep
from app.routers.dependencies import StrictRoute, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.schemas.reference.code_list import CodeListOut
from app.schemas.shapes import Page
from app.services.reference.code_lists import list_code_lists

router = APIRouter(
    route_class=StrictRoute, prefix="/v1/codelists", tags=["Reference"], dependencies=[require(None, export_key=True)]
)


@router.get(
    "",
    operation_id="listCodeLists",
    summary="List the code lists",
    response_model=Page[CodeListOut],
    responses={**UNCHANGED, **document(needs="token")},
    openapi_extra=EXPORT_KEY,
)
async def list_codes() -> Response:
    """Returns all code lists of case statistics on a single page, with their sources.

    Codes are never given another meaning. A code that is not used any more has `withdrawn`, and mostly `use`.
    """
    return keep(respond(Page[CodeListOut](items=list_code_lists(), next=None)), REVALIDATED, vary=None)
