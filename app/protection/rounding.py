"""Rounds counts at random to multiples of a base. The one home of the arithmetic of protection.

Each result stays possible for at least `base` consecutive true counts. Over all offsets the error is 0 on average.
"""

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

FINE: Final = 2**32
"""Offsets where the width to round to may change from one release to the next are parts of base · FINE."""


def up_down(count: int | Fraction, offset: int | Fraction, base: int) -> int:
    """The multiple of base below or above a count, which is below base away. offset: from 0 to below base"""
    return base * ((count + offset) // base)


def cap(whole: int, base: int) -> int:
    """The highest multiple of base that leaves more than base of the whole."""
    return base * ((whole - base - 1) // base)


def is_up(part: int | Fraction, width: int, offset: int, base: int) -> bool:
    """Whether a part of a width is rounded to the whole width and not to 0. offset: below base · FINE

    The same offset serves every width, so a new width does not draw again.
    """
    whole = base * FINE
    return part * whole + offset * width >= whole * width


def split(parts: Sequence[int], offset: int, base: int) -> tuple[int, ...]:
    """Parts of a whole that everybody knows. None becomes negative, and they add up to the whole again.

    Their running totals are rounded to 0, base, 2 · base, … up to `cap(whole)`, and to the whole itself. The last step
    is wider than base, so that a part which holds nearly everything is as uncertain as any other.
    """
    whole = sum(parts)
    top = max(0, cap(whole, base))
    found, running, before = [], 0, 0
    for part in parts:
        running += part
        low, width = (top, whole - top) if running >= top else (running - running % base, base)
        after = low + (width if width and is_up(running - low, width, offset, base) else 0)
        found.append(after - before)
        before = after
    return tuple(found)
