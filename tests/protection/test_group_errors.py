"""The errors that groups of families are given against what the production rounding does with many keys."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import cache
from random import Random
from statistics import mean
from typing import NamedTuple

import pytest

from app.protection.breakdowns import RegionGroups, RegionRows, make_units
from app.protection.columns import Columns
from app.protection.group_errors import GroupError, GroupErrors
from app.protection.plan import Plan
from app.protection.protected import ProtectedGroup
from app.protection.secrets import Secrets
from app.protection.uncertainty import CENSUS, Design
from tests.protection.drawn import PARAMETERS, YEAR, DrawnVillage, draw_village, ikk, protect_all
from tests.protection.test_breakdowns import by_sex, by_size, groups_of

KEYS = 60
PLAN = Plan.of(ikk())
REGIONS: Mapping[str, tuple[Sequence[int], Callable[[int], str]]] = {
    "a village": ((300,), by_size),
    "villages that have units of their own": ((280, 310, 340), by_size),
    "villages in one unit": (tuple(range(90, 150, 5)), by_sex),
    "small villages in one unit": (tuple(range(40, 80, 4)), by_size),
}


class Found(NamedTuple):
    """A group with its errors, and the true numbers of those that answered and that do not fulfil."""

    group: ProtectedGroup
    error: GroupError
    answered: int
    unfulfilled: int

    @property
    def truth(self) -> Fraction:
        return 100 - Fraction(100 * self.unfulfilled, self.answered)


@cache
def villages(region: str) -> tuple[DrawnVillage, ...]:
    sizes, _ = REGIONS[region]
    return tuple(draw_village(f"63010110{at:02}", size, Random(size)) for at, size in enumerate(sizes))


def rows_with(key: int, region: str) -> tuple[Columns, Mapping[str, RegionGroups]]:
    """The groups of a region that are made with a key, and the region's villages."""
    secrets, group_of = Secrets(b"key %d" % key), REGIONS[region][1]
    protected = protect_all(villages(region), secrets)
    counts = {each.place: groups_of(each, group_of) for each in villages(region)}
    units = make_units(
        {each.place: each for each in protected},
        counts,
        PLAN,
        instrument="ikk-29",
        breakdown="b",
        year=YEAR,
        secrets=secrets,
        parameters=PARAMETERS,
    )
    columns = Columns(PLAN, protected)
    rows = RegionRows(columns, [each.base for each in PLAN.main.indicators])
    for each in units:
        rows.add(each)
    return columns, rows.rows


@cache
def found(region: str) -> tuple[Found, ...]:
    return tuple(each for key in range(KEYS) for each in found_with(key, region))


def found_with(key: int, region: str) -> Iterator[Found]:
    columns, rows = rows_with(key, region)
    errors, exact = GroupErrors(columns, CENSUS), [groups_of(each, REGIONS[region][1]) for each in villages(region)]
    for code, row in rows.items():
        at = PLAN.position[code]
        entered = [each.unfulfilled is not None for each in columns.index(0).indicator(at)]
        for group, error in errors.of(code, row.groups, row.splits).items():
            of = [each[group] for each, is_counted in zip(exact, entered, strict=True) if is_counted]
            numbers = sum(each.answered[at] for each in of), sum(each.unfulfilled[at] for each in of)
            yield Found(row.groups[group], error, *numbers)


@pytest.mark.parametrize("region", REGIONS)
def test_no_number_is_further_off_than_its_bound(region: str) -> None:
    assert len(found(region)) > 500
    for each in found(region):
        assert abs(each.group.answered - each.answered) <= each.error.answered
        assert abs(each.group.unfulfilled - each.unfulfilled) <= each.error.unfulfilled
        assert each.error.least is None or each.error.least <= each.truth
        assert each.error.most is None or each.error.most >= each.truth


@pytest.mark.parametrize("region", REGIONS)
def test_errors_are_as_large_as_their_variance_says(region: str) -> None:
    shown = [each for each in found(region) if each.group.share is not None]
    squares, held = list[float](), 0
    for each in shown:
        share, error = each.group.share, each.error.share
        assert share is not None
        assert error.standard_error is not None
        assert error.low is not None
        assert error.high is not None
        squares.append(float((share - each.truth) / Fraction(error.standard_error)) ** 2)
        held += error.low - 1e-9 <= each.truth <= error.high + 1e-9
    assert 0.6 < mean(squares) < 1.25
    assert held > 0.94 * len(shown)


@pytest.mark.parametrize(("kind", "reason"), [("purposive", "chosen"), ("sample", "not_by_village")])
def test_where_villages_stand_for_others_there_is_no_standard_error(kind: str, reason: str) -> None:
    columns, rows = rows_with(1, "a village")
    design = Design("purposive" if kind == "purposive" else "sample")
    for code, row in rows.items():
        for each in GroupErrors(columns, design).of(code, row.groups, row.splits).values():
            assert each.share.reason == reason
            assert each.share.standard_error is None
            assert each.share.within is not None
            assert each.share.within > 0
