"""Step 2: the figures of a region, computed from the protected counts of its villages and from nothing else.

What cannot be computed from them is not published.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from app.protection.columns import Columns, IndexColumns
from app.protection.indicators import IndicatorOfRegion as IndicatorOfRegion
from app.protection.indicators import Reason as Reason
from app.protection.indicators import Within as Within
from app.protection.indicators import add_indicator
from app.protection.plan import IndexPlan, Plan
from app.protection.protected import Protected
from app.scoring.instrument import Category, Index
from app.scoring.region import BY_SHARES, State, rescaled
from app.scoring.shares import IndexOfShares
from app.scoring.sums import SCALED

Absence = Literal["few_families", "low_coverage"]


@dataclass(frozen=True)
class IndexOfRegion:
    """An index over all villages. counts: as in `ExactIndex`. mean: Σ n·m and Σ n over villages with a mean."""

    plan: IndexPlan
    families: int
    villages: int
    indicators: tuple[IndicatorOfRegion, ...]
    counts: tuple[int, ...]
    poor: tuple[int, int] | None
    means: tuple[Fraction, int]

    @property
    def index(self) -> Index:
        return self.plan.index

    @property
    def scored(self) -> int:
        """Families with a value."""
        return self.plan.scored(self.counts)

    @property
    def categories(self) -> tuple[int | None, ...]:
        """Families in each category. None for a rounded 0, because the true number may be more."""
        return tuple(each or None for each in self.counts[: len(self.index.categories)])

    @property
    def shares(self) -> tuple[Fraction | None, ...]:
        """Percentages of `categories` among the families with a value."""
        return tuple(None if each is None else Fraction(100 * each, self.scored) for each in self.categories)

    @property
    def states(self) -> Mapping[State, int | None]:
        """Families by state, None for a rounded 0. Format 1 does not know why a family has no value (undefined)."""
        undefined, incomplete, none = self.counts[-3:]
        found: dict[State, int | None] = {"scored": self.scored or None, "undefined": undefined or None}
        if self.plan.knows_states:
            always = 0 if self.index.applies_when is None else None
            found |= {"incomplete": incomplete or None, "not_applicable": none or always}
        return found

    @property
    def counts_within(self) -> int:
        """By how many families each of the counts can be wrong."""
        # The last step of a village's counts is up to 2 · base wide, and a count lies between two of them.
        return self.villages * (2 * self.plan.base - 1)

    @cached_property
    def absent(self) -> Absence | None:
        """Why the index itself has no figures, by the instrument's own rule."""
        rule = self.index.region
        if rule.minimum_families > 1 and self.scored < rule.minimum_families:
            return "few_families"
        applicable = self.families - self.counts[-1]
        if rule.minimum_coverage is not None and self.scored < rule.minimum_coverage * applicable:
            return "low_coverage"
        return None

    @cached_property
    def mean(self) -> Fraction | None:
        """Of the families' values, on the index's scale. None where it is not released (`mean_reason`).

        Villages without a mean are not in it. A mean of fewer than half of the families is none of the region.
        """
        total, families = self.means
        return total / families if families and 2 * families >= self.families and self._computed else None

    @property
    def families_of_mean(self) -> int | None:
        """Families with a value that `mean` is of. Those of villages without a mean are not among them."""
        return None if self.mean is None else min(self.scored, self.means[1])

    @property
    def mean_reason(self) -> Reason | None:
        if self.plan.mean is None:
            return "not_released"
        return "small" if self.mean is None else None

    @cached_property
    def of_indicators(self) -> Fraction | None:
        """From the shares of the indicators, on the index's scale."""
        tree = self._tree
        if tree is None or not tree.is_complete(tree.whole, tree.node(None)):
            return None
        return self._scaled(tree.combined(tree.node(None)))

    @cached_property
    def groups(self) -> tuple[Fraction | None, ...]:
        """`of_indicators` of each group (dimension). The mean of families is never released for them."""
        tree = self._tree
        if tree is None:
            return (None,) * len(self.index.groups)
        return tuple(map(self._scaled, tree.group_values))

    def left_out(self, group: int | None = None) -> tuple[str, ...]:
        """The codes of the indicators of a group, or of the index (None), that have no share here."""
        pairs = zip(self.index.indicators, self.indicators, strict=True)
        return tuple(each.code for each, of in pairs if of.ratio is None and self._is_within(each.group, group))

    def _is_within(self, group: int | None, other: int | None) -> bool:
        """Whether a group is the other one, or belongs to it. All belong to the index."""
        while group not in (None, other):
            group = self.index.groups[group].parent
        return group == other or other is None

    @property
    def headcount(self) -> Fraction | None:
        """The poor among the families with a value, on the region's scale (counting only)."""
        return None if self.poor is None or self.absent is not None else self._part(self.poor[1], sum(self.poor))

    @cached_property
    def headline(self) -> Fraction | None:
        """On the region's scale. None where it is made of what is not released (`headline_reason`)."""
        rule = self.index.region
        if not self._computed:
            return None
        match rule.headline:
            case "mean":
                return rescaled(self.mean, self.index, rule.scale)
            case "of_indicators":
                return rescaled(self.of_indicators, self.index, rule.scale)
            case "share":
                return self._part(sum(self.counts[at] for at in rule.share_of), self.scored)
            case "headcount":
                return self.headcount
            case _:
                return None

    def _part(self, count: int, of: int) -> Fraction | None:
        """A share on the region's scale. None where one side is a rounded 0."""
        return Fraction(count, of) * self.index.region.scale if 0 < count < of else None

    @property
    def headline_reason(self) -> Reason | None:
        rule = self.index.region
        if self.headline is not None or rule.headline is None or self.absent is not None:
            return None
        kept = rule.headline in ("intensity", "adjusted") or rule.weigh_by is not None
        return "not_released" if kept or (rule.headline == "mean" and self.plan.mean is None) else "small"

    @cached_property
    def category(self) -> Category | None:
        """Of the headline."""
        found = self.headline
        return None if found is None else next((c for c in self.index.region.categories if c.takes(found)), None)

    @cached_property
    def weak(self) -> tuple[int, ...]:
        """Positions of the weak indicators, weakest first."""
        weak = self.index.region.weak
        if weak is None or self.absent is not None or self.index.region.weigh_by is not None:
            return ()
        shares = [(Fraction(*each.ratio), at) for at, each in enumerate(self.indicators) if each.ratio is not None]
        return tuple(at for share, at in sorted(shares) if 100 * share < weak.below)

    @property
    def _computed(self) -> bool:
        return self.absent is None and self.index.region.weigh_by is None

    @cached_property
    def _tree(self) -> IndexOfShares | None:
        if not self._computed or self.index.method not in BY_SHARES:
            return None
        shares = [each.ratio for each in self.indicators]
        missing = [each.lacking for each in self.indicators]
        return IndexOfShares(self.index, shares, missing, without=frozenset())

    def _scaled(self, value: Fraction | None) -> Fraction | None:
        return None if value is None else value * (self.index.scale if self.index.method in SCALED else 1)


@dataclass(frozen=True, slots=True)
class RegionFigures:
    """All figures of a region. families: of the villages with protected counts, exactly"""

    families: int
    villages: int
    indices: tuple[IndexOfRegion, ...]

    @property
    def main(self) -> IndexOfRegion:
        return self.indices[0]


def add_up(villages: Iterable[Protected] | Columns, plan: Plan) -> RegionFigures:
    """The figures of a region, or of one village. The order of the villages does not matter."""
    columns = villages if isinstance(villages, Columns) else Columns(plan, villages)
    indices = tuple(_add_index(columns.index(at)) for at in range(len(plan.indices)))
    return RegionFigures(sum(columns.families), len(columns), indices)


def _add_index(columns: IndexColumns) -> IndexOfRegion:
    plan, families = columns.plan, columns.families
    step = Fraction(0) if plan.mean is None else plan.mean.step
    means = [(mean, n) for mean, n in zip(columns.means, families, strict=True) if mean is not None]
    return IndexOfRegion(
        plan,
        sum(families),
        len(families),
        tuple(add_indicator(columns.indicator(at), families, of) for at, of in enumerate(plan.indicators)),
        columns.sums,
        columns.poor if plan.poor else None,
        (step * sum(mean * n for mean, n in means), sum(n for _, n in means)),
    )
