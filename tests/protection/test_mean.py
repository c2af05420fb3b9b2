"""The mean of a village's families beside its counts leaves every count at least `base` values."""

from collections import Counter
from fractions import Fraction
from random import Random

import pytest

from app.protection.plan import Plan
from app.protection.protected import ProtectedIndex
from app.protection.secrets import Secrets
from app.protection.villages import few_width, protect
from tests.protection.drawn import PARAMETERS, YEAR, DrawnVillage, ikk, village_of

PLAN = Plan.of(ikk())
SIZES = Counter(each.group for each in ikk().main.indicators)
COSTS = [Fraction(20, SIZES[each.group]) for each in ikk().main.indicators]
"""By indicator, what a family loses of 100 that does not fulfil it. There are five dimensions."""


def draw(random: Random, usual: str, other: str) -> DrawnVillage:
    """A village whose families all have an index, and nearly all of them the same outcome of each indicator."""
    shares = [random.choice((0.0, 0.02, 0.1)) for _ in COSTS]
    letters = [
        "".join(other if random.random() < share else usual for share in shares) for _ in range(random.randint(50, 120))
    ]
    return village_of("6301011001", letters)


def loss_of(counts: list[int], n: int) -> Fraction:
    return sum((cost * count for cost, count in zip(COSTS, counts, strict=True)), Fraction(0)) / n


def room_left(village: ProtectedIndex, families: int, *, at_top: bool) -> Fraction:
    """What the mean leaves in the case that tells most: one count at the end of `base` values, all others lowest."""
    assert village.mean is not None
    away = Fraction(village.mean, 10) if not at_top else 100 - Fraction(village.mean, 10)
    counts = [each.unfulfilled if at_top else each.fulfilled for each in village.indicators]
    lowest, rooms = [], []
    for each, count, of, cost in zip(village.indicators, counts, PLAN.main.indicators, COSTS, strict=True):
        # Few that fulfil are rounded to 0 or to this, and then are 1 at least.
        few = few_width(families - each.missing, each.missing, 0, of)
        lowest.append(1 if not at_top and count == few else max(0, (count or 0) - of.base + 1))
        rooms.append(cost * (of.base - 1))
    return away + Fraction(1, 20) - loss_of(lowest, families) - max(rooms) / families


@pytest.mark.parametrize(("usual", "other", "at_top"), [("F", "U", True), ("U", "F", False)])
def test_every_count_keeps_its_values_though_all_families_have_an_index(
    usual: str, other: str, *, at_top: bool
) -> None:
    random, limited = Random(7), 0
    for number in range(250):
        drawn = draw(random, usual, other)
        found = protect(drawn.exact, PLAN, year=YEAR, secrets=Secrets(bytes([number])), parameters=PARAMETERS)
        assert found is not None
        index, exact = found.indices[0], drawn.exact.indices[0]
        if index.mean is None:
            continue
        assert room_left(index, found.families, at_top=at_top) >= 0
        wanted = loss_of([int(each.unfulfilled) for each in exact.indicators], found.families)
        limited += abs(100 - wanted - Fraction(index.mean, 10)) > Fraction(1, 20)
    assert limited > 5, "some means would have told too much"


def test_an_indicator_costs_more_where_another_of_its_dimension_concerns_few_families() -> None:
    """Of 120 families 18 have older members, so most that lack another indicator lose a fifth of its dimension."""
    codes = [each.code for each in ikk().main.indicators]
    few, lacking = codes.index("KKSB1"), codes.index("KKSB3")
    letters = ["F" * len(codes)] * 120
    for at in range(120):
        row = list(letters[at])
        row[few] = "F" if at < 18 else "N"
        row[lacking] = "U" if at >= 27 else "F"
        letters[at] = "".join(row)
    drawn, of = village_of("6301011001", letters), PLAN.main.indicators[lacking]
    for number in range(60):
        found = protect(drawn.exact, PLAN, year=YEAR, secrets=Secrets(bytes([number])), parameters=PARAMETERS)
        assert found is not None
        index = found.indices[0]
        assert index.mean is not None
        lost = 120 * (100 - Fraction(index.mean, 10) + Fraction(1, 20))
        # So few families answered about older members that it is left out. No more can have any, but for the missing.
        assert index.indicators[few].fulfilled is None
        concerned = PLAN.main.indicators[few].fewest + PLAN.main.indicators[few].most_below
        most = (index.indicators[lacking].unfulfilled or 0) - of.base + 1 + of.base - 1
        assert lost >= Fraction(20, 6) * concerned + 4 * (most - concerned), number
