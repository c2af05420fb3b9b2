"""The cells of a village in the table of all villages."""

import csv
from dataclasses import replace
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import add_up
from app.schemas.releases.village_table import COLUMNS, VillageWriter
from tests.protection.drawn import draw_village, ikk, protect_all

PLAN = Plan.of(ikk())
PLACE = "6301011001"


@given(st.integers(0, 28), st.integers(20, 3000), st.booleans(), st.sampled_from((0, 0, 5, 10)))
def test_a_bound_never_excludes_the_exact_bound(at: int, families: int, all_fulfil: bool, missing: int) -> None:
    values = [0] * PLAN.length
    values[0] = families
    values[1 + 3 * at : 3 + 3 * at] = [0 if all_fulfil else families - missing, missing]
    protected = Protected.from_values(PLACE, values, PLAN)
    text = VillageWriter(PLAN).write(PLACE, values, lambda: protected)
    cells = dict(zip(COLUMNS, list(csv.reader(text.splitlines()))[at], strict=True))
    exact = add_up([protected], PLAN).main.indicators[at]
    least, most = exact.share_at_least, exact.share_at_most
    assert cells["share"] == ""
    if least is not None:
        assert 0 <= least - Fraction(cells["share_at_least"]) < Fraction(1, 10)
    if most is not None:
        assert 0 <= Fraction(cells["share_at_most"]) - most < Fraction(1, 10)
    assert (least is None) == (cells["share_at_least"] == "")
    assert (most is None) == (cells["share_at_most"] == "")


@pytest.mark.parametrize("fewest", [1, 10_000])
def test_an_indicator_is_weak_as_on_the_card_of_the_village(fewest: int) -> None:
    """Not so where the instrument wants more families for a figure of the index than the village has."""
    (main,) = PLAN.indices
    region = replace(main.index.region, minimum_families=fewest)
    plan = Plan((replace(main, index=replace(main.index, region=region)),))
    writer = VillageWriter(plan)
    found = set[str]()
    for seed in range(20):
        (protected,) = protect_all([draw_village(PLACE, 40, Random(seed))])
        text = writer.write(PLACE, protected.to_values(), lambda: protected)  # noqa: B023 (called at once)
        marks = [row[list(COLUMNS).index("weak")] for row in csv.reader(text.splitlines())]
        of = add_up([protected], plan).main
        for at, (mark, each) in enumerate(zip(marks, of.indicators, strict=True)):
            assert mark == ("" if each.ratio is None else "yes" if at in of.weak else "no")
        found.update(marks)
    assert found == ({"", "yes", "no"} if fewest == 1 else {"", "no"})
