"""Checks of counts against their code lists and each other, and periods."""

import itertools
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.statistics.checks import CountRow, check_counts, find_warnings
from app.statistics.code_lists import CODE_LISTS, CodeList, Dimension
from app.statistics.counts import Breakdown, list_rows, read_rows
from app.statistics.periods import Period, check_period, read_period

CODES: dict[Dimension, tuple[str, ...]] = {
    "sex": ("male", "female"),
    "age_group": ("age_0_5", "age_13_17", "age_25_44"),
    "place": ("household", "school"),
}
CHILDREN = ("age_0_5", "age_6_12", "age_13_17")


def period(text: str) -> Period:
    found = read_period(text)
    assert found is not None
    return found


YEAR = period("2023")


def row(at: int, count: int, **codes: str) -> CountRow:
    named: dict[Dimension, str] = {each: codes[each] for each in CODE_LISTS if each in codes}  # type: ignore[misc]
    return CountRow(lambda name: f"/{at}/{name}", (f"{at}", f"{at}"), named, {"victims": count})


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_adds_up_from_victims_has_no_fault(data: st.DataObject) -> None:
    people = {each: data.draw(st.integers(0, 30)) for each in itertools.product(*CODES.values())}
    rows: list[CountRow] = []
    for size in range(3):
        for dimensions in itertools.combinations(CODES, size):
            cells: dict[tuple[str, ...], int] = {}
            for kind, count in people.items():
                codes = dict(zip(CODES, kind, strict=True))
                key = tuple(codes[each] for each in dimensions)
                cells[key] = cells.get(key, 0) + count
            rows += [
                row(len(rows) + at, count, **dict(zip(dimensions, key, strict=True)))
                for at, (key, count) in enumerate(cells.items())
            ]
    assert check_counts(rows, YEAR).faults == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 50),
    st.lists(st.integers(0, 50), min_size=2, max_size=2),
    st.lists(st.integers(0, 50), min_size=3, max_size=3),
)
def test_a_sum_above_its_whole_is_always_a_fault(total: int, sexes: list[int], children: list[int]) -> None:
    rows = [row(0, total), *(row(1 + at, count, sex=("male", "female")[at]) for at, count in enumerate(sexes))]
    rows += [row(3, total, age_status="child")]
    rows += [row(4 + at, count, age_group=CHILDREN[at]) for at, count in enumerate(children)]
    faults = check_counts(rows, YEAR).faults
    assert bool(faults) == (sum(sexes) > total or sum(children) > total)
    assert len({each.pointer for each in faults}) == len(faults)


def test_kinds_services_and_relations_may_add_up_to_more() -> None:
    for dimension in ("kind", "service", "relation"):
        codes = list(CODE_LISTS[dimension].codes)[:2]
        rows = [row(0, 20), *(row(1 + at, 15, **{dimension: code}) for at, code in enumerate(codes))]
        assert check_counts(rows, YEAR).faults == []


def test_a_list_of_all_codes_below_its_whole_is_a_warning() -> None:
    kinds = list(CODE_LISTS["kind"].codes)
    rows = [row(0, 20), *(row(1 + at, 1, kind=code) for at, code in enumerate(kinds))]
    assert [each.code for each in find_warnings(check_counts(rows, YEAR), YEAR)] == ["parts_below_whole"]
    assert find_warnings(check_counts(rows[:-1], YEAR), YEAR) == []
    groups = [row(0, 20, age_status="child"), *(row(1 + at, 5, age_group=code) for at, code in enumerate(CHILDREN))]
    assert [each.pointer for each in find_warnings(check_counts(groups, YEAR), YEAR)] == ["/0/victims"]


def test_rows_are_written_as_they_are_read() -> None:
    rows: list[dict[str, Any]] = [
        {"cases": 5, "victims": 7},
        {"sex": "male", "victims": 2},
        {"age_group": "age_0_5", "place": "school", "victims": 0},
    ]
    figures = read_rows(rows)
    assert figures[Breakdown("victims", ("age_group", "place"))] == {("age_0_5", "school"): 0}
    assert list_rows(figures) == rows


@pytest.mark.parametrize("listed", CODE_LISTS.values(), ids=CODE_LISTS.keys())
def test_every_name_of_a_code_is_read(listed: CodeList) -> None:
    for code in listed.codes.values():
        for text in (code.code, *code.name, *code.also, f"  {code.name[0].upper()} "):
            assert listed.read(text) == code.code


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31)),
        ("2023-Q1", date(2023, 1, 1), date(2023, 3, 31)),
        ("2023-Q4", date(2023, 10, 1), date(2023, 12, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2100-12", date(2100, 12, 1), date(2100, 12, 31)),
    ],
)
def test_a_period_has_its_days(text: str, first: date, last: date) -> None:
    assert (period(text).first, period(text).last) == (first, last)


@pytest.mark.parametrize(
    "text", ["", "2023-13", "2023-Q0", "2023-1", "1999", "2101", "2023 ", "2023-01-01", "２０２３"]
)
def test_other_texts_are_no_period(text: str) -> None:
    assert read_period(text) is None


def test_the_last_day_of_a_period_belongs_to_it() -> None:
    january = period("2023-01")
    places = {"at_status": "/status", "at_through": "/through"}
    open_still = check_period(january, "verified", None, date(2023, 1, 31), **places)
    assert [each.code for each in open_still] == ["period_open", "through_missing"]
    assert check_period(january, "verified", None, date(2023, 2, 1), **places) == []
    assert check_period(january, "provisional", date(2023, 1, 31), date(2023, 1, 31), **places) == []
    late = check_period(january, "provisional", date(2023, 1, 31), date(2023, 1, 30), **places)
    assert [each.code for each in late] == ["out_of_range"]
