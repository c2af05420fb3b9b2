"""Which signs beside released figures a page has to explain, because it shows a figure that has them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from app.pages.region import IndexView
from app.protection.uncertainty import CARE, NOT_RELIABLE, Mark, Reason
from app.schemas.aggregates.figures import IndicatorAggregateOut, ReasonCode, UncertaintyOut


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its signs.

    at_least, at_most: bounds of a share that is hidden; reason: why there is no figure; left_out: indicators
    """

    value: float | None
    reason: ReasonCode | None = None
    uncertain: UncertaintyOut | None = None
    at_least: float | None = None
    at_most: float | None = None
    weak: bool = False
    left_out: Sequence[str] = ()

    @classmethod
    def of_share(cls, each: IndicatorAggregateOut) -> "Figure":
        bounds = each.share_at_least, each.share_at_most
        return cls(each.share, each.reason, each.uncertainty, *bounds, bool(each.weak))


@dataclass(frozen=True, slots=True)
class Legend:
    """The signs that figures of a page have.

    `intervals` stand in brackets, `within` is ±, and `bounds` are ≥ and ≤. `weak_bounds` are marks of weak indicators
    whose share is hidden. `reasons` say why figures have no interval.
    """

    care: ClassVar = CARE
    not_reliable: ClassVar = NOT_RELIABLE
    intervals: bool
    within: bool
    bounds: bool
    weak_bounds: bool
    reasons: tuple[Reason, ...]
    marks: frozenset[Mark]

    @property
    def any(self) -> bool:
        return any((self.intervals, self.within, self.bounds, self.weak_bounds, self.reasons, self.marks))


def make_legend(figures: Iterable[Figure]) -> Legend:
    """The legend of a page with these figures. Exact ones need none."""
    every = list(figures)
    shown = [each.uncertain for each in every if each.value is not None and each.uncertain is not None]
    hidden = [each for each in every if each.value is None]
    bounds = [each for each in hidden if each.at_least is not None or each.at_most is not None]
    without = [each for each in shown if each.low is None]
    return Legend(
        intervals=len(without) < len(shown),
        within=any(each.within is not None for each in without),
        bounds=bool(bounds),
        weak_bounds=any(each.weak for each in hidden),
        reasons=tuple(dict.fromkeys(each.reason for each in without if each.reason is not None)),
        marks=frozenset(each.mark for each in shown if each.mark is not None),
    )


def figures_of(indices: Iterable[IndexView]) -> Iterator[Figure]:
    """The figures of a region's page that have signs."""
    for view in indices:
        yield Figure(view.value, uncertain=view.uncertain)
        if view.by_shares:
            yield Figure(view.figures.of_indicators, uncertain=view.uncertain_of_indicators)
            yield from (Figure(each.of_indicators, uncertain=each.uncertainty) for each in view.figures.groups)
        yield from (Figure(each.share, uncertain=each.uncertainty) for each in view.figures.categories or ())
        yield from map(Figure.of_share, view.weakest_first)
