"""Every figure of a region, also what is made of shares, equals a recount from whole and from packed sums."""

from dataclasses import asdict, replace
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.family_sums import exact_sums_of, sums_of
from app.scoring.instrument import Instrument, Method
from app.scoring.packing import pack, pack_number, unpack
from app.scoring.region import IndexFigures, estimate
from app.scoring.score import Score, score
from app.scoring.sums import add, sums
from tests.scoring.drawn import DAY, METHODS, draw_answers, draw_instrument
from tests.support.recount_any import recount_index

each_method = pytest.mark.parametrize("method", METHODS)
modest = settings(max_examples=40, deadline=None)
SEEDS = st.integers(0, 2**32)


def drawn(seed: int, method: Method) -> tuple[Instrument, list[Score]]:
    """An instrument, some of whose figures need more families than there are, and the scores of a few families."""
    random = Random(seed)
    instrument = draw_instrument(random, method=method)
    rule: Any = {"minimum_coverage": random.choice((None, Fraction(1, 2))), "scale": Fraction(random.choice((1, 100)))}
    instrument = replace(
        instrument,
        indices=tuple(replace(each, region=replace(each.region, **rule)) for each in instrument.indices),
    )
    families = [draw_answers(instrument, random) for _ in range(random.randint(0, 6))]
    return instrument, [score(each, instrument, DAY) for each in families]


FIGURES = ("families", "absent", "headline", "mean", "of_indicators", "headcount", "adjusted", "intensity")


def plain(found: IndexFigures) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in FIGURES},
        **{name: list(getattr(found, name)) for name in ("categories", "shares")},
        **{name: [asdict(each) for each in getattr(found, name)] for name in ("groups", "indicators")},
        "category": None if found.category is None else found.category.code,
    }


@each_method
@given(seed=SEEDS)
@modest
def test_figures_equal_a_plain_recount(method: Method, seed: int) -> None:
    instrument, scores = drawn(seed, method)
    rows = [exact_sums_of(each, instrument) for each in scores]
    exact = [sum(column, Fraction(0)) for column in zip(*rows, strict=True)]
    found = estimate(exact or [0] * len(sums(instrument)), instrument)
    assert found.families == len(scores)
    for position, index in enumerate(instrument.indices):
        assert plain(found.indices[position]) == recount_index([each.indices[position] for each in scores], index)


def close(one: Any, other: Any) -> bool:
    """Whether two figures, or all figures in them, are the same to the digits that are shown."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(close(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(close, one, other))
    return abs(one - other) < Fraction(1, 10**5) if isinstance(one, Fraction) else bool(one == other)


@each_method
@given(seed=SEEDS)
@modest
def test_whole_sums_give_the_figures_to_the_digits_that_are_shown(method: Method, seed: int) -> None:
    instrument, scores = drawn(seed, method)
    rows = [sums_of(each, instrument) for each in scores]
    found = estimate(add(rows, instrument), instrument)
    for position, index in enumerate(instrument.indices):
        there = recount_index([each.indices[position] for each in scores], index)
        # A bound may lie between the two.
        del there["category"], there["headline"]
        here = plain(found.indices[position])
        assert close({name: here[name] for name in there}, there)


@each_method
@given(seed=SEEDS, sign=st.sampled_from((1, -1)))
@modest
def test_sums_are_packed_without_loss_and_added_as_one_number(method: Method, seed: int, sign: int) -> None:
    instrument, scores = drawn(seed, method)
    rows = [[sign * each for each in sums_of(one, instrument)] for one in scores]
    total = add(rows, instrument)
    together = sum(pack_number(each, instrument) for each in rows)
    assert together == pack_number(total, instrument)
    assert unpack(pack(total, instrument), sign * len(scores), instrument) == total


@each_method
def test_the_largest_sums_fit_their_fields(method: Method) -> None:
    """As many families as a layout takes, each with the most that it can add."""
    most, instrument = 4_999_999_999, draw_instrument(Random(5), method=method)
    full = [most * (10 ** (each.digits - 10)) for each in sums(instrument)]
    assert unpack(pack(full, instrument), most, instrument) == full
