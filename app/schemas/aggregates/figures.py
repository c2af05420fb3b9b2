"""The figures in an aggregate, each with the reason if it is null. Numbers are rounded only here."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from app.schemas.intake.score import CategoryOut
from app.schemas.shapes import Out
from app.scoring.category_1 import category_at
from app.scoring.disclosure_1 import FEW_FAMILIES, Figures
from app.scoring.estimate_1 import IndicatorEstimate
from app.scoring.format_1 import Instrument
from app.scoring.parts import Status, Text
from app.scoring.rounding import shown

ReasonCode = Literal["small", "too_few_answers"]
Reason = Annotated[
    ReasonCode | None,
    Field(
        description="Why figures beside this are null although families were surveyed. `small`: without "
        f"submissions:sensitive in the region, you get no figures of fewer than {FEW_FAMILIES} families. Below the "
        "regency you get none of sensitive indicators, and none that would give them back by subtraction. With "
        "`version` you also get none if so few families were asked another comparable version. "
        "`too_few_answers`: the families answered fewer indicators than the instrument needs for the figure"
    ),
]


def _reason(hidden: bool, families: int, figures: Sequence[Fraction | None]) -> ReasonCode | None:
    if hidden:
        return "small"
    return "too_few_answers" if families and None in figures else None


class IndexOut(Out):
    """The index of a region by two estimators, which are never mixed. Both are null without data."""

    mean: float | None = Field(description="Mean of the families' indexes")
    of_indicators: float | None = Field(
        description="Weighted mean of the region's shares of indicators within each dimension, then of the dimensions. "
        "Null if the shares are fewer than the indicators that a family needs for an index, or if no family has one"
    )
    families: int | None = Field(description="Families that have an index. This is the denominator of mean")
    category: CategoryOut | None = Field(description="Category of the unrounded mean")
    category_of_indicators: CategoryOut | None = Field(description="Category of the unrounded of_indicators")
    reason: Reason

    @classmethod
    def of(cls, figures: Figures) -> "IndexOut":
        instrument, estimate, hidden = figures.instrument, figures.estimate, figures.hidden
        mean = None if hidden.mean else estimate.mean
        of_indicators = None if hidden.of_indicators else estimate.of_indicators
        return cls(
            mean=shown(mean),
            of_indicators=shown(of_indicators),
            families=None if hidden.mean else estimate.scored,
            category=_category(mean, instrument),
            category_of_indicators=_category(of_indicators, instrument),
            reason=_reason(
                hidden.mean or hidden.of_indicators, estimate.families, (estimate.mean, estimate.of_indicators)
            ),
        )


def _category(index: Fraction | None, instrument: Instrument) -> CategoryOut | None:
    return CategoryOut.of(None if index is None else category_at(index, instrument.category), instrument)


class CategoryShareOut(Out):
    code: str
    name: Text
    families: int | None
    share: float | None = Field(description="Percentage of the families that have an index")
    reason: Reason

    @classmethod
    def all_of(cls, figures: Figures) -> "list[CategoryShareOut]":
        estimate, hidden = figures.estimate, figures.hidden
        counted = estimate.scored > 0 and not hidden.mean
        reason = _reason(hidden.mean, estimate.families, (estimate.mean,))
        return [
            cls(
                code=category.code,
                name=category.name,
                families=None if hidden.mean else families,
                share=shown(Fraction(100 * families, estimate.scored)) if counted else None,
                reason=reason,
            )
            for category, families in zip(figures.instrument.category, estimate.categories, strict=True)
        ]


class DimensionAggregateOut(Out):
    code: str
    name: Text
    mean: float | None
    of_indicators: float | None
    families: int | None = Field(description="Families for which the dimension is defined")
    reason: Reason

    @classmethod
    def all_of(cls, figures: Figures) -> "list[DimensionAggregateOut]":
        hidden, families = figures.hidden.dimensions, figures.estimate.families
        pairs = zip(figures.instrument.dimension, figures.estimate.dimensions, strict=True)
        return [
            cls(
                code=dimension.code,
                name=dimension.name,
                mean=None if position in hidden else shown(each.mean),
                of_indicators=None if position in hidden else shown(each.of_indicators),
                families=None if position in hidden else each.families,
                reason=_reason(position in hidden, families, (each.mean, each.of_indicators)),
            )
            for position, (dimension, each) in enumerate(pairs)
        ]


class IndicatorAggregateOut(Out):
    """One indicator. share = 100 × fulfilled ÷ answered, and null if nobody answered."""

    code: str
    dimension: str
    name: Text
    status: Status
    share: float | None
    fulfilled: int | None
    unfulfilled: int | None
    answered: int | None = Field(description="fulfilled + unfulfilled. This is the denominator of share")
    applicable: int | None = Field(description="answered + missing")
    missing: int | None
    not_applicable: int | None
    weak: bool | None = Field(description="Whether the unrounded share is below weak_below")
    reason: Reason

    @classmethod
    def all_of(cls, figures: Figures) -> "list[IndicatorAggregateOut]":
        pairs = zip(figures.instrument.indicator, figures.estimate.indicators, strict=True)
        return [
            cls(
                code=indicator.code,
                dimension=indicator.dimension,
                name=indicator.name,
                status=indicator.status,
                **_counts(None if position in figures.hidden.indicators else each, figures.estimate.families),
            )
            for position, (indicator, each) in enumerate(pairs)
        ]


def _counts(each: IndicatorEstimate | None, families: int) -> dict[str, Any]:
    """The figures of an indicator, all null if it is hidden."""
    if each is None:
        names = ("share", "fulfilled", "unfulfilled", "answered", "applicable", "missing", "not_applicable", "weak")
        return {**dict.fromkeys(names), "reason": "small"}
    answered = each.fulfilled + each.unfulfilled
    return {
        "share": shown(each.share),
        "fulfilled": each.fulfilled,
        "unfulfilled": each.unfulfilled,
        "answered": answered,
        "applicable": answered + each.missing,
        "missing": each.missing,
        "not_applicable": families - answered - each.missing,
        "weak": each.weak,
        "reason": _reason(False, families, (each.share,)),
    }
