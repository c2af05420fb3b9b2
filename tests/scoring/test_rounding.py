"""Rounding for output: two decimals, half up, and parts that add up to their whole."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.rounding import shown, shown_least, shown_most, shown_parts

PARTS = st.lists(st.none() | st.fractions(0, 100, max_denominator=10**6), min_size=1, max_size=30)

modest = settings(max_examples=50, deadline=None)


def cents(value: float | None) -> int:
    assert value is not None
    return round(value * 100)


@pytest.mark.parametrize(
    ("exact", "expected"),
    [
        ("0", 0.0),
        ("78.17166", 78.17),
        ("0.005", 0.01),
        ("0.0049999", 0.0),
        ("1.005", 1.01),
        ("2.675", 2.68),
        ("50.125", 50.13),
        ("74.995", 75.0),
        ("100", 100.0),
        ("200/3", 66.67),
    ],
)
def test_values_are_rounded_half_up(exact: str, expected: float) -> None:
    assert shown(Fraction(exact)) == expected


@given(st.fractions(0, 100, max_denominator=10**6), st.integers(0, 4))
def test_bounds_are_rounded_outwards_by_less_than_a_step(bound: Fraction, decimals: int) -> None:
    least, most = (Fraction(str(each(bound, decimals))) for each in (shown_least, shown_most))
    assert bound - Fraction(1, 10**decimals) < least <= bound <= most < bound + Fraction(1, 10**decimals)


def test_nothing_is_shown_as_nothing() -> None:
    assert shown(None) is None
    assert shown_parts([Fraction(1), None], None) == [None, None]


def test_the_largest_remainders_are_raised_and_ties_in_the_given_order() -> None:
    third = Fraction(100, 3)
    assert shown_parts([third, third, third], Fraction(100)) == [33.34, 33.33, 33.33]
    assert shown_parts([Fraction(1, 300), Fraction(1, 150)], Fraction(1, 100)) == [0.0, 0.01]


@given(PARTS)
@modest
def test_the_shown_parts_add_up_to_the_shown_whole(parts: list[Fraction | None]) -> None:
    whole = sum((part for part in parts if part is not None), Fraction(0))
    result = shown_parts(parts, whole)
    assert sum(cents(each) for each in result if each is not None) == cents(shown(whole))


@given(PARTS)
@modest
def test_each_shown_part_is_within_a_hundredth_and_zeros_stay_zero(parts: list[Fraction | None]) -> None:
    whole = sum((part for part in parts if part is not None), Fraction(0))
    for part, each in zip(parts, shown_parts(parts, whole), strict=True):
        if part is None:
            assert each is None
        else:
            assert abs(Fraction(cents(each), 100) - part) <= Fraction(1, 100)
            assert part != 0 or each == 0
