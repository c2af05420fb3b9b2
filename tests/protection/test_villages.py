"""Step 1: how many true counts of a village stay possible, and what the rounding does on average."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from random import Random

import pytest

from app.protection.exact import ExactIndex, ExactIndicator, ExactVillage
from app.protection.parameters import Parameters
from app.protection.plan import IndicatorPlan, Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.secrets import Secrets
from app.protection.villages import few_width, join_small, protect
from tests.protection.drawn import PARAMETERS, SECRETS, YEAR, Chosen, draw_village, ikk, places, protect_all

BASES = (5, 10)
Counts = tuple[int, int, int]
"""Unfulfilled, missing, not applicable."""
CELLS = Plan.of(ikk()).main.cells


def rule(base: int, applies_base: int = 1) -> IndicatorPlan:
    return IndicatorPlan("I", "rule", "applies", base, applies_base, applies_base == 1, False, False, False)


def round_all(families: int, counts: Sequence[Counts], of: IndicatorPlan, secrets: Secrets) -> list[ProtectedIndicator]:
    """Each as an indicator of the same village."""
    indicators = tuple(ExactIndicator(families - sum(each), *each) for each in counts)
    plan = replace(Plan.of(ikk()).main, indicators=(of,) * len(counts), mean=None)
    village = ExactVillage(
        "6372061004", families, (ExactIndex(indicators, (families, *[0] * (CELLS - 1)), None, 0, 0),)
    )
    parameters = Parameters(families=1)
    found = protect(village, Plan((plan,)), year=YEAR, secrets=secrets, parameters=parameters)
    assert found is not None
    return list(found.indices[0].indicators)


@cache
def outcomes(families: int, counts: tuple[Counts, ...], of: IndicatorPlan) -> list[list[ProtectedIndicator]]:
    """For each what it can be rounded to. All offsets of a count are equally likely, so results repeat."""
    found: list[list[ProtectedIndicator]] = [[] for _ in counts]
    parts = [Fraction(at, of.base) for at in range(of.base)]
    others = [Fraction(at, of.applies_base) for at in range(of.applies_base)]
    for missing in parts if any(each[1] for each in counts) else parts[:1]:
        for applies in others if any(each[2] for each in counts) else others[:1]:
            _every_side(families, counts, of, {"M": missing, "N": applies}, found)
    return found


def _every_side(
    families: int,
    counts: Sequence[Counts],
    of: IndicatorPlan,
    parts: dict[str, Fraction],
    found: list[list[ProtectedIndicator]],
) -> None:
    """All offsets of the side that is rounded: `base` of them, or as many as the width for few that fulfil."""
    first = round_all(families, counts, of, Chosen(**parts, U=Fraction(0), F=Fraction(0)))
    widths = [0 if each.unfulfilled is None else _width_of(each, of) for each in first]
    for width in {of.base, *widths} - {0}:
        mine = [at for at, each in enumerate(widths) if each == width]
        for at in range(width):
            part = Fraction(at, width)
            results = round_all(families, [counts[each] for each in mine], of, Chosen(**parts, U=part, F=part))
            for place, result in zip(mine, results, strict=True):
                found[place].append(result)
    for place, width in enumerate(widths):
        if not width:
            found[place].append(first[place])


def _width_of(rounded: ProtectedIndicator, of: IndicatorPlan) -> int:
    """With the offset 0, few that fulfil become 0, and otherwise more than base are left."""
    assert rounded.fulfilled is not None
    assert rounded.unfulfilled is not None
    if rounded.fulfilled:
        return of.base
    return few_width(rounded.unfulfilled, rounded.missing, rounded.not_applicable, of)


def possible(
    families: int, counts: tuple[Counts, ...], of: IndicatorPlan
) -> Iterator[tuple[Counts, ProtectedIndicator]]:
    for each, results in zip(counts, outcomes(families, counts, of), strict=True):
        for result in set(results):
            yield each, result


def runs(values: set[int]) -> bool:
    return max(values) - min(values) + 1 == len(values)


@pytest.mark.parametrize("base", BASES)
def test_of_all_villages_with_one_indicator_each_count_keeps_as_many_values_as_the_base(base: int) -> None:
    """For somebody who knows how many families answered. All such numbers to 60, all counts and all offsets."""
    of, fewest = rule(base), 10**6
    for families in range(3 * base, 61):
        left = defaultdict[ProtectedIndicator, set[int]](set)
        for (unfulfilled, _, _), result in possible(families, tuple((u, 0, 0) for u in range(families + 1)), of):
            left[result].add(unfulfilled)
        assert all(map(runs, left.values()))
        fewest = min(fewest, *map(len, left.values()))
    assert fewest == base


@pytest.mark.parametrize("base", BASES)
def test_with_every_number_of_missing_families_each_count_keeps_as_many_values_as_the_base(base: int) -> None:
    """For outsiders the missing families keep them too. Who knows the answered families knows the missing anyway."""
    of = rule(base)
    for families in (30, 31, 34, 38) if base == 5 else (35, 48):
        known, missing_left = defaultdict[object, set[int]](set), defaultdict[object, set[int]](set)
        counts = tuple((u, m, 0) for m in range(families + 1) for u in range(families - m + 1))
        for (unfulfilled, missing, _), result in possible(families, counts, of):
            missing_left[result].add(missing)
            if result.unfulfilled is not None:
                known[result, missing].add(unfulfilled)
        assert min(map(len, known.values())) == base
        assert all(map(runs, known.values()))
        assert min(map(len, missing_left.values())) == base


def test_families_to_which_an_indicator_does_not_apply_keep_their_values_too() -> None:
    """Where few fulfil, which is where the side that is rounded changes."""
    of, families = rule(5, 5), 37
    known, none_left, missing_left = (defaultdict[object, set[int]](set) for _ in range(3))
    counts = tuple((families - m - n - f, m, n) for n in range(10) for m in range(10) for f in range(23))
    for (unfulfilled, missing, none), result in possible(families, counts, of):
        # Of others, not all counts that lead to them are tried.
        if result.fulfilled is not None and result.fulfilled <= 10 and max(result.missing, result.not_applicable) <= 5:
            none_left[result].add(none)
            missing_left[result].add(missing)
            known[result, missing, none].add(unfulfilled)
    for left in (none_left, missing_left, known):
        assert all(map(runs, left.values()))
    assert min(map(len, none_left.values())) == min(map(len, missing_left.values())) == 5


@pytest.mark.parametrize("base", BASES)
def test_over_all_offsets_the_error_is_0(base: int) -> None:
    of = rule(base)
    for families in range(3 * base, 61):
        counts = tuple((u, 0, 0) for u in range(families + 1))
        for (unfulfilled, _, _), results in zip(counts, outcomes(families, counts, of), strict=True):
            rounded = [each.unfulfilled for each in results if each.unfulfilled is not None]
            assert Fraction(sum(rounded), len(rounded)) == unfulfilled


def test_the_village_of_the_example() -> None:
    """KLS2 of two villages, worked by hand in docs/decisions."""
    of = rule(5, 5)
    first = Chosen(N=Fraction(1, 5), M=Fraction(3, 5), U=Fraction(1, 5))
    second = Chosen(N=Fraction(4, 5), M=Fraction(0), U=Fraction(4, 5))
    assert round_all(124, [(3, 2, 12)], of, first) == [ProtectedIndicator(109, 0, 5, 10)]
    assert round_all(152, [(41, 3, 9)], of, second) == [ProtectedIndicator(97, 45, 0, 10)]


def test_a_village_with_too_few_families_has_none() -> None:
    villages = [
        draw_village(place, families, Random(1)) for place, families in (("6301011001", 29), ("6301011002", 30))
    ]
    assert [each.place for each in protect_all(villages)] == ["6301011002"]


def test_counts_of_a_village_add_up_to_its_families() -> None:
    for at, place in enumerate(places(4, 12)):
        (found,) = protect_all([draw_village(place, 30 + 7 * at, Random(at))])
        for index in found.indices:
            assert sum(index.counts) == found.families
            assert min(index.counts) >= 0
            for each in index.indicators:
                counts = [count for count in each if count is not None]
                if len(counts) == 4:
                    assert min(counts) >= 0
                    assert sum(counts) == found.families


def test_stored_values_give_the_same_counts_again() -> None:
    plan = Plan.of(ikk())
    for at, place in enumerate(places(4, 12)):
        (found,) = protect_all([draw_village(place, 30 + 7 * at, Random(at))])
        values = found.to_values()
        assert len(values) == plan.length
        assert Protected.from_values(place, values, plan) == found


@pytest.mark.parametrize("wrong", [0, 1, -1])
def test_stored_values_of_another_length_are_refused(wrong: int) -> None:
    plan = Plan.of(ikk())
    (found,) = protect_all([draw_village("6301011001", 60, Random(1))])
    values = found.to_values()
    with pytest.raises(ValueError, match="values of 6301011001"):
        Protected.from_values("6301011001", [*values, 0] if wrong == 1 else values[:wrong], plan)


def test_protected_counts_cannot_be_made_without_the_token() -> None:
    with pytest.raises(ValueError, match="only protection"):
        Protected("6301011001", 60, ())


def test_the_same_village_is_always_rounded_alike_and_another_year_otherwise() -> None:
    village, plan = draw_village("6301011001", 200, Random(1)).exact, Plan.of(ikk())
    first, again, later = (
        protect(village, plan, year=year, secrets=Secrets(b"key"), parameters=PARAMETERS) for year in (2026, 2026, 2027)
    )
    assert first == again
    assert first != later


def test_small_villages_have_figures_with_others_of_their_district_or_regency() -> None:
    codes = ("6301011001", "6301011002", "6301021001", "6301031001", "6302011001")
    small = [draw_village(each, 20, Random(1)).exact for each in codes]
    joint = join_small(small, Plan.of(ikk()), year=YEAR, secrets=SECRETS, parameters=PARAMETERS)
    assert [(each.members, each.protected.place, each.protected.families) for each in joint] == [
        (codes[:2], "630101", 40),
        (codes[2:4], "6301", 40),
    ]
