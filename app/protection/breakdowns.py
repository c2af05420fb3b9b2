"""Step 3: divides protected totals among groups of families, such as by the sex of the head.

A table is made for a unit: a village where every group has enough answered families, otherwise several villages of a
district, regency or province. The groups add up to the protected total of the unit's villages, in every breakdown. So
several breakdowns of one total are one estimate and no basis for an average. Units are made once, when a round closes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from app.protection.parameters import Parameters
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import STEP_TOKEN, Protected, ProtectedGroup, ProtectedIndicator
from app.protection.rounding import cap, up_down
from app.protection.secrets import Draws, Secrets

Level = Literal["village", "district", "regency", "province"]
_LEVELS: Final[tuple[tuple[Level, int], ...]] = (("village", 10), ("district", 6), ("regency", 4), ("province", 2))
"""With the digits of their codes. The lowest first."""


@dataclass(frozen=True, slots=True)
class GroupCounts:
    """Exact numbers of families of a group in a village. By indicator of the main index: answered, unfulfilled."""

    families: int
    answered: tuple[int, ...]
    unfulfilled: tuple[int, ...]


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
    """The exact groups of some villages, in the order of the groups, with the protected totals of these villages."""

    families: list[int]
    answered: list[int]
    unfulfilled: list[int]
    all_answered: int
    all_unfulfilled: int


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
) -> tuple[Unit, ...]:
    """All units of a breakdown. villages: protected, by place; counts: by the same places, then by code of the group.

    sensitive: whether the groups tell a sensitive answer, so that all counts get the base of sensitive ones
    A village that is in no unit of an indicator lies in a province where some group is too small. Valued indicators
    have no units, because their families have no side to be on.
    """
    groups = sorted({code for each in counts.values() for code in each})
    making = _Making(villages, counts, groups, breakdown, str(year), secrets, parameters, sensitive)
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
        table = self._table(at, members)
        base = max(plan.base, self.parameters.sensitive_base) if self.sensitive else plan.base
        least = max(self.parameters.group, 2 * base + 1)
        if not fits(table.answered, table.all_unfulfilled, base, least) or table.all_answered > sum(table.families):
            return None
        what = (self.breakdown, self.year, area, plan.rule)
        unfulfilled = self._to_total(table.unfulfilled, table.answered, table.all_unfulfilled, base, (*what, "U"))
        if not leaves_enough(unfulfilled, table.answered, base):
            return None
        # One secret for all indicators, because the number of families in a group is then sensitive itself.
        of_size = (self.breakdown, self.year, area, "", "A") if self.sensitive else (*what, "A")
        answered = self._to_total(table.answered, table.families, table.all_answered, base, of_size)
        sides = list(zip(answered, unfulfilled, strict=True))
        if any(known < without for known, without in sides):
            return None
        made = (ProtectedGroup(known, without, token=STEP_TOKEN) for known, without in sides)
        return dict(zip(self.groups, made, strict=True))

    def _table(self, at: int, members: Sequence[str]) -> _Table:
        found = _Table([0] * len(self.groups), [0] * len(self.groups), [0] * len(self.groups), 0, 0)
        rows = [self.counts.get(place, {}) for place in members]
        for position, code in enumerate(self.groups):
            for row in rows:
                group = row.get(code)
                if group is not None:
                    found.families[position] += group.families
                    found.answered[position] += group.answered[at]
                    found.unfulfilled[position] += group.unfulfilled[at]
        totals = [self._of(place, at) for place in members]
        unfulfilled = sum(each.unfulfilled or 0 for each in totals)
        fulfilled = sum(each.fulfilled or 0 for each in totals)
        return _Table(found.families, found.answered, found.unfulfilled, fulfilled + unfulfilled, unfulfilled)

    def _to_total(
        self, parts: Sequence[int], limits: Sequence[int], total: int, base: int, what: tuple[str, ...]
    ) -> list[int]:
        """Protected parts that add up to a protected total. limits: the most that each exact part can be"""
        draws = self.secrets.generator(*what)
        flipped = flip(parts, limits, total, draws)
        offset = self.secrets.offset(base - total % base, *what, "split")
        return split_in_order(flipped, limits, draws.order(len(parts)), offset, base)


def fits(answered: Sequence[int], total: int, base: int, least: int) -> bool:
    """Whether a protected total of unfulfilled families can be divided among groups with so many answered ones."""
    every = sum(answered)
    return all(each >= least and total * each <= (cap(each, base) - base) * every for each in answered)


def leaves_enough(parts: Sequence[int], answered: Sequence[int], base: int) -> bool:
    """Whether no group is so full that its size tells its parts."""
    return all(part <= cap(each, base) for part, each in zip(parts, answered, strict=True))


def flip(parts: Sequence[int], limits: Sequence[int], total: int, draws: Draws) -> list[int]:
    """Exact parts, changed by single families until they add up to a total, as if families drawn at random had
    answered otherwise. No part becomes negative or more than its limit, for a total of at most all limits."""
    found = list(parts)
    missing = total - sum(found)
    step = 1 if missing > 0 else -1
    for _ in range(abs(missing)):
        weights = found if step < 0 else [limit - part for limit, part in zip(limits, found, strict=True)]
        found[draws.pick(weights)] += step
    return found


def split_in_order(
    parts: Sequence[int], limits: Sequence[int], order: Sequence[int], offset: int, base: int
) -> list[int]:
    """Parts as multiples of base with the same total. What the total has more than a multiple, the largest group gets.

    Running totals in this order are rounded. offset: from 0 to below base − total % base, so that the last one is
    rounded down.
    """
    found, running, before = [0] * len(parts), 0, 0
    for at in order:
        running += parts[at]
        after = up_down(running, offset, base)
        found[at], before = after - before, after
    found[max(range(len(parts)), key=lambda at: limits[at])] += running - before
    return found


def region_rows(
    units: Iterable[Unit], villages: Iterable[Protected], plan: Plan
) -> Mapping[str, Mapping[str, ProtectedGroup] | None]:
    """The groups of a region by indicator of the main index, from the units of one breakdown that lie within it.

    None (`small`) if these do not cover all villages in which the indicator entered, or if there are none.
    """
    inside = {each.place: each for each in villages}
    found: dict[str, list[Unit]] = {each.code: [] for each in plan.main.indicators}
    for unit in units:
        if all(place in inside for place in unit.members):
            found[unit.indicator].append(unit)
    return {code: _row(of, inside.values(), plan.position[code]) for code, of in found.items()}


def _row(units: Sequence[Unit], villages: Iterable[Protected], at: int) -> Mapping[str, ProtectedGroup] | None:
    entered = sum(each.indices[0].indicators[at].unfulfilled is not None for each in villages)
    if not units or sum(len(each.members) for each in units) < entered:
        return None
    codes = dict.fromkeys(code for each in units for code in each.groups)
    return {code: _sum_of([each.groups[code] for each in units if code in each.groups]) for code in codes}


def _sum_of(groups: Sequence[ProtectedGroup]) -> ProtectedGroup:
    answered, unfulfilled = sum(each.answered for each in groups), sum(each.unfulfilled for each in groups)
    return ProtectedGroup(answered, unfulfilled, token=STEP_TOKEN)
