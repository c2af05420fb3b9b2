"""What the page of a region shows, put in order for its templates. The figures are those of the API."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from app.pages.charts import Band, TrendChart, draw_bands, draw_trend, place
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, BreakOut, TrendOut
from app.schemas.aggregates.figures import IndexAggregateOut, IndicatorAggregateOut, ReasonCode, UncertaintyOut
from app.scoring.instrument import Category, Index, Instrument
from app.scoring.region import BY_SHARES

SortKey = Literal["name", "code", "families", "value", "weak"]
Direction = Literal["asc", "desc"]

_FIRST: Final[Mapping[SortKey, Direction]] = {
    "name": "asc",
    "code": "asc",
    "families": "desc",
    "value": "asc",
    "weak": "desc",
}
"""The direction of a column that is chosen for the first time. The weakest region stands first."""


_PERCENT: Final = 100
"""Figures on smaller scales are told with more decimals."""


def value_of(index: IndexAggregateOut) -> float | None:
    """The figure that stands for a region, or the mean if the instrument names none."""
    return index.mean if index.headline is None else index.headline.value


@dataclass(frozen=True, slots=True)
class Order:
    """How the table of the regions below is sorted."""

    by: SortKey
    direction: Direction

    @classmethod
    def of(cls, by: SortKey | None, direction: Direction | None) -> "Order":
        by = by or "code"
        return cls(by, direction or _FIRST[by])

    def next(self, column: SortKey) -> Direction:
        """The direction in which a click on the head of a column sorts."""
        if column != self.by:
            return _FIRST[column]
        return "desc" if self.direction == "asc" else "asc"


def sort_rows(rows: Sequence[AggregateRowOut], order: Order) -> list[AggregateRowOut]:
    """The rows in an order. Those without the figure are last in both directions, by code."""
    keys: Mapping[SortKey, Callable[[AggregateRowOut], Any]] = {
        "name": lambda row: row.region.name.casefold(),
        "code": lambda row: row.region.code,
        "families": lambda row: row.families,
        "value": lambda row: value_of(row.indices[0]),
        "weak": lambda row: None if row.weak_indicators is None or not row.families else len(row.weak_indicators),
    }
    key = keys[order.by]
    there = [row for row in rows if key(row) is not None]
    ordered = sorted(there, key=key, reverse=order.direction == "desc")
    return [*ordered, *(row for row in rows if key(row) is None)]


@dataclass(frozen=True, slots=True)
class IndexView:
    """One index of a region with what its instrument says about it.

    of_fewer: the families of a shown mean, if they are fewer than those with the index. None otherwise
    The uncertainty of the value and of the index of the shares is None for exact figures. Intervals have
    `error_decimals`. `by_shares` is False if the method makes no index of the region's shares, and `why_no_shares` the
    reason for one that is missing. `means_of_groups` is False if groups have no means of families, as in releases.
    """

    figures: IndexAggregateOut
    index: Index
    value: float | None
    of_fewer: int | None
    uncertain: UncertaintyOut | None
    uncertain_of_indicators: UncertaintyOut | None
    error_decimals: int
    by_shares: bool
    why_no_shares: ReasonCode | None
    means_of_groups: bool
    scale: float
    bands: tuple[Band, ...]
    marker: float | None
    categories: Mapping[str, Category]
    names: Mapping[str, Any]
    weakest_first: tuple[IndicatorAggregateOut, ...]
    trend: TrendChart | None
    years: "tuple[YearView, ...]"


@dataclass(frozen=True, slots=True)
class YearView:
    """One year of an index. broken: why it may not be compared with the last year before."""

    year: int
    families: int
    value: float | None
    figures: IndexAggregateOut | None
    broken: BreakOut | None


def view_indices(card: AggregateOut, trend: TrendOut | None, instrument: Instrument) -> list[IndexView]:
    """The indices of a region, in the order of the instrument."""
    return [
        _view(card, figures, index, _years(figures.code, trend))
        for figures, index in zip(card.indices, instrument.indices, strict=True)
    ]


def _view(card: AggregateOut, figures: IndexAggregateOut, index: Index, years: tuple[YearView, ...]) -> IndexView:
    rule = index.region
    scale = float(rule.scale if rule.headline is not None else index.scale)
    bounded = rule.categories if figures.headline is not None else ()
    value = value_of(figures)
    shown = [(each.year, each.value, each.broken is not None) for each in years]
    return IndexView(
        figures=figures,
        index=index,
        value=value,
        of_fewer=fewer_than_scored(figures, value),
        uncertain=uncertainty_of(card, figures),
        uncertain_of_indicators=uncertainty_of_shares(card, figures),
        error_decimals=1 if scale >= _PERCENT else 2,
        by_shares=index.method in BY_SHARES,
        why_no_shares=figures.reason or ("small" if card.protected and card.families else None),
        means_of_groups=not card.protected or any(each.mean is not None for each in figures.groups),
        scale=scale,
        bands=draw_bands([(each.code, _number(each.bound), each.included) for each in bounded], scale),
        marker=None if value is None else place(value, scale),
        categories={each.code: each for each in (*index.categories, *rule.categories)},
        names={each.code: each.name for each in figures.groups},
        weakest_first=tuple(sorted(figures.indicators or (), key=_weakness)),
        trend=draw_trend(shown, scale) if sum(each.value is not None for each in years) > 1 else None,
        years=years,
    )


def fewer_than_scored(figures: IndexAggregateOut, value: float | None) -> int | None:
    """The families of a mean that is shown, where it is of fewer than have the index."""
    of_mean = figures.headline is None or figures.headline.figure == "mean"
    families = figures.families_of_mean
    return families if of_mean and value is not None and families != figures.families.scored else None


def uncertainty_of(card: AggregateOut, figures: IndexAggregateOut) -> UncertaintyOut | None:
    """Of `value_of`. Responses have it for the first index only."""
    if not _is_first(card, figures):
        return None
    found = {"mean": card.index.uncertainty, "of_indicators": card.index.uncertainty_of_indicators}
    return found.get("mean" if figures.headline is None else figures.headline.figure)


def uncertainty_of_shares(card: AggregateOut, figures: IndexAggregateOut) -> UncertaintyOut | None:
    """Of the index of the shares. Responses have it for the first index only."""
    return card.index.uncertainty_of_indicators if _is_first(card, figures) else None


def _is_first(card: AggregateOut, figures: IndexAggregateOut) -> bool:
    return figures.code == card.indices[0].code


def _number(exact: Fraction | None) -> float | None:
    return None if exact is None else float(exact)


def _weakness(each: IndicatorAggregateOut) -> tuple[bool, float]:
    """By the share, or by its bound where it is hidden. Those without either are last."""
    known = next((one for one in (each.share, each.share_at_most, each.share_at_least) if one is not None), None)
    return (known is None and not each.weak, known or 0.0)


def _years(code: str, trend: TrendOut | None) -> tuple[YearView, ...]:
    """The years of an index. A break counts only if this index is not among what stays comparable."""
    found = []
    for each in trend.years if trend is not None else ():
        figures = next((index for index in each.indices if index.code == code), None)
        broken = each.break_before
        if broken is not None and broken.comparable != "none" and code in broken.comparable:
            broken = None
        value = None if figures is None or not each.families else value_of(figures)
        found.append(YearView(each.year, each.families, value, figures, broken))
    return tuple(found)
