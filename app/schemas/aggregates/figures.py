"""The figures in an aggregate, each with the reason if it is null. Numbers are rounded only here."""

from collections.abc import Collection, Sequence
from fractions import Fraction
from math import ceil
from typing import Annotated, Any, Final, Literal

from pydantic import Field, PrivateAttr

from app.protection.uncertainty import Uncertainty
from app.schemas.aggregates.fields import FieldName
from app.schemas.intake.score import CategoryOut
from app.schemas.shapes import Out, is_null
from app.scoring.disclosure import FEW_FAMILIES, FiguresOfIndex
from app.scoring.instrument import Headline, Method
from app.scoring.parts import Status, Text
from app.scoring.region import BY_SHARES, is_apart, rescaled
from app.scoring.rounding import shown

ReasonCode = Literal["small", "few_families", "low_coverage", "too_few_answers", "not_collected", "not_released"]
Reason = Annotated[
    ReasonCode | None,
    Field(
        description="Why figures beside this are null. `small`: in released figures, too few families, answers or "
        "families on one side. In exact figures, without submissions:sensitive in the region, you get none of "
        f"sensitive indicators, none that would give them back by subtraction, and no means of fewer than "
        f"{FEW_FAMILIES} families. `not_collected`: nobody was interviewed, or the indicator concerns nobody. "
        "`not_released`: only exact figures have it, or there is no release yet. "
        "`few_families`, `low_coverage`: fewer families have the index than the instrument wants for a figure, or a "
        "smaller share of those that it concerns. "
        "`too_few_answers`: the families answered fewer indicators than the instrument needs for the figure"
    ),
]


def _reason(of: FiguresOfIndex, figures: Sequence[Fraction | int | None]) -> ReasonCode | None:
    """Why one of these figures is null, of which none is hidden."""
    if of.figures.absent is not None:
        return of.figures.absent
    concerned = of.families > of.figures.families["not_applicable"]
    return "too_few_answers" if concerned and None in figures else None


def _reason_of_index(of: FiguresOfIndex) -> ReasonCode | None:
    """For all figures that are made of the families' indexes, and for what the method makes of the shares."""
    if of.hidden.mean or of.hidden.of_indicators:
        return "small"
    by_shares = (of.figures.of_indicators,) if of.index.method in BY_SHARES else ()
    return _reason(of, (of.figures.scored or None, *by_shares))


_LEFT_OUT: Final = (
    "Codes of indicators that of_indicators leaves out, because they have no figures here (answered is null). One with "
    "only its share hidden is not left out. The value is of the others alone. So do not compare it with one that "
    "leaves out others. Only for released figures"
)
_NEARLY: Final = 1e-6
"""What floating point numbers may be too high by, in units of the last decimal."""


ERROR_DECIMALS: Final = 2
"""Of standard errors and ends of intervals."""


class UncertaintyOut(Out):
    """How far a released figure may be from the one of all families, in the unit of the figure."""

    standard_error: float | None
    low: float | None = Field(description="Lower end of the interval that holds the figure of all with 95 %")
    high: float | None
    relative: float | None = Field(description="The standard error in percent of the figure")
    mark: Literal["use_with_care", "not_reliable"] | None = Field(
        description="As BPS marks it. `use_with_care`: relative standard error above 25 %. `not_reliable`: above 50 %"
    )
    method: Literal["rounding", "design"] | None = Field(
        description="`rounding`: every family was to be interviewed, so only the rounding is left. `design`: villages "
        "were drawn, with regencies as strata"
    )
    reason: (
        Literal["chosen", "one_village", "one_village_per_stratum", "not_by_village", "small", "not_collected"] | None
    ) = Field(
        description="Why there is none. `chosen`: the villages were chosen on purpose, so they stand for no others. "
        "`one_village`, `one_village_per_stratum`: one village is not enough to tell how much villages differ. "
        "`not_by_village`: a sample is broken down by groups of families, which are known of several villages together"
    )
    within: float | None = Field(description="The most by which the rounding can have moved the figure. Rounded up")
    degrees_of_freedom: int | None = Field(description="Of the t distribution. null for the normal distribution")
    step: float | None = Field(
        description="Half a family, which is added to both sides of an interval because rounded counts are whole"
    )

    @classmethod
    def of(cls, found: Uncertainty | None, decimals: int) -> "UncertaintyOut | None":
        """With so many decimals. None if there is no figure."""
        if found is None:
            return None

        def cut(value: float | None) -> float | None:
            return None if value is None else round(value, decimals)

        return cls(
            standard_error=cut(found.standard_error),
            low=cut(found.low),
            high=cut(found.high),
            relative=None if found.relative is None else round(found.relative, 1),
            mark=found.mark,
            method=found.method,
            reason=found.reason,
            within=None if found.within is None else _upwards(found.within, decimals),
            degrees_of_freedom=found.freedom,
            step=cut(found.step) or None,
        )


def _upwards(bound: float, decimals: int) -> float:
    """An upper bound rounded up, but for what is an error of the floating point."""
    return ceil(bound * 10.0**decimals - _NEARLY) / 10.0**decimals


class RoundingOut(Out):
    """By how many families the counts of a released figure may be off. Each is a bound, not an error that was seen."""

    base: int = Field(description="The counts of a village are rounded to multiples of this number, up or down")
    fulfilled: int = Field(
        description="Families that `fulfilled` may be off. A remainder carries the other bounds, too"
    )
    unfulfilled: int = Field(description="Families that `unfulfilled` may be off, also where that is null")
    missing: int
    not_applicable: int


class HeadlineOut(Out):
    """The figure that stands for a region, as the instrument chooses it."""

    figure: Headline = Field(
        description="`mean`: mean of the families' indexes. `of_indicators`: the index of the shares of indicators. "
        "`share`: share of the families in the categories that the instrument names. `headcount`: share of the poor. "
        "`intensity`: mean share of deprivations among the poor. `adjusted`: headcount × intensity"
    )
    value: float | None = Field(description="On the scale that the instrument gives the headline, which is 0 to 100")
    category: CategoryOut | None = Field(
        description="By the bands of the headline and its unrounded value. null if the instrument gives it no bands"
    )
    _apart: bool = PrivateAttr(default=False)

    @property
    def apart(self) -> bool:
        """Whether it is shown on another scale or with other decimals than the figure of the index."""
        return self._apart

    @classmethod
    def of(cls, of: FiguresOfIndex) -> "HeadlineOut | None":
        """None if the instrument has no headline."""
        rule, figures, hidden = of.index.region, of.figures, of.headline_hidden
        if rule.headline is None:
            return None
        found = cls(
            figure=rule.headline,
            value=None if hidden else shown(figures.headline, rule.decimals),
            category=None if hidden else CategoryOut.of(figures.category),
        )
        found._apart = is_apart(of.index)
        return found


class IndexOut(Out):
    """The first index of a region by two estimators, which are never mixed. Both are null without data."""

    mean: float | None = Field(description="Mean of the families' indexes. null for the methods stages and rule")
    of_indicators: float | None = Field(
        description="Weighted mean of the region's shares of indicators within each dimension, then of the dimensions. "
        "Null if the shares are fewer than the indicators that a family needs for an index, if no family has one, or "
        "if the method has no such figure"
    )
    families: int | None = Field(
        description="Families that have an index, as far as mean is of them. null without a mean in released figures"
    )
    category: CategoryOut | None = Field(
        description="Category of the unrounded mean. null if the headline of the index is another figure, so that it "
        "never contradicts the category of the headline (see `indices`)"
    )
    category_of_indicators: CategoryOut | None = Field(
        description="Category of the unrounded of_indicators. null if the headline is neither of the two"
    )
    reason: Reason
    uncertainty: UncertaintyOut | None = Field(description="Of mean. Only for released figures")
    uncertainty_of_indicators: UncertaintyOut | None = Field(description="Of of_indicators. Only for released figures")
    left_out: list[str] | None = Field(default=None, description=_LEFT_OUT)

    @classmethod
    def of(cls, of: FiguresOfIndex) -> "IndexOut":
        index, figures, hidden = of.index, of.figures, of.hidden
        mean = None if hidden.mean else figures.mean
        of_indicators = None if hidden.of_indicators else figures.of_indicators
        headline = index.region.headline
        return cls(
            mean=shown(mean, index.decimals),
            of_indicators=shown(of_indicators, index.decimals),
            families=None if hidden.mean else figures.scored,
            category=_category(mean, of) if headline == "mean" else None,
            category_of_indicators=_category(of_indicators, of) if headline in ("mean", "of_indicators") else None,
            reason=_reason_of_index(of),
            uncertainty=None,
            uncertainty_of_indicators=None,
        )


def _category(value: Fraction | None, of: FiguresOfIndex) -> CategoryOut | None:
    """The band of a mean or of what is made of the shares, both on the scale of the index."""
    rule = of.index.region
    found = rescaled(value, of.index, rule.scale)
    return None if found is None else CategoryOut.of(next((c for c in rule.categories if c.takes(found)), None))


class CategoryShareOut(Out):
    code: str
    name: Text
    families: int | None
    share: float | None = Field(description="Percentage of the families that have an index, each by what it counts for")
    reason: Reason
    uncertainty: UncertaintyOut | None = Field(
        default=None, exclude_if=is_null, description="Of share. Only for released figures"
    )

    @classmethod
    def all_of(cls, of: FiguresOfIndex) -> "list[CategoryShareOut]":
        if of.hidden.mean:
            nothing = {"families": None, "share": None, "reason": "small"}
            return [cls(code=each.code, name=each.name, **nothing) for each in of.index.categories]
        rows = zip(of.index.categories, of.figures.categories, of.figures.shares, strict=True)
        return [
            cls(
                code=category.code,
                name=category.name,
                families=families,
                share=shown(share),
                reason=_reason(of, (share,)),
            )
            for category, families, share in rows
        ]


class DimensionAggregateOut(Out):
    """A group of indicators, on the scale of its index."""

    code: str
    name: Text
    parent: str | None = Field(
        default=None,
        exclude_if=is_null,
        description="Code of the group that it belongs to. Left out if it is directly below the index",
    )
    mean: float | None
    of_indicators: float | None
    families: int | None = Field(description="Families for which the dimension is defined")
    reason: Reason
    uncertainty: UncertaintyOut | None = Field(
        default=None, exclude_if=is_null, description="Of of_indicators. Only for released figures"
    )
    left_out: list[str] | None = Field(default=None, exclude_if=is_null, description=_LEFT_OUT)

    @classmethod
    def all_of(cls, of: FiguresOfIndex) -> "list[DimensionAggregateOut]":
        groups = of.index.groups
        return [
            cls(
                code=group.code,
                name=group.name,
                parent=None if group.parent is None else groups[group.parent].code,
                **_of_group(of, position),
            )
            for position, group in enumerate(groups)
        ]


def _of_group(of: FiguresOfIndex, position: int) -> dict[str, Any]:
    """The figures of a group, all null if it is hidden."""
    if position in of.hidden.groups:
        return {"mean": None, "of_indicators": None, "families": None, "reason": "small"}
    each, decimals = of.figures.groups[position], of.index.decimals
    return {
        "mean": shown(each.mean, decimals),
        "of_indicators": shown(each.of_indicators, decimals),
        "families": each.families,
        "reason": _reason(of, (each.mean, each.of_indicators) if of.index.method in BY_SHARES else (each.mean,)),
    }


_DECIMALS: Final = 4
"""Decimals of points."""


class IndicatorAggregateOut(Out):
    """One indicator. share = 100 × fulfilled ÷ answered, and null if nobody answered.

    A valued indicator has points. Its share is 100 × the mean of its values from 0 to 1.
    """

    code: str
    dimension: str | None = Field(description="Code of its group. null if it is directly below the index")
    name: Text
    status: Status
    share: float | None
    fulfilled: int | None
    unfulfilled: int | None
    valued: int | None = Field(
        default=None, exclude_if=is_null, description="Families with points. Only for a valued indicator"
    )
    answered: int | None = Field(description="fulfilled + unfulfilled + valued. This is the denominator of share")
    applicable: int | None = Field(description="answered + missing")
    missing: int | None
    not_applicable: int | None = Field(
        description="Families that it does not concern, or to which the index does not apply"
    )
    weak: bool | None = Field(
        description="Whether the unrounded share is below weak_below. null if the instrument has no such limit"
    )
    points: float | None = Field(
        default=None, exclude_if=is_null, description="Mean points. Only for a valued indicator"
    )
    censored: float | None = Field(
        default=None,
        exclude_if=is_null,
        description="Share of the families that are poor and do not fulfil it, on the scale of the headline. Only for "
        "the method counting",
    )
    part: float | None = Field(
        default=None,
        exclude_if=is_null,
        description="What it adds to the adjusted headcount. The parts of all indicators add up to it. Only for the "
        "method counting",
    )
    share_at_least: float | None = Field(
        default=None,
        exclude_if=is_null,
        description="The share is not lower, where unfulfilled is too small to be told. Rounded down. "
        "Only for released figures",
    )
    share_at_most: float | None = Field(
        default=None,
        exclude_if=is_null,
        description="The share is not higher, where fulfilled is too small to be told. Rounded up. "
        "Only for released figures",
    )
    families: int | None = Field(
        default=None,
        exclude_if=is_null,
        description="All families of the villages that this figure counts. Villages with few answers to an indicator "
        "are left out. Only for released figures",
    )
    reason: Reason
    rounding: RoundingOut | None = Field(default=None, exclude_if=is_null, description="Only for released figures")
    uncertainty: UncertaintyOut | None = Field(
        default=None, exclude_if=is_null, description="Of share. Only for released figures"
    )

    @classmethod
    def all_of(cls, of: FiguresOfIndex) -> "list[IndicatorAggregateOut]":
        groups = of.index.groups
        return [
            cls(
                code=indicator.code,
                dimension=None if indicator.group is None else groups[indicator.group].code,
                name=indicator.name,
                status=indicator.status,
                **_of_indicator(of, position, valued=indicator.points is not None),
            )
            for position, indicator in enumerate(of.index.indicators)
        ]


def _of_indicator(of: FiguresOfIndex, position: int, *, valued: bool) -> dict[str, Any]:
    """The figures of an indicator, all null if it is hidden."""
    if position in of.hidden.indicators:
        names = ("share", "fulfilled", "unfulfilled", "answered", "applicable", "missing", "not_applicable", "weak")
        return {**dict.fromkeys(names), "reason": "small"}
    each = of.figures.indicators[position]
    answered = each.fulfilled + each.unfulfilled + each.valued
    # The parts add up to the adjusted headcount, which gives a hidden one back.
    whole = not of.hidden.mean
    return {
        "share": shown(each.share),
        "fulfilled": each.fulfilled,
        "unfulfilled": each.unfulfilled,
        "valued": each.valued if valued else None,
        "answered": answered,
        "applicable": answered + each.missing,
        "missing": each.missing,
        "not_applicable": of.families - answered - each.missing,
        "weak": None if of.index.region.weak is None else each.weak,
        "points": shown(each.points, _DECIMALS),
        "censored": shown(each.censored, of.index.region.decimals) if whole else None,
        "part": shown(each.part, of.index.region.decimals) if whole else None,
        "reason": _reason(of, (each.share,)),
    }


class FamiliesByStateOut(Out):
    """Numbers of families by the state of the index."""

    scored: int | None = Field(description="They have a result. All figures are of these families")
    incomplete: int | None = Field(
        description="Too little was answered. null if a version of format 1 is counted, which does not tell it apart"
    )
    undefined: int | None = Field(
        description="Too few indicators concern the family. null if a version of format 1 is counted"
    )
    not_applicable: int | None = Field(description="The index does not concern the family")

    @classmethod
    def of(cls, of: FiguresOfIndex) -> "FamiliesByStateOut":
        states: dict[str, int | None] = {name: None if of.hidden.mean else n for name, n in of.figures.families.items()}
        if not of.knows_states:
            states |= {"incomplete": None, "undefined": None}
        return cls(**states)


class IndexAggregateOut(Out):
    """The figures of one index in a region and year."""

    code: str
    name: Text
    method: Method
    headline: HeadlineOut | None = Field(description="null if the instrument names no figure for regions")
    families: FamiliesByStateOut
    without_measure: int | None = Field(
        default=None,
        exclude_if=is_null,
        description="Families that are left out because the number that they count for is unknown. Only if the "
        "instrument lets families count for a number, such as their members",
    )
    mean: float | None = Field(description="Mean of the families' values. null for the methods stages and rule")
    families_of_mean: int | None = Field(
        default=None,
        description="Families that mean is of. Those of villages without a mean are not among them. null "
        "without a mean in released figures",
    )
    of_indicators: float | None = Field(
        description="The index of the region's shares. null for the methods geometric-mean, stages and rule"
    )
    headcount: float | None = Field(
        default=None, exclude_if=is_null, description="Share of the poor. Only for the method counting"
    )
    intensity: float | None = Field(
        default=None,
        exclude_if=is_null,
        description="Mean share of deprivations of the poor. Left out if nobody is poor. Only for the method counting",
    )
    adjusted: float | None = Field(
        default=None, exclude_if=is_null, description="headcount × intensity. Only for the method counting"
    )
    left_out: list[str] | None = Field(default=None, exclude_if=is_null, description=_LEFT_OUT)
    reason: Reason
    weak_below: float | None = Field(
        default=None, exclude_if=is_null, description="Beside the indicators, if the instrument has such a limit"
    )
    groups: list[DimensionAggregateOut]
    categories: list[CategoryShareOut] | None = Field(
        default=None, exclude_if=is_null, description="In lists only with `fields=categories`"
    )
    indicators: list[IndicatorAggregateOut] | None = Field(
        default=None, exclude_if=is_null, description="In lists only with `fields=indicators`"
    )

    @classmethod
    def of(cls, of: FiguresOfIndex, fields: Collection[FieldName]) -> "IndexAggregateOut":
        index, figures, hidden = of.index, of.figures, of.hidden.mean
        decimals, weak = index.region.decimals, index.region.weak
        return cls(
            code=index.code,
            name=index.name,
            method=index.method,
            headline=HeadlineOut.of(of),
            families=FamiliesByStateOut.of(of),
            without_measure=figures.without_measure if index.region.weigh_by is not None and not hidden else None,
            mean=None if hidden else shown(figures.mean, index.decimals),
            families_of_mean=None if hidden else figures.scored,
            of_indicators=None if of.hidden.of_indicators else shown(figures.of_indicators, index.decimals),
            headcount=None if hidden else shown(figures.headcount, decimals),
            intensity=None if hidden else shown(figures.intensity, decimals),
            adjusted=None if hidden else shown(figures.adjusted, decimals),
            reason=_reason_of_index(of),
            weak_below=float(weak.below) if weak is not None and "indicators" in fields else None,
            groups=DimensionAggregateOut.all_of(of),
            categories=CategoryShareOut.all_of(of) if "categories" in fields else None,
            indicators=IndicatorAggregateOut.all_of(of) if "indicators" in fields else None,
        )
