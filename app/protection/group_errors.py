"""How far the figures of a group of families may be off, from protected numbers alone.

A group has its part of the errors of the villages' totals, because single families were moved between groups until they
added up to these, and the error of each split (`breakdowns.py`). Families that did not say in which group they are were
drawn into one, which is no part of these errors.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import fsum, pi, sqrt

from app.protection.assessed import bases_of, share_of_village
from app.protection.columns import Columns
from app.protection.limits import highest
from app.protection.plan import IndicatorPlan
from app.protection.protected import ProtectedGroup, ProtectedIndicator
from app.protection.rounding import cap
from app.protection.rows import VillageShare
from app.protection.uncertainty import Design, Uncertainty, interval_of_rounding


@dataclass(slots=True)
class Splits:
    """The units that a region's groups of one indicator are added up from.

    base: of the counts of the groups. sizes: how many villages can have the size of a group off by so many families
    rest, square: what the units' unfulfilled families are more than multiples of the base, added up, and their squares
    """

    base: int
    units: int = 0
    sizes: Counter[int] = field(default_factory=Counter)
    rest: int = 0
    square: int = 0

    def add(self, sizes: Iterable[int], unfulfilled: int) -> None:
        """Adds a unit. sizes: by how many families they can be off, by village. unfulfilled: its total"""
        self.units += 1
        self.sizes.update(sizes)
        rest = unfulfilled % self.base
        self.rest += rest
        self.square += rest**2


@dataclass(frozen=True, slots=True)
class Moved:
    """What was changed in the groups of some villages. variance: of their totals. families: moved between the groups"""

    variance: float
    families: float

    def of(self, part: float) -> float:
        """The variance that a group of this part has of it, where single families are drawn."""
        return part**2 * self.variance + part * (1 - part) * self.families


@dataclass(frozen=True, slots=True)
class Totals:
    """The errors of the totals that the villages of a region publish of one indicator.

    answered: its variance. unfulfilled: where families were moved in proportion. few: where nearly nobody fulfils, so
        that these were divided by the sizes of the groups alone
    within: the most that the answered and the unfulfilled families can be off
    """

    answered: float
    unfulfilled: Moved
    few: Moved
    within: tuple[int, int]

    @classmethod
    def of(cls, every: Sequence[ProtectedIndicator], plan: IndicatorPlan) -> "Totals":
        bases = bases_of(plan)
        rows = [(share_of_village(each, "", plan), _top(each, plan)) for each in every if each.unfulfilled is not None]
        few = [row for row, top in rows if row.is_few or row.answered - row.fulfilled >= top]
        count, others = len(rows), len(rows) - len(few)
        each, answered = (bases.rule**2 - 1) / 6, bases.missing() + bases.not_applicable()
        return cls(
            count * answered,
            # Where the few are what was rounded, the unfulfilled carry the error of the answered families.
            Moved(
                others * each + len(few) * answered, others * 2 * each / bases.rule + len(few) * sqrt(2 / pi * answered)
            ),
            Moved(fsum(map(bases.side, few)), fsum(map(_divided, few))),
            (
                count * bases.answered_within(),
                others * (bases.rule - 1) + sum(_most_divided(row, plan) for row in few),
            ),
        )


@dataclass(frozen=True, slots=True)
class GroupError:
    """By how many families the numbers of a group may be off at most, and the uncertainty of its share in percent.

    least, most: the share in percent that these numbers leave possible. None where that says nothing
    """

    answered: int
    unfulfilled: int
    least: Fraction | None
    most: Fraction | None
    share: Uncertainty


class GroupErrors:
    """The errors of the groups of a region, in any breakdown."""

    def __init__(self, villages: Columns, design: Design) -> None:
        self._villages, self._design = villages, design
        self._totals = dict[str, Totals]()

    def of(self, indicator: str, groups: Mapping[str, ProtectedGroup], splits: Splits) -> dict[str, GroupError]:
        """By group. groups: all of them, of an indicator of the first index"""
        if indicator not in self._totals:
            columns, at = self._villages.index(0), self._villages.plan.position[indicator]
            self._totals[indicator] = Totals.of(columns.indicator(at), columns.plan.indicators[at])
        every, totals = list(groups.values()), self._totals[indicator]
        return {code: assess_group(each, every, totals, splits, self._design) for code, each in groups.items()}


def assess_group(
    of: ProtectedGroup, every: Sequence[ProtectedGroup], totals: Totals, splits: Splits, design: Design
) -> GroupError:
    """The errors of one of all groups of a region."""
    answered_within, unfulfilled_within = totals.within
    answered_within += sum(each * count for each, count in splits.sizes.items())
    unfulfilled_within += splits.units * (splits.base - 1) + splits.rest
    below, above = of.answered - answered_within, of.answered + answered_within
    least = Fraction(max(0, below - of.unfulfilled - unfulfilled_within), below) if below > 0 else Fraction(0)
    most = Fraction(above - max(0, of.unfulfilled - unfulfilled_within), above)
    share = Fraction(of.fulfilled, of.answered) if of.answered else Fraction(0)
    within = 100 * float(max(share - least, most - share))
    return GroupError(
        answered_within,
        unfulfilled_within,
        100 * least if least > 0 else None,
        100 * most if most < 1 else None,
        _of_share(of, _variance(of, every, totals, splits), within, design),
    )


def _of_share(of: ProtectedGroup, variance: float, within: float, design: Design) -> Uncertainty:
    if design.kind != "census":
        return Uncertainty(reason="chosen" if design.kind == "purposive" else "not_by_village", within=within)
    if of.share is None:
        return Uncertainty(reason="small", within=within)
    return interval_of_rounding(float(of.share), 100 * sqrt(variance), within, step=50 / of.answered)


def _variance(of: ProtectedGroup, every: Sequence[ProtectedGroup], totals: Totals, splits: Splits) -> float:
    """Of the share (from 0 to 1), by the first order of the errors of both numbers."""
    if not of.answered:
        return 0.0
    all_answered, all_unfulfilled = sum(each.answered for each in every), sum(each.unfulfilled for each in every)
    size, part = of.answered / all_answered, of.unfulfilled / all_unfulfilled if all_unfulfilled else 0.0
    # Families are moved in proportion to the smaller side.
    all_fulfilled = all_answered - all_unfulfilled
    moved = part if all_unfulfilled <= all_fulfilled else of.fulfilled / all_fulfilled if all_fulfilled else 0.0
    of_split, alone = (splits.base**2 - 1) / 6, len(every) == 1
    # What is more than a multiple of the base was taken from the groups by their parts, and given to one by size.
    rest = splits.square * (size * (1 - size) + (size - part) ** 2) + splits.rest * part * (1 - part)
    unfulfilled = totals.unfulfilled.of(moved) + totals.few.of(size) + rest + (0 if alone else splits.units * of_split)
    # Each village rounds those of a group that did not answer, or that it does not apply to, like its own.
    answered = totals.answered + (0 if alone else _of_sizes(of.answered / splits.sizes.total(), splits))
    return (unfulfilled + (of.unfulfilled / of.answered) ** 2 * answered) / of.answered**2


def _of_sizes(mean: float, splits: Splits) -> float:
    """The variance of the size of a group. mean: of its sizes in the villages

    Where hardly anybody is in it, its size may have been rounded with the last step, which is wider.
    """
    widths = ((each + 1 if mean < each + 1 else splits.base, count) for each, count in splits.sizes.items())
    return fsum(count * (width**2 - 1) / 6 for width, count in widths)


def _top(of: ProtectedIndicator, plan: IndicatorPlan) -> int:
    """From so many unfulfilled families on, the few others may have been divided by the sizes of the groups."""
    answered = (of.fulfilled or 0) + (of.unfulfilled or 0)
    return min(highest(answered, of.missing, plan), cap(answered - plan.most_below, plan.base))


def _divided(of: VillageShare) -> float:
    """The families that were divided by the sizes of groups, and about as many as truly were to be divided."""
    truly = float(of.fulfilled)
    if of.is_few:
        truly = 2 * of.few / 3 if of.fulfilled else of.few / 3
    return of.fulfilled + truly


def _most_divided(of: VillageShare, plan: IndicatorPlan) -> int:
    """By how many families the few of a group of a village can be off."""
    return (of.few if of.is_few else of.fulfilled + plan.base - 1) + plan.most_below
