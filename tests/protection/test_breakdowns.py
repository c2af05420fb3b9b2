"""Step 3: how many true counts of a group stay possible, that groups add up, and which villages are joined."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import permutations, product
from random import Random

import pytest

from app.protection.breakdowns import (
    RegionGroups,
    RegionRows,
    Unit,
    fits,
    leaves_enough,
    make_units,
    split_in_order,
    tells_little,
)
from app.protection.columns import Columns
from app.protection.grouping import UNKNOWN
from app.protection.groups import GroupCounts, Village, fit, flip, flip_village
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.regions import IndicatorOfRegion, add_up
from app.protection.rounding import up_down
from app.protection.secrets import Draws, Secrets
from tests.protection.drawn import (
    PARAMETERS,
    SECRETS,
    YEAR,
    DrawnVillage,
    draw_village,
    ikk,
    places,
    protect_all,
    village_of,
)
from tests.protection.enumerated import outcomes, rule, runs

Parts = tuple[int, ...]


def groups_of(village: DrawnVillage, group_of: Callable[[int], str]) -> dict[str, GroupCounts]:
    """The groups of a village, by the position of the family."""
    families: dict[str, list[str]] = {}
    for at, letters in enumerate(village.outcomes):
        families.setdefault(group_of(at), []).append(letters)
    return {code: count(each) for code, each in families.items()}


def count(families: Sequence[str]) -> GroupCounts:
    columns = [[column.count(letter) for letter in "FUM"] for column in zip(*families, strict=True)]
    fulfilled, unfulfilled, missing = zip(*columns, strict=True)
    answered = tuple(map(sum, zip(fulfilled, unfulfilled, strict=True)))
    return GroupCounts(len(families), answered, unfulfilled, missing)


def by_sex(at: int) -> str:
    return "female" if at % 5 == 0 else "male"


def by_size(at: int) -> str:
    return ("small", "large", "medium")[at % 3]


def units_of(villages: Sequence[DrawnVillage], breakdown: str, group_of: Callable[[int], str]) -> tuple[Unit, ...]:
    return make_units(
        {each.place: each for each in protect_all(villages)},
        {each.place: groups_of(each, group_of) for each in villages},
        Plan.of(ikk()),
        instrument="ikk-29",
        breakdown=breakdown,
        year=YEAR,
        secrets=SECRETS,
        parameters=PARAMETERS,
    )


@cache
def villages() -> tuple[DrawnVillage, ...]:
    return tuple(draw_village(place, 90 + 13 * at, Random(at)) for at, place in enumerate(places(3, 12)))


class Branches(Draws):
    """Makes chosen picks instead of drawn ones, and counts between how many there was a choice."""

    def __init__(self, choices: Sequence[int]) -> None:
        super().__init__(b"")
        self._choices, self.sizes = iter(choices), list[int]()

    def pick(self, weights: Sequence[int]) -> int:
        open_ = [at for at, weight in enumerate(weights) if weight]
        self.sizes.append(len(open_))
        return open_[next(self._choices, 0)]


def branch(changing: Callable[[Draws], Sequence[int]]) -> frozenset[Parts]:
    """All results of a change of parts."""
    found, open_ = set[Parts](), list[Parts]([()])
    while open_:
        choices = open_.pop()
        branches = Branches(choices)
        found.add(tuple(changing(branches)))
        for at in range(len(choices), len(branches.sizes)):
            rest = (0,) * (at - len(choices))
            open_ += [(*choices, *rest, other) for other in range(1, branches.sizes[at])]
    return frozenset(found)


@cache
def flips(parts: Parts, sizes: Parts, rounded: ProtectedIndicator, base: int) -> frozenset[Parts]:
    """All that the groups of a village can be changed to."""
    return branch(lambda draws: flip_village(parts, sizes, rounded, rule(base), draws))


@cache
def splits(parts: Parts, sizes: Parts, total: int, base: int) -> frozenset[Parts]:
    """All tables of a unit whose villages have these groups together."""
    found, rest = set[Parts](), total % base
    for flipped in branch(lambda draws: flip(parts, sizes, total - rest, draws)):
        for order, offset in product(permutations(range(len(parts))), range(base)):
            table = split_in_order(flipped, order, offset, base)
            for at in range(len(parts)) if rest else (0,):
                found.add(tuple(part + rest * (place == at) for place, part in enumerate(table)))
    return frozenset(found)


@cache
def published(
    parts: Parts, sizes: Parts, rounded: ProtectedIndicator, base: int, of_groups: int | None = None
) -> frozenset[Parts]:
    """All tables that a village with these groups can have. Empty if there is none. of_groups: their base if larger"""
    total, wide = rounded.unfulfilled or 0, of_groups or base
    if not fits(sizes, total, wide, 2 * wide + 1) or not tells_little(total, base, wide):
        return frozenset()
    tables = {each for flipped in flips(parts, sizes, rounded, base) for each in splits(flipped, sizes, total, wide)}
    return frozenset(each for each in tables if leaves_enough(each, sizes, wide))


@cache
def totals(unfulfilled: int, answered: int, base: int) -> frozenset[ProtectedIndicator]:
    """All protected counts of a village in which all families answered."""
    (found,) = outcomes(answered, ((unfulfilled, 0, 0),), rule(base))
    return frozenset(each for each in found if each.unfulfilled is not None)


def fewest(left: Mapping[object, set[int]]) -> int:
    assert all(map(runs, left.values()))
    return min(map(len, left.values()))


@pytest.mark.parametrize(
    ("base", "sizes"),
    [(5, (16, 21)), (5, (26, 40)), (5, (50, 57)), (5, (16, 18, 22)), (10, (31, 35)), (10, (50, 61))],
    ids=str,
)
def test_each_group_keeps_as_many_values_as_the_base(base: int, sizes: Parts) -> None:
    """For somebody who knows how many families of each group answered. All counts, offsets, flips and orders."""
    left = defaultdict[object, set[int]](set)
    for parts in product(*(range(size + 1) for size in sizes)):
        for total in totals(sum(parts), sum(sizes), base):
            for table in published(parts, sizes, total, base):
                for at, part in enumerate(parts):
                    left[total, table, at].add(part)
                left[total, table, "all"].add(sum(parts))
    assert fewest(left) >= base


@pytest.mark.parametrize(("sizes", "most"), [((31, 35), 66), ((50, 57), 107), ((31, 33, 35), 15)], ids=str)
def test_groups_that_tell_a_sensitive_answer_keep_as_many_values_as_its_base(sizes: Parts, most: int) -> None:
    """Their total is rounded to the smaller base of the indicator. most: the largest total that is looked at"""
    left = defaultdict[object, set[int]](set)
    truths = (parts for parts in product(*(range(size + 1) for size in sizes)) if sum(parts) < most + 5)
    for parts in truths:
        for total in (each for each in totals(sum(parts), sum(sizes), 5) if (each.unfulfilled or 0) <= most):
            for table in published(parts, sizes, total, 5, 10):
                for at, part in enumerate(parts):
                    left[total, table, at].add(part)
                left[total, table, "all"].add(sum(parts))
    groups: dict[object, set[int]] = {
        key: values for key, values in left.items() if isinstance(key, tuple) and key[2] != "all"
    }
    assert fewest(left) >= 5
    assert fewest(groups) >= 10


@pytest.mark.parametrize("cells", [(13, 14, 15, 12), (16, 16, 16, 16), (30, 25, 22, 31)], ids=str)
def test_two_breakdowns_together_leave_as_many_values_as_the_base(cells: Parts) -> None:
    """Rows and columns of the same families, also for somebody who knows the answered families of each crossing.

    This does not hold for crossings that are nearly empty. There the guarantee is for those who do not know them.
    """
    rows, columns = (cells[0] + cells[1], cells[2] + cells[3]), (cells[0] + cells[2], cells[1] + cells[3])
    left = defaultdict[object, set[int]](set)
    truths = {
        (a + b, c + d, a + c, b + d)
        for a, b, c, d in product(*(range(each + 1) for each in cells))
        if a + b + c + d < 40
    }
    for truth in truths:
        for total in totals(sum(truth[:2]), sum(cells), 5):
            if (total.unfulfilled or 0) <= 30:
                of_rows, of_columns = published(truth[:2], rows, total, 5), published(truth[2:], columns, total, 5)
                for tables in product(of_rows, of_columns):
                    for at, part in enumerate(truth):
                        left[total, tables, at].add(part)
                    left[total, tables, "all"].add(sum(truth[:2]))
    assert min(map(len, left.values())) >= 5


@pytest.mark.parametrize("own", [(0, 0), (0, 4), (3, 0), (4, 4), (2, 9), (12, 3), (14, 0), (10, 17)], ids=str)
def test_the_team_of_one_village_cannot_narrow_the_groups_of_the_other(own: Parts) -> None:
    """A unit of two villages with two groups each. The team knows its own groups exactly."""
    sizes, other_sizes = (18, 20), (12, 13)
    both = (sizes[0] + other_sizes[0], sizes[1] + other_sizes[1])
    left = defaultdict[object, set[int]](set)
    for others in product(*(range(size + 1) for size in other_sizes)):
        for first in totals(sum(own), sum(sizes), 5):
            for second in totals(sum(others), sum(other_sizes), 5):
                for table in joint(own, sizes, first, others, other_sizes, second, both):
                    for at, part in enumerate(others):
                        left[first, second, table, at].add(part)
    assert left
    assert fewest(left) >= 5


def joint(
    own: Parts,
    sizes: Parts,
    first: ProtectedIndicator,
    others: Parts,
    other_sizes: Parts,
    second: ProtectedIndicator,
    both: Parts,
) -> frozenset[Parts]:
    """All tables of a unit of two villages."""
    total = (first.unfulfilled or 0) + (second.unfulfilled or 0)
    if not fits(both, total, 5, 11):
        return frozenset()
    sums = {
        tuple(map(sum, zip(one, other, strict=True)))
        for one in flips(own, sizes, first, 5)
        for other in flips(others, other_sizes, second, 5)
    }
    tables = {each for together in sums for each in splits(together, both, total, 5)}
    return frozenset(each for each in tables if leaves_enough(each, both, 5))


def rows_of(units: Sequence[Unit], villages: Sequence[Protected]) -> Mapping[str, RegionGroups]:
    """The groups of the region that these villages are."""
    plan = Plan.of(ikk())
    found = RegionRows(Columns(plan, villages), [each.base for each in plan.main.indicators])
    for each in units:
        found.add(each)
    return found.rows


def assert_adds_up(row: RegionGroups, indicator: IndicatorOfRegion) -> None:
    groups = row.groups.values()
    assert sum(each.unfulfilled for each in groups) == indicator.rounded.unfulfilled
    assert sum(each.fulfilled for each in groups) == indicator.rounded.fulfilled
    assert all(0 <= each.unfulfilled <= each.answered for each in groups)


@pytest.mark.parametrize(("breakdown", "group_of"), [("head_sex", by_sex), ("size", by_size)])
def test_groups_add_up_to_the_figures_of_the_region(breakdown: str, group_of: Callable[[int], str]) -> None:
    plan, units = Plan.of(ikk()), units_of(villages(), breakdown, group_of)
    protected = protect_all(villages())
    shown = 0
    for area in ("63", *sorted({each.place[:4] for each in protected}), *(each.place for each in protected)):
        inside = [each for each in protected if each.place.startswith(area)]
        rows, figures = rows_of(units, inside), add_up(inside, plan).main
        for indicator in figures.indicators:
            if indicator.plan.code in rows:
                shown += 1
                assert_adds_up(rows[indicator.plan.code], indicator)
    assert shown > 29


@pytest.mark.parametrize("more", [-9, 9])
def test_groups_add_up_where_other_families_are_in_the_groups_than_in_the_figures(more: int) -> None:
    """Figures can be repeated from an earlier release, and count families that were not approved."""
    plan, protected = Plan.of(ikk()), protect_all(villages())
    others = [draw_village(each.place, len(each.outcomes) + more, Random(at)) for at, each in enumerate(villages())]
    units = make_units(
        {each.place: each for each in protected},
        {each.place: groups_of(each, by_size) for each in others},
        plan,
        instrument="ikk-29",
        breakdown="size",
        year=YEAR,
        secrets=SECRETS,
        parameters=PARAMETERS,
    )
    rows, figures = rows_of(units, protected), add_up(protected, plan).main
    assert rows
    for indicator in figures.indicators:
        if indicator.plan.code in rows:
            assert_adds_up(rows[indicator.plan.code], indicator)


def test_a_region_whose_units_reach_beyond_it_has_no_row() -> None:
    protected = protect_all(villages())
    units = [each for each in units_of(villages(), "head_sex", by_sex) if each.level == "province"]
    assert units
    inside = [each for each in protected if each.place.startswith(units[0].members[0][:4])]
    assert units[0].indicator not in rows_of(units, inside)


def test_every_village_is_in_at_most_one_unit_of_an_indicator() -> None:
    for unit in (units := units_of(villages(), "head_sex", by_sex)):
        assert unit.level == "village" or len(unit.members) > 1
        assert all(place.startswith(unit.area) for place in unit.members)
    members = [(unit.indicator, place) for unit in units for place in unit.members]
    assert len(members) == len(set(members))


def test_units_are_the_same_however_often_they_are_made() -> None:
    assert units_of(villages(), "head_sex", by_sex) == units_of(villages()[::-1], "head_sex", by_sex)


def test_a_village_where_nobody_answered_what_a_breakdown_is_by_hides_no_tables_of_others() -> None:
    groups = {code: GroupCounts(90, (90,), (20,), (0,)) for code in ("no", "yes")}
    places = {"6301011001": groups, "6301011002": {UNKNOWN: GroupCounts(180, (180,), (40,), (0,))}}
    units = told_of(places, 40, Offsets(1), (5,))
    assert [(each.members, list(each.groups)) for each in units] == [(("6301011001",), ["no", "yes"])]


def test_a_table_has_all_its_groups_or_there_is_none() -> None:
    """A group that is left out would have no families for certain."""
    every = villages()
    counts = {each.place: {"small": _counts_of(each)} for each in every}
    plan = Plan.of(ikk())
    protected = {each.place: each for each in protect_all(every)}

    def make(*needed: str) -> tuple[Unit, ...]:
        return make_units(
            protected,
            counts,
            plan,
            instrument="ikk-29",
            breakdown="size",
            year=YEAR,
            secrets=SECRETS,
            parameters=PARAMETERS,
            needed=needed,
        )

    assert make()
    assert make("large", "small") == ()


def test_where_nobody_is_missing_all_indicators_tell_the_same_of_the_size_of_a_group() -> None:
    random = Random(3)
    letters = ["".join(random.choices("FU", (0.7, 0.3), k=len(ikk().main.indicators))) for _ in range(300)]
    village = village_of("6301011001", letters)
    halves = {"female": village_of(village.place, letters[:131]), "male": village_of(village.place, letters[131:])}
    protected = {each.place: each for each in protect_all([village])}
    counts = {village.place: {code: _counts_of(each) for code, each in halves.items()}}
    units = make_units(
        protected,
        counts,
        Plan.of(ikk()),
        instrument="ikk-29",
        breakdown="head_sex",
        year=YEAR,
        secrets=SECRETS,
        parameters=PARAMETERS,
    )
    plan = Plan.of(ikk())
    told = {
        base: {
            tuple((code, of.answered) for code, of in unit.groups.items())
            for unit in units
            if plan.main.indicators[plan.position[unit.indicator]].base == base
            and protected[village.place].indices[0].indicators[plan.position[unit.indicator]].missing == 0
        }
        for base in (5, 10)
    }
    assert [len(each) for each in told.values()] == [1, 1]


class Offsets(Secrets):
    """Secrets whose offsets are given by the last word of what they are for, such as M. The others are of a key."""

    def __init__(self, key: int, **offsets: int) -> None:
        super().__init__(bytes([key]))
        self._offsets = offsets

    def offset(self, base: int, *what: str) -> int:
        drawn = super().offset(base, *what) if what[-1] in ("A", "split") else 0
        return self._offsets.get(what[-1], drawn) % base


def tables_of(
    groups: Mapping[str, GroupCounts], unfulfilled: int, secrets: Secrets, bases: Sequence[int]
) -> dict[str, dict[str, int]]:
    """The answered families of each group, by the base of the indicator. Not there where nothing is told."""
    units = told_of({"6301011001": groups}, unfulfilled, secrets, bases)
    return {each.indicator: {code: of.answered for code, of in each.groups.items()} for each in units}


def told_of(
    places: Mapping[str, Mapping[str, GroupCounts]],
    unfulfilled: int,
    secrets: Secrets,
    bases: Sequence[int],
    *,
    sensitive: bool = False,
    instrument: str = "ikk-29",
) -> tuple[Unit, ...]:
    """The units of villages with these groups, of one indicator for each base. All of them apply to every family."""
    indicators = tuple(
        IndicatorPlan(str(base), f"rule {at}", "", base, 1, True, False, False, False) for at, base in enumerate(bases)
    )
    plan = Plan((replace(Plan.of(ikk()).main, indicators=indicators),))
    every = dict[str, Protected]()
    for place, groups in places.items():
        row = [sum(each.families for each in groups.values())]
        for at, base in enumerate(bases):
            missing = sum(each.missing[at] for each in groups.values())
            row += [unfulfilled, up_down(missing, secrets.offset(base, "M"), base), 0]
        every[place] = Protected.from_values(place, [*row, *[0] * (plan.length - len(row))], plan)
    return make_units(
        every,
        places,
        plan,
        instrument=instrument,
        breakdown="head_sex",
        year=YEAR,
        secrets=secrets,
        parameters=PARAMETERS,
        sensitive=sensitive,
    )


@pytest.mark.parametrize("base", [5, 10])
@pytest.mark.parametrize("women", [49, 50, 53, 55, 58, 63])
def test_a_table_that_is_told_or_not_leaves_the_missing_families_their_values(women: int, base: int) -> None:
    """Also for who knows how many families of each group there are."""
    possible = dict[tuple[int, bool], set[int]]()
    for refused, others, offset in product(range(2 * base), range(3), range(base)):
        groups = {
            "female": GroupCounts(women, (women - refused,), (10,), (refused,)),
            "male": GroupCounts(90, (90 - others,), (20,), (others,)),
        }
        missing = refused + others
        found = tables_of(groups, 30, Offsets(1, M=offset), [base])
        if missing < 2 * base:
            possible.setdefault((up_down(missing, offset, base), bool(found)), set()).add(missing)
    assert all(len(each) >= base for (rounded, _), each in possible.items() if rounded <= base), possible


@pytest.mark.parametrize("families", [100, 102, 104, 113])
@pytest.mark.parametrize("refused", [0, 3])
def test_a_table_that_is_told_leaves_the_sizes_of_its_groups_their_values(families: int, refused: int) -> None:
    """Also where the village has hardly more families than two groups need. refused: of each group"""
    possible = dict[tuple[int, ...], set[int]]()
    for women, key, offset in product(range(40, families - 39), range(80), range(5 if refused else 1)):
        men = families - women
        groups = {
            "female": GroupCounts(women, (women - refused,), (5,), (refused,)),
            "male": GroupCounts(men, (men - refused,), (5,), (refused,)),
        }
        found = tables_of(groups, 10, Offsets(key, M=offset), [5])
        if found:
            told = (up_down(2 * refused, offset, 5), found["5"]["female"], found["5"]["male"])
            possible.setdefault(told, set()).add(women)
    assert all(len(each) >= 5 for each in possible.values()), possible


@pytest.mark.parametrize("base", [5, 10, 20, 35])
def test_groups_of_next_to_nobody_have_no_table(base: int) -> None:
    codes = [str(each) for each in range(9)]
    for families in range(1, 9):
        groups = {code: GroupCounts(families, (families,), (0,), (0,)) for code in codes}
        assert tables_of(groups, 0, Offsets(families), [base]) == {}


def test_the_size_of_a_group_keeps_its_values_though_it_is_told_in_two_bases() -> None:
    possible = dict[tuple[int, ...], set[int]]()
    for women, key in product(range(60, 92), range(40)):
        groups = {
            "female": GroupCounts(women, (women,) * 2, (8,) * 2, (0,) * 2),
            "male": GroupCounts(168 - women, (168 - women,) * 2, (7,) * 2, (0,) * 2),
        }
        found = tables_of(groups, 10, Offsets(key), [5, 10])
        assert set(found) == {"5", "10"}
        possible.setdefault((found["5"]["female"], found["10"]["female"]), set()).add(women)
    inner = [each for each in possible.values() if min(each) > 61 and max(each) < 90]
    assert inner
    assert all(len(each) >= 5 for each in inner), possible


def with_refusals(women: int, men: int) -> dict[str, GroupCounts]:
    """Groups of a village. All answered the first indicator, and 40 women did not answer the second one."""
    return {
        "female": GroupCounts(women, (women, women - 40), (6, 6), (0, 40)),
        "male": GroupCounts(men, (men, men), (9, 9), (0, 0)),
    }


@pytest.mark.parametrize("bases", [(5, 5), (5, 10)], ids=str)
def test_a_group_keeps_its_values_where_its_village_has_its_own_table_and_is_in_that_of_its_area(
    bases: tuple[int, int],
) -> None:
    """For the team of the only other village of the area, which knows its own groups."""
    possible = dict[tuple[int, ...], set[int]]()
    for key, women in product(range(100), range(60, 96)):
        places = {"6301011001": with_refusals(78, 110), "6301011002": with_refusals(women, 203 - women)}
        units = told_of(places, 10, Offsets(key, M=0), bases)
        told = {each.area: each.groups["female"].answered for each in units}
        if len(told) == 3 and "630101" in told:
            possible.setdefault(tuple(told.values()), set()).add(women)
            if bases[0] == bases[1]:
                assert told["6301011001"] + told["6301011002"] == told["630101"] + 80
    inner = [each for each in possible.values() if min(each) > 60 and max(each) < 95]
    assert inner
    assert all(len(each) >= 5 for each in inner), possible


@pytest.mark.parametrize("families", [210, 212, 214])
@pytest.mark.parametrize("codes", [("no", "yes"), ("yes", "no"), ("1", "2", "3")], ids=str)
def test_the_families_of_a_group_that_an_indicator_does_not_apply_to_keep_all_values_but_one(
    families: int, codes: Sequence[str]
) -> None:
    """The same number is rounded in the group and in *not applicable*. Each of the other groups has 50 families."""
    of = [
        IndicatorPlan("all", "rule a", "", 5, 1, True, False, False, False),
        IndicatorPlan("some", "rule b", "b", 5, 5, False, False, False, False),
    ]
    plan = Plan((replace(Plan.of(ikk()).main, indicators=tuple(of)),))
    possible, random = dict[tuple[int, ...], set[int]](), Random(1)
    for key, offset, others in product(range(150), range(5), range(50, 74)):
        last = random.randint(50, 80) if len(codes) > 2 else 0
        sizes = dict(zip(codes, (others, families - others - last, last), strict=False))
        groups = {
            code: GroupCounts(size, (size, size if at else 0), (5, 5 if at else 0), (0, 0))
            for at, (code, size) in enumerate(sizes.items())
        }
        not_applicable = up_down(others, offset, 5)
        row = [families, 10, 0, 0, 10, 0, not_applicable]
        village = Protected.from_values("6301011001", [*row, *[0] * (plan.length - len(row))], plan)
        units = make_units(
            {village.place: village},
            {village.place: groups},
            plan,
            instrument="ikk-29",
            breakdown="b",
            year=YEAR,
            secrets=Offsets(key, N=offset),
            parameters=PARAMETERS,
        )
        for unit in units:
            told = (not_applicable, *(each.answered for each in unit.groups.values()))
            possible.setdefault(told, set()).add(others)
    # Values at the ends of what was tried say nothing.
    inner = [
        each
        for told, each in possible.items()
        if min(each) > 50 and max(each) < 73 and (len(codes) < 3 or 57 < told[-1] < 73)
    ]
    assert len(inner) > 2
    assert all(len(each) >= 4 for each in inner), inner


def test_no_more_is_taken_from_a_group_than_it_has() -> None:
    """Otherwise its size and what is taken tell each other. Of 66 families without children, all 66 were told so."""
    of = [
        IndicatorPlan("all", "rule a", "", 5, 1, True, False, False, False),
        IndicatorPlan("some", "rule b", "b", 5, 5, False, False, False, False),
    ]
    plan = Plan((replace(Plan.of(ikk()).main, indicators=tuple(of)),))
    random, found, fitted = Random(1), set[tuple[int, ...]](), 0
    for key in range(2000):
        families, size, offset = random.randint(120, 124), random.choice((3, 8, 66)), random.randrange(5)
        beside, missing = random.randint(0, 3), random.randint(0, size // 3)
        others = size - missing
        rows = [
            GroupCounts(families - size, (families - size, families - size - beside), (5, 5), (0, 0)),
            GroupCounts(size, (size, 0), (5, 0), (0, missing)),
        ]
        rounded = [up_down(missing, offset, 5), up_down(others + beside, offset, 5)]
        row = [families, 10, 0, 0, 10, *rounded, *[0] * (plan.length - 7)]
        protected = Protected.from_values("6301011001", row, plan)
        secrets = Offsets(key % 256, N=offset, M=offset)
        village = Village(protected, rows, plan, ("ikk-29", "b", str(YEAR)), secrets, PARAMETERS, [key % 2, 0])
        sizes, answered = village.answered(0, 5), village.answered(1, 5)
        assert sum(answered) == families - sum(rounded)
        assert all(0 <= each <= of_size for each, of_size in zip(answered, sizes, strict=True))
        fitted += answered[1] == 0
        found.add(tuple(answered))
    assert fitted > 200
    assert len(found) > 20


def test_what_is_more_than_a_group_has_goes_to_the_next_and_then_to_those_before() -> None:
    assert fit([0, 70], [60, 62], [0, 1]) == [8, 62]
    assert fit([10, 0, 5], [5, 5, 20], [0, 1, 2]) == [5, 5, 5]
    assert fit([0, 3, 9], [5, 5, 5], [2, 0, 1]) == [4, 3, 5]


def test_groups_of_a_sensitive_answer_are_told_of_one_village_or_of_three() -> None:
    """The team of one of two would know the groups of the other to the base of the indicator."""
    groups = {code: GroupCounts(45, (45,), (6,), (0,)) for code in ("no", "yes")}
    places = [f"630101100{at}" for at in range(4)]

    def members(count: int) -> list[int]:
        units = told_of(dict.fromkeys(places[:count], groups), 10, Offsets(1), (5,), sensitive=True)
        return [len(each.members) for each in units]

    assert [members(count) for count in range(1, 5)] == [[], [], [3], [4]]
    large = {code: GroupCounts(90, (90,), (6,), (0,)) for code in groups}
    assert [len(each.members) for each in told_of({places[0]: large}, 10, Offsets(1), (5,), sensitive=True)] == [1]


def test_two_instruments_do_not_tell_the_group_of_a_family_that_only_one_of_them_counts() -> None:
    seen = dict[tuple[int, int], list[bool]]()
    for key, women, is_woman in product(range(60), range(70, 90), (True, False)):
        places = (with_refusals(women, 195 - women), with_refusals(women + is_woman, 196 - women - is_woman))
        told = [
            told_of({"6301011001": each}, 10, Offsets(key, M=0), (5, 5), instrument=instrument)
            for each, instrument in zip(places, ("ikk-29", "ketahanan-24"), strict=True)
        ]
        first, second = (each[0].groups["female"].answered for each in told)
        seen.setdefault((first, second), []).append(is_woman)
    often = {each: found for each, found in seen.items() if len(found) > 10}
    assert len(often) > 15
    assert all(len(set(found)) == 2 for found in often.values()), often


def _counts_of(village: DrawnVillage) -> GroupCounts:
    of = village.exact.indices[0].indicators
    answered = tuple(int(each.fulfilled + each.unfulfilled) for each in of)
    unfulfilled = tuple(int(each.unfulfilled) for each in of)
    return GroupCounts(village.exact.families, answered, unfulfilled, tuple(each.missing for each in of))
