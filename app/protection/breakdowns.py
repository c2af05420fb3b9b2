"""Step 3: divides protected totals among groups of families, such as by the sex of the head.

A table is made for a unit: a village where every group has enough answered families, otherwise several villages of a
district, regency or province. The groups add up to the protected total of the unit's villages, in every breakdown. So
several breakdowns of one total are one estimate and no basis for an average. Units are made once, when a round closes.

The groups of each village are first changed to the village's own protected total (`groups.py`), and only then added up.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import Final, Literal

from app.protection.columns import Columns
from app.protection.group_errors import Splits
from app.protection.grouping import UNKNOWN
from app.protection.groups import GroupCounts, Village, find_first, flip, size_within
from app.protection.parameters import Parameters
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import STEP_TOKEN, Protected, ProtectedGroup
from app.protection.rounding import cap, up_down
from app.protection.secrets import Secrets

Level = Literal["village", "district", "regency", "province"]
_LEVELS: Final[tuple[tuple[Level, int], ...]] = (("village", 10), ("district", 6), ("regency", 4), ("province", 2))
"""With the digits of their codes. The lowest first."""


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
