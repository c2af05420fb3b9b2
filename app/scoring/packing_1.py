"""Packs the sums of a village into one whole number, so that one addition adds all of them.

A layout gives each sum a fixed number of decimal digits, the first sum in the lowest ones. Sums are stored with the
version of their layout. So a later layout can have wider or more sums, and what was stored before stays readable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from app.scoring.format_1 import Instrument


@dataclass(frozen=True, slots=True)
class Layout:
    """Decimal digits of a number of families, and of a sum of values in units of 10⁻⁸ points (at most 10¹⁰ each).

    Half of the numbers of that many digits stand for negative sums. A row can hold them, if a family was counted in a
    row of another layout and is taken out here.
    """

    version: int
    count_digits: int
    points_digits: int

    @property
    def most_families(self) -> int:
        """Families of 100 points that fit, and no more."""
        most: int = 5 * 10 ** (min(self.count_digits, self.points_digits - 10) - 1) - 1
        return most


LAYOUTS: Final = {each.version: each for each in (Layout(1, 20, 20), Layout(2, 10, 20))}
"""All layouts in which sums are stored, by version. A version never changes."""
CURRENT: Final = LAYOUTS[2]
"""The layout in which sums are written."""


class OverflowedSumsError(Exception):
    """Sums hold more families than their layout can, or not those that they say. No figure can be read from them."""


def length_of(instrument: Instrument) -> int:
    """The number of sums of an instrument, in the order of `sums_of` (`estimate.py`)."""
    return len(_widths(CURRENT, instrument))


def pack(sums: Sequence[int], instrument: Instrument) -> str:
    """Sums that are not negative as digits, in the current layout."""
    return _pattern(_widths(CURRENT, instrument)) % tuple(reversed(sums))


def pack_number(sums: Sequence[int], instrument: Instrument) -> int:
    """The packed number itself. Python refuses to read numbers of many digits from text."""
    packed = 0
    for each, width in zip(reversed(sums), reversed(_widths(CURRENT, instrument)), strict=True):
        packed = packed * 10**width + each
    return packed


def unpack(packed: str, families: int, instrument: Instrument, layout: int = CURRENT.version) -> list[int]:
    """The sums in a packed number that says it holds `families`. Raises OverflowedSumsError."""
    form = LAYOUTS[layout]
    widths = _widths(form, instrument)
    negative = packed.startswith("-")
    digits = packed.removeprefix("-").zfill(sum(widths))
    sums, end, carried = list[int](), len(digits), 0
    for width in widths:
        each = int(digits[end - width : end]) + carried
        carried = int(2 * each >= 10**width)
        sums.append(each - carried * 10**width)
        end -= width
    if negative:
        sums = [-each for each in sums]
    if end or carried or families > form.most_families or sums[0] != families:
        raise OverflowedSumsError(f"{families} families in layout {layout} of {instrument.code} {instrument.version}")
    return sums


def _widths(layout: Layout, instrument: Instrument) -> tuple[int, ...]:
    return _widths_of(layout, len(instrument.category), len(instrument.dimension), len(instrument.indicator))


@cache
def _widths_of(layout: Layout, categories: int, dimensions: int, indicators: int) -> tuple[int, ...]:
    count, points = layout.count_digits, layout.points_digits
    return (count, count, points, *(count,) * categories, *(count, points) * dimensions, *(count,) * 3 * indicators)


@cache
def _pattern(widths: tuple[int, ...]) -> str:
    return "".join(f"%0{width}d" for width in reversed(widths))
