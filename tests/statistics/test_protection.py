"""Which counts a reader gets. An exact solver tries to compute the others from those."""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.statistics.code_lists import Dimension
from app.statistics.counts import Breakdown, Figures, read_rows
from app.statistics.protection import SMALLEST, Hidden, ReportId, protect
from tests.statistics.simplex import range_of

DIVIDING: tuple[Dimension, ...] = ("sex", "age_status", "place")
SOME = {"sex": ("male", "female"), "age_status": ("child", "adult"), "place": ("household", "school", "other")}
VICTIMS = [
    Breakdown("victims", dimensions) for size in range(4) for dimensions in itertools.combinations(DIVIDING, size)
]
PERSONS = list(itertools.product(*SOME.values()))
"""Every kind of victim in these tests."""


def shown(figures: Figures, hidden: frozenset[Breakdown]) -> set[tuple[str, ...]]:
    return {each.dimensions for each in figures if each not in hidden}


def hide(figures: Figures) -> Hidden:
    """What a report hides that stands alone."""
    alone = ReportId("ID", "2025", "verified")
    return protect({alone: figures})[alone]


def victims(*rows: dict[str, Any]) -> Figures:
    return read_rows(rows)


def test_a_breakdown_with_a_small_count_is_hidden_whole() -> None:
    figures = victims(
        {"victims": 35},
        {"sex": "male", "victims": 5},
        {"sex": "female", "victims": 30},
        {"place": "school", "victims": 35},
    )
    assert shown(figures, hide(figures)) == {(), ("place",)}


def test_zero_and_ten_are_shown_and_nine_is_not() -> None:
    assert hide(victims({"victims": 10}, {"sex": "male", "victims": 0}, {"sex": "female", "victims": 10})) == set()
    assert hide(victims({"victims": 9}, {"perpetrators": 10})) == {Breakdown("victims")}


def test_a_remainder_that_is_small_hides_the_finer_breakdown() -> None:
    figures = victims({"victims": 35}, {"sex": "female", "victims": 30})
    assert shown(figures, hide(figures)) == {()}
    figures = victims({"victims": 35}, {"kind": "physical", "victims": 30})
    assert shown(figures, hide(figures)) == {()}


def test_what_adds_up_to_a_hidden_breakdown_is_hidden_too() -> None:
    figures = victims(
        {"victims": 9},
        {"age_status": "child", "victims": 9},
        {"age_group": "age_0_5", "victims": 0},
        {"age_group": "age_6_12", "sex": "male", "victims": 0},
        {"cases": 50},
    )
    assert {each for each in figures if each not in hide(figures)} == {Breakdown("cases")}


def test_the_last_of_three_crossed_tables_is_hidden_where_the_whole_cross_is() -> None:
    """The three tables of two dimensions give a cell of the table of three, where one of theirs is zero."""
    count: dict[tuple[str, ...], int] = {
        ("male", "child", "household"): 0,
        ("male", "child", "school"): 0,
        ("male", "adult", "household"): 25,
        ("male", "adult", "school"): 15,
        ("female", "child", "household"): 20,
        ("female", "child", "school"): 15,
        ("female", "adult", "household"): 5,
        ("female", "adult", "school"): 20,
    }
    figures = tables_of(count, VICTIMS)
    hidden = hide(figures)
    assert {("sex", "age_status", "place")} < {each.dimensions for each in hidden}
    assert len([each for each in hidden if len(each.dimensions) == 2]) == 1
    assert solved(count, [(figures, hidden)]) == []


def tables_of(people: Mapping[tuple[str, ...], int], breakdowns: Sequence[Breakdown]) -> Figures:
    """The tables of these victims, added up by plain loops."""
    figures: dict[Breakdown, dict[tuple[str, ...], int]] = {}
    for each in breakdowns:
        cells: dict[tuple[str, ...], int] = {}
        for person, count in people.items():
            codes = dict(zip(SOME, person, strict=True))
            key = tuple(codes[dimension] for dimension in each.dimensions)
            cells[key] = cells.get(key, 0) + count
        figures[each] = cells
    return figures


def form_of(breakdown: Breakdown, key: tuple[str, ...], persons: Sequence[tuple[str, ...]]) -> list[int]:
    """Which kinds of victims a cell counts."""
    wanted = dict(zip(breakdown.dimensions, key, strict=True))
    kinds = [dict(zip(SOME, each, strict=True)) for each in persons]
    return [int(all(codes[dimension] == code for dimension, code in wanted.items())) for codes in kinds]


def solved(people: Mapping[tuple[str, ...], int], reports: Sequence[tuple[Figures, frozenset[Breakdown]]]) -> list[Any]:
    """The small counts of a report that an exact solver gets from what is shown of it."""
    persons = list(people)
    found = []
    for figures, hidden in reports:
        equations = [
            (form_of(each, key, persons), count)
            for each, cells in figures.items()
            if each not in hidden
            for key, count in cells.items()
        ]
        for each in hidden:
            for key, count in figures[each].items():
                least, greatest = range_of(form_of(each, key, persons), equations)
                assert least <= count
                if 0 < count < SMALLEST and least == greatest:
                    found.append((each, key, count))
    return found


DRAWN = (Phase.explicit, Phase.reuse, Phase.generate)
"""Without shrinking, which takes minutes here."""
NUMBER = st.sampled_from([0, 0, 0, 1, 3, 9, 10, 12, 25, 60])


@settings(max_examples=60, deadline=None, phases=DRAWN)
@given(
    st.lists(NUMBER, min_size=len(PERSONS), max_size=len(PERSONS)),
    st.lists(st.sampled_from(VICTIMS), min_size=1, unique=True),
)
def test_no_small_count_of_a_report_can_be_solved_for(numbers: list[int], breakdowns: list[Breakdown]) -> None:
    people = dict(zip(PERSONS, numbers, strict=True))
    figures = tables_of(people, breakdowns)
    hidden = hide(figures)
    assert not [
        (each, cells)
        for each, cells in figures.items()
        if each not in hidden and any(0 < count < SMALLEST for count in cells.values())
    ]
    assert solved(people, [(figures, hidden)]) == []


PARENT, CHILDREN = "6372", ("637201", "637202", "637203", "637204")


def of(region: str, period: str = "2025", status: Any = "verified") -> ReportId:
    return ReportId(region, period, status)


def test_a_sibling_covers_the_only_one_that_hides() -> None:
    """The child with the smallest counts covers it, and whatever adds up to the same there."""
    counts = {"637201": 5, "637202": 40, "637203": 20, "637204": 90}
    reports = {of(code): victims({"victims": count}) for code, count in counts.items()}
    reports[of("637203")] = victims({"victims": 20}, {"sex": "male", "victims": 10}, {"sex": "female", "victims": 10})
    reports[of(PARENT)] = victims({"victims": 155})
    hidden = protect(reports)
    assert {each.region for each, found in hidden.items() if found} == {"637201", "637203"}
    assert hidden[of("637203")] == set(reports[of("637203")])


def test_two_that_hide_cover_each_other() -> None:
    reports = {of("637201"): victims({"victims": 5}), of("637202"): victims({"victims": 4})}
    reports |= {of("637203"): victims({"victims": 20}), of(PARENT): victims({"victims": 29})}
    assert {each.region for each, found in protect(reports).items() if found} == {"637201", "637202"}


def test_a_child_that_the_reader_gets_whole_covers_nobody() -> None:
    reports = {of("637201"): victims({"victims": 5}), of("637202"): victims({"victims": 4})}
    reports |= {of("637203"): victims({"victims": 20}), of(PARENT): victims({"victims": 29})}
    hidden = protect(reports, known={of("637202")})
    assert {each.region for each, found in hidden.items() if found} == {"637201", "637202", "637203"}


def test_a_parent_that_covers_its_sibling_is_not_the_sum_of_children_that_are_shown() -> None:
    reports = {
        of("63"): victims({"victims": 65}),
        of("6371"): victims({"victims": 5}),
        of("6372"): victims({"victims": 20}),
        of("6373"): victims({"victims": 40}),
        of("637201"): victims({"victims": 10}),
        of("637202"): victims({"victims": 10}),
    }
    hidden = {each.region for each, found in protect(reports).items() if found}
    assert hidden == {"6371", "6372", "637201", "637202"}


def test_periods_cover_each_other_where_a_longer_one_is_reported() -> None:
    quarters = {"2025-Q1": 12, "2025-Q2": 5, "2025-Q3": 30, "2025-Q4": 60}
    reports = {of(PARENT, each, "provisional"): victims({"victims": count}) for each, count in quarters.items()}
    assert {each.period for each, found in protect(reports).items() if found} == {"2025-Q2"}
    reports[of(PARENT)] = victims({"victims": 107})
    assert {each.period for each, found in protect(reports).items() if found} == {"2025-Q1", "2025-Q2"}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (("2025", "verified"), ("2025-Q1", "verified")),
        (("2025-Q1", "verified"), ("2025-01", "verified")),
        (("2025-Q1", "verified"), ("2025", "verified")),
        (("2025", "verified"), ("2025", "provisional")),
        (("2025", "verified"), ("2025-02", "provisional")),
    ],
)
def test_regions_below_hide_in_every_period_and_status_what_a_region_hides(
    one: tuple[str, str], two: tuple[str, str]
) -> None:
    """Of three children one is small, and one covers it. What is below the cover would give the cover back."""
    period, status = one
    counts = dict(zip(CHILDREN, (5, 50, 100), strict=False))
    reports = {of(code, period, status): victims({"victims": count}) for code, count in counts.items()}
    reports[of(PARENT, period, status)] = victims({"victims": 155})
    cover = CHILDREN[1]
    for number, count in ((1, 20), (2, 30)):
        reports[of(f"{cover}{1000 + number}", *two)] = victims({"victims": count})
    hidden = protect(reports)
    assert {each.region for each, found in hidden.items() if not found} == {PARENT, CHILDREN[2]}


def test_a_sibling_hides_in_another_period_what_the_small_one_hides() -> None:
    reports = {
        of(PARENT): victims({"victims": 55}),
        of(CHILDREN[0]): victims({"victims": 5}),
        of(CHILDREN[1], "2025-Q1"): victims({"victims": 20}),
        of(CHILDREN[1], "2025-Q2"): victims({"victims": 30}),
    }
    assert {each.region for each, found in protect(reports).items() if not found} == {PARENT}


def test_a_sibling_without_any_victim_covers_nobody() -> None:
    reports = {
        of(PARENT): victims({"victims": 63}, {"place": "household", "victims": 26}, {"place": "school", "victims": 37}),
        of(CHILDREN[0]): victims(
            {"victims": 37}, {"place": "household", "victims": 25}, {"place": "school", "victims": 12}
        ),
        of(CHILDREN[1]): victims(
            {"victims": 26}, {"place": "household", "victims": 1}, {"place": "school", "victims": 25}
        ),
        of(CHILDREN[2]): victims(
            {"victims": 0}, {"place": "household", "victims": 0}, {"place": "school", "victims": 0}
        ),
    }
    assert BY_PLACE in protect(reports)[of(CHILDREN[0])]


def test_both_statuses_hide_the_same() -> None:
    reports = {of(PARENT): victims({"victims": 9}), of(PARENT, status="provisional"): victims({"victims": 11})}
    assert all(protect(reports).values())


TOTAL, BY_SEX, BY_PLACE = VICTIMS[0], Breakdown("victims", ("sex",)), Breakdown("victims", ("place",))


@settings(max_examples=40, deadline=None, phases=DRAWN)
@given(st.data())
def test_no_small_count_of_a_child_can_be_solved_for_across_siblings_and_parent(data: st.DataObject) -> None:
    people: dict[tuple[str, ...], int] = {}
    reports: dict[ReportId, Figures] = {}
    owned: dict[ReportId, list[tuple[str, ...]]] = {}
    for code in CHILDREN[: data.draw(st.integers(2, 4))]:
        kinds: dict[tuple[str, ...], int] = {
            (code, sex, place): data.draw(NUMBER) for sex in SOME["sex"] for place in SOME["place"][:2]
        }
        people |= kinds
        tables = data.draw(st.lists(st.sampled_from([TOTAL, BY_SEX, BY_PLACE]), min_size=1, unique=True))
        reports[of(code)] = small_tables(kinds, tables)
        owned[of(code)] = list(kinds)
    reports[of(PARENT)] = small_tables(people, [TOTAL, BY_SEX, BY_PLACE])
    owned[of(PARENT)] = list(people)
    hidden = protect(reports)
    everybody = list(people)
    equations = [
        (small_form(breakdown, key, owned[each], everybody), count)
        for each, figures in reports.items()
        for breakdown, cells in figures.items()
        if breakdown not in hidden[each]
        for key, count in cells.items()
    ]
    for each, found in hidden.items():
        for breakdown in found:
            for key, count in reports[each][breakdown].items():
                form = small_form(breakdown, key, owned[each], everybody)
                least, greatest = range_of(form, equations)
                assert not (0 < count < SMALLEST and least == greatest), (each, breakdown, key)


def small_tables(kinds: Mapping[tuple[str, ...], int], breakdowns: Sequence[Breakdown]) -> Figures:
    figures: dict[Breakdown, dict[tuple[str, ...], int]] = {}
    for each in breakdowns:
        cells = figures.setdefault(each, {})
        for (_, sex, place), count in kinds.items():
            key = tuple({"sex": sex, "place": place}[dimension] for dimension in each.dimensions)
            cells[key] = cells.get(key, 0) + count
    return figures


def small_form(
    breakdown: Breakdown, key: tuple[str, ...], owned: Sequence[tuple[str, ...]], everybody: Sequence[tuple[str, ...]]
) -> list[int]:
    wanted = dict(zip(breakdown.dimensions, key, strict=True))
    return [
        int(each in owned and all({"sex": each[1], "place": each[2]}[name] == code for name, code in wanted.items()))
        for each in everybody
    ]


@pytest.mark.parametrize(
    ("form", "equations", "expected"),
    [
        ([1, 0], [([1, 1], 10)], (0, 10)),
        ([1, 0], [([1, 1], 10), ([0, 1], 4)], (6, 6)),
        ([1, 0, 0], [([1, 1, 0], 10), ([1, 1, 1], 10)], (0, 10)),
        ([0, 1], [([1, 0], 3)], (0, None)),
    ],
)
def test_the_solver_knows_what_can_be_computed(form: Any, equations: Any, expected: Any) -> None:
    assert range_of(form, equations) == expected
