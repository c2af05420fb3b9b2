"""The cells of a village in the table of all villages."""

import csv
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import add_up
from app.schemas.releases.village_table import COLUMNS, VillageWriter
from tests.protection.drawn import ikk

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
