"""/v1/statistics/indicators, the definitions of context indicators."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.dependencies import SessionOf, StrictRoute, open_session, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.schemas.shapes import Page
from app.schemas.statistics.indicator import IndicatorCode, IndicatorIn, IndicatorOut
from app.services.statistics import indicators as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/statistics/indicators", tags=["Statistics"])

_BODY: Final = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)
_NEW: Final[dict[int | str, dict[str, Any]]] = {201: {"model": IndicatorOut, "description": "The indicator is new"}}


@router.get(
    "",
    operation_id="listContextIndicators",
    summary="List context indicators",
    response_model=Page[IndicatorOut],
    responses={**UNCHANGED, **document(needs="token")},
    openapi_extra=EXPORT_KEY,
    dependencies=[require(None, export_key=True)],
)
async def list_indicators(session: SessionOf) -> Response:
    """Returns the definitions of all context indicators on a single page.

    `kind` says which member a figure fills in: `value`, `category` or `present`. `bands` are what was published about
    values. No figure gets a category from them.
    """
    return keep(respond(await service.list_indicators(session)), REVALIDATED)


@router.put(
    "/{indicator}",
    operation_id="putContextIndicator",
    summary="Add or change a context indicator",
    response_model=IndicatorOut,
    responses={**_NEW, **document(kinds.FORBIDDEN_REGION, kinds.INDICATOR_IN_USE, *_BODY)},
    openapi_extra=describe_body(IndicatorIn),
)
async def put_indicator(
    indicator: Annotated[IndicatorCode, Path()],
    caller: Annotated[Caller, require("statistics:write", country=True)],
    request: Request,
) -> Response:
    """Adds an indicator, or changes its definition. You need the scope for the whole country (`ID`).

    A change that stored figures would not fit is refused. Their kind and unit stay as they are while there are figures.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        found, new = await service.put_indicator(session, caller, indicator, content)
    return respond(found, 201 if new else 200)
