"""Which signs beside released figures a page has to explain, because it shows a figure that has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.pages.region import IndexView
from app.protection.uncertainty import Mark, Reason
from app.schemas.aggregates.figures import UncertaintyOut


@dataclass(frozen=True, slots=True)
class Legend:
    """The signs that figures of a page have.

    `intervals` stand in brackets, `within` is ±, and `bounds` are ≥ and ≤. `weak_bounds` are marks of weak indicators
    whose share is hidden. `reasons` say why figures have no interval.
    """

    intervals: bool
    within: bool
    bounds: bool
    weak_bounds: bool
    reasons: tuple[Reason, ...]
    marks: frozenset[Mark]

    @property
    def any(self) -> bool:
        return any((self.intervals, self.within, self.bounds, self.weak_bounds, self.reasons, self.marks))


def make_legend(indices: Sequence[IndexView]) -> Legend:
    """The legend of a region's page with these indices. Exact figures need none."""
    shown = [each for view in indices for each in _shown(view) if each is not None]
    hidden = [each for view in indices for each in view.weakest_first if each.share is None]
    bounds = [each for each in hidden if each.share_at_least is not None or each.share_at_most is not None]
    without = [each for each in shown if each.low is None]
    return Legend(
        intervals=len(without) < len(shown),
        within=any(each.within is not None for each in without),
        bounds=bool(bounds),
        weak_bounds=any(each.weak for each in hidden),
        reasons=tuple(dict.fromkeys(each.reason for each in without if each.reason is not None)),
        marks=frozenset(each.mark for each in shown if each.mark is not None),
    )


def _shown(view: IndexView) -> Iterator[UncertaintyOut | None]:
    """The uncertainty of each figure that the page shows with it."""
    if view.value is not None:
        yield view.uncertain
    if view.by_shares and view.figures.of_indicators is not None:
        yield view.uncertain_of_indicators
    if view.by_shares:
        yield from (each.uncertainty for each in view.figures.groups if each.of_indicators is not None)
    yield from (each.uncertainty for each in view.figures.categories or () if each.share is not None)
    yield from (each.uncertainty for each in view.weakest_first if each.share is not None)
