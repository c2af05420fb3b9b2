"""Step 2: every number of a region follows from the protected counts of its villages, and the rest is not shown."""

from fractions import Fraction
from functools import cache
from random import Random

from app.protection.indicators import IndicatorOfRegion
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.protection.regions import RegionFigures, add_up
from app.scoring.region import estimate
from app.scoring.sums import add
from tests.protection.drawn import DrawnVillage, draw_village, ikk, places, protect_all

PLAN = Plan.of(ikk())


@cache
def villages() -> tuple[DrawnVillage, ...]:
    return tuple(draw_village(place, 35 + 20 * at, Random(at)) for at, place in enumerate(places(3, 9)))


@cache
def region() -> tuple[list[Protected], RegionFigures]:
    protected = protect_all(villages())
    return protected, add_up(protected, PLAN)


def of_village(fulfilled: int, unfulfilled: int, missing: int = 0) -> IndicatorOfRegion:
    """Figures of a village whose first indicator to apply to everybody (base 5) has these protected counts."""
    at = next(at for at, each in enumerate(PLAN.main.indicators) if each.everywhere and not each.sensitive)
    values = [0] * PLAN.length
    values[0] = fulfilled + unfulfilled + missing
    values[1 + 3 * at : 3 + 3 * at] = [unfulfilled, missing]
    return add_up([Protected.from_values("6301011001", values, PLAN)], PLAN).main.indicators[at]


def test_every_number_is_computed_from_stored_values_alone() -> None:
    """Ten lines of plain Python over the stored numbers."""
    protected, figures = region()
    rows = [each.to_values() for each in protected]
    mean_at = PLAN.length - 2
    entered, total = 0, Fraction(0)
    for at, indicator in enumerate(figures.main.indicators):
        cells = [(row[0], *row[1 + 3 * at : 4 + 3 * at]) for row in rows if row[1 + 3 * at] >= 0]
        unfulfilled = sum(cell[1] for cell in cells)
        answered = sum(n - missing - none for n, _, missing, none in cells)
        assert (indicator.answered, indicator.rounded.unfulfilled) == (answered, unfulfilled)
        assert indicator.families == sum(cell[0] for cell in cells)
        assert indicator.share == (Fraction(100 * (answered - unfulfilled), answered) if unfulfilled else None)
        entered += len(cells)
    assert entered > 200
    for row in rows:
        total += row[0] * Fraction(row[mean_at + 1], 10)
    assert figures.main.mean == total / sum(row[0] for row in rows)
    assert figures.main.headline == figures.main.mean


def test_the_index_of_the_shares_follows_the_rule_of_the_instrument() -> None:
    """Five dimensions of equal weight, each the mean of its indicators' shares."""
    _, figures = region()
    index, shares = ikk().main, [each.ratio for each in figures.main.indicators]
    means = []
    for group in range(len(index.groups)):
        own = [
            Fraction(*share)
            for share, each in zip(shares, index.indicators, strict=True)
            if share and each.group == group
        ]
        means.append(100 * sum(own) / len(own))
    assert list(figures.main.groups) == means
    assert figures.main.of_indicators == sum(means) / len(means)


def test_figures_are_near_the_exact_ones() -> None:
    _, figures = region()
    exact = estimate(add([each.sums for each in villages()], ikk()), ikk()).main
    assert exact.mean is not None
    assert figures.main.mean is not None
    assert abs(exact.mean - figures.main.mean) < Fraction(1, 10)
    for rounded, true in zip(figures.main.indicators, exact.indicators, strict=True):
        if rounded.villages == len(villages()):
            counts = (true.fulfilled, true.unfulfilled, true.missing)
            for count, near, within in zip(counts, rounded.rounded, rounded.within, strict=False):
                assert near is not None
                assert abs(count - near) <= within
            if rounded.share_at_least is not None:
                assert true.share is not None
                assert true.share >= rounded.share_at_least


def test_the_order_of_the_villages_does_not_matter() -> None:
    protected, figures = region()
    turned = add_up(protected[::-1], PLAN).main
    assert turned.indicators == figures.main.indicators
    assert (turned.mean, turned.counts) == (figures.main.mean, figures.main.counts)


def test_a_rounded_0_is_not_shown_and_its_share_has_a_bound() -> None:
    found = of_village(109, 0, 5)
    assert (found.fulfilled, found.unfulfilled, found.share) == (109, None, None)
    assert found.share_at_least == 100 - Fraction(400, 109 - 4)
    assert found.reason == {"unfulfilled": "small", "share": "small"}
    assert found.not_applicable == 0


def test_a_share_of_both_sides_is_shown() -> None:
    found = of_village(97, 45)
    assert found.share == Fraction(9700, 142)
    assert found.share_at_least is None
    assert found.share_at_most is None
    assert found.reason == {"missing": "small"}


def test_where_nearly_nobody_fulfils_the_share_has_an_upper_bound() -> None:
    found = of_village(0, 100)
    assert (found.fulfilled, found.share, found.share_at_least) == (None, None, None)
    assert found.share_at_most == Fraction(100 * (found.within.fulfilled), 96)


def test_a_region_without_villages_has_no_figures() -> None:
    figures = add_up([], PLAN)
    assert (figures.families, figures.villages) == (0, 0)
    assert (figures.main.mean, figures.main.headline, figures.main.of_indicators) == (None, None, None)
    assert {each.share for each in figures.main.indicators} == {None}
    assert set(figures.main.indicators[0].reason.values()) == {"small"}


def test_the_lowest_number_of_a_village_is_not_shown_if_it_is_sensitive() -> None:
    at = next(at for at, each in enumerate(PLAN.main.indicators) if each.everywhere and each.sensitive)
    values = [0] * PLAN.length
    values[0], values[1 + 3 * at] = 100, 10
    protected = Protected.from_values("6301011001", values, PLAN)
    assert add_up([protected], PLAN).main.indicators[at].unfulfilled is None
    assert add_up([protected, protected], PLAN).main.indicators[at].unfulfilled == 20
