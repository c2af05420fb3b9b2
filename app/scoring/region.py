"""The figures of a region and year, which are computed from its sums.

Every figure is Σa ÷ Σb over families. With `weigh_by` each family counts for its measure, else for one. What has no
meaning for a method, and what nobody was measured in, is None and never zero. Sources: means OECD/JRC, Handbook on
Constructing Composite Indicators (2008). Headcount, intensity, adjusted headcount and their parts: Alkire and Foster,
Journal of Public Economics 95 (2011).

A list of villages shows few of the figures of each. So a figure is computed when it is first read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil, lcm
from typing import Final, Literal

from app.scoring.instrument import Category, Index, Instrument
from app.scoring.shares import IndexOfShares, Share, points_of, share_of
from app.scoring.sums import ABSENT, SCALED, UNITS, Place, Places, places_of

State = Literal["scored", "incomplete", "undefined", "not_applicable"]
Absence = Literal["few_families", "low_coverage"]
BY_SHARES: Final = frozenset(("mean", "counting", "points-sum"))
"""Methods whose index can be computed from the shares of a region."""


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """A group's figures on the index's scale, and the number of families that have a value in it."""

    mean: Fraction | None
    of_indicators: Fraction | None
    families: int


@dataclass(frozen=True, slots=True)
class IndicatorFigures:
    """An indicator's share in percent (of valued ones the mean value), and numbers of families by outcome.

    points: mean points of a valued indicator
    censored: share of the families that are poor and deprived in it; part: its part of the adjusted headcount; both on
    the region's scale (counting only)
    """

    share: Fraction | None
    fulfilled: int
    unfulfilled: int
    missing: int
    valued: int
    weak: bool
    points: Fraction | None = None
    censored: Fraction | None = None
    part: Fraction | None = None


@dataclass(frozen=True)
class IndexFigures:
    """The figures of a region in one index.

    places, totals: where its sums stand, and all sums of the region with a 0 at the end
    """

    index: Index
    places: Places
    totals: Sequence[int | Fraction]

    def _count(self, place: Place) -> int:
        return int(self.totals[place])

    @cached_property
    def scored(self) -> int:
        """Families with a value."""
        return self._count(self.places.scored)

    @cached_property
    def families(self) -> Mapping[State, int]:
        """Numbers of families by state."""
        incomplete, none = self._count(self.places.incomplete), self._count(self.places.not_applicable)
        rest = int(self.totals[0]) - self.scored - incomplete - none
        return {"scored": self.scored, "incomplete": incomplete, "undefined": rest, "not_applicable": none}

    @property
    def without_measure(self) -> int:
        """Families with a value that are left out because what they count for is unknown."""
        return self.scored - self._count(self.places.measured) if self._weighed else 0

    @cached_property
    def absent(self) -> Absence | None:
        """Why all figures but the numbers of families are None."""
        rule, every = self.index.region, int(self.totals[0])
        if every and self.scored < rule.minimum_families and rule.minimum_families > 1:
            return "few_families"
        applicable = every - self._count(self.places.not_applicable)
        if rule.minimum_coverage is not None and self.scored < rule.minimum_coverage * applicable:
            return "low_coverage"
        return None

    @cached_property
    def headline(self) -> Fraction | None:
        """On the region's scale."""
        rule = self.index.region
        match rule.headline:
            case None:
                return None
            case "mean":
                return rescaled(self.mean, self.index, rule.scale)
            case "of_indicators":
                return rescaled(self.of_indicators, self.index, rule.scale)
            case "share":
                known = [each for at in rule.share_of if (each := self.shares[at]) is not None]
                return sum(known, Fraction(0)) * rule.scale / 100 if known else None
            case "headcount":
                return self.headcount
            case "intensity":
                return self.intensity
            case "adjusted":
                return self.adjusted

    @cached_property
    def category(self) -> Category | None:
        """Of the headline."""
        found = self.headline
        return None if found is None else next((c for c in self.index.region.categories if c.takes(found)), None)

    @cached_property
    def mean(self) -> Fraction | None:
        """On the index's scale."""
        if self._empty or self.index.method in ("stages", "rule"):
            return None
        return self._from_units(self.totals[self.places.value], self._base)

    @cached_property
    def of_indicators(self) -> Fraction | None:
        """On the index's scale."""
        if self._empty or self.index.method not in BY_SHARES:
            return None
        tree = self._tree
        node = tree.node(None)
        if not tree.is_complete(tree.whole, node):
            return None
        return _times(tree.combined(node), _scale(self.index))

    @property
    def headcount(self) -> Fraction | None:
        """On the region's scale."""
        return self._of_poor(self.places.poor)

    @property
    def adjusted(self) -> Fraction | None:
        """On the region's scale."""
        return self._of_poor(self.places.poor_value)

    @property
    def intensity(self) -> Fraction | None:
        """On the region's scale. None if nobody is poor."""
        poor, adjusted = self.headcount, self.adjusted
        return adjusted / poor * self.index.region.scale if poor and adjusted is not None else None

    @property
    def categories(self) -> tuple[int, ...]:
        """Families in each category of the index."""
        return tuple(self._count(each) for each in self.places.categories)

    @cached_property
    def shares(self) -> tuple[Fraction | None, ...]:
        """Percentages of `categories`."""
        if self._empty:
            return (None,) * len(self.index.categories)
        unit = 1 if self._weighed else UNITS
        return tuple(_ratio(self.totals[each] * unit * 100, self._base) for each in self.places.category_bases)

    @cached_property
    def groups(self) -> tuple[GroupFigures, ...]:
        return tuple(self._group(at) for at in range(len(self.index.groups)))

    @cached_property
    def weak(self) -> tuple[int, ...]:
        """Positions of the weak indicators, weakest first."""
        weak = self.index.region.weak
        if weak is None or self.absent is not None:
            return ()
        # On one denominator, because comparing fractions costs more than all else here.
        shares = [(*each, at) for at, each in enumerate(self._shares) if each is not None]
        shared = lcm(*[denominator for _, denominator, _ in shares])
        below = ceil(weak.below * shared / 100)
        found = [(numerator * (shared // denominator), at) for numerator, denominator, at in shares]
        return tuple(at for share, at in sorted(found) if share < below)

    @cached_property
    def indicators(self) -> tuple[IndicatorFigures, ...]:
        weak = frozenset(self.weak)
        return tuple(self._indicator(at, at in weak) for at in range(len(self.index.indicators)))

    @property
    def _weighed(self) -> bool:
        return self.index.region.weigh_by is not None

    @property
    def _empty(self) -> bool:
        return self.absent is not None or not self.scored

    @cached_property
    def _base(self) -> int | Fraction:
        """Σ of what the families with a value count for, in units."""
        return self.totals[self.places.base] if self._weighed else self.scored * UNITS

    @cached_property
    def _shares(self) -> list[Share | None]:
        """Mean values of the indicators, from 0 to 1."""
        totals, places = self.totals, self.places
        if self._weighed:
            return [share_of(totals[value], totals[base]) for value, base in places.indicator_values]
        found = list[Share | None]()
        for (fulfilled, unfulfilled, _, valued), (value, _) in zip(
            places.outcomes, places.indicator_values, strict=True
        ):
            answered = totals[fulfilled] + totals[unfulfilled]
            if valued == ABSENT:
                found.append(share_of(totals[fulfilled], answered))
            else:
                found.append(share_of(totals[value], (answered + totals[valued]) * UNITS))
        return found

    @cached_property
    def _tree(self) -> IndexOfShares:
        missing = [bool(self.totals[each[2]]) for each in self.places.outcomes]
        without = frozenset(at for at, place in enumerate(self.places.groups) if not self.totals[place])
        return IndexOfShares(self.index, self._shares, missing, without=without)

    def _group(self, at: int) -> GroupFigures:
        families = self._count(self.places.groups[at])
        if self.absent is not None or not families:
            return GroupFigures(None, None, families)
        value, base = self.places.group_values[at]
        mean = self._from_units(self.totals[value], self.totals[base] if self._weighed else families * UNITS)
        by_shares = self._tree.group_values[at] if self.index.method in BY_SHARES else None
        return GroupFigures(mean, _times(by_shares, _scale(self.index)), families)

    def _indicator(self, at: int, weak: bool) -> IndicatorFigures:
        fulfilled, unfulfilled, missing, valued = [int(self.totals[place]) for place in self.places.outcomes[at]]
        share = None if self.absent is not None else self._shares[at]
        points = self.index.indicators[at].points
        return IndicatorFigures(
            None if share is None else Fraction(100 * share[0], share[1]),
            fulfilled,
            unfulfilled,
            missing,
            valued,
            weak,
            None if share is None or points is None else points_of(share, points),
            self._of_poor(self.places.poor_of[at]),
            self._of_poor(self.places.part_of[at]),
        )

    def _of_poor(self, place: Place) -> Fraction | None:
        """A sum over the poor as a share of all, on the region's scale."""
        if self.index.method != "counting" or self._empty:
            return None
        return _times(_ratio(self.totals[place], self._base), self.index.region.scale)

    def _from_units(self, total: int | Fraction, base: int | Fraction) -> Fraction | None:
        """The mean of values that entered sums in units, on the index's scale."""
        if self.index.method not in SCALED:
            return _ratio(total, base)
        return _ratio(total * self.index.scale.numerator, base * self.index.scale.denominator * 100)


@dataclass(frozen=True, slots=True)
class Estimate:
    """All figures of a region and year.

    without_card: families without a card number. Nobody can tell whether they were interviewed twice.
    """

    families: int
    indices: tuple[IndexFigures, ...]
    without_card: int = 0

    @property
    def main(self) -> IndexFigures:
        return self.indices[0]


def estimate(totals: Sequence[int | Fraction], instrument: Instrument, *, without_card: int = 0) -> Estimate:
    """Exact figures of a region and year, computed from its sums in the order of `sums`."""
    ended = (*totals, 0)
    indices = zip(instrument.indices, places_of(instrument), strict=True)
    return Estimate(int(totals[0]), tuple(IndexFigures(index, at, ended) for index, at in indices), without_card)


def _scale(index: Index) -> Fraction:
    return index.scale if index.method in SCALED else Fraction(1)


def _ratio(total: int | Fraction, base: int | Fraction) -> Fraction | None:
    return Fraction(total, base) if base else None


def _times(value: Fraction | None, scale: Fraction) -> Fraction | None:
    # Not value * scale, which looks for common divisors twice.
    return None if value is None else Fraction(value.numerator * scale.numerator, value.denominator * scale.denominator)


def rescaled(value: Fraction | None, index: Index, scale: Fraction) -> Fraction | None:
    """A value on the index's scale as it is on the scale of a headline."""
    return _times(value, scale / index.scale) if index.method in SCALED and scale != index.scale else value


def is_apart(index: Index) -> bool:
    """Whether the headline is a mean or made of the shares, but shown on another scale or with other decimals."""
    rule = index.region
    other = rule.decimals != index.decimals or (index.method in SCALED and rule.scale != index.scale)
    return rule.headline in ("mean", "of_indicators") and other
