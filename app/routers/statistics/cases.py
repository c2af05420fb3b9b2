"""/v1/statistics/cases, counts of cases of violence that other systems report."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import Cursor, SessionOf, StrictRoute, Year, open_session, respond
from app.routers.documenting import document
from app.routers.requirement import EXPORT_KEY, require
from app.schemas.parameters import WHOLE
from app.schemas.shapes import Page, RegionCode
from app.schemas.statistics.case_report import (
    CaseReceiptOut,
    CaseReportIn,
    CaseReportsOut,
    CaseRevisionsOut,
    PeriodText,
    RegionCasesOut,
)
from app.services.statistics import case_reading as reading
from app.services.statistics import case_reports as service
from app.statistics.periods import Period, Status, read_period

router = APIRouter(route_class=StrictRoute, prefix="/v1/statistics/cases", tags=["Statistics"])

Sender = Annotated[Caller, require("statistics:write")]
Reader = Annotated[Caller, require("aggregates:read", "statistics:write", export_key=True)]
Region = Annotated[RegionCode, Path()]
PeriodInPath = Annotated[PeriodText, Path()]
Below = Literal["province", "regency", "district", "village"]

REPORT_BYTES = 256 * 1024
"""Enough for MOST_ROWS rows of counts."""


def _read(period: str) -> Period:
    found = read_period(period)
    assert found is not None  # noqa: S101 (its type has checked it)
    return found


@router.get(
    "",
    operation_id="listCases",
    summary="List case statistics below a region",
    response_model=Page[RegionCasesOut],
    responses=document(kinds.FORBIDDEN_REGION),
    openapi_extra=EXPORT_KEY,
)
async def list_cases(
    caller: Reader,
    session: SessionOf,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[Below, Query(description="Level of the regions to list, below the level of `parent`")],
    year: Year,
    limit: Annotated[int, Query(ge=1, le=100, description="The most items that a page may have"), WHOLE] = 100,
    cursor: Cursor = None,
) -> Response:
    """Returns one row for each region of a level below `parent`, with all reports of the year.

    A region whose `reports` are empty has reported nothing, which is not zero. Small counts are hidden as in a single
    report.
    """
    page = await reading.list_cases(session, caller, parent=parent, level=level, year=year, limit=limit, cursor=cursor)
    return respond(page)


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
