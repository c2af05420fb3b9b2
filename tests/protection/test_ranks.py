"""Ranks with ties, and the interval of each."""

import random
from fractions import Fraction
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protection.quantiles import quantile
from app.protection.ranks import Rank, Ranked, rank
from app.protection.uncertainty import Uncertainty


def ranked(value: int | str, error: float | None, freedom: int | None = None) -> Ranked:
    return Ranked(Fraction(value), Uncertainty(standard_error=error, method="design", freedom=freedom))


def test_equal_values_share_a_rank() -> None:
    found = rank([ranked(each, 0.0) for each in ("70.1", "82.5", "82.5", "64.0", "90.2")])
    assert [each.rank for each in found if each] == [4, 2, 2, 5, 1]


def test_regions_whose_intervals_do_not_meet_have_one_rank() -> None:
    found = rank([ranked(each, 0.1) for each in (60, 80, 70)])
    assert found == [Rank(3, 3, 3), Rank(1, 1, 1), Rank(2, 2, 2)]


def test_the_lowest_can_be_the_best() -> None:
    found = rank([ranked(60, 0.1), ranked(80, 0.1), ranked(80, 0.1)], best="lowest")
    assert found == [Rank(1, 1, 1), Rank(2, 2, 3), Rank(2, 2, 3)]


def test_intervals_are_of_the_whole_list() -> None:
    """With three regions each interval leaves 0.05 / 3 outside, which is 2.394 standard errors on either side."""
    assert quantile(None, 0.05 / 3) == pytest.approx(2.39398, abs=1e-5)
    apart = rank([ranked("74.78", 1), ranked(70, 1), ranked(0, 0)])
    assert apart == [Rank(1, 1, 2), Rank(2, 1, 2), Rank(3, 3, 3)]
    assert rank([ranked("74.79", 1), ranked(70, 1), ranked(0, 0)])[:2] == [Rank(1, 1, 1), Rank(2, 2, 2)]


def test_a_region_without_a_value_has_no_rank_and_takes_none() -> None:
    assert rank([None, ranked(70, 0), None, ranked(60, 0)]) == [None, Rank(1, 1, 1), None, Rank(2, 2, 2)]
    assert rank([None]) == [None]
    assert rank([]) == []


def test_a_region_without_a_standard_error_can_be_anywhere() -> None:
    found = rank([ranked(80, 0), ranked(70, None), ranked(60, 0)])
    assert found == [Rank(1, 1, 2), Rank(2, None, None), Rank(3, 2, 3)]


def test_the_rounding_reaches_no_further_than_it_can() -> None:
    bounded = [Ranked(Fraction(each), Uncertainty(1.0, method="rounding", within=2.0, step=9.0)) for each in (10, 15)]
    assert rank(list(bounded)) == [Rank(2, 2, 2), Rank(1, 1, 1)]


figures = st.lists(
    st.none()
    | st.builds(
        ranked, st.integers(0, 12), st.none() | st.sampled_from([0.0, 0.4, 1.0, 2.5]), st.none() | st.integers(1, 9)
    ),
    max_size=12,
)


@given(figures, st.sampled_from(("highest", "lowest")))
def test_ranks_are_those_of_all_pairs(regions: list[Ranked | None], best: Literal["highest", "lowest"]) -> None:
    present = [each for each in regions if each]
    for region, found in zip(regions, rank(regions, best=best), strict=True):
        assert (found is None) == (region is None)
        if region is None or found is None:
            continue
        sign = 1 if best == "highest" else -1
        assert found.rank == 1 + sum(sign * each.value > sign * region.value for each in present)
        reach = region.uncertainty.reach(0.05 / len(present))
        if reach is None:
            assert (found.low, found.high) == (None, None)
            continue
        above, below = 0, 0
        for each in present:
            other = each.uncertainty.reach(0.05 / len(present))
            if other is not None:
                above += sign * float(each.value) - other > sign * float(region.value) + reach
                below += sign * float(each.value) + other < sign * float(region.value) - reach
        assert (found.low, found.high) == (1 + above, len(present) - below)
        assert 1 <= 1 + above <= found.rank <= len(present) - below


def test_all_true_ranks_of_a_list_lie_in_their_intervals_in_95_percent_of_draws() -> None:
    chance, truth = random.Random(20), [60 + each * 1.5 for each in range(15)]
    true_ranks = [15 - at for at in range(15)]
    held = 0
    for _ in range(300):
        drawn = [Fraction(chance.gauss(each, 2)) for each in truth]
        found = rank([Ranked(each, Uncertainty(2.0, method="design")) for each in drawn])
        held += all(
            each is not None and each.low is not None and each.high is not None and each.low <= true <= each.high
            for each, true in zip(found, true_ranks, strict=True)
        )
    assert held >= 0.95 * 300
