"""How exact values are shown: two decimals, half up; parts of a whole so that the shown parts add up to it."""

from collections.abc import Sequence
from fractions import Fraction


def shown(value: Fraction | None) -> float | None:
    """A value to two decimals, half up, as JSON shows it."""
    return None if value is None else _hundredths(value) / 100


def _hundredths(value: Fraction) -> int:
    return (value.numerator * 200 + value.denominator) // (2 * value.denominator)


def shown_parts(parts: Sequence[Fraction | None], whole: Fraction | None) -> list[float | None]:
    """Parts to two decimals whose sum is the shown whole: largest remainders first, ties in the given order."""
    if whole is None:
        return [None for _ in parts]
    # Whole numbers throughout: this runs once per submission, and arithmetic on fractions would be its dearest part.
    split = [None if part is None else divmod(part.numerator * 100, part.denominator) for part in parts]
    left = _hundredths(whole) - sum(each[0] for each in split if each is not None)
    order = sorted(
        (place for place, part in enumerate(parts) if part),
        key=lambda place: -(split[place] or (0, 0))[1] / (parts[place] or whole).denominator,
    )
    raised = set(order[:left])
    return [None if each is None else (each[0] + (place in raised)) / 100 for place, each in enumerate(split)]
