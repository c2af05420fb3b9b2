"""Groups of indicators: their values for a family and in a region."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from app.scoring.compiled_score import tables_of
from app.scoring.disclosure import protect
from app.scoring.family_sums import sums_of
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.region import estimate
from app.scoring.score import Score, score
from app.scoring.sums import add
from tests.scoring.format_2 import complete

DAY = date(2026, 6, 15)
POINTS = """
option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]
question = [
  { code = "a", type = "choice", options = "yn" },
  { code = "b", type = "choice", options = "yn" },
  { code = "c", type = "choice", options = "yn" },
  { code = "d", type = "choice", options = "yn" },
]
index = [{ code = "p", method = "points-sum", region.headline = "mean" }]
group = [{ code = "G", weight = 3 }, { code = "H", parent = "G" }, { code = "K" }]
indicator = [
  { code = "a", group = "G", points = { of = "a", options = { y = 10, n = 0 } } },
  { code = "b", group = "H", points = { of = "b", options = { y = 10, n = 0 } }, sensitive = true },
  { code = "c", group = "H", points = { of = "c", options = { y = 10, n = 0 } }, applies_when.equal = ["d", "y"] },
  { code = "d", group = "K", points = { of = "d", options = { y = 10, n = 0 } } },
]
"""


@pytest.fixture(scope="module")
def points() -> Instrument:
    return read_instrument(complete(POINTS).encode())


def groups(found: Score) -> list[Fraction | None]:
    return [each.value for each in found.main.groups]


def scored(instrument: Instrument, *every: dict[str, str]) -> list[Score]:
    return [score(each, instrument, DAY) for each in every]


def means(scores: Sequence[Score], instrument: Instrument) -> list[tuple[Any, ...]]:
    figures = estimate(add((sums_of(each, instrument) for each in scores), instrument), instrument).main
    return [(each.families, each.mean, each.of_indicators) for each in figures.groups]


ALL = {"a": "y", "b": "y", "c": "y", "d": "y"}


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ({}, [30, 20, 10]),
        ({"a": "refused"}, [None, 20, 10]),
        ({"b": "refused"}, [None, None, 10]),
        ({"c": "dont_know"}, [None, None, 10]),
        ({"d": "refused"}, [None, None, None]),
        ({"d": "n"}, [None, None, 0]),
    ],
    ids=str,
)
def test_a_group_without_one_of_its_parts_has_no_value(
    points: Instrument, lacking: dict[str, str], expected: list[int | None]
) -> None:
    """Its own weight is no part of it."""
    assert groups(score({**ALL, **lacking}, points, DAY)) == expected


def test_a_region_averages_full_sums_only(points: Instrument) -> None:
    scores = scored(points, ALL, {**ALL, "b": "refused"}, {**ALL, "a": "n"})
    assert means(scores, points) == [(2, 25, Fraction(80, 3)), (2, 20, 20), (3, 10, 10)]


def test_shares_of_different_families_make_no_sum_that_no_family_has(points: Instrument) -> None:
    scores = scored(points, {**ALL, "a": "refused"}, {**ALL, "b": "refused"})
    assert means(scores, points) == [(0, None, None), (1, 20, 20), (2, 10, 10)]


def test_tables_and_the_plain_score_agree_for_all_answers(points: Instrument) -> None:
    for letters in product(("y", "n", "refused"), repeat=4):
        found = score(dict(zip("abcd", letters, strict=True)), points, DAY)
        assert tables_of(points).score(found.bases) == found
        assert tables_of(points).sums_of(found.bases) == sums_of(found, points)


def test_what_is_withheld_does_not_follow_from_whether_a_group_has_a_value(points: Instrument) -> None:
    for letters in product(("y", "n", "refused"), repeat=3):
        told = dict(zip("acd", letters, strict=True))
        seen = [protect(score({**told, "b": hidden}, points, DAY).bases, points) for hidden in ("y", "n", "refused")]
        assert seen[0] == seen[1] == seen[2]


STAGES = """
option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]
question = [{ code = "a", type = "choice", options = "yn" }, { code = "b", type = "choice", options = "yn" }]
index = [{ code = "s", method = "stages" }]
group = [{ code = "G" }]
indicator = [
  { code = "a", group = "G", fulfilled_when.equal = ["a", "y"] },
  { code = "b", group = "G", fulfilled_when.equal = ["b", "y"] },
]
"""


def test_a_group_of_stages_is_the_percentage_of_its_answered_indicators_that_are_fulfilled() -> None:
    stages = read_instrument(complete(STAGES).encode())
    scores = scored(stages, {"a": "y", "b": "n"}, {"a": "y", "b": "refused"}, {"a": "refused", "b": "refused"})
    assert [groups(each) for each in scores] == [[50], [100], [None]]
    assert means(scores, stages) == [(2, 75, None)]


NESTED = """
option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]
question = [
  { code = "a", type = "choice", options = "yn" },
  { code = "b", type = "choice", options = "yn" },
  { code = "c", type = "choice", options = "yn" },
]
index = [{ code = "m", method = "mean" }]
group = [{ code = "G" }, { code = "H", parent = "G", complete.minimum_answered = 2 }]
indicator = [
  { code = "a", group = "G", fulfilled_when.equal = ["a", "y"] },
  { code = "b", group = "H", fulfilled_when.equal = ["b", "y"] },
  { code = "c", group = "H", fulfilled_when.equal = ["c", "y"] },
]
"""


def test_the_group_above_one_that_no_family_has_leaves_it_out() -> None:
    nested = read_instrument(complete(NESTED).encode())
    scores = scored(nested, {"a": "y", "b": "n", "c": "refused"}, {"a": "y", "b": "refused", "c": "n"})
    assert means(scores, nested) == [(2, 100, 100), (0, None, None)]
