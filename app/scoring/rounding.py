"""Rounds exact values for output to two decimals, half up. Rounded parts of a whole still add up to it."""

from collections.abc import Sequence
from fractions import Fraction


def shown(value: Fraction | None) -> float | None:
    """A value rounded to two decimals, half up, for JSON."""
    return None if value is None else _hundredths(value) / 100


def _hundredths(value: Fraction) -> int:
    return (value.numerator * 200 + value.denominator) // (2 * value.denominator)


def shown_parts(parts: Sequence[Fraction | None], whole: Fraction | None) -> list[float | None]:
    """Parts rounded to two decimals so that they add up to the rounded whole (largest remainder method).

    Parts with equal remainders are rounded up in the given order.
    """
    if whole is None:
        return [None for _ in parts]
    # Whole numbers, because this runs once per submission and arithmetic on fractions would be its slowest part.
    split = [None if part is None else divmod(part.numerator * 100, part.denominator) for part in parts]
    left = _hundredths(whole) - sum(each[0] for each in split if each is not None)
    order = sorted(
        (position for position, part in enumerate(parts) if part),
        key=lambda position: -(split[position] or (0, 0))[1] / (parts[position] or whole).denominator,
    )
    raised = set(order[:left])
    return [None if each is None else (each[0] + (position in raised)) / 100 for position, each in enumerate(split)]


def rounded(value: Fraction, decimals: int) -> Fraction:
    """A value rounded half up to decimal places."""
    steps = 10**decimals
    return Fraction((value.numerator * steps * 2 + value.denominator) // (2 * value.denominator), steps)
