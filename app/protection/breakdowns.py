"""Step 3: divides protected totals among groups of families, such as by the sex of the head.

A table is made for a unit: a village where every group has enough answered families, otherwise several villages of a
district, regency or province. The groups add up to the protected total of the unit's villages, in every breakdown. So
several breakdowns of one total are one estimate and no basis for an average. Units are made once, when a round closes.

The groups of each village are first changed to the village's own protected total, and only then added up. Otherwise
the team of one village, which knows its own groups exactly, could find out those of the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import compress
from math import ceil, sqrt
from typing import Final, Literal

from app.protection.columns import Columns
from app.protection.group_errors import Splits
from app.protection.grouping import UNKNOWN
from app.protection.limits import few_width, highest
from app.protection.parameters import Parameters
from app.protection.plan import IndexPlan, IndicatorPlan, Plan
from app.protection.protected import STEP_TOKEN, Protected, ProtectedGroup, ProtectedIndicator
from app.protection.rounding import FINE, cap, split, up_down
from app.protection.secrets import Draws, Secrets
from app.protection.villages import VillageRounding

Level = Literal["village", "district", "regency", "province"]
_LEVELS: Final[tuple[tuple[Level, int], ...]] = (("village", 10), ("district", 6), ("regency", 4), ("province", 2))
"""With the digits of their codes. The lowest first."""


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Exact numbers of families of a group in a village.

    By indicator of the main index: those that answered, did not fulfil it, and did not answer. The others it does not
    apply to.
    """

    families: int
    answered: tuple[int, ...]
    unfulfilled: tuple[int, ...]
    missing: tuple[int, ...]

    def not_applicable(self, at: int) -> int:
        """The families that an indicator does not apply to."""
        return self.families - self.answered[at] - self.missing[at] if self.answered else 0


@dataclass(frozen=True, slots=True)
class Unit:
    """The protected groups of an indicator in the villages of an area that are its members."""

    breakdown: str
    indicator: str
    level: Level
    area: str
    members: tuple[str, ...]
    groups: Mapping[str, ProtectedGroup]


_NOBODY: Final = GroupCounts(0, (), (), ())
_FEWEST_SENSITIVE: Final = 3
"""So many villages are together in a table of groups that tell a sensitive answer, or one is alone.

Their totals can have the smaller base. So the team of one of two would often know the other's groups to that base only.
"""
_MOSTLY: Final = Fraction(3, 4)
"""The part of a group's families that an indicator does not apply to, where the group is made of just these."""
_FAR: Final = 4
"""No sum of errors is so many standard deviations off, next to certainly."""


def make_units(
    villages: Mapping[str, Protected],
    counts: Mapping[str, Mapping[str, GroupCounts]],
    plan: Plan,
    *,
    instrument: str,
    breakdown: str,
    year: int,
    secrets: Secrets,
    parameters: Parameters,
    sensitive: bool = False,
    needed: Iterable[str] = (),
) -> tuple[Unit, ...]:
    """All units of a breakdown. villages: protected, by place; counts: by the same places, then by code of the group.

    needed: groups without which there are no units, because a group that is left out has no families for certain
    sensitive: whether the groups tell a sensitive answer, so that all counts get the base of sensitive ones
    A village that is in no unit of an indicator lies in a province where some group is too small, or nobody of it
    answered what the breakdown is by. Valued indicators have no units, because their families have no side to be on.
    Secrets hang on the instrument too. Two instruments may count nearly the same families, and one secret for both
    would tell of those who are in one only.
    """
    # Where nobody answered what the breakdown is by, all families are in a group that no other village has.
    villages = {place: each for place, each in villages.items() if UNKNOWN not in counts.get(place, {})}
    counts = {place: each for place, each in counts.items() if place in villages}
    groups = sorted({*needed, *(code for each in counts.values() for code in each)})
    table = {place: [counts.get(place, {}).get(code, _NOBODY) for code in groups] for place in villages}
    first = find_first(list(table.values()), plan.main)
    what = (instrument, breakdown, str(year))
    every = {
        place: Village(each, table[place], plan, what, secrets, parameters, first) for place, each in villages.items()
    }
    making = _Making(every, groups, plan, what, secrets, parameters, sensitive)
    indicators = enumerate(plan.main.indicators)
    return tuple(unit for at, each in indicators if not each.valued and groups for unit in making.units(at, each))


class Village:
    """The groups of a village, in their order, with its protected counts.

    Sizes are rounded with its own secrets, the same in every indicator and every unit. So those of a unit tell of each
    village what a table of its own would tell, also to the team of the others.
    """

    def __init__(
        self,
        protected: Protected,
        rows: Sequence[GroupCounts],
        plan: Plan,
        what: tuple[str, str, str],
        secrets: Secrets,
        parameters: Parameters,
        first: Sequence[int],
    ) -> None:
        """what: the instrument, the breakdown and the year. first: the ranks of the groups in the order"""
        self._protected, self._rows, self._plan = protected, rows, plan
        self._secrets, self._smallest, place = secrets, parameters.base, protected.place
        self._what = (*what, place)
        self._rounding = VillageRounding(place, what[-1], protected.families, secrets)
        # The same in all instruments, so that two of them round the same running totals.
        drawn = secrets.generator(*what[1:], place, "order").order(len(rows))
        self._order = sorted(drawn, key=first.__getitem__)
        self._sizes = dict[int, list[int]]()

    def indicator(self, at: int) -> ProtectedIndicator:
        """What is told of an indicator."""
        return self._protected.indices[0].indicators[at]

    def truly_answered(self, at: int) -> list[int]:
        """The exact answered families of each group."""
        return [each.answered[at] if each.answered else 0 for each in self._rows]

    def answered(self, at: int, base: int) -> list[int]:
        """Protected answered families of each group. They add up to those of the village."""
        sizes = self._sizes_of(base)
        # Both are rounded, so more could be taken from a group than it has. That would narrow all of these counts.
        others = fit(self._others(at), sizes, self._order)
        return [size - of_group for size, of_group in zip(sizes, others, strict=True)]

    def errors(self, plan: IndicatorPlan, base: int) -> tuple[int, ...]:
        """By so much each count that `answered` is made of can move a group."""
        families, last = self._protected.families, self._sizes_of(base)[self._order[-1]]
        within = size_within(families, base)
        return (base - 1 if last > within + 1 else within, plan.base - 1, plan.applies_base - 1)

    def flipped(self, at: int, plan: IndicatorPlan) -> list[int]:
        """The exact unfulfilled families of each group, changed to the village's own protected total."""
        unfulfilled = [each.unfulfilled[at] if each.unfulfilled else 0 for each in self._rows]
        draws = self._secrets.generator(*self._what, plan.rule, "flip")
        return flip_village(unfulfilled, self.truly_answered(at), self.indicator(at), plan, draws)

    def _others(self, at: int) -> list[int]:
        """Protected families of each group that did not answer, or that it does not apply to.

        By the exact ones, whoever knows the families of a group would be told how many answered.
        """
        plan, of = self._plan.main.indicators[at], self.indicator(at)
        found, before = [0] * len(self._rows), 0
        all_missing = all_others = 0
        # Running totals with the village's own secrets, so that they end at what is told of the village.
        for each in self._order:
            row = self._rows[each]
            missing = row.missing[at] if row.missing else 0
            all_missing += missing
            all_others += row.not_applicable(at)
            after = min(self._rounding.missing(all_missing, plan), of.missing)
            after += min(self._rounding.not_applicable(all_others, plan, self._plan.main), of.not_applicable)
            found[each], before = after - before, after
        # Families that are counted in the figures, but not here.
        found[self._order[-1]] += of.missing + of.not_applicable - before
        return found

    def _sizes_of(self, base: int) -> list[int]:
        if base not in self._sizes:
            self._sizes[base] = self._round_sizes(base)
        return self._sizes[base]

    def _round_sizes(self, base: int) -> list[int]:
        """Protected numbers of families of each group, which add up to those of the village.

        Those of a larger base are computed from those of the smallest one. Otherwise a group whose size is told in
        several indicators would be rounded twice.
        """
        exact, total = [each.families for each in self._rows], self._protected.families
        if sum(exact) != total:
            # Families that are counted in the figures and not here, or here alone, may be in any group.
            exact = flip(exact, [total] * len(exact), total, self._secrets.generator(*self._what, "A"))
        found = [exact[each] for each in self._order]
        for each in (base,) if base % self._smallest else sorted({self._smallest, base}):
            found = list(split(found, self._secrets.offset(each * FINE, *self._what, "A"), each))
        return [found[self._order.index(each)] for each in range(len(found))]


@dataclass(frozen=True, slots=True)
class _Making:
    """what: the instrument, the breakdown and the year"""

    villages: Mapping[str, Village]
    groups: Sequence[str]
    plan: Plan
    what: tuple[str, str, str]
    secrets: Secrets
    parameters: Parameters
    sensitive: bool

    def units(self, at: int, plan: IndicatorPlan) -> Iterator[Unit]:
        """Those of an indicator, from the lowest level up."""
        left = [place for place in sorted(self.villages) if self.villages[place].indicator(at).unfulfilled is not None]
        for level, digits in _LEVELS:
            areas: dict[str, list[str]] = {}
            for place in left:
                areas.setdefault(place[:digits], []).append(place)
            left = []
            for area, members in areas.items():
                alone = level != "village" and len(members) < (_FEWEST_SENSITIVE if self.sensitive else 2)
                groups = None if alone else self._groups(at, plan, area, [self.villages[each] for each in members])
                if groups is None:
                    left += members
                else:
                    yield Unit(self.what[1], plan.code, level, area, tuple(members), groups)

    def _groups(
        self, at: int, plan: IndicatorPlan, area: str, members: Sequence[Village]
    ) -> Mapping[str, ProtectedGroup] | None:
        """None if some group is too small or nearly full, so that the villages have to be joined with others."""
        base = max(plan.base, self.parameters.sensitive_base) if self.sensitive else plan.base
        # Whoever knows the families of a group exactly is told nothing else by what is decided by these.
        answered = _add_up(each.answered(at, base) for each in members)
        room = room_for([most for each in members for most in each.errors(plan, base)])
        total = sum(each.indicator(at).unfulfilled or 0 for each in members)
        if not fits(answered, total, base, max(self.parameters.group, fewest_of(base) + room)):
            return None
        if not tells_little(total, plan.base, base):
            return None
        truly = _add_up(each.truly_answered(at) for each in members)
        flipped = _add_up(each.flipped(at, plan) for each in members)
        unfulfilled = self._to_total(flipped, truly, total, base, (*self.what, area, plan.rule, "U"))
        # Of the second, the first leaves next to nothing to decide.
        if not leaves_enough(unfulfilled, [each - room for each in answered], base):
            return None
        if min(truly) < fewest_of(base) or not leaves_enough(unfulfilled, truly, base):
            return None
        made = (ProtectedGroup(*each, token=STEP_TOKEN) for each in zip(answered, unfulfilled, strict=True))
        return dict(zip(self.groups, made, strict=True))

    def _to_total(
        self, parts: Sequence[int], limits: Sequence[int], total: int, base: int, what: tuple[str, ...]
    ) -> list[int]:
        """Protected parts that add up to a protected total. limits: the most that each exact part can be"""
        draws, rest = self.secrets.generator(*what), total % base
        flipped = flip(parts, limits, total - rest, draws)
        found = split_in_order(flipped, draws.order(len(parts)), self.secrets.offset(base, *what, "split"), base)
        if rest:
            found[draws.pick(limits)] += rest
        return found


def _add_up(rows: Iterable[Sequence[int]]) -> list[int]:
    """By group, of several villages."""
    return [sum(each) for each in zip(*rows, strict=True)]


def fit(parts: Sequence[int], limits: Sequence[int], order: Sequence[int]) -> list[int]:
    """Parts of which none is above its limit. What is more goes to the next ones in order, and then to those before."""
    found, more = list(parts), 0
    for each in (*order, *reversed(order)):
        found[each] += more
        more = max(0, found[each] - limits[each])
        found[each] -= more
    return found


def find_first(villages: Sequence[Sequence[GroupCounts]], plan: IndexPlan) -> list[int]:
    """The ranks of the groups in the order that their sizes are rounded in. The lowest first.

    The families of some groups may be just those that an indicator does not apply to, but for a few that did not say
    in which group they are. These groups come first. Then the same number is rounded here and in *not applicable*,
    and not in one of them what is left of all families. Both together would leave one value in rare cases.
    """
    rows = list(zip(*villages, strict=True))
    families = [sum(each.families for each in row) for row in rows]
    ranks = [0] * len(rows)
    for at, indicator in enumerate(plan.indicators):
        if indicator.everywhere or not any(families):
            continue
        others = [sum(each.not_applicable(at) for each in row) for row in rows]
        inside = [each > 0 for each in others]
        if not all(inside) and sum(others) >= _MOSTLY * sum(compress(families, inside)):
            ranks = [rank - each for rank, each in zip(ranks, inside, strict=True)]
    return ranks


def size_within(families: int, base: int) -> int:
    """By so much the size of a group can be off in a village of so many families. The last step is wider than base."""
    return families - max(0, cap(families, base)) - 1


def fewest_of(base: int) -> int:
    """The fewest families that can truly have answered in a group. base: of the groups"""
    return 2 * base + 1


def fits(answered: Sequence[int], total: int, base: int, least: int) -> bool:
    """Whether a protected total of unfulfilled families can be divided among groups of which about so many answered."""
    every = sum(answered)
    return all(each >= least and total * each <= (cap(each, base) - base) * every for each in answered)


def room_for(errors: Sequence[int]) -> int:
    """By so much a number that has all of these errors may be too high. Of many next to certainly.

    errors: the most of each. They are independent, and the standard deviation of each is about half its most
    """
    return ceil(min(sum(errors), _FAR / 2 * sqrt(sum(each**2 for each in errors))))


def tells_little(total: int, base: int, of_groups: int) -> bool:
    """Whether a group can have `of_groups` values below a total that is rounded to a smaller base."""
    return total + base >= of_groups


def leaves_enough(parts: Sequence[int], answered: Sequence[int], base: int) -> bool:
    """Whether no group is so full that its size tells its parts."""
    return all(part <= cap(each, base) for part, each in zip(parts, answered, strict=True))


def flip_village(
    unfulfilled: Sequence[int], answered: Sequence[int], rounded: ProtectedIndicator, plan: IndicatorPlan, draws: Draws
) -> list[int]:
    """The unfulfilled families of a village's groups, changed to the village's protected number.

    Their true number may be more or less, so that even an empty or a full group has several possible true counts.
    Where nearly nobody fulfils it can only be less. There the few are divided by the sizes of the groups alone.
    """
    total, fulfilled, every = rounded.unfulfilled or 0, rounded.fulfilled or 0, sum(answered)
    width = few_width(fulfilled + total, rounded.missing, rounded.not_applicable, plan)
    top = min(cap(every, plan.base), highest(fulfilled + total, rounded.missing, plan))
    if fulfilled not in (0, width) and total < top:
        return flip_side(unfulfilled, answered, total, draws)
    few = min(fulfilled, every) if fulfilled in (0, width) else max(0, every - total)
    # One after another from all, in proportion to who is left.
    return flip(answered, answered, every - few, draws)


def flip_side(parts: Sequence[int], limits: Sequence[int], total: int, draws: Draws) -> list[int]:
    """`flip` of the parts, or where they are more than half, of what the limits leave.

    So nearly full groups are as uncertain as nearly empty ones. total: at most the sum of the limits
    """
    whole = sum(limits)
    if 2 * total <= whole:
        return flip(parts, limits, total, draws)
    others = [limit - part for limit, part in zip(limits, parts, strict=True)]
    return [limit - part for limit, part in zip(limits, flip(others, limits, whole - total, draws), strict=True)]


def flip(parts: Sequence[int], limits: Sequence[int], total: int, draws: Draws) -> list[int]:
    """Exact parts, changed by single families until they add up to a total. None is negative or above its limit.

    Families are drawn in proportion to the parts, so that on average these only grow or shrink together.
    """
    found = list(parts)
    missing = total - sum(found)
    step = 1 if missing > 0 else -1
    for _ in range(abs(missing)):
        weights = found
        if step > 0:
            weights = [part if part < limit else 0 for limit, part in zip(limits, found, strict=True)]
            if not any(weights):
                weights = [limit - part for limit, part in zip(limits, found, strict=True)]
        found[draws.pick(weights)] += step
    return found


def split_in_order(parts: Sequence[int], order: Sequence[int], offset: int, base: int) -> list[int]:
    """Parts of a multiple of base, as multiples of base with the same total. Running totals in this order are rounded.

    offset: from 0 to base − 1. The whole is a multiple of base, so it stays itself with each.
    """
    found, running, before = [0] * len(parts), 0, 0
    for at in order:
        running += parts[at]
        after = up_down(running, offset, base)
        found[at], before = after - before, after
    return found


@dataclass(frozen=True, slots=True)
class RegionGroups:
    """The groups of a region. splits: the units that they are added up from

    adds_up: whether they add up to the region's own figures, which may have changed since the units were made
    """

    groups: Mapping[str, ProtectedGroup]
    splits: Splits
    adds_up: bool


class RegionRows:
    """Adds up the units of one breakdown for a region, as they come.

    An indicator has no groups (`small`) if its units within the region do not cover all villages in which it entered.
    """

    def __init__(self, villages: Columns, bases: Sequence[int]) -> None:
        """bases: of the counts of groups, by indicator of the main index"""
        self._indicators = villages.plan.main.indicators
        self._families, self._columns = dict(zip(villages.places, villages.families, strict=True)), villages.index(0)
        self._left = [self._columns.entered(at) for at in range(len(self._indicators))]
        self._sums: list[dict[str, tuple[int, int]]] = [{} for _ in self._indicators]
        self._splits = [Splits(base) for base in bases]
        self._position = villages.plan.position

    def add(self, unit: Unit) -> None:
        """Adds a unit if it lies within the region."""
        if not all(each in self._families for each in unit.members):
            return
        at = self._position[unit.indicator]
        self._left[at] -= len(unit.members)
        sums, all_unfulfilled = self._sums[at], 0
        for code, of in unit.groups.items():
            answered, unfulfilled = sums.get(code, (0, 0))
            sums[code] = answered + of.answered, unfulfilled + of.unfulfilled
            all_unfulfilled += of.unfulfilled
        base = self._splits[at].base
        self._splits[at].add([size_within(self._families[each], base) for each in unit.members], all_unfulfilled)

    @property
    def rows(self) -> dict[str, RegionGroups]:
        """By indicator of the main index, where it has groups."""
        return {
            each.code: self._row(at)
            for at, each in enumerate(self._indicators)
            if self._sums[at] and self._left[at] <= 0
        }

    def _row(self, at: int) -> RegionGroups:
        groups = {code: ProtectedGroup(*of, token=STEP_TOKEN) for code, of in self._sums[at].items()}
        own = [each for each in self._columns.indicator(at) if each.unfulfilled is not None]
        adds_up = all(
            sum(getattr(each, name) or 0 for each in own) == sum(getattr(each, name) for each in groups.values())
            for name in ("fulfilled", "unfulfilled")
        )
        return RegionGroups(groups, self._splits[at], adds_up)
