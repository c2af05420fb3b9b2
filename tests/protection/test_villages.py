"""Step 1: how many true counts of a village stay possible, and what the rounding does on average."""

from collections import defaultdict
from fractions import Fraction
from random import Random

import pytest

from app.protection.plan import Plan
from app.protection.protected import Protected, ProtectedIndicator
from app.protection.secrets import Secrets
from app.protection.villages import join_small, protect
from tests.protection.drawn import PARAMETERS, YEAR, Chosen, draw_village, ikk, places, protect_all
from tests.protection.enumerated import outcomes, possible, round_all, rule, runs

BASES = (5, 10)


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
    counts = tuple((families - m - n - f, m, n) for n in range(10) for m in range(10) for f in range(20))
    for (unfulfilled, missing, none), result in possible(families, counts, of):
        # Of others, not all counts that lead to them are tried.
        if result.fulfilled is not None and result.fulfilled <= 7 and max(result.missing, result.not_applicable) <= 5:
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
    joint = join_small(small, PARAMETERS)
    assert [(each.members, each.exact.place, each.exact.families) for each in joint] == [
        (codes[:2], "630101", 40),
        (codes[2:4], "6301", 40),
    ]


@pytest.mark.parametrize(
    ("families", "places"),
    [((29, 1, 15), ["6301"]), ((29, 9, 0), []), ((29, 10, 0), ["630101"]), ((29, 8, 2), ["6301"])],
)
def test_the_team_of_one_village_is_never_left_with_a_handful_of_others(
    families: tuple[int, ...], places: list[str]
) -> None:
    """The last village lies in another district, so it is only joined within the regency."""
    codes = ("6301011001", "6301011002", "6301021001")
    small = [draw_village(code, n, Random(1)).exact for code, n in zip(codes, families, strict=True) if n]
    joint = join_small(small, PARAMETERS)
    assert [each.exact.place for each in joint] == places
    for each in joint:
        sizes = [one.families for one in small if one.place in each.members]
        assert sum(sizes) - max(sizes) >= 10


def test_villages_that_are_joined_later_have_secrets_of_their_own() -> None:
    codes = ("6301011001", "6301011002")
    small, plan = [draw_village(each, 20, Random(1)).exact for each in codes], Plan.of(ikk())
    taken, found = list[str](), []
    for _ in range(3):
        (joint,) = join_small(small, PARAMETERS, taken)
        taken.append(joint.exact.place)
        protected = protect(joint.exact, plan, year=YEAR, secrets=Secrets(b"key"), parameters=PARAMETERS)
        assert protected is not None
        found.append(protected.indices)
    assert taken == ["630101", "630101#2", "630101#3"]
    assert found[0] != found[1] != found[2]
