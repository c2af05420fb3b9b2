"""Responses with the profile of a region and year: the index beside case figures and context indicators."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Final, Literal

from pydantic import Field

from app.schemas.aggregates.aggregate import (
    AggregateOut,
    AggregateRowOut,
    InstrumentRefOut,
    RegionRefOut,
    VersionOut,
)
from app.schemas.aggregates.basis import BASIS_TEXT, Basis
from app.schemas.aggregates.figures import IndexAggregateOut, IndicatorAggregateOut
from app.schemas.releases.release import ReleaseRefOut
from app.schemas.shapes import Out
from app.schemas.statistics.case_report import PeriodReportOut
from app.schemas.statistics.figure import FigureOut
from app.schemas.statistics.source import SourceOut
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown
from app.statistics.counts import UNITS, Unit
from app.statistics.periods import STATUSES
from app.statistics.periods import Status as ReportStatus

REGISTERED: Final = "families-registered"
"""The context indicator with the number of families that live in a region."""


_LEFT_OUT: Final = {"indicators": None, "categories": None, "weak_below": None}
"""Of each index. GET /v1/aggregates has them."""


class WeakIndicatorOut(Out):
    """An indicator of the first index whose share is below the limit of its instrument."""

    code: str
    name: Text
    status: Status
    share: float | None
    answered: int | None = Field(description="The denominator of share")

    @classmethod
    def of(cls, indicator: IndicatorAggregateOut) -> "WeakIndicatorOut":
        return cls(
            code=indicator.code,
            name=indicator.name,
            status=indicator.status,
            share=indicator.share,
            answered=indicator.answered,
        )


class ProfileIndexOut(Out):
    """What the interviews of the year say. The service computes it, with the rules of GET /v1/aggregates."""

    as_of: datetime = Field(description="When the figures were read. They count every interview received before")
    instrument: InstrumentRefOut = Field(description="Its `status` says whether the index is official")
    versions: list[VersionOut]
    protected: bool = Field(description="Whether the figures are released ones, which are protected")
    release: ReleaseRefOut | None = Field(
        description="The release that the figures are read from. null if they are exact, or if there is no release yet"
    )
    basis: Basis | Literal["mixed"] = Field(
        description=f"{BASIS_TEXT}. `mixed`: some villages of the region have reported figures and others approved "
        "ones, in released figures"
    )
    families: int
    indices: list[IndexAggregateOut]
    weak_below: float | None = Field(description="null if the instrument has no such limit")
    weak_indicators: list[WeakIndicatorOut] | None = Field(
        description="Of the first index, weakest first. null if all are hidden, or if the instrument has no limit"
    )

    @classmethod
    def of(cls, aggregate: AggregateOut | AggregateRowOut, as_of: datetime) -> "ProfileIndexOut":
        """aggregate: with its indicators"""
        by_code = {each.code: each for each in aggregate.indicators}
        weak = aggregate.weak_indicators
        return cls(
            instrument=aggregate.instrument,
            versions=aggregate.versions,
            protected=aggregate.protected,
            release=aggregate.release,
            basis=aggregate.basis,
            families=aggregate.families,
            indices=[each.model_copy(update=_LEFT_OUT) for each in aggregate.indices],
            weak_below=aggregate.indices[0].weak_below,
            weak_indicators=None if weak is None else [WeakIndicatorOut.of(by_code[code]) for code in weak],
            as_of=as_of,
        )


class CoverageOut(Out):
    """How many of the families that live in the region were interviewed in the year."""

    families: int
    registered: FigureOut | None = Field(
        description="The context indicator families-registered, of the year or of the latest year before"
    )
    share: float | None = Field(description="100 × families ÷ registered. null if nobody reported registered families")

    @classmethod
    def of(cls, families: int, registered: FigureOut | None) -> "CoverageOut":
        # A number of JSON is exact as its digits are written.
        number = Fraction(str(registered.value)) if registered is not None and registered.value else None
        share = None if number is None else shown(100 * families / number)
        return cls(families=families, registered=registered, share=share)


class CaseYearOut(Out):
    """The cases of a year by one status. Never add the two statuses up.

    A victim who was reported in several periods counts in each of them.
    """

    year: int = Field(description="The year of the profile, or the latest year before in which something was reported")
    status: ReportStatus
    periods: list[str] = Field(description="The periods that were reported. The others are not reported, not zero")
    through: date | None = Field(description="The last day that the latest period counts, if not to its end")
    cases: int | None = Field(description="The totals of all reported periods. null if one of them lacks it")
    victims: int | None
    perpetrators: int | None
    hidden: list[Unit] = Field(description="The totals that are null because small numbers are hidden from you")
    sources: list[SourceOut]
    received_at: datetime = Field(description="When the latest of the reports arrived")
    reports: list[PeriodReportOut]

    @classmethod
    def of(cls, status: ReportStatus, reports: Sequence[PeriodReportOut]) -> "CaseYearOut":
        totals = {unit: [_total(each, unit) for each in reports] for unit in UNITS}
        sources = {each.source.model_dump_json(): each.source for each in reports}
        return cls(
            year=int(reports[0].period[:4]),
            status=status,
            periods=[each.period for each in reports],
            through=reports[-1].through,
            cases=_sum(totals["cases"]),
            victims=_sum(totals["victims"]),
            perpetrators=_sum(totals["perpetrators"]),
            hidden=[unit for unit in UNITS if "hidden" in totals[unit]],
            sources=list(sources.values()),
            received_at=max(each.received_at for each in reports),
            reports=list(reports),
        )

    @classmethod
    def all_of(cls, reports: Sequence[PeriodReportOut]) -> "list[CaseYearOut]":
        """One for each status that has reports, the verified figures first."""
        by_status = {status: [each for each in reports if each.status == status] for status in STATUSES}
        return [cls.of(status, found) for status, found in by_status.items() if found]


def _total(report: PeriodReportOut, unit: Unit) -> int | Literal["hidden"] | None:
    for each in report.counts:
        if each.is_total:
            count: int | None = getattr(each, unit)
            return "hidden" if unit in (each.hidden or ()) else count
    return None


def _sum(totals: Sequence[int | Literal["hidden"] | None]) -> int | None:
    known = [each for each in totals if isinstance(each, int)]
    return sum(known) if len(known) == len(totals) else None


class ProfileOut(Out):
    """What is known of a region and year, side by side. Each part names its source, its status and its freshness."""

    region: RegionRefOut
    year: int
    index: ProfileIndexOut
    coverage: CoverageOut
    cases: list[CaseYearOut] = Field(
        description="Of the year or, if nothing was reported, of the latest year before. Empty if nothing ever was, "
        "which is not zero"
    )
    context: list[FigureOut] = Field(
        description="Of each context indicator the figure of the year or, if there is none, of the latest year before. "
        "`year` says which. An indicator without any is left out"
    )

    @classmethod
    def of(
        cls,
        aggregate: AggregateOut | AggregateRowOut,
        as_of: datetime,
        reports: Sequence[PeriodReportOut],
        context: Sequence[FigureOut],
    ) -> "ProfileOut":
        progress = aggregate.progress
        registered = next((each for each in context if each.indicator == REGISTERED), None)
        return cls(
            region=aggregate.region,
            year=aggregate.year,
            index=ProfileIndexOut.of(aggregate, as_of),
            coverage=CoverageOut.of(progress.families if progress else aggregate.families, registered),
            cases=CaseYearOut.all_of(reports),
            context=list(context),
        )
