"""The protected values of a village that uncertainty is computed from, and how they were rounded."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from math import sqrt

from app.protection.rounding import cap


@dataclass(frozen=True, slots=True)
class VillageShare:
    """Fulfilled and answered families of one village. Both are 0 where the indicator did not enter.

    stratum: the regency that the village was drawn in
    weight: how many villages it stands for, 1 where all stand for as many. Published figures add villages up unweighted
    few: what the fulfilled families are rounded to, or to 0, where nearly nobody fulfils. 0: never
    """

    fulfilled: int
    answered: int
    stratum: str
    weight: Fraction | int = 1
    few: int = 0

    @property
    def is_few(self) -> bool:
        """Whether the fulfilled families were rounded and not the unfulfilled, as far as one can see."""
        return self.few > 0 and self.fulfilled in (0, self.few)


@dataclass(frozen=True, slots=True)
class VillageMean:
    """The mean of the families of one village, rounded to the nearest step of the scale."""

    mean: Fraction
    families: int
    stratum: str
    weight: Fraction | int = 1


@dataclass(frozen=True, slots=True)
class VillageCounts:
    """The families of one village by category and state, in the order in which they were rounded."""

    counts: Sequence[int]
    stratum: str
    weight: Fraction | int = 1

    def sum_of(self, positions: Collection[int]) -> int:
        """The families with any of some counts."""
        return sum(self.counts[at] for at in positions)

    def most_below(self, base: int) -> int:
        """The most by which a run of these counts can differ from the truth. The last step is wider than base."""
        whole = sum(self.counts)
        top = _top(whole, base)
        if any(running >= top for running in accumulate(self.counts[:-1])):
            return max(base, whole - top) - 1
        return base - 1

    def spreads(self, positions: Sequence[int], base: int) -> list[float]:
        """By how much the running totals of the counts at some positions are uncertain, all but the last.

        The variance of each is a sixth of its square: of w² − 1 after a step of the width w. A total at the beginning
        of the last step came down from there, or up from the step before. base: 1 if the counts are not rounded
        """
        if base == 1:
            return [0.0] * (len(positions) - 1)
        whole = sum(self.counts)
        top = _top(whole, base)
        inner, last = base**2 - 1, max(1, whole - top) ** 2 - 1
        between = inner + last + 1 - base * (whole - top) if top else last
        totals = accumulate(self.counts[at] for at in positions[:-1])
        return [sqrt(inner if each < top else between if each == top else last) for each in totals]


def _top(whole: int, base: int) -> int:
    """Where the last step of rounded running totals begins."""
    return max(0, cap(whole, base))


@dataclass(frozen=True, slots=True)
class Bases:
    """What the counts of an indicator were rounded to. 1: not at all

    rule: of the unfulfilled (or few fulfilled) and of the missing families
    applies: of the families to which it does not apply
    valued: its families have values between 0 and 1, so the unfulfilled are no whole number

    A count rounded to a base at random, whose remainder is r, has the variance r · (base − r). Nobody knows r. Over all
    remainders that is (base² − 1) / 6, and base² / 6 if the count is no whole number. The standard error of a single
    village can be too small by a factor of 1.23 at most.
    """

    rule: int
    applies: int = 1
    valued: bool = False

    def side(self, row: VillageShare) -> float:
        """The variance of the side that was rounded."""
        width = row.few if row.is_few else self.rule
        return (width**2 - (width == 1 or not self.valued)) / 6

    def missing(self) -> float:
        """The variance of the missing families."""
        return (self.rule**2 - 1) / 6

    def not_applicable(self) -> float:
        """The variance of the families to which it does not apply."""
        return (self.applies**2 - 1) / 6

    def side_within(self, row: VillageShare) -> int:
        """The most by which the rounded side can differ from the truth."""
        width = row.few if row.is_few else self.rule
        return width - (width == 1 or not self.valued)

    def answered_within(self) -> int:
        """The most by which the answered families can differ from the truth."""
        return self.rule - 1 + self.applies - 1
