"""The uncertainty of every released figure of a region, from the protected counts of its villages alone."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from sys import intern
from typing import Final, overload

from app.protection.columns import Columns, IndexColumns
from app.protection.limits import few_width
from app.protection.linearised import Component, gradients_of
from app.protection.means import mean_limits
from app.protection.plan import IndicatorPlan, MeanPlan, Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.regions import IndexOfRegion, RegionFigures
from app.protection.rows import Bases, VillageCounts, VillageMean, VillageShare
from app.protection.uncertainty import (
    CENSUS,
    Design,
    Uncertainty,
    component_uncertainty,
    composite_uncertainty,
    counts_uncertainty,
    mean_uncertainty,
    share_uncertainty,
)
from app.scoring.instrument import Index
from app.scoring.shares import IndexOfShares
from app.scoring.sums import SCALED

_REGENCY_DIGITS: Final = 4
_NEARLY_ALL: Final = 0.99
"""Of the families, in villages with a mean. Those left out then move the mean by less than its own rounding."""
_MANY: Final = 10_000
"""More villages than a province has. What is computed of each is not kept, because all indicators would take a lot."""


@dataclass(frozen=True, slots=True)
class IndexUncertainty:
    """Of an index: by indicator, category and group, all on the scale of the figure. Shares are in percent."""

    indicators: tuple[Uncertainty, ...]
    categories: tuple[Uncertainty, ...]
    groups: tuple[Uncertainty | None, ...]
    of_indicators: Uncertainty | None
    mean: Uncertainty | None


class _Shares(Sequence[VillageShare]):
    """An indicator village by village, made anew each time."""

    def __init__(self, columns: IndexColumns, strata: Sequence[str], at: int) -> None:
        self._columns, self._strata, self._at = columns, strata, at

    def __len__(self) -> int:
        return len(self._strata)

    @overload
    def __getitem__(self, at: int) -> VillageShare: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[VillageShare]: ...
    def __getitem__(self, at: int | slice) -> VillageShare | Sequence[VillageShare]:
        return list(self)[at]

    def __iter__(self) -> Iterator[VillageShare]:
        plan = self._columns.plan.indicators[self._at]
        for each, stratum in zip(self._columns.indicator(self._at), self._strata, strict=True):
            yield share_of_village(each, stratum, plan)


def share_of_village(of: ProtectedIndicator, stratum: str, plan: IndicatorPlan) -> VillageShare:
    """The protected share of a village, 0 of 0 where the indicator did not enter."""
    if of.fulfilled is None or of.unfulfilled is None:
        return VillageShare(0, 0, stratum)
    answered = of.fulfilled + of.unfulfilled
    few = few_width(answered, of.missing, of.not_applicable, plan)
    return VillageShare(of.fulfilled, answered, stratum, few=few)


def assess(
    villages: Iterable[Protected] | Columns, figures: RegionFigures, design: Design
) -> tuple[IndexUncertainty, ...]:
    """The uncertainty of each index of a region. The strata of a sample are regencies."""
    plan = Plan(tuple(of.plan for of in figures.indices))
    columns = villages if isinstance(villages, Columns) else Columns(plan, villages)
    strata = [intern(each[:_REGENCY_DIGITS]) for each in columns.places]
    return tuple(_assess(columns.index(at), strata, of, design) for at, of in enumerate(figures.indices))


def _assess(columns: IndexColumns, strata: Sequence[str], of: IndexOfRegion, design: Design) -> IndexUncertainty:
    components = [_component(columns, strata, at, each) for at, each in enumerate(of.plan.indicators)]
    counts = [VillageCounts(each, stratum) for each, stratum in zip(columns.counts, strata, strict=True)]
    # Mostly no family has a value and no category, and then this is no count that was rounded.
    whole = range(len(of.index.categories) + bool(of.counts[len(of.index.categories)]))
    return IndexUncertainty(
        tuple(_percent(component_uncertainty(each, design)) for each in components),
        tuple(
            _percent(counts_uncertainty(counts, design, part=[at], whole=whole, base=of.plan.base))
            for at in range(len(of.index.categories))
        ),
        tuple(_of_shares(of, value, components, design, at) for at, value in enumerate(of.groups)),
        _of_shares(of, of.of_indicators, components, design, None),
        _of_mean(columns, strata, of, design),
    )


def assess_village(of: ProtectedIndicator, plan: IndicatorPlan) -> Uncertainty:
    """The uncertainty of the share of one indicator in a village by itself, in percent."""
    share = share_of_village(of, "", plan)
    return _of_village(share if share.is_few else replace(share, few=0), bases_of(plan))


@lru_cache(maxsize=16_384)
def _of_village(share: VillageShare, bases: Bases) -> Uncertainty:
    """Kept, because many villages of like size have the same rounded numbers."""
    return _percent(share_uncertainty([share], CENSUS, bases))


def assess_some(villages: Columns, some: Collection[int], design: Design) -> tuple[Uncertainty, ...]:
    """The uncertainty of the shares of the first index in some villages of a region, in percent.

    The others stay in the sample with 0 of 0, as in a domain of R's `survey`. some: their positions
    """
    strata, columns = [each[:_REGENCY_DIGITS] for each in villages.places], villages.index(0)
    found = []
    for at, plan in enumerate(columns.plan.indicators):
        rows = [
            row if position in some else VillageShare(0, 0, row.stratum)
            for position, row in enumerate(_Shares(columns, strata, at))
        ]
        found.append(_percent(share_uncertainty(rows, design, bases_of(plan))))
    return tuple(found)


def _component(columns: IndexColumns, strata: Sequence[str], at: int, plan: IndicatorPlan) -> Component:
    """An indicator with the gradient of its own share."""
    shares = _Shares(columns, strata, at)
    kept = shares if len(shares) > _MANY else list(shares)
    return Component(1, kept, bases_of(plan), None if plan.everywhere else plan.applies)


def bases_of(plan: IndicatorPlan) -> Bases:
    """To what its counts were rounded."""
    # Rounded with the counts of the index, the bound is twice as wide as the base of most steps.
    return Bases(plan.base, plan.applies_base // 2 if plan.by_index else plan.applies_base, plan.valued)


def _of_shares(
    of: IndexOfRegion, value: Fraction | None, components: Sequence[Component], design: Design, group: int | None
) -> Uncertainty | None:
    """Of a group, or of the whole index (None), that is computed from shares. None where there is no such figure."""
    if value is None:
        return None
    if of.left_out(group):
        # Nobody can say how far the figure would move with them.
        return Uncertainty(reason="small")
    index = of.index
    shares = tuple(None if each.ratio is None else Fraction(*each.ratio) for each in of.indicators)
    gradients = _gradients(index, shares, group)
    scale = float(index.scale) if index.method in SCALED else float(max(index.scale, _most(index)))
    used = [each.within(gradient) for gradient, each in zip(gradients, components, strict=True) if gradient]
    return composite_uncertainty(value, used, design, scale=(min(0.0, float(value)), max(scale, float(value))))


def _most(index: Index) -> Fraction:
    """At least the highest value that points can add up to."""
    return sum((abs(each.weight) for each in index.indicators), Fraction(0))


def _gradients(index: Index, shares: tuple[Fraction | None, ...], group: int | None) -> Sequence[Fraction]:
    """Where everything is a mean, they hang only on which shares there are, so they are kept."""
    nodes = [index.nodes[None], *(index.nodes[at] for at in range(len(index.groups)))]
    if index.method == "points-sum" or all(node.combine == "mean" for node in nodes):
        return _linear_gradients(_Same(index), tuple(each is not None for each in shares), group)
    return _find_gradients(index, shares, group)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """An index as a key, because an index has no hash. It is the same as itself only."""

    index: Index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.index is other.index

    def __hash__(self) -> int:
        return id(self.index)


@lru_cache(maxsize=4096)
def _linear_gradients(same: _Same, present: tuple[bool, ...], group: int | None) -> Sequence[Fraction]:
    return _find_gradients(same.index, tuple(Fraction(1, 2) if each else None for each in present), group)


def _find_gradients(index: Index, shares: tuple[Fraction | None, ...], group: int | None) -> Sequence[Fraction]:
    scale = index.scale if index.method in SCALED else Fraction(1)

    def figure(changed: Sequence[Fraction | None]) -> Fraction:
        ratios = [None if each is None else each.as_integer_ratio() for each in changed]
        tree = IndexOfShares(index, ratios, [False] * len(changed), without=frozenset())
        found = tree.combined(tree.node(None)) if group is None else tree.group_values[group]
        return (found or Fraction(0)) * scale

    return gradients_of(figure, shares)


def _of_mean(columns: IndexColumns, strata: Sequence[str], of: IndexOfRegion, design: Design) -> Uncertainty | None:
    released = of.plan.mean
    if released is None or of.mean is None:
        return None
    if of.means[1] < _NEARLY_ALL * of.families:
        # Nobody knows how far the others are from these.
        return Uncertainty(reason="small")
    every = zip(columns.means, columns.families, columns.counts, columns.indicators, strata, strict=True)
    rows, moved = list[VillageMean](), Fraction(0)
    for mean, families, counts, indicators, stratum in every:
        if mean is not None:
            rows.append(VillageMean(mean * released.step, families, stratum))
            moved += families * _beyond_limit(mean, mean_limits(counts, indicators, of.plan, released), of, released)
    if moved:
        # Such a mean may be nearer to the end of the scale by as much as it is away from it.
        by = moved / sum(row.families for row in rows)
        return Uncertainty(reason="small", within=float(released.step) / 2 + float(by))
    return mean_uncertainty(rows, design, step=released.step, scale=(0.0, float(of.index.scale)))


def _beyond_limit(mean: int, limits: tuple[int, int], of: IndexOfRegion, released: MeanPlan) -> Fraction:
    """By how much the true mean of a village can be beyond the one that is given. 0 if that is no limit."""
    least, most = limits
    if mean <= least:
        return least * released.step
    return of.index.scale - most * released.step if mean >= most else Fraction(0)


def _percent(found: Uncertainty) -> Uncertainty:
    """Of a share from 0 to 1 in percent."""

    def times(value: float | None) -> float | None:
        return None if value is None else 100 * value

    return Uncertainty(
        times(found.standard_error),
        times(found.low),
        times(found.high),
        found.relative,
        found.mark,
        found.method,
        found.reason,
        times(found.within),
        found.freedom,
        100 * found.step,
    )
