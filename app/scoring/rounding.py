"""Rounds exact values for output: figures half up, and bounds outwards. Rounded parts of a whole still add up to it."""

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, floor
from typing import Final

DECIMALS: Final = 2
"""Decimals of percentages, and of an index unless its instrument says otherwise."""


def rounded(value: Fraction, decimals: int) -> Fraction:
    """A value rounded half up to decimal places."""
    return Fraction(steps_of(value, decimals), 10**decimals)


def shown(value: Fraction | None, decimals: int = DECIMALS) -> float | None:
    """A value rounded half up to decimal places, for JSON."""
    return None if value is None else steps_of(value, decimals) / 10**decimals


def shown_least(bound: Fraction | None, decimals: int = DECIMALS) -> float | None:
    """A lower bound rounded down, so that it stays true."""
    return None if bound is None else floor(bound * 10**decimals) / 10**decimals


def shown_most(bound: Fraction | None, decimals: int = DECIMALS) -> float | None:
    """An upper bound rounded up, so that it stays true."""
    return None if bound is None else ceil(bound * 10**decimals) / 10**decimals


def steps_of(value: Fraction, decimals: int) -> int:
    """A value in units of its last decimal place, rounded half up."""
    steps: int = (value.numerator * 2 * 10**decimals + value.denominator) // (2 * value.denominator)
    return steps


def shown_parts(
    parts: Sequence[Fraction | None], whole: Fraction | None, decimals: int = DECIMALS
) -> list[float | None]:
    """Parts rounded so that they add up to the rounded whole (largest remainder method).

    Parts with equal remainders are rounded up in the given order.
    """
    if whole is None:
        return [None for _ in parts]
    # Whole numbers, because this runs once per submission and arithmetic on fractions would be its slowest part.
    steps = 10**decimals
    split = [None if part is None else divmod(part.numerator * steps, part.denominator) for part in parts]
    left = steps_of(whole, decimals) - sum(each[0] for each in split if each is not None)
    order = sorted(
        (position for position, part in enumerate(parts) if part),
        key=lambda position: -(split[position] or (0, 0))[1] / (parts[position] or whole).denominator,
    )
    raised = set(order[:left])
    return [None if each is None else (each[0] + (position in raised)) / steps for position, each in enumerate(split)]
