"""Whether an attacker who combines everything that is published narrows any count to fewer values than its base.

Villages of invented families: totals, parents, the index's mean and categories, two breakdowns, two releases, and the
team of one village, who knows it exactly. Planted leaks show that the attack would find one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from random import Random

import pytest

from app.protection.breakdowns import Unit, make_units
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.regions import IndexOfRegion, add_up
from app.protection.secrets import Secrets
from tests.protection.attack import (
    Attack,
    Cell,
    Narrow,
    Table,
    cells_of_categories,
    divide,
    narrow,
    possible_unfulfilled,
)
from tests.protection.drawn import (
    PARAMETERS,
    SECRETS,
    YEAR,
    Chosen,
    DrawnVillage,
    draw_village,
    ikk,
    places,
    protect_all,
)
from tests.protection.enumerated import round_all, rule
from tests.protection.test_breakdowns import by_sex, by_size, groups_of

Exact = Mapping[tuple[str, int], int]
PLAN = Plan.of(ikk())
INDICATORS = range(len(PLAN.main.indicators))
BREAKDOWNS: Mapping[str, Callable[[int], str]] = {"head_sex": by_sex, "size": by_size}
_BOUNDS = [0.0, *(float(each.bound) for each in ikk().main.categories if each.bound is not None), 100.0]


@dataclass(frozen=True)
class Region:
    """Villages of a province and what is published of them. In every second village all families answered all."""

    villages: tuple[DrawnVillage, ...]
    protected: tuple[Protected, ...]
    units: Mapping[str, tuple[Unit, ...]]

    @cached_property
    def unfulfilled(self) -> Exact:
        return self._count("U")

    @cached_property
    def answered(self) -> Exact:
        return self._count("FU")

    def _count(self, letters: str) -> Exact:
        return {
            (village.place, at): sum(family[at] in letters for family in village.outcomes)
            for village in self.villages
            for at in INDICATORS
        }


@cache
def region(count: int = 12, regencies: int = 6) -> Region:
    villages = []
    for at, place in enumerate(places(regencies, count)):
        random = Random(at)
        villages.append(draw_village(place, random.randint(90, 170), random, complete=at % 2 == 0))
    protected = tuple(protect_all(villages))
    units = {
        breakdown: make_units(
            {each.place: each for each in protected},
            {each.place: groups_of(each, group_of) for each in villages},
            PLAN,
            instrument="ikk-29",
            breakdown=breakdown,
            year=YEAR,
            secrets=SECRETS,
            parameters=PARAMETERS,
        )
        for breakdown, group_of in BREAKDOWNS.items()
    }
    return Region(tuple(villages), protected, units)


def name(place: str, at: int) -> str:
    return f"{place} {PLAN.main.indicators[at].code}"


def attack_totals(of: Region) -> Attack:
    """Knows the rows of villages, regencies and the province, the means and the categories."""
    attack = Attack()
    for at in INDICATORS:
        for place, low, high in bounds_of(of, at):
            attack.hide(name(place, at), low, high)
    for village in of.protected:
        _know_index(attack, add_up([village], PLAN).main, village.place, of)
    for area in {each.place[:digits] for each in of.protected for digits in (2, 4)}:
        inside = [each for each in of.protected if each.place.startswith(area)]
        for at, figures in enumerate(add_up(inside, PLAN).main.indicators):
            entered = [name(each.place, at) for each in inside if each.indices[0].indicators[at].fulfilled is not None]
            total, within = figures.rounded.unfulfilled, figures.within.unfulfilled
            if entered and total is not None:
                attack.know(dict.fromkeys(entered, 1.0), total - within, total + within)
    return attack


def _know_index(attack: Attack, figures: IndexOfRegion, place: str, of: Region) -> None:
    """The categories of a village, and its mean. Where all families answered all, it adds up the indicators' shares."""
    categories = cells_of_categories(attack, place, figures.counts, figures.plan.base)[: len(_BOUNDS) - 1]
    if figures.mean is None:
        return
    families, mean = figures.families, float(figures.mean)
    if all(of.answered[place, at] == families for at in INDICATORS):
        weights = {name(place, at): _weight(at) for at in INDICATORS}
        attack.know(weights, families * (99.95 - mean), families * (100.05 - mean))
        for bounds, slack in ((_BOUNDS[:-1], (0.0, 1e9)), (_BOUNDS[1:], (-1e9, 0.0))):
            attack.know(
                {category: -bound for category, bound in zip(categories, bounds, strict=True)}
                | {each: -weight for each, weight in weights.items()},
                slack[0] - 100 * families,
                slack[1] - 100 * families,
            )


def _weight(at: int) -> float:
    """What a family loses of its index by not fulfilling an indicator, if all of them apply and are answered."""
    group = ikk().main.indicators[at].group
    return 20 / sum(each.group == group for each in ikk().main.indicators)


def counts_in(of: ProtectedIndicator) -> list[int]:
    return [count for count in of if count is not None]


def tables_of(of: Region, at: int) -> list[Table]:
    """The units of an indicator in all breakdowns."""
    found, plan = list[Table](), PLAN.main.indicators[at]
    protected = {each.place: each.indices[0].indicators[at] for each in of.protected}
    for breakdown, group_of in BREAKDOWNS.items():
        counts = {each.place: groups_of(each, group_of) for each in of.villages}
        for unit in of.units[breakdown]:
            if unit.indicator == plan.code:
                answered = {
                    name(place, at): {code: counts[place][code].answered[at] for code in unit.groups}
                    for place in unit.members
                }
                totals = {
                    name(place, at): Cell(plan.base, plan.applies_base, *counts_in(protected[place]))
                    for place in unit.members
                }
                published = {code: each.unfulfilled for code, each in unit.groups.items()}
                found.append(Table(f"{breakdown} {unit.area}", plan.base, published, totals, answered))
    return found


def attack_tables(of: Region, at: int, tables: Sequence[Table], more: Mapping[str, bool]) -> Attack:
    """Knows all villages and all breakdowns of one indicator."""
    attack = Attack()
    for place, low, high in bounds_of(of, at):
        attack.hide(name(place, at), low, high)
    for table in tables:
        divide(attack, table, more)
    return attack


def bounds_of(of: Region, at: int) -> Iterator[tuple[str, int, int]]:
    """Between which bounds the unfulfilled families of each village lie, by its own row."""
    plan, answered = PLAN.main.indicators[at], of.answered
    for village in of.protected:
        counts = counts_in(village.indices[0].indicators[at])
        known = answered[village.place, at]
        if len(counts) == 4:
            low, high = possible_unfulfilled(Cell(plan.base, plan.applies_base, *counts), known)
            yield village.place, low, high
        else:
            yield village.place, 0, known


def entered(of: Region) -> dict[str, int]:
    """The bases of all counts of villages that are published."""
    return {
        name(village.place, at): PLAN.main.indicators[at].base
        for village in of.protected
        for at, each in enumerate(village.indices[0].indicators)
        if each.fulfilled is not None
    }


def test_totals_of_regions_means_and_categories_leave_every_count_of_a_village_open() -> None:
    attack, bases = attack_totals(region()), entered(region())
    assert len(bases) > 300
    assert narrow([attack], bases) == []


def test_so_do_they_for_the_team_of_another_village_of_the_regency() -> None:
    of = region()
    first, second = (each.place for each in of.villages if each.place.startswith("6301"))
    attack, exact = attack_totals(of), of.unfulfilled
    for at in INDICATORS:
        attack.fix(name(first, at), exact[first, at])
    bases = {each: base for each, base in entered(of).items() if each.startswith(second)}
    assert len(bases) > 20
    assert narrow([attack], bases) == []


def test_breakdowns_leave_the_groups_of_a_village_open_for_the_teams_of_all_others_of_its_unit() -> None:
    """They know their villages and the groups there, so that only one village of the unit is hidden to them."""
    of, tried = region(), 0
    for at in range(0, len(INDICATORS), 2):
        tables = tables_of(of, at)
        for target in tables:
            for village in list(target.totals)[:3]:
                worlds = [know_others(of, at, tables, target, village, more=more) for more in (True, False)]
                sizes = target.answered[village]
                names = {target.hidden(village, code): min(target.base, size + 1) for code, size in sizes.items()}
                assert narrow(worlds, names | {village: target.base}) == []
                tried += len(names) + 1
    assert tried > 300


def know_others(of: Region, at: int, tables: Sequence[Table], target: Table, village: str, *, more: bool) -> Attack:
    exact, plain = of.unfulfilled, {each.place: each for each in of.villages}
    signs, others = {village: more}, [each for each in target.totals if each != village]
    for other in others:
        signs[other] = target.totals[other].unfulfilled >= exact[other.partition(" ")[0], at]
    attack = attack_tables(of, at, tables, signs)
    for other in others:
        own = groups_of(plain[other.partition(" ")[0]], BREAKDOWNS[target.name.partition(" ")[0]])
        for code in target.published:
            attack.fix(target.hidden(other, code), own[code].unfulfilled[at])
    return attack


def test_an_exact_total_of_a_regency_is_found() -> None:
    """By the team of the other village there."""
    of = region()
    attack, exact = attack_totals(of), of.unfulfilled
    first, second = (each.place for each in of.villages if each.place.startswith("6301"))
    for at in INDICATORS:
        total = exact[first, at] + exact[second, at]
        attack.know({name(place, at): 1 for place in (first, second)}, total, total)
        attack.fix(name(first, at), exact[first, at])
    bases = {each: base for each, base in entered(of).items() if each.startswith(second)}
    found = narrow([attack], bases)
    assert len(found) == len(bases)
    assert all(each.lowest == each.highest for each in found)


def test_the_exact_mean_of_a_dimension_is_found() -> None:
    of = region()
    attack, exact = attack_totals(of), of.unfulfilled
    groups = [each.group for each in PLAN.main.index.indicators]
    for village in of.villages[::2]:
        for group in set(groups):
            inside = [at for at in INDICATORS if groups[at] == group]
            total = sum(exact[village.place, at] for at in inside)
            attack.know({name(village.place, at): 1 for at in inside}, total, total)
    assert narrow([attack], entered(of))


def test_an_exact_breakdown_beside_a_rounded_total_is_found() -> None:
    of, found = region(), list[Narrow]()
    for at in INDICATORS:
        for target in tables_of(of, at):
            attack = Attack()
            for place, low, high in bounds_of(of, at):
                attack.hide(name(place, at), low, high)
            total = sum(of.unfulfilled[each.partition(" ")[0], at] for each in target.totals)
            attack.know(dict.fromkeys(target.totals, 1.0), total, total)
            found += narrow([attack], dict.fromkeys(target.totals, target.base))
    assert found


@pytest.mark.parametrize("base", [5, 10])
@pytest.mark.parametrize(("batch", "leaks"), [(10, False), (1, True)])
def test_a_new_version_tells_of_single_families_only_if_single_families_make_one(
    base: int, batch: int, leaks: bool
) -> None:
    """Families are added. The number of unfulfilled ones among them keeps as many values as the base, or all."""
    found, of = list[Narrow](), rule(base)
    for unfulfilled in range(20, 30, 3):
        for added in range(batch + 1):
            for offset in range(base):
                found += _find_in_versions(unfulfilled, added, batch, of, Chosen(Fraction(offset, base)))
    assert any(each.lowest == each.highest for each in found) == leaks
    assert bool(found) == leaks


def _find_in_versions(unfulfilled: int, added: int, batch: int, of: IndicatorPlan, secrets: Secrets) -> list[Narrow]:
    before = round_all(100, [(unfulfilled, 0, 0)], of, secrets)[0].unfulfilled
    after = round_all(100 + batch, [(unfulfilled + added, 0, 0)], of, secrets)[0].unfulfilled
    assert before is not None
    assert after is not None
    attack = Attack()
    attack.hide("offset", 0, of.base - 1)
    attack.hide("before")
    attack.hide("added", 0, batch)
    attack.know({"before": 1, "offset": 1}, before, before + of.base - 1)
    attack.know({"before": 1, "added": 1, "offset": 1}, after, after + of.base - 1)
    return narrow([attack], {"added": min(of.base, batch + 1), "before": of.base})
