"""The errors of the rounding, and what has no standard error. Samples are compared with R in test_survey_oracle.py."""

import itertools
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest

from app.protection.linearised import Component, linearise_shares
from app.protection.rounding import FINE, cap, split
from app.protection.rows import Bases, VillageCounts, VillageMean, VillageShare
from app.protection.uncertainty import (
    CENSUS,
    Design,
    Reason,
    Uncertainty,
    composite_uncertainty,
    counts_uncertainty,
    mark_of,
    mean_uncertainty,
    share_uncertainty,
)

SAMPLE, CHOSEN = Design("sample"), Design("purposive")
A, B = VillageShare(109, 109, "7201"), VillageShare(97, 142, "7201")
"""Two villages with 0 and 45 unfulfilled families, rounded to multiples of 5."""


def up_down(count: int, offset: int, base: int) -> int:
    return base * ((count + offset) // base)


def squares(errors: list[float]) -> float:
    return math.fsum(each * each for each in errors) / len(errors)


def holds(found: Uncertainty, truth: float) -> bool:
    assert found.low is not None
    assert found.high is not None
    return found.low - 1e-12 <= truth <= found.high + 1e-12


def test_the_error_of_a_census_is_worked_by_hand() -> None:
    """A and B together: 45 of 251 unfulfilled, u = 0.179283. Every rounding to 5 has the variance 24 / 6 = 4.

    Unfulfilled: 2 · 4. Missing and not applicable move the answered families: u² · 2 · (4 + 4).
    (8 + 0.514276) / 251² = 0.000135145, whose root is 0.0116252.
    95 %: 1.959964 · 0.0116252 + half a family of 251 = 0.0247770.
    """
    found = share_uncertainty([A, B], CENSUS, Bases(5, 5))
    assert found.standard_error == pytest.approx(0.0116252, abs=5e-8)
    assert found.low == pytest.approx(206 / 251 - 0.0247770, abs=5e-8)
    assert found.high == pytest.approx(206 / 251 + 0.0247770, abs=5e-8)
    assert found.relative == pytest.approx(100 * 0.0116252 / 0.8207171, abs=1e-5)
    assert (found.method, found.mark, found.reason, found.freedom) == ("rounding", None, None, None)


def test_the_error_of_one_village_is_what_the_rounding_can_do_at_most() -> None:
    found = share_uncertainty([VillageShare(97, 142, "7201")], CENSUS, Bases(5))
    assert found.within == pytest.approx((45 + 4) / (142 - 4) - 45 / 142)
    assert found.high == pytest.approx((97 + 0.5 + 1.959963984540054 * math.sqrt(4 + 4 * (45 / 142) ** 2)) / 142)
    alone = share_uncertainty([VillageShare(140, 142, "7201")], CENSUS, Bases(2, 1))
    assert alone.within is not None
    assert alone.low == pytest.approx(140 / 142 - alone.within)
    assert alone.high == pytest.approx(140 / 142 + alone.within)


def roundings(base: int, applies: int, least: int, *, families: int = 160) -> Iterator[tuple[VillageShare, float]]:
    """Every way that a village is rounded, with each remainder of each count, and its true share."""
    ways = [itertools.product(range(each), range(each)) for each in (base, base, applies)]
    for (u, o), (m, p), (n, q) in itertools.product(*ways):
        unfulfilled, missing, not_applicable = least + u, base + m, 2 * applies + n if applies > 1 else 0
        answered = families - up_down(missing, p, base) - up_down(not_applicable, q, applies)
        fulfilled = answered - up_down(unfulfilled, o, base)
        truly = families - missing - not_applicable
        yield VillageShare(fulfilled, answered, ""), 1 - unfulfilled / truly


@pytest.mark.parametrize(("base", "applies"), [(5, 1), (5, 5)])
@pytest.mark.parametrize("least", [5, 40, 100])
def test_over_all_roundings_the_standard_error_is_true(base: int, applies: int, least: int) -> None:
    found, errors, inside = [], [], []
    for row, truth in roundings(base, applies, least):
        one = share_uncertainty([row], CENSUS, Bases(base, applies))
        assert one.standard_error is not None
        assert one.within is not None
        assert abs(row.fulfilled / row.answered - truth) <= one.within + 1e-12
        found.append(one.standard_error)
        errors.append(row.fulfilled / row.answered - truth)
        inside.append(holds(one, truth))
    assert squares(found) == pytest.approx(squares(errors), rel=0.02)
    assert sum(inside) / len(inside) >= 0.95


def test_where_nearly_nobody_fulfils_the_other_side_is_rounded() -> None:
    width, answered = 7, 120
    errors, found = [], []
    for few, offset in itertools.product(range(width), repeat=2):
        row = VillageShare(up_down(few, offset, width), answered, "", few=width)
        assert row.is_few
        errors.append((row.fulfilled - few) / answered)
        one = share_uncertainty([row], CENSUS, Bases(5))
        assert one.within is not None
        assert abs(errors[-1]) <= one.within
        found.append(one.standard_error or 0.0)
    # The missing families of this village are no error here, but the standard error cannot know.
    assert squares(found) == pytest.approx(squares(errors), rel=0.005)


def test_a_valued_indicator_is_rounded_without_steps() -> None:
    whole, parts = (share_uncertainty([A, B], CENSUS, Bases(5, 1, valued)) for valued in (False, True))
    assert whole.standard_error is not None
    assert parts.standard_error is not None
    assert 1 < parts.standard_error / whole.standard_error < math.sqrt(25 / 24)


@pytest.mark.parametrize("share", [0.5, 0.85, 0.97, 0.995])
@pytest.mark.parametrize("villages", [1, 2, 5, 20])
def test_intervals_of_regions_hold_the_truth(villages: int, share: float) -> None:
    """An interval on the logit scale holds only 7 to 50 % of the shares near 100 % of single villages."""
    chance, held = random.Random(f"{villages} {share}"), 0
    for _ in range(400):
        rows, fulfilled, answered = [], 0, 0
        for _ in range(villages):
            families = chance.randint(120, 212)
            unfulfilled = sum(chance.random() >= share for _ in range(families))
            rows.append(VillageShare(families - up_down(unfulfilled, chance.randrange(10), 10), families, ""))
            fulfilled, answered = fulfilled + families - unfulfilled, answered + families
        held += holds(share_uncertainty(rows, CENSUS, Bases(10)), fulfilled / answered)
    assert held / 400 >= 0.92


def running(counts: tuple[int, ...], offset: int, base: int) -> list[int]:
    """Counts whose running totals are rounded by one offset."""
    totals = [up_down(each, offset, base) for each in itertools.accumulate(counts[:-1])]
    return [b - a for a, b in itertools.pairwise([0, *totals, sum(counts)])]


@pytest.mark.parametrize(
    ("part", "whole"), [({0}, {0, 1, 2, 3}), ({1}, {0, 1, 2, 3}), ({0, 1}, {0, 1, 2}), ({1}, {0, 1, 2}), ({3}, {1, 3})]
)
def test_over_all_roundings_the_standard_error_of_counts_is_true(part: set[int], whole: set[int]) -> None:
    base, errors, found = 5, [], []
    for a, b, c, offset in itertools.product(range(base), repeat=4):
        first, second, third = 60 + a, 30 + (b - a) % base, 45 + (c - b) % base
        counts = (first, second, third, 200 - first - second - third)
        row = VillageCounts(running(counts, offset, base), "")
        truth = sum(counts[at] for at in part) / sum(counts[at] for at in whole)
        one = counts_uncertainty([row], CENSUS, part=part, whole=whole, base=base)
        errors.append(row.sum_of(part) / row.sum_of(whole) - truth)
        assert one.within is not None
        # To the first order, as both sides of the share are rounded.
        assert abs(errors[-1]) <= 1.1 * one.within
        found.append(one.standard_error or 0.0)
    assert squares(found) == pytest.approx(squares(errors), rel=0.03)


def test_the_last_step_of_counts_is_wider() -> None:
    assert VillageCounts((40, 60, 20), "").most_below(5) == 4
    assert VillageCounts((123, 0, 0), "").most_below(5) == 123 - 115 - 1


def test_a_running_total_is_as_uncertain_as_its_own_step_is_wide() -> None:
    """Of 123 families in steps of 5, the last step is from 115 to 123."""
    row = VillageCounts((40, 75, 3, 5), "")
    inner, between, last = row.spreads(range(4), 5)
    assert inner**2 == pytest.approx(24)
    assert last**2 == pytest.approx(63)
    # The mean of the squares of what it came up from below and down from above, by how often either happens.
    assert between**2 == pytest.approx((5**3 + 8**3) / (5 + 8) - 1)
    assert row.spreads([0, 1, 3], 5) == [inner, between]
    assert row.spreads(range(4), 1) == [0, 0, 0]


def far_from_the_end(families: int, chance: random.Random) -> list[int]:
    """Three categories and the families without an index. No running total reaches the last step."""
    others = chance.randint(22, 30)
    return [*cut(families - others, chance), others]


def at_the_end(families: int, chance: random.Random) -> list[int]:
    """All families with an index, and often some of the others, are in the last step."""
    return [*cut(families, chance), chance.randint(1, 6)]


def in_the_last_category(families: int, chance: random.Random) -> list[int]:
    """Few families in the last category, and all have an index."""
    few = chance.randint(0, 9)
    first = chance.randint(0, families // 3)
    return [first, families - first - few, few, 0]


def cut(families: int, chance: random.Random) -> list[int]:
    first, second = sorted(chance.choices(range(families + 1), k=2))
    return [first, second - first, families - second]


@pytest.mark.parametrize("base", [5, 10])
@pytest.mark.parametrize("draw", [far_from_the_end, at_the_end, in_the_last_category])
def test_standard_errors_of_categories_of_small_villages_are_those_of_the_production_rounding(
    base: int, draw: Callable[[int, random.Random], list[int]]
) -> None:
    chance, errors, held = random.Random(f"{base} {draw.__name__}"), list[float](), 0
    for _ in range(1_500):
        exact = draw(chance.randint(50, 101), chance)
        row = VillageCounts(split(exact, chance.randrange(base * FINE), base), "")
        reaches = any(each >= cap(sum(exact), base) for each in itertools.accumulate(exact[:-1]))
        assert reaches == (draw is not far_from_the_end)
        for at in range(3):
            found = counts_uncertainty([row], CENSUS, part={at}, whole=range(3), base=base)
            assert found.standard_error is not None
            truth = exact[at] / sum(exact[:3])
            errors.append((row.counts[at] / row.sum_of(range(3)) - truth) / found.standard_error)
            held += holds(found, truth)
    assert 0.75 <= squares(errors) <= 1.3
    assert held / len(errors) >= 0.93


def test_the_mean_of_a_census_has_the_error_of_its_steps() -> None:
    villages = [VillageMean(Fraction("74.3"), 100, ""), VillageMean(Fraction("80.1"), 300, "")]
    found = mean_uncertainty(villages, CENSUS, step=Fraction(1, 10), scale=(0, 100))
    assert found.standard_error == pytest.approx(0.1 / math.sqrt(12) * math.sqrt(1 + 9) / 4)
    assert found.within == pytest.approx(0.05)
    assert found.low == pytest.approx(78.65 - 1.959963984540054 * (found.standard_error or 0))
    alone = mean_uncertainty(villages[:1], CENSUS, step=Fraction(1, 10), scale=(0, 100))
    assert alone.low == pytest.approx(74.25)
    assert alone.high == pytest.approx(74.35)


def test_a_mean_stays_on_its_scale() -> None:
    top = [VillageMean(Fraction(100), 100, "")]
    found = mean_uncertainty(top, CENSUS, step=Fraction(1, 10), scale=(0, 100))
    assert found.high == 100


@pytest.mark.parametrize("shared", [False, True])
def test_indicators_that_apply_alike_share_the_error_of_that_count(shared: bool) -> None:
    """Two indicators of the same families. Their unfulfilled and missing families are known exactly here."""
    base, families, errors = 5, 160, []
    # Alike, both move with the same rounding. Otherwise each has its own.
    for (r, o), (s, p) in itertools.product(itertools.product(range(base), repeat=2), repeat=2):
        total = 0.0
        for unfulfilled, remainder, offset in ((80, r, o), (40, r if shared else s, o if shared else p)):
            answered = families - up_down(20 + remainder, offset, base)
            total += unfulfilled / (families - 20 - remainder) - unfulfilled / answered
        errors.append(50 * total)
    rows = [VillageShare(138 - each, 138, "") for each in (80, 40)]
    parts = [Component(50, [row], Bases(1, base), "same" if shared else None) for row in rows]
    assert linearise_shares(70, parts).rounding[0] == pytest.approx(squares(errors), rel=0.05)


def test_one_component_with_the_gradient_1_is_the_share() -> None:
    share = share_uncertainty([A, B], CENSUS, Bases(5, 5))
    same = composite_uncertainty(206 / 251, [Component(1, [A, B], Bases(5, 5))], CENSUS, scale=(0, 1))
    assert same.standard_error == pytest.approx(share.standard_error)
    assert same.within == pytest.approx(share.within)


def test_components_list_the_same_villages() -> None:
    with pytest.raises(ValueError, match="zip"):
        linearise_shares(70, [Component(1, [A, B], Bases(5)), Component(1, [A], Bases(5))])


def test_a_village_where_an_indicator_did_not_enter_adds_no_error() -> None:
    absent = VillageShare(0, 0, "7201")
    with_it, without = (share_uncertainty(each, CENSUS, Bases(5)) for each in ([A, B, absent], [A, B]))
    assert with_it == without


C, D = VillageShare(80, 130, "7202"), VillageShare(0, 0, "7202")


@pytest.mark.parametrize(
    ("villages", "design", "reason"),
    [
        ([], CENSUS, "not_collected"),
        ([], SAMPLE, "not_collected"),
        ([D], CENSUS, "small"),
        ([D, D], SAMPLE, "small"),
        ([A, B], CHOSEN, "chosen"),
        ([B], CHOSEN, "chosen"),
        ([B], SAMPLE, "one_village"),
        ([B, D], SAMPLE, "one_village"),
        ([B, C], SAMPLE, "one_village_per_stratum"),
        ([A, A], SAMPLE, "small"),
    ],
)
def test_why_there_is_no_standard_error(villages: list[VillageShare], design: Design, reason: Reason) -> None:
    found = share_uncertainty(villages, design, Bases(5))
    assert found.reason == reason
    assert (found.standard_error, found.low, found.high, found.relative, found.mark, found.method) == (None,) * 6
    assert found.reach() is None
    # The bound of the rounding holds however the villages were chosen.
    assert (found.within is None) == (sum(each.answered for each in villages) == 0)


@pytest.mark.parametrize("design", [CHOSEN, SAMPLE])
def test_other_figures_give_the_same_reasons(design: Design) -> None:
    reason = "chosen" if design is CHOSEN else "one_village"
    mean = mean_uncertainty([VillageMean(Fraction(74), 100, "")], design, step=Fraction(1, 10), scale=(0, 100))
    counts = counts_uncertainty([VillageCounts((50, 50), "")], design, part={0}, whole={0, 1}, base=5)
    index = composite_uncertainty(82, [Component(100, [B], Bases(5))], design, scale=(0, 100))
    assert [mean.reason, counts.reason, index.reason] == [reason] * 3
    nothing = composite_uncertainty(None, [Component(100, [B, C], Bases(5))], design, scale=(0, 100))
    assert nothing.reason == "small"
    assert composite_uncertainty(None, [], design, scale=(0, 100)).reason == "not_collected"


def test_more_villages_than_there_are_is_refused() -> None:
    with pytest.raises(ValueError, match="2 villages of 7201, which has 1"):
        share_uncertainty([A, B, B, C][:2], Design("sample", {"7201": 1}), Bases(5))


def test_the_correction_for_a_finite_population_leaves_the_rounding() -> None:
    villages = [A, B, C, VillageShare(101, 140, "7202")]
    sizes = {"7201": 2, "7202": 2}
    whole = share_uncertainty(villages, Design("sample", sizes), Bases(5, 5))
    census = share_uncertainty(villages, CENSUS, Bases(5, 5))
    assert whole.standard_error == pytest.approx(census.standard_error)


@pytest.mark.parametrize(
    ("error", "value", "mark"),
    [
        (25, 100, None),
        (25.01, 100, "use_with_care"),
        (50, 100, "use_with_care"),
        (50.01, 100, "not_reliable"),
        (0, 0, None),
        (0.1, 0, "not_reliable"),
        (30, -100, "use_with_care"),
    ],
)
def test_marks_are_those_of_bps(error: float, value: float, mark: str | None) -> None:
    assert mark_of(error, value) == mark


def test_a_share_of_0_has_no_relative_error() -> None:
    found = share_uncertainty([VillageShare(0, 120, "", few=7)], CENSUS, Bases(5))
    assert found.relative is None
    assert found.mark == "not_reliable"
    assert found.low == 0
