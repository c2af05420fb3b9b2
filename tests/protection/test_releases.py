"""What two successive versions of a village tell together. Every family answered, and families were only added."""

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from itertools import product

import pytest

from app.protection.rounding import cap
from tests.protection.drawn import Chosen
from tests.protection.enumerated import round_all, rule


def possible(base: int, before: int, added: int) -> Mapping[tuple[object, str], set[int]]:
    """For each pair of published numbers, the true ones before and after, and how many of the added are unfulfilled."""
    left, whole = defaultdict[tuple[object, str], set[int]](set), (before, before + added)
    widths = [each - cap(each - base + 1, base) - 1 for each in whole]
    few = sorted({Fraction(at, width) for width in widths for at in range(width)})
    for unfulfilled, fulfilled in product([Fraction(at, base) for at in range(base)], few):
        secrets = Chosen(U=unfulfilled, F=fulfilled)
        first, second = (
            round_all(each, [(count, 0, 0) for count in range(each + 1)], rule(base), secrets) for each in whole
        )
        for count, more in product(range(before + 1), range(added + 1)):
            pair = (first[count], second[count + more])
            left[pair, "before"].add(count)
            left[pair, "after"].add(count + more)
            left[pair, "added"].add(more)
    return left


@pytest.mark.parametrize(("base", "before", "added", "fewest"), [(5, 31, 10, 3), (5, 33, 20, 3), (10, 35, 10, 8)])
def test_a_batch_of_families_leaves_several_values_of_every_count(
    base: int, before: int, added: int, fewest: int
) -> None:
    """Fewer than the base only where the side that is rounded changes."""
    assert min(map(len, possible(base, before, added).values())) == fewest


def test_a_batch_can_tell_that_all_of_it_is_unfulfilled_if_it_is_one_more_than_a_multiple_of_the_base() -> None:
    """A limit. Whoever knows which families were added learns it in one of five cases where it is so."""
    alone = {key: values for key, values in possible(5, 31, 11).items() if len(values) == 1}
    assert {frozenset(values) for (_, count), values in alone.items() if count == "added"} == {frozenset((11,))}
