"""The arithmetic of rounding: categories that add up, and secrets that hang on what they are for."""

from collections import defaultdict
from fractions import Fraction
from itertools import product
from math import ceil, lcm

import pytest

from app.protection.rounding import FINE, cap, split, up_down
from app.protection.secrets import Secrets

Parts = tuple[int, ...]


def parts_of(whole: int, count: int) -> list[Parts]:
    rest = [each for each in product(range(whole + 1), repeat=count - 1) if sum(each) <= whole]
    return [(*each, whole - sum(each)) for each in rest]


def offsets(whole: int, base: int) -> list[int]:
    """One for each way to round, all equally likely."""
    every = lcm(base, whole - max(0, cap(whole, base)))
    return [ceil(Fraction(base * FINE * at, every)) for at in range(every)]


@pytest.mark.parametrize(("whole", "count", "base"), [(30, 3, 5), (33, 3, 5), (34, 2, 5), (23, 4, 5), (41, 2, 10)])
def test_every_part_of_a_known_whole_keeps_as_many_values_as_the_base(whole: int, count: int, base: int) -> None:
    left = defaultdict[tuple[Parts, int], set[int]](set)
    for parts in parts_of(whole, count):
        for offset in offsets(whole, base):
            rounded = split(parts, offset, base)
            assert sum(rounded) == whole
            assert min(rounded) >= 0
            for at, part in enumerate(parts):
                left[rounded, at].add(part)
    assert all(max(each) - min(each) + 1 == len(each) for each in left.values())
    assert min(map(len, left.values())) >= base


@pytest.mark.parametrize(("whole", "base"), [(30, 5), (33, 5), (41, 10)])
def test_over_all_offsets_every_part_is_right(whole: int, base: int) -> None:
    every = offsets(whole, base)
    for parts in parts_of(whole, 3):
        rounded = [split(parts, offset, base) for offset in every]
        assert [Fraction(sum(each), len(every)) for each in zip(*rounded, strict=True)] == list(parts)


def test_a_count_is_rounded_to_less_than_the_base_away() -> None:
    for count, offset in product(range(40), range(5)):
        assert up_down(count, offset, 5) % 5 == 0
        assert abs(up_down(count, offset, 5) - count) < 5


def test_secrets_hang_on_the_key_and_on_all_that_they_are_for() -> None:
    secrets = Secrets(b"key")
    asked = [("a", "b"), ("ab", ""), ("a", "b", ""), ("b", "a")]
    assert len({secrets.offset(10**15, *each) for each in asked}) == len(asked)
    assert secrets.offset(10**15, "a") != Secrets(b"other").offset(10**15, "a")
    assert secrets.offset(10**15, "a") == Secrets(b"key").offset(10**15, "a")


def test_draws_are_the_same_for_the_same_purpose_and_fair() -> None:
    rows = [[draws.below(6) for _ in range(600)] for draws in (Secrets(b"key").generator("a") for _ in range(2))]
    assert rows[0] == rows[1]
    assert all(70 < rows[0].count(side) < 130 for side in range(6))
    draws = Secrets(b"key").generator("b")
    assert sorted(draws.order(9)) == list(range(9))
    picked = [draws.pick((0, 1, 3)) for _ in range(400)]
    assert 0 not in picked
    assert 60 < picked.count(1) < 140
