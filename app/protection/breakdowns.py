"""Step 3: divides protected totals among groups of families, such as by the sex of the head.

A table is made for a unit: a village where every group has enough answered families, otherwise several villages of a
district, regency or province. The groups add up to the protected total of the unit's villages, in every breakdown. So
several breakdowns of one total are one estimate and no basis for an average. Units are made once, when a round closes.

The groups of each village are first changed to the village's own protected total, and only then added up. Otherwise
the team of one village, which knows its own groups exactly, could find out those of the others.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final, Literal

from app.protection.columns import Columns
from app.protection.group_errors import Splits
from app.protection.limits import few_width, highest
from app.protection.parameters import Parameters
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import STEP_TOKEN, Protected, ProtectedGroup, ProtectedIndicator
from app.protection.rounding import cap, up_down
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


@dataclass(frozen=True, slots=True)
class Unit:
    """The protected groups of an indicator in the villages of an area that are its members."""

    breakdown: str
    indicator: str
    level: Level
    area: str
    members: tuple[str, ...]
    groups: Mapping[str, ProtectedGroup]


@dataclass(frozen=True, slots=True)
class _Table:
    """The exact groups of a village, in the order of the groups, with its protected counts.

    others: protected numbers of families that did not answer, or that it does not apply to. Whether a table is made is
        decided by these. By the exact ones, whoever knows the families of a group would be told how many answered
    """

    families: list[int]
    answered: list[int]
    unfulfilled: list[int]
    others: list[int]
    rounded: ProtectedIndicator


_NOBODY: Final = GroupCounts(0, (), (), ())


def make_units(
    villages: Mapping[str, Protected],
    counts: Mapping[str, Mapping[str, GroupCounts]],
    plan: Plan,
    *,
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
    A village that is in no unit of an indicator lies in a province where some group is too small. Valued indicators
    have no units, because their families have no side to be on.
    """
    groups = sorted({*needed, *(code for each in counts.values() for code in each)})
    roundings = {place: VillageRounding(place, str(year), each.families, secrets) for place, each in villages.items()}
    making = _Making(villages, counts, groups, breakdown, str(year), secrets, parameters, sensitive, plan, roundings)
    indicators = enumerate(plan.main.indicators)
    return tuple(unit for at, each in indicators if not each.valued and groups for unit in making.units(at, each))


@dataclass(frozen=True, slots=True)
class _Making:
    villages: Mapping[str, Protected]
    counts: Mapping[str, Mapping[str, GroupCounts]]
    groups: Sequence[str]
    breakdown: str
    year: str
    secrets: Secrets
    parameters: Parameters
    sensitive: bool
    plan: Plan
    roundings: Mapping[str, VillageRounding]

    def units(self, at: int, plan: IndicatorPlan) -> Iterator[Unit]:
        """Those of an indicator, from the lowest level up."""
        left = [place for place in sorted(self.villages) if self._of(place, at).unfulfilled is not None]
        for level, digits in _LEVELS:
            areas: dict[str, list[str]] = {}
            for place in left:
                areas.setdefault(place[:digits], []).append(place)
            left = []
            for area, members in areas.items():
                alone = level != "village" and len(members) < 2
                groups = None if alone else self._groups(at, plan, area, members)
                if groups is None:
                    left += members
                else:
                    yield Unit(self.breakdown, plan.code, level, area, tuple(members), groups)

    def _of(self, place: str, at: int) -> ProtectedIndicator:
        return self.villages[place].indices[0].indicators[at]

    def _groups(
        self, at: int, plan: IndicatorPlan, area: str, members: Sequence[str]
    ) -> Mapping[str, ProtectedGroup] | None:
        """None if some group is too small or nearly full, so that the villages have to be joined with others."""
        # One secret for all indicators. Where nobody is missing they tell one number, the families of the group.
        of_size = (self.breakdown, self.year, area, "A")
        order = self.secrets.generator(*of_size, "order").order(len(self.groups))
        tables = [self._table(place, at, plan, order) for place in members]
        base = max(plan.base, self.parameters.sensitive_base) if self.sensitive else plan.base
        families, answered, others = (
            [sum(each) for each in zip(*column, strict=True)]
            for column in (
                [each.families for each in tables],
                [each.answered for each in tables],
                [each.others for each in tables],
            )
        )
        every = sum(self.villages[place].families for place in members)
        if every != sum(families):
            # Some families that the figures count were not approved. They may have been in any group.
            families = flip(families, [every] * len(families), every, self.secrets.generator(*of_size, "L"))
        # Whoever knows one of these numbers exactly is told the others by none of what follows.
        whole = self._sizes(families, families, every, base, of_size)
        if whole is None:
            return None
        known = [size - other for size, other in zip(whole, others, strict=True)]
        total = sum(each.rounded.unfulfilled or 0 for each in tables)
        all_answered = total + sum(each.rounded.fulfilled or 0 for each in tables)
        if not fits(known, total, base, max(self.parameters.group, 2 * base + 1)):
            return None
        if not tells_little(total, plan.base, base):
            return None
        flipped = [self._flip(each, place, plan) for place, each in zip(members, tables, strict=True)]
        together = [sum(each) for each in zip(*flipped, strict=True)]
        what = (self.breakdown, self.year, area, plan.rule)
        unfulfilled = self._to_total(together, answered, total, base, (*what, "U"))
        # Of the second, the first leaves next to nothing to decide.
        if not leaves_enough(unfulfilled, surely(known, len(members), plan, base), base):
            return None
        if min(answered) <= 2 * base or not leaves_enough(unfulfilled, answered, base):
            return None
        sizes = self._sizes(answered, families, all_answered, base, of_size)
        if sizes is None or any(each < without for each, without in zip(sizes, unfulfilled, strict=True)):
            return None
        made = (ProtectedGroup(*each, token=STEP_TOKEN) for each in zip(sizes, unfulfilled, strict=True))
        return dict(zip(self.groups, made, strict=True))

    def _table(self, place: str, at: int, plan: IndicatorPlan, order: Sequence[int]) -> _Table:
        of, rounding = self.counts.get(place, {}), self.roundings[place]
        rows = [of.get(code, _NOBODY) for code in self.groups]
        missing = [each.missing[at] if each.missing else 0 for each in rows]
        answered = [each.answered[at] if each.answered else 0 for each in rows]
        families = [each.families for each in rows]
        others, before = [0] * len(rows), 0
        all_missing = all_others = 0
        # Running totals with the village's own secrets, so that they end at what is told of the village.
        for each in order:
            all_missing += missing[each]
            all_others += families[each] - answered[each] - missing[each]
            after = rounding.missing(all_missing, plan) + rounding.not_applicable(all_others, plan, self.plan.main)
            others[each], before = after - before, after
        unfulfilled = [each.unfulfilled[at] if each.unfulfilled else 0 for each in rows]
        return _Table(families, answered, unfulfilled, others, self._of(place, at))

    def _flip(self, table: _Table, place: str, plan: IndicatorPlan) -> list[int]:
        """The groups of a village, changed to its own protected total."""
        draws = self.secrets.generator(self.breakdown, self.year, place, plan.rule, "flip")
        return flip_village(table.unfulfilled, table.answered, table.rounded, plan, draws)

    def _sizes(
        self, answered: Sequence[int], families: Sequence[int], total: int, base: int, what: tuple[str, ...]
    ) -> list[int] | None:
        """Protected sizes of groups that add up to a protected total. None if all are next to nothing.

        Those of a larger base are computed from those of the smallest one. Otherwise a group whose size is told in
        several indicators would be rounded twice.
        """
        draws, order = self.secrets.generator(*what), self.secrets.generator(*what, "order").order(len(answered))
        offset, fine = self.secrets.offset(base, *what, "split"), self.parameters.base
        if base % fine:
            fine = base
        rest = total % fine
        found = split_in_order(flip(answered, families, total - rest, draws), order, offset % fine, fine)
        more = (total - rest) % base
        large = [each if each >= more else 0 for each in found]
        if not any(large):
            return None
        # It has what is more than a multiple of the base.
        at = draws.pick(large)
        if more:
            found[at] -= more
        if base > fine:
            found = split_in_order(found, order, offset - offset % fine, base)
        found[at] += more + rest
        return found

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


def fits(answered: Sequence[int], total: int, base: int, least: int) -> bool:
    """Whether a protected total of unfulfilled families can be divided among groups of which about so many answered."""
    every = sum(answered)
    return all(each >= least and total * each <= (cap(each, base) - base) * every for each in answered)


def surely(known: Sequence[int], villages: int, plan: IndicatorPlan, base: int) -> list[int]:
    """So many families of each group answered at least. Of many villages next to certainly. base: of the groups"""
    room = ceil(min(villages, 2 * sqrt(villages)) * plan.most_below) + base - 1
    return [each - room for each in known]


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
        self._inside, self._columns = frozenset(villages.places), villages.index(0)
        self._left = [self._columns.entered(at) for at in range(len(self._indicators))]
        self._sums: list[dict[str, tuple[int, int]]] = [{} for _ in self._indicators]
        self._splits = [Splits(base) for base in bases]
        self._position = villages.plan.position

    def add(self, unit: Unit) -> None:
        """Adds a unit if it lies within the region."""
        if not self._inside.issuperset(unit.members):
            return
        at = self._position[unit.indicator]
        self._left[at] -= len(unit.members)
        sums, all_answered, all_unfulfilled = self._sums[at], 0, 0
        for code, of in unit.groups.items():
            answered, unfulfilled = sums.get(code, (0, 0))
            sums[code] = answered + of.answered, unfulfilled + of.unfulfilled
            all_answered, all_unfulfilled = all_answered + of.answered, all_unfulfilled + of.unfulfilled
        self._splits[at].add(len(unit.members), all_answered, all_unfulfilled)

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
