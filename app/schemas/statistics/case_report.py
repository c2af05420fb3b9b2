"""Requests and responses with case statistics: counts of cases, victims and perpetrators of a region and period."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from app.problems import Language
from app.problems.figure_texts import FIGURE_WARNING_TEXTS, FigureWarningCode
from app.problems.wording import say
from app.regions.codes import dot
from app.schemas.lines import Line
from app.schemas.moments import Day
from app.schemas.reference.region import RegionNameOut
from app.schemas.shapes import WITHOUT_NUMBER, In, Out, RegionCode, is_null
from app.schemas.statistics.source import SourceIn, SourceOut
from app.scoring.parts import Text
from app.statistics.checks import FigureWarning
from app.statistics.code_lists import DIMENSIONS, Dimension
from app.statistics.counts import MOST, UNITS, Breakdown, Figures, Unit, list_rows
from app.statistics.periods import PATTERN, Granularity, Status, read_period

MOST_ROWS: Final = 2000
"""The most rows of counts that a report may have."""

_PERIOD: Final = "A year (2023), a quarter (2023-Q1) or a month (2023-01)"


def _check_period(text: str) -> str:
    if read_period(text) is None:
        raise ValueError("no period")
    return text


PeriodText = Annotated[
    str,
    Field(description=_PERIOD, examples=["2023-01"], max_length=7, json_schema_extra={"pattern": f"^{PATTERN}$"}),
    AfterValidator(_check_period),
]

StatusText = Annotated[
    Status, Field(description="`verified` figures are final. `provisional` ones may still change. Both are kept apart")
]


def _code(of: str, example: str) -> Any:
    described = f"A code of the list `{of}` of GET /v1/codelists"
    return Field(default=None, max_length=40, description=described, examples=[example])


Count = Annotated[int, Field(strict=True, ge=0, le=MOST, examples=[49])]


class CountIn(In):
    """Counts of one breakdown. Without a code they are totals. Leave out, or set to null, what was not reported."""

    sex: str | None = _code("sex", "female")
    age_group: str | None = _code("age_group", "age_13_17")
    age_status: str | None = _code("age_status", "child")
    place: str | None = _code("place", "household")
    kind: str | None = _code("kind", "physical")
    service: str | None = _code("service", "complaint")
    relation: str | None = _code("relation", "parent")
    cases: Count | None = Field(default=None, description="Cases, by place or kind")
    victims: Count | None = Field(
        default=None, description="Victims. Under several kinds, services or relations, one victim counts several times"
    )
    perpetrators: Count | None = Field(default=None, description="Perpetrators, by sex, age or relation")


class CaseReportIn(In):
    """The counts of one region and period, as one source states them."""

    status: StatusText
    through: Day | None = Field(
        default=None,
        description="The last day that is counted, if not the whole period is. A period that has not ended needs it",
        examples=["2023-02-28"],
    )
    source: SourceIn
    counts: Annotated[
        list[CountIn],
        Field(min_length=1, max_length=MOST_ROWS, examples=[[{"cases": 69}, {"age_status": "child", "victims": 49}]]),
    ]
    note: Annotated[str, Line(500), WITHOUT_NUMBER] | None = Field(
        default=None, description="What a reader of the figures should know", examples=["Januari dan Februari saja"]
    )


class FigureWarningOut(Out):
    """Something odd that is not a fault. The figures are stored."""

    code: FigureWarningCode
    pointer: str
    message: Text

    @classmethod
    def of(cls, warning: FigureWarning) -> "FigureWarningOut":
        texts = FIGURE_WARNING_TEXTS[warning.code]
        message = Text(id=_fill(texts[0], warning, "id"), en=_fill(texts[1], warning, "en"))
        return cls(code=warning.code, pointer=warning.pointer, message=message)


def _fill(text: str, warning: FigureWarning, language: Language) -> str:
    return text.format(**{name: say(value, language) for name, value in warning.limits.items()})


Outcome = Literal["created", "replaced", "unchanged"]


class RevisionRefOut(Out):
    revision: int
    received_at: datetime


class CaseReceiptOut(Out):
    """What became of a report."""

    region: RegionCode
    dotted: str
    period: str
    status: Status
    revision: int = Field(description="1 for the first report of the region, period and status, and one more each time")
    outcome: Outcome
    replaced: RevisionRefOut | None = Field(description="The revision that this one replaced, which stays stored")
    warnings: list[FigureWarningOut]


class CaseImportRowOut(Out):
    """What became of a line of a file. All lines of a report have its outcome."""

    line: int = Field(description="The number of the line in the file, from 1 on")
    region: RegionCode
    period: str
    status: Status
    outcome: Outcome
    revision: int
    warnings: list[FigureWarningOut] = Field(
        description="What is odd. What concerns a whole report is at its first line"
    )


class CaseImportOut(Out):
    """What became of the lines of a file, in their order."""

    created: int = Field(description="How many reports are the first of their region, period and status")
    replaced: int
    unchanged: int
    rows: list[CaseImportRowOut]
    ignored_columns: list[str] = Field(description="Headings of columns that were not used")


class CountOut(Out):
    """Counts of one breakdown. A member that is absent was not reported, which is not zero."""

    sex: str | None = Field(default=None, exclude_if=is_null)
    age_group: str | None = Field(default=None, exclude_if=is_null)
    age_status: str | None = Field(default=None, exclude_if=is_null)
    place: str | None = Field(default=None, exclude_if=is_null)
    kind: str | None = Field(default=None, exclude_if=is_null)
    service: str | None = Field(default=None, exclude_if=is_null)
    relation: str | None = Field(default=None, exclude_if=is_null)
    cases: int | None = Field(default=None, exclude_if=is_null)
    victims: int | None = Field(default=None, exclude_if=is_null)
    perpetrators: int | None = Field(default=None, exclude_if=is_null)
    hidden: list[Unit] | None = Field(
        default=None,
        exclude_if=is_null,
        description="The counts that were reported but are hidden from you, because small numbers could be recognised",
    )

    @property
    def codes(self) -> dict[Dimension, str]:
        """The codes of the breakdown, in the order of the dimensions."""
        return {name: code for name in DIMENSIONS if (code := getattr(self, name)) is not None}

    @property
    def is_total(self) -> bool:
        return not self.codes

    @classmethod
    def rows_of(cls, figures: Figures, hidden: Iterable[Breakdown]) -> "list[CountOut]":
        withheld = set(hidden)
        return [cls._of(row, withheld) for row in list_rows(figures)]

    @classmethod
    def _of(cls, row: Mapping[str, Any], withheld: set[Breakdown]) -> "CountOut":
        codes: dict[Dimension, str] = {each: row[each] for each in DIMENSIONS if each in row}
        units = [unit for unit in UNITS if unit in row]
        away = [unit for unit in units if Breakdown.of(unit, codes) in withheld]
        shown: dict[str, Any] = {unit: row[unit] for unit in units if unit not in away}
        return cls.model_validate({**shown, **codes, "hidden": away or None})


class CaseReportOut(Out):
    """One report as the caller may read it."""

    status: Status
    through: date | None
    source: SourceOut
    note: str | None
    revision: int
    received_at: datetime
    own: bool = Field(description="Whether you sent it. Then nothing is hidden from you")
    counts: list[CountOut]

    @property
    def units(self) -> list[Unit]:
        """Those that have a count, or a hidden one."""
        rows = [(each, each.hidden or ()) for each in self.counts]
        return [unit for unit in UNITS if any(unit in away or getattr(each, unit) is not None for each, away in rows)]


class PeriodReportOut(CaseReportOut):
    """One report with its period."""

    period: str
    granularity: Granularity


class CaseReportsOut(Out):
    """What was reported for a region and period. Never add the two statuses up."""

    region: RegionNameOut
    period: str
    granularity: Granularity
    verified: CaseReportOut | None = Field(description="null if nothing was reported, which is not zero")
    provisional: CaseReportOut | None = Field(description="null if nothing was reported, which is not zero")


class RegionCasesOut(Out):
    """What was reported for a region and year, by period and status."""

    region: RegionNameOut
    year: int
    reports: list[PeriodReportOut] = Field(description="Empty if nothing was reported, which is not zero")


class SenderOut(Out):
    kind: str = Field(description="agency, person, outside (of another issuer) or command (the command line)")
    id: UUID


class CaseRevisionOut(Out):
    """One revision of a report, without its counts."""

    status: Status
    revision: int
    sender: SenderOut
    received_at: datetime
    ended_at: datetime | None = Field(description="When it was replaced or withdrawn. null for the current one")
    withdrawn_by: SenderOut | None = Field(description="Who withdrew it. null if nobody did")
    through: date | None
    source: SourceOut
    rows: int = Field(description="How many rows of counts it has")


class CaseRevisionsOut(Out):
    region: RegionCode
    dotted: str
    period: str
    revisions: list[CaseRevisionOut] = Field(description="The newest first")


def dotted(code: str) -> dict[str, str]:
    """The members that name a region by its code."""
    return {"region": code, "dotted": dot(code)}
