"""Packs the sums of a village into one whole number, so that one addition adds all of them.

A layout gives each sum a fixed number of decimal digits, the first sum in the lowest ones. Sums are stored with the
version of their layout. So a later layout can have wider or more sums, and what was stored before stays readable.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import Final

from app.scoring.instrument import Instrument
from app.scoring.region import sums

MOST_FAMILIES: Final = 5 * 10**9 - 1
"""Half of the numbers of a sum's digits stand for negative sums. A row can hold them, if a family was counted in a row
of another layout and is taken out here."""
MOST_DIGITS: Final = 100_000
"""The digits that the sums of an instrument may have together. PostgreSQL stores 131,072."""
_FIRST: Final = 1
_FORMAT_1: Final = 2
_LATER: Final = 3
LAYOUTS: Final = (_FIRST, _FORMAT_1, _LATER)
"""All layouts in which sums are stored. In the first, every sum has 20 digits. In the others, each sum has its own
(`Sum.digits`): the second is of instruments of format 1, the third of all others. A layout never changes."""


class OverflowedSumsError(Exception):
    """Sums hold more families than their layout can, or not those that they say. No figure can be read from them."""


def layout_of(instrument: Instrument) -> int:
    """The layout in which the sums of an instrument are written."""
    return _FORMAT_1 if instrument.format == 1 else _LATER


def digits_of(instrument: Instrument) -> int:
    """The digits that the sums of an instrument have together. It cannot be published with more than MOST_DIGITS."""
    return sum(_widths(instrument, layout_of(instrument)))


def pack(values: Sequence[int], instrument: Instrument) -> str:
    """Sums as digits, in the layout in which they are written."""
    if any(each < 0 for each in values):
        return f"{Decimal(pack_number(values, instrument)):f}"
    return _pattern(_widths(instrument, layout_of(instrument))) % tuple(reversed(values))


def pack_number(values: Sequence[int], instrument: Instrument) -> int:
    """The packed number itself. Python refuses to read numbers of many digits from text."""
    packed = 0
    for each, width in zip(reversed(values), reversed(_widths(instrument, layout_of(instrument))), strict=True):
        packed = packed * 10**width + each
    return packed


def unpack(packed: str, families: int, instrument: Instrument, layout: int | None = None) -> list[int]:
    """The sums in a packed number that says it holds `families`. Raises OverflowedSumsError."""
    layout = layout or layout_of(instrument)
    widths = _widths(instrument, layout)
    negative = packed.startswith("-")
    digits = packed.removeprefix("-").zfill(sum(widths))
    found, end, carried = list[int](), len(digits), 0
    for width in widths:
        each = int(digits[end - width : end]) + carried
        carried = int(2 * each >= 10**width)
        found.append(each - carried * 10**width)
        end -= width
    if negative:
        found = [-each for each in found]
    if end or carried or families > MOST_FAMILIES or found[0] != families:
        raise OverflowedSumsError(f"{families} families in layout {layout} of {instrument.code} {instrument.version}")
    return found


def _widths(instrument: Instrument, layout: int) -> tuple[int, ...]:
    digits = tuple(each.digits for each in sums(instrument))
    return (20,) * len(digits) if layout == _FIRST else digits


@cache
def _pattern(widths: tuple[int, ...]) -> str:
    return "".join(f"%0{width}d" for width in reversed(widths))
