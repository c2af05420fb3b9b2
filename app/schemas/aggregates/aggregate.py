"""Responses with the aggregates of a region and year. Numbers are rounded only here."""

from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

from pydantic import Field

from app.regions.codes import dot, level_of
from app.schemas.intake.score import CategoryOut
from app.schemas.reference.region import Level
from app.schemas.shapes import Out
from app.scoring.category import category_at
from app.scoring.estimate import Estimate
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown


class RegionRefOut(Out):
    code: str
    dotted: str
    name: str
    level: Level

    @classmethod
    def of(cls, code: str, name: str) -> "RegionRefOut":
        return cls(code=code, dotted=dot(code), name=name, level=level_of(code))


class InstrumentRefOut(Out):
    code: str
    version: str
    digest: str
    status: Status

    @classmethod
    def of(cls, instrument: Instrument) -> "InstrumentRefOut":
        return cls(
            code=instrument.code,
            version=instrument.version,
            digest=instrument.digest,
            status=instrument.status,
        )


class IndexOut(Out):
    """The index of a region by two estimators, which are never mixed. Both are null without data."""

    mean: float | None = Field(description="Mean of the families' indexes")
    of_indicators: float | None = Field(
        description="Weighted mean of the region's shares of indicators within each dimension, then of the dimensions"
    )
    families: int = Field(description="Families that have an index. This is the denominator of mean")
    category: CategoryOut | None = Field(description="Category of the unrounded mean")
    category_of_indicators: CategoryOut | None = Field(description="Category of the unrounded of_indicators")

    @classmethod
    def of(cls, estimate: Estimate, instrument: Instrument) -> "IndexOut":
        return cls(
            mean=shown(estimate.mean),
            of_indicators=shown(estimate.of_indicators),
            families=estimate.scored,
            category=_category(estimate.mean, instrument),
            category_of_indicators=_category(estimate.of_indicators, instrument),
        )


def _category(index: Fraction | None, instrument: Instrument) -> CategoryOut | None:
    return CategoryOut.of(None if index is None else category_at(index, instrument.category), instrument)


class CategoryShareOut(Out):
    code: str
    name: Text
    families: int
    share: float | None = Field(description="Percentage of the families that have an index")

    @classmethod
    def all_of(cls, estimate: Estimate, instrument: Instrument) -> "list[CategoryShareOut]":
        return [
            cls(
                code=category.code,
                name=category.name,
                families=families,
                share=shown(Fraction(100 * families, estimate.scored)) if estimate.scored else None,
            )
            for category, families in zip(instrument.category, estimate.categories, strict=True)
        ]


class DimensionAggregateOut(Out):
    code: str
    name: Text
    mean: float | None
    of_indicators: float | None
    families: int = Field(description="Families for which the dimension is defined")

    @classmethod
    def all_of(cls, estimate: Estimate, instrument: Instrument) -> "list[DimensionAggregateOut]":
        return [
            cls(
                code=dimension.code,
                name=dimension.name,
                mean=shown(each.mean),
                of_indicators=shown(each.of_indicators),
                families=each.families,
            )
            for dimension, each in zip(instrument.dimension, estimate.dimensions, strict=True)
        ]


class IndicatorAggregateOut(Out):
    """One indicator. share = 100 × fulfilled ÷ answered, and null if nobody answered."""

    code: str
    dimension: str
    name: Text
    status: Status
    share: float | None
    fulfilled: int
    unfulfilled: int
    answered: int = Field(description="fulfilled + unfulfilled. This is the denominator of share")
    applicable: int = Field(description="answered + missing")
    missing: int
    not_applicable: int
    weak: bool = Field(description="Whether the unrounded share is below weak_below")

    @classmethod
    def all_of(cls, estimate: Estimate, instrument: Instrument) -> "list[IndicatorAggregateOut]":
        return [
            cls(
                code=indicator.code,
                dimension=indicator.dimension,
                name=indicator.name,
                status=indicator.status,
                share=shown(each.share),
                fulfilled=each.fulfilled,
                unfulfilled=each.unfulfilled,
                answered=each.fulfilled + each.unfulfilled,
                applicable=each.fulfilled + each.unfulfilled + each.missing,
                missing=each.missing,
                not_applicable=estimate.families - each.fulfilled - each.unfulfilled - each.missing,
                weak=each.weak,
            )
            for indicator, each in zip(instrument.indicator, estimate.indicators, strict=True)
        ]


class AggregateSummaryOut(Out):
    """The aggregate of one region and year without indicators and categories, as lists show it."""

    region: RegionRefOut
    year: int
    instrument: InstrumentRefOut
    basis: Literal["reported"]
    families: int
    index: IndexOut
    dimensions: list[DimensionAggregateOut]
    weak_indicators: list[str] = Field(
        description="Codes of the indicators with a share below weak_below, weakest first"
    )

    @classmethod
    def of(cls, region: RegionRefOut, year: int, instrument: Instrument, estimate: Estimate) -> "AggregateSummaryOut":
        return cls(**_summary(region, year, instrument, estimate))


def _summary(region: RegionRefOut, year: int, instrument: Instrument, estimate: Estimate) -> dict[str, Any]:
    weak = sorted(
        (each.share, position)
        for position, each in enumerate(estimate.indicators)
        if each.weak and each.share is not None
    )
    return {
        "region": region,
        "year": year,
        "instrument": InstrumentRefOut.of(instrument),
        "basis": "reported",
        "families": estimate.families,
        "index": IndexOut.of(estimate, instrument),
        "dimensions": DimensionAggregateOut.all_of(estimate, instrument),
        "weak_indicators": [instrument.indicator[position].code for _, position in weak],
    }


class AggregateOut(AggregateSummaryOut):
    """The whole aggregate of one region and year."""

    as_of: datetime = Field(
        description="When the sums were read. They include every submission with a receipt from before"
    )
    categories: list[CategoryShareOut]
    indicators: list[IndicatorAggregateOut]
    weak_below: float
    suppressed: list[str] = Field(description="Cells that rest on too few families. No rule hides any yet")

    @classmethod
    def whole_of(
        cls, region: RegionRefOut, year: int, instrument: Instrument, estimate: Estimate, as_of: datetime
    ) -> "AggregateOut":
        return cls(
            **_summary(region, year, instrument, estimate),
            as_of=as_of,
            categories=CategoryShareOut.all_of(estimate, instrument),
            indicators=IndicatorAggregateOut.all_of(estimate, instrument),
            weak_below=float(instrument.scoring.weak_below),
            suppressed=[],
        )


class TrendOut(Out):
    """The aggregates of one region by year, oldest first. Years without submissions are included."""

    region: RegionRefOut
    instrument: InstrumentRefOut
    basis: Literal["reported"]
    years: list[AggregateSummaryOut]
