"""/v1/statistics/context, figures about regions beside the index."""

from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.formats.negotiation import CSV, FILE_TYPES
from app.platform.bodies import describe_body, describe_content, read_body, read_json
from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    StrictRoute,
    Year,
    YearInPath,
    connect,
    open_session,
    respond,
)
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.routers.tables import FormOf, respond_with_table, tables
from app.schemas.reference.region import LevelBelow
from app.schemas.shapes import Page, RegionCode
from app.schemas.statistics.context_table import COLUMNS
from app.schemas.statistics.figure import FigureIn, FigureOut, ImportedFiguresOut, StoredFigureOut
from app.schemas.statistics.indicator import IndicatorCode
from app.services.statistics import context_figures as service
from app.services.statistics.context_files import FILE_BYTES, import_figures, read_file
from app.services.statistics.context_reading import Asked, find_figure, read_figures
from app.services.statistics.context_tables import sheets_of

router = APIRouter(route_class=StrictRoute, prefix="/v1/statistics/context", tags=["Statistics"])

Reader = Annotated[Caller, require("aggregates:read", "statistics:write", export_key=True)]
Sender = Annotated[Caller, require("statistics:write")]
Indicator = Annotated[IndicatorCode, Path()]
Region = Annotated[RegionCode, Path()]

_TABLES: Final = tables(COLUMNS)
_FILE: Final = {
    "schema": {"type": "string"},
    "example": "region;year;indicator;value;category;present;status;source;url;published_on;retrieved_on;note\n"
    "63;2022;child-marriage;10,53;;;verified;DP3A Provinsi Kalimantan Selatan;https://example.go.id/angka;;;\n",
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final = {CSV: _FILE, **dict.fromkeys(FILE_TYPES, _BINARY)}
_BODY: Final = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)
_NEW: Final[dict[int | str, dict[str, Any]]] = {201: {"model": StoredFigureOut, "description": "The figure is new"}}


@router.get(
    "",
    operation_id="listContextFigures",
    summary="List context figures",
    response_model=Page[FigureOut],
    responses={200: _TABLES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def list_context(
    caller: Reader,
    request: Request,
    parent: Annotated[RegionCode, Query()],
    form: FormOf,
    level: Annotated[
        LevelBelow | None,
        Query(description="List the regions of this level below `parent`. Without it you get `parent` itself"),
    ] = None,
    year: Annotated[Year | None, Query(description="List this year only. Without it you get every year")] = None,
    indicator: Annotated[IndicatorCode | None, Query(description="List this indicator only")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the current figures in the order of region, year and indicator. A region without figures has no row.

    As CSV or as a workbook you get the whole list and no pages, up to 40,000 rows. You can correct such a file and send
    it back.
    """
    asked = Asked(parent, level, year, indicator)
    async with connect(request) as connection:
        found = await read_figures(connection, caller, asked, limit=limit if form is None else None, cursor=cursor)
    if form is None:
        return keep(respond(await found.make_page()), REVALIDATED)
    name = "-".join(["context", *(str(each) for each in (parent, level, year, indicator) if each is not None)])
    return await respond_with_table(request, form, name, partial(sheets_of, found))


@router.post(
    "",
    operation_id="importContextFigures",
    summary="Send a file of context figures",
    response_model=ImportedFiguresOut,
    responses=document(kinds.FORBIDDEN_REGION, *_BODY),
    openapi_extra=describe_content(_FILES, FILE_BYTES),
)
async def import_file(caller: Sender, request: Request) -> Response:
    """Stores the figures of a file of Excel or CSV, all of them or none.

    Send a workbook (.xlsx) or CSV, as office programs save it, with at most 10,000 lines below the heading. Headings
    and names of indicators and categories may be in Indonesian or English. In a file with semicolons, 10,53 is a number
    with two decimal places. A number that can be read in two ways, such as 1.045 there, is a fault. Each fault names
    its line, its column and, in a workbook, its cell. The response has a row for each line.
    """
    file = await read_file(await read_body(request, CSV, FILE_BYTES, also=FILE_TYPES))
    async with open_session(request) as session:
        done = await import_figures(session, caller, file)
    return respond(done)


@router.get(
    "/{indicator}/{region}/{year}",
    operation_id="getContextFigure",
    summary="Get a context figure",
    response_model=FigureOut,
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND)},
    openapi_extra=EXPORT_KEY,
)
async def get_figure(
    caller: Reader, request: Request, indicator: Indicator, region: Region, year: YearInPath
) -> Response:
    """Returns the current figure of an indicator for a region and year, with its source."""
    async with connect(request) as connection:
        figure = await find_figure(connection, caller, (region, year, indicator))
    return keep(respond(figure), REVALIDATED)


@router.put(
    "/{indicator}/{region}/{year}",
    operation_id="putContextFigure",
    summary="Send a context figure",
    response_model=StoredFigureOut,
    responses={**_NEW, **document(kinds.FORBIDDEN_REGION, *_BODY)},
    openapi_extra=describe_body(FigureIn),
)
async def put_figure(
    caller: Sender, request: Request, indicator: Indicator, region: Region, year: YearInPath
) -> Response:
    """Stores a figure with its source, and replaces the one that is there. Every revision is kept.

    Fill in the member that the indicator's `kind` asks for: `value`, `category` or `present`. The same content again
    changes nothing. The region must have been in force in the year, and the year must have begun there.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        figure = await service.put_figure(session, caller, (region, year, indicator), content)
    return respond(figure, 201 if figure.outcome == "created" else 200)


@router.delete(
    "/{indicator}/{region}/{year}",
    operation_id="withdrawContextFigure",
    summary="Withdraw a context figure",
    status_code=204,
    responses=document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND),
)
async def withdraw_figure(
    caller: Sender, session: SessionOf, indicator: Indicator, region: Region, year: YearInPath
) -> None:
    """Withdraws the figure, so that nobody reads it any more. Its revisions stay stored."""
    await service.withdraw(session, caller, (region, year, indicator))
