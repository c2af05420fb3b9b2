"""/v1/statistics/cases, counts of cases of violence that other systems report."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.formats.negotiation import CSV, FILE_TYPES
from app.formats.sheets import Sheet
from app.platform.bodies import describe_body, describe_content, read_body, read_json
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, Year, open_session, respond
from app.routers.documenting import document
from app.routers.requirement import EXPORT_KEY, require
from app.routers.tables import FormOf, respond_with_table, tables
from app.schemas.reference.region import LevelBelow
from app.schemas.shapes import Page, RegionCode
from app.schemas.statistics.case_report import (
    CaseImportOut,
    CaseReceiptOut,
    CaseReportIn,
    CaseReportsOut,
    CaseRevisionsOut,
    PeriodText,
    RegionCasesOut,
)
from app.schemas.statistics.case_table import COLUMNS
from app.services.statistics import case_reading as reading
from app.services.statistics import case_reports as service
from app.services.statistics.case_files import FILE_BYTES, import_cases, read_file
from app.services.statistics.case_tables import read_whole, sheets_of
from app.statistics.periods import Period, Status, read_period

router = APIRouter(route_class=StrictRoute, prefix="/v1/statistics/cases", tags=["Statistics"])

Sender = Annotated[Caller, require("statistics:write")]
Reader = Annotated[Caller, require("aggregates:read", "statistics:write", export_key=True)]
Region = Annotated[RegionCode, Path()]
PeriodInPath = Annotated[PeriodText, Path()]

REPORT_BYTES = 256 * 1024
"""Enough for MOST_ROWS rows of counts."""
_FILE: Final = {
    "schema": {"type": "string"},
    "example": "region;period;status;through;source;age_status;sex;cases;victims\n"
    "63;2023;verified;2023-02-28;DP3AKB Provinsi Kalimantan Selatan;;;69;\n"
    "63;2023;verified;2023-02-28;DP3AKB Provinsi Kalimantan Selatan;Anak;;;49\n",
}
_BINARY: Final = {"schema": {"type": "string", "format": "binary"}}
_FILES: Final = {CSV: _FILE, **dict.fromkeys(FILE_TYPES, _BINARY)}


def _read(period: str) -> Period:
    found = read_period(period)
    assert found is not None  # noqa: S101 (its type has checked it)
    return found


@router.get(
    "",
    operation_id="listCases",
    summary="List case statistics below a region",
    response_model=Page[RegionCasesOut],
    responses={200: tables(COLUMNS), **document(kinds.FORBIDDEN_REGION, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def list_cases(
    caller: Reader,
    request: Request,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[LevelBelow, Query(description="Level of the regions to list, below the level of `parent`")],
    year: Year,
    form: FormOf,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Returns one row for each region of a level below `parent`, with all reports of the year.

    A region whose `reports` are empty has reported nothing, which is not zero. Small counts are hidden as in a single
    report. As CSV or as a workbook you get the whole list and no pages, up to 40,000 rows.
    """
    async with open_session(request) as session:
        if form is None:
            return respond(
                await reading.list_cases(
                    session, caller, parent=parent, level=level, year=year, limit=limit, cursor=cursor
                )
            )
        whole = await read_whole(session, caller, parent=parent, level=level, year=year)

    async def make() -> list[Sheet]:
        return sheets_of(whole)

    return await respond_with_table(request, form, f"cases-{parent}-{level}-{year}", make)


@router.post(
    "",
    operation_id="importCases",
    summary="Send a file of case statistics",
    response_model=CaseImportOut,
    responses=document(kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE, kinds.FORBIDDEN_REGION),
    openapi_extra=describe_content(_FILES, FILE_BYTES),
)
async def import_file(caller: Sender, request: Request) -> Response:
    """Stores the reports of a file of Excel or CSV, all of them or none.

    Send a workbook (.xlsx) or CSV, as office programs save it, with at most 10,000 lines below the heading. Lines with
    the same region, period and status are one report. Headings and codes may be in Indonesian or English. Leave a cell
    empty if the number was not reported, and write numbers without marks for thousands. Each fault names its line, its
    column and, in a workbook, its cell. The response has a row for each line.
    """
    file = await read_file(await read_body(request, CSV, FILE_BYTES, also=FILE_TYPES))
    async with open_session(request) as session:
        done = await import_cases(session, caller, file)
    return respond(done)


@router.put(
    "/{region}/{period}",
    operation_id="putCases",
    summary="Report case statistics",
    response_model=CaseReceiptOut,
    responses={
        201: {"model": CaseReceiptOut, "description": "Stored as the first report of the period and status"},
        **document(
            kinds.MALFORMED,
            kinds.TOO_LARGE,
            kinds.WRONG_TYPE,
            kinds.FORBIDDEN_REGION,
            kinds.NOT_FOUND,
            kinds.PERIODS_DIFFER,
        ),
    },
    openapi_extra=describe_body(CaseReportIn, limit=REPORT_BYTES),
)
async def put_cases(region: Region, period: PeriodInPath, caller: Sender, request: Request) -> Response:
    """Stores the counts of a region and period. A new report replaces the one of the same status, which stays stored.

    Send counts and never persons. Cases, victims and perpetrators are different units. Every row names one breakdown,
    with at most three codes of GET /v1/codelists. The same content sent again changes nothing. A year is reported in
    one kind of period for each status: the year, quarters or months. `warnings` says what is odd.
    """
    content = await read_json(request, REPORT_BYTES)
    async with open_session(request) as session:
        receipt = await service.put_report(session, caller, region, _read(period), content)
    return respond(receipt, 201 if receipt.outcome == "created" else 200)


@router.get(
    "/{region}/{period}",
    operation_id="getCases",
    summary="Get case statistics",
    responses=document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND),
    openapi_extra=EXPORT_KEY,
)
async def get_cases(region: Region, period: PeriodInPath, caller: Reader, session: SessionOf) -> CaseReportsOut:
    """Returns what was reported for a region and period, `verified` and `provisional` apart.

    You get your own report whole. Counts below 10, and others that would give them away, are `hidden` from whoever may
    not read them. A count that is absent was not reported, which is not zero.
    """
    return await reading.find_reports(session, caller, region, _read(period))


@router.delete(
    "/{region}/{period}",
    operation_id="withdrawCases",
    summary="Withdraw case statistics",
    status_code=204,
    responses=document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND),
)
async def withdraw_cases(
    region: Region,
    period: PeriodInPath,
    status: Annotated[Status, Query(description="The status of the report to withdraw")],
    caller: Sender,
    session: SessionOf,
) -> None:
    """Withdraws the report of a region, period and status. It stays stored, and a new report is its next revision."""
    await service.withdraw_report(session, caller, region, _read(period), status)


@router.get(
    "/{region}/{period}/revisions",
    operation_id="listCaseRevisions",
    summary="List the revisions of case statistics",
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_revisions(region: Region, period: PeriodInPath, caller: Sender, session: SessionOf) -> CaseRevisionsOut:
    """Returns every revision of both statuses with its sender, the newest first. It holds no counts."""
    return await service.list_revisions(session, caller, region, _read(period))
