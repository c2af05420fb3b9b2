"""Figures of a region for instruments of format 1: a published check case, and a plain recount of random families."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.region import Estimate, IndexFigures, estimate
from app.scoring.score import IndexScore
from app.scoring.sums import sums
from tests.scoring.small import changed
from tests.support.factories import instrument
from tests.support.sums import score_outcomes, sums_of_families

IKK = instrument("ikk-29-2025.1")
KETAHANAN = instrument("ketahanan-24-2016.1")
BOTH = pytest.mark.parametrize("each", [IKK, KETAHANAN], ids=lambda each: each.code)

CHECK_CASE = """
88.4 91.2 93.0
81.0 74.5 69.3 92.1 55.8 78.9
82.6 71.4 66.0 88.5 97.3 45.2 70.7 38.9
90.1 85.5 77.2 80.0 69.9 73.4
79.8 83.1 61.5 72.0 88.8 66.6
"""
"""Invented shares of the 29 indicators, one line per dimension."""

modest = settings(max_examples=50, deadline=None)


def families_of(each: Instrument) -> SearchStrategy[list[str]]:
    count = len(each.main.indicators)
    return st.lists(st.text("FUNM", min_size=count, max_size=count), max_size=6)


def scores_of(families: Sequence[str], each: Instrument) -> list[IndexScore]:
    return [score_outcomes(outcomes, each).main for outcomes in families]


def estimate_of(families: Sequence[str], each: Instrument) -> Estimate:
    return estimate(sums_of_families(families, each), each)


def figures_of(families: Sequence[str], each: Instrument) -> IndexFigures:
    return estimate_of(families, each).main


def in_units(value: Fraction) -> Fraction:
    """One family's value as it enters the sums, rounded to 10⁻⁸ points, half to even."""
    return Fraction(round(value * 10**8), 10**8)


def mean_of(values: Sequence[Fraction | None]) -> Fraction | None:
    there = [in_units(value) for value in values if value is not None]
    return sum(there, Fraction(0)) / len(there) if there else None


def plain_mean(values: Sequence[Fraction | None]) -> Fraction | None:
    there = [value for value in values if value is not None]
    return sum(there, Fraction(0)) / len(there) if there else None


def of_shares(shares: Sequence[Fraction | None]) -> IndexFigures:
    """The figures of 10,000 families that have an index, of which these percentages fulfil the indicators of IKK."""
    totals = {each.key: 0 for each in sums(IKK)}
    totals[("families",)] = totals[0, "scored"] = 10_000
    for position in range(5):
        totals[0, "group", position] = 10_000
    for position, share in enumerate(shares):
        if share is not None:
            totals[0, "indicator", position, "F"] = int(share * 100)
            totals[0, "indicator", position, "U"] = 10_000 - int(share * 100)
    return estimate(list(totals.values()), IKK).main


def test_the_check_case_of_29_shares() -> None:
    found = of_shares([Fraction(share) for share in CHECK_CASE.split()])
    assert [round(each.of_indicators or 0, 4) for each in found.groups] == [
        Fraction("90.8667"),
        Fraction("75.2667"),
        Fraction("70.0750"),
        Fraction("79.3500"),
        Fraction("75.3000"),
    ]
    assert round(found.of_indicators or 0, 4) == Fraction("78.1717")


def test_a_share_that_nobody_has_is_left_out_of_its_dimension() -> None:
    shares: list[Fraction | None] = [Fraction(share) for share in CHECK_CASE.split()]
    shares[:3] = [Fraction(80), None, Fraction(90)]
    assert of_shares(shares).groups[0].of_indicators == 85
    shares[:3] = [None, None, None]
    found = of_shares(shares)
    assert found.groups[0].of_indicators is None
    assert found.of_indicators == plain_mean([each.of_indicators for each in found.groups])


@BOTH
def test_a_region_without_families_has_no_values(each: Instrument) -> None:
    whole = estimate([0] * len(sums(each)), each)
    empty = whole.main
    assert (whole.families, empty.scored, empty.mean, empty.of_indicators) == (0, 0, None, None)
    assert set(empty.categories) == {0}
    assert {(one.mean, one.of_indicators, one.families) for one in empty.groups} == {(None, None, 0)}
    assert {(one.share, one.fulfilled, one.unfulfilled, one.missing, one.weak) for one in empty.indicators} == {
        (None, 0, 0, 0, False)
    }


@BOTH
@given(draw=st.data())
@modest
def test_the_order_of_the_families_changes_nothing(each: Instrument, draw: DataObject) -> None:
    families = draw.draw(families_of(each))
    shuffled = draw.draw(st.permutations(families))
    assert estimate_of(shuffled, each) == estimate_of(families, each)


@BOTH
@given(draw=st.data())
@modest
def test_an_estimate_equals_a_plain_recount(each: Instrument, draw: DataObject) -> None:
    families = draw.draw(families_of(each))
    scores = scores_of(families, each)
    assert estimate_of(families, each).families == len(families)
    result = figures_of(families, each)
    assert result.scored == sum(one.value is not None for one in scores)
    assert result.mean == result.headline == mean_of([one.value for one in scores])
    counted = Counter(one.category for one in scores)
    assert result.categories == tuple(counted[place] for place in range(len(each.main.categories)))
    assert sum(result.categories) == result.scored
    for place, dimension in enumerate(result.groups):
        assert dimension.mean == mean_of([one.groups[place].value for one in scores])
        assert dimension.families == sum(one.groups[place].value is not None for one in scores)


@BOTH
@given(draw=st.data())
@modest
def test_shares_and_what_is_made_of_them_equal_a_plain_recount(each: Instrument, draw: DataObject) -> None:
    families = draw.draw(families_of(each))
    result, index, weak = figures_of(families, each), each.main, each.main.region.weak
    assert weak is not None
    shares: list[list[Fraction | None]] = [[] for _ in index.groups]
    for place, (indicator, found) in enumerate(zip(index.indicators, result.indicators, strict=True)):
        letters = Counter(outcomes[place] for outcomes in families)
        answered = letters["F"] + letters["U"]
        share = Fraction(100 * letters["F"], answered) if answered else None
        assert (found.share, found.fulfilled, found.unfulfilled) == (share, letters["F"], letters["U"])
        assert found.missing == letters["M"]
        assert found.weak == (share is not None and share < weak.below)
        shares[indicator.group or 0].append(share)
    # Both shipped instruments use equal weights, so plain means equal the weighted ones. One indicator is enough for a
    # dimension of theirs.
    means = [plain_mean(values) for values in shares]
    assert [one.of_indicators for one in result.groups] == means
    shared = sum(value is not None for values in shares for value in values)
    enough = result.scored > 0 and shared >= (index.complete.minimum_answered or 1)
    assert result.of_indicators == (plain_mean(means) if enough else None)


WORKED = [
    # Health has two indicators and needs both, money has one. An index needs two of the three.
    pytest.param(["FMM"], (None, None), None, id="one of three shares"),
    pytest.param(["FMN", "FMN", "FMN"], (None, None), None, id="one of three shares from three families"),
    pytest.param(["FMF"], (None, 100), 100, id="too few in health, which is left out as in a family"),
    pytest.param(["FMM", "MFM"], (None, None), None, id="health from two families, of which none has it"),
    pytest.param(["FMM", "MUM", "MMF"], (None, 100), None, id="all shares, and no family has an index"),
    pytest.param(["FUM"], (40, None), 40, id="two of three shares"),
    pytest.param(["FUM", "MMF"], (40, 100), 55, id="the second family has money and no index, and its share counts"),
    pytest.param([], (None, None), None, id="nobody"),
]
"""Weights 1 and 1.5 within health. The dimensions weigh 3 and 1, so 55 = (3 × 40 + 1 × 100) ÷ 4."""


@pytest.mark.parametrize(("families", "dimensions", "index"), WORKED)
def test_shares_need_as_many_indicators_as_the_answers_of_a_family(
    families: list[str], dimensions: tuple[int | None, ...], index: int | None
) -> None:
    small = with_minimums(2, 2)
    result = figures_of(families, small)
    assert tuple(one.of_indicators for one in result.groups) == dimensions
    assert result.of_indicators == index


def with_minimums(index: int, health: int) -> Instrument:
    """The small instrument that needs so many indicators for an index, and for health."""
    text = changed("minimum_answered = 2", f"minimum_answered = {index}")
    text = changed("weight = 3", f"weight = 3\nminimum_answered = {health}", text)
    return read_instrument(text.encode("utf-8"))


@given(
    st.lists(st.text("FUNM", min_size=3, max_size=3), max_size=5),
    st.integers(1, 3),
    st.integers(1, 2),
)
@modest
def test_what_is_made_of_shares_equals_a_plain_computation(families: list[str], index: int, health: int) -> None:
    small = with_minimums(index, health)
    result = figures_of(families, small)

    def share(place: int) -> Fraction | None:
        letters = [each[place] for each in families if each[place] in "FU"]
        return Fraction(100 * letters.count("F"), len(letters)) if letters else None

    def said(family: str, places: Sequence[int]) -> int:
        return sum(family[place] in "FU" for place in places)

    first, second, money = (share(place) for place in range(3))
    weighed = [(value, weight) for value, weight in ((first, 2), (second, 3)) if value is not None]
    of_health = None
    if len(weighed) >= health and any(said(each, (0, 1)) >= health for each in families):
        of_health = sum(value * weight for value, weight in weighed) / sum(weight for _, weight in weighed)
    values = [(value, weight) for value, weight in ((of_health, 3), (money, 1)) if value is not None]
    shares = [value for value in (first, second, money) if value is not None]
    of_index = None
    has_index = any(
        said(each, range(3)) >= index and (said(each, (0, 1)) >= health or said(each, (2,))) for each in families
    )
    if values and len(shares) >= index and has_index:
        of_index = sum(value * weight for value, weight in values) / sum(weight for _, weight in values)
    assert [one.of_indicators for one in result.groups] == [of_health, money]
    assert result.of_indicators == of_index
