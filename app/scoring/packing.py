"""Packs the sums of a village into one whole number, so that one addition adds all of them.

A layout gives each sum a fixed number of decimal digits, the first sum in the lowest ones. Sums are stored with the
version of their layout. So a later layout can have wider or more sums, and what was stored before stays readable.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache, lru_cache
from operator import ge
from struct import Struct
from typing import Final

from app.scoring.instrument import Instrument
from app.scoring.sums import sums

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
    fields, halves = _fields(instrument, layout)
    digits = packed.removeprefix("-").zfill(fields.size)
    fits = len(digits) == fields.size and families <= MOST_FAMILIES
    found = [int(each) for each in reversed(fields.unpack(digits.encode("ascii")))] if fits else []
    if any(map(ge, found, halves)):
        fits = _carry(found, halves)
    if packed.startswith("-"):
        found = [-each for each in found]
    if not fits or found[0] != families:
        raise OverflowedSumsError(f"{families} families in layout {layout} of {instrument.code} {instrument.version}")
    return found


def _carry(found: list[int], halves: Sequence[int]) -> bool:
    """Makes the sums negative that are, each of which took 1 from the one above it. False if the last one is too."""
    carried = 0
    for at, half in enumerate(halves):
        each = found[at] + carried
        carried = int(each >= half)
        found[at] = each - 2 * half * carried
    return not carried


@lru_cache(maxsize=256)
def _widths(instrument: Instrument, layout: int) -> tuple[int, ...]:
    digits = tuple(each.digits for each in sums(instrument))
    return (20,) * len(digits) if layout == _FIRST else digits


@lru_cache(maxsize=256)
def _fields(instrument: Instrument, layout: int) -> tuple[Struct, list[int]]:
    """The form of the digits, from the last sum to the first, and the half of the numbers of each sum."""
    widths = _widths(instrument, layout)
    return Struct("".join(f"{width}s" for width in reversed(widths))), [10**width // 2 for width in widths]


@cache
def _pattern(widths: tuple[int, ...]) -> str:
    return "".join(f"%0{width}d" for width in reversed(widths))
