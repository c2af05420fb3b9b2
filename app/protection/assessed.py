"""The uncertainty of every released figure of a region, from the protected counts of its villages alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from app.protection.linearised import Component, gradients_of
from app.protection.plan import IndicatorPlan
from app.protection.protected import Protected, ProtectedIndex
from app.protection.regions import IndexOfRegion, RegionFigures
from app.protection.rows import Bases, VillageCounts, VillageMean, VillageShare
from app.protection.uncertainty import (
    Design,
    Uncertainty,
    composite_uncertainty,
    counts_uncertainty,
    mean_uncertainty,
    share_uncertainty,
)
from app.protection.villages import few_width, mean_limits
from app.scoring.instrument import Index
from app.scoring.shares import IndexOfShares
from app.scoring.sums import SCALED

_REGENCY_DIGITS = 4


@dataclass(frozen=True, slots=True)
class IndexUncertainty:
    """Of an index: by indicator, category and group, all on the scale of the figure. Shares are in percent."""

    indicators: tuple[Uncertainty, ...]
    categories: tuple[Uncertainty, ...]
    groups: tuple[Uncertainty | None, ...]
    of_indicators: Uncertainty | None
    mean: Uncertainty | None


def assess(villages: Sequence[Protected], figures: RegionFigures, design: Design) -> tuple[IndexUncertainty, ...]:
    """The uncertainty of each index of a region. The strata of a sample are regencies."""
    strata = [each.place[:_REGENCY_DIGITS] for each in villages]
    families = [each.families for each in villages]
    return tuple(
        _assess([each.indices[at] for each in villages], strata, families, of, design)
        for at, of in enumerate(figures.indices)
    )


def _assess(
    villages: Sequence[ProtectedIndex],
    strata: Sequence[str],
    families: Sequence[int],
    of: IndexOfRegion,
    design: Design,
) -> IndexUncertainty:
    components = [_component(villages, strata, at, each) for at, each in enumerate(of.plan.indicators)]
    counts = [VillageCounts(each.counts, stratum) for each, stratum in zip(villages, strata, strict=True)]
    whole = range(len(of.index.categories) + 1)
    return IndexUncertainty(
        tuple(_percent(share_uncertainty(each.villages, design, each.bases)) for each in components),
        tuple(
            _percent(counts_uncertainty(counts, design, part=[at], whole=whole, base=of.plan.base))
            for at in range(len(of.index.categories))
        ),
        tuple(_of_shares(of, value, components, design, at) for at, value in enumerate(of.groups)),
        _of_shares(of, of.of_indicators, components, design, None),
        _of_mean(villages, strata, families, of, design),
    )


def _component(villages: Sequence[ProtectedIndex], strata: Sequence[str], at: int, plan: IndicatorPlan) -> Component:
    """An indicator with the gradient of its own share."""
    rows = []
    for each, stratum in zip(villages, strata, strict=True):
        found = each.indicators[at]
        if found.fulfilled is None or found.unfulfilled is None:
            rows.append(VillageShare(0, 0, stratum))
            continue
        answered = found.fulfilled + found.unfulfilled
        few = few_width(answered, found.missing, found.not_applicable, plan)
        rows.append(VillageShare(found.fulfilled, answered, stratum, few=few))
    # Rounded with the counts of the index, the bound is twice as wide as the base of most steps.
    applies = plan.applies_base // 2 if plan.by_index else plan.applies_base
    bases = Bases(plan.base, applies, plan.valued)
    return Component(1, rows, bases, None if plan.everywhere else plan.applies)


def _of_shares(
    of: IndexOfRegion, value: Fraction | None, components: Sequence[Component], design: Design, group: int | None
) -> Uncertainty | None:
    """Of a group, or of the whole index (None), that is computed from shares. None where there is no such figure."""
    if value is None:
        return None
    index = of.index
    shares = tuple(None if each.ratio is None else Fraction(*each.ratio) for each in of.indicators)
    gradients = _gradients(index, shares, group)
    scale = float(index.scale) if index.method in SCALED else float(max(index.scale, _most(index)))
    used = [
        Component(gradient, each.villages, each.bases, each.condition)
        for gradient, each in zip(gradients, components, strict=True)
        if gradient
    ]
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


def _of_mean(
    villages: Sequence[ProtectedIndex],
    strata: Sequence[str],
    families: Sequence[int],
    of: IndexOfRegion,
    design: Design,
) -> Uncertainty | None:
    released = of.plan.mean
    if released is None or of.mean is None:
        return None
    rows = [
        VillageMean(each.mean * released.step, count, stratum)
        for each, stratum, count in zip(villages, strata, families, strict=True)
        if each.mean is not None
    ]
    moved = [
        (count, beyond)
        for each, count in zip(villages, families, strict=True)
        if (beyond := _beyond_limit(each, of)) is not None
    ]
    if moved:
        # Such a mean may be nearer to the end of the scale by as much as it is away from it.
        by = sum(count * beyond for count, beyond in moved) / sum(row.families for row in rows)
        return Uncertainty(reason="small", within=float(released.step) / 2 + float(by))
    return mean_uncertainty(rows, design, step=released.step, scale=(0.0, float(of.index.scale)))


def _beyond_limit(village: ProtectedIndex, of: IndexOfRegion) -> Fraction | None:
    """By how much the true mean of a village can be beyond the one that is given. None if that is no limit."""
    released = of.plan.mean
    if released is None or village.mean is None:
        return None
    least, most = mean_limits(village.counts, of.plan, released)
    if village.mean <= least:
        return least * released.step
    return of.index.scale - most * released.step if village.mean >= most else None


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
