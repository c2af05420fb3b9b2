"""Examples of case statistics, with what Kalimantan Selatan published for January and February 2023."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from app.regions.codes import dot
from app.schemas.reference.code_list import CodeListOut
from app.schemas.reference.region import RegionNameOut
from app.schemas.shapes import Page
from app.schemas.statistics.case_report import (
    CaseImportOut,
    CaseImportRowOut,
    CaseReceiptOut,
    CaseReportIn,
    CaseReportOut,
    CaseReportsOut,
    CaseRevisionOut,
    CaseRevisionsOut,
    CountOut,
    PeriodReportOut,
    RegionCasesOut,
    SenderOut,
)
from app.schemas.statistics.source import SourceOut
from app.statistics.code_lists import CODE_LISTS
from app.statistics.counts import read_rows

_PROVINCE: Final = "63"
_PERIOD: Final = "2023"
_AT: Final = datetime(2026, 11, 27, 2, 15, tzinfo=UTC)
_AGENCY: Final = UUID("3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2")
REPORT: Final[dict[str, Any]] = {
    "status": "provisional",
    "through": "2023-02-28",
    "source": {"name": "DP3AKB Provinsi Kalimantan Selatan", "published_on": "2023-03-08"},
    "counts": [
        {"cases": 69},
        {"age_status": "child", "victims": 49},
        {"sex": "female", "age_status": "adult", "victims": 27},
    ],
    "note": "Januari dan Februari 2023",
}


def make_statistics_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests and of responses by operation id."""
    sent = CaseReportIn.model_validate(REPORT)
    source = SourceOut.model_validate(sent.source.model_dump())
    period = PeriodReportOut(
        status=sent.status,
        through=sent.through,
        source=source,
        note=sent.note,
        revision=1,
        received_at=_AT,
        own=True,
        counts=CountOut.rows_of(read_rows(REPORT["counts"]), ()),
        period=_PERIOD,
        granularity="year",
    )
    region = RegionNameOut.named(_PROVINCE, "Kalimantan Selatan")
    report = CaseReportOut.model_validate(period.model_dump(exclude={"period", "granularity"}))
    revision = CaseRevisionOut(
        status=sent.status,
        revision=1,
        sender=SenderOut(kind="agency", id=_AGENCY),
        received_at=_AT,
        ended_at=None,
        withdrawn_by=None,
        through=sent.through,
        source=source,
        rows=len(sent.counts),
    )
    place = {"region": _PROVINCE, "dotted": dot(_PROVINCE), "period": _PERIOD}
    listed = CodeListOut.of(CODE_LISTS["sex"])
    responses = {
        "putCases": CaseReceiptOut.model_validate(
            {**place, "status": "provisional", "revision": 1, "outcome": "created", "replaced": None, "warnings": []}
        ),
        "importCases": CaseImportOut(
            created=1,
            replaced=0,
            unchanged=0,
            rows=[
                CaseImportRowOut(
                    line=line,
                    region=_PROVINCE,
                    period=_PERIOD,
                    status="provisional",
                    outcome="created",
                    revision=1,
                    warnings=[],
                )
                for line in (2, 3)
            ],
            ignored_columns=[],
        ),
        "getCases": CaseReportsOut(
            region=region, period=_PERIOD, granularity="year", verified=None, provisional=report
        ),
        "listCases": Page(items=[RegionCasesOut(region=region, year=2023, reports=[period])], next=None),
        "listCaseRevisions": CaseRevisionsOut.model_validate({**place, "revisions": [revision.model_dump()]}),
        "listCodeLists": Page(items=[listed], next=None),
    }
    return {"putCases": REPORT}, {name: each.model_dump(mode="json") for name, each in responses.items()}
