"""Keeps who is counted in the figures of a village, so that the next release can tell how many families changed.

Families stand as keyed digests and their outcomes encrypted, under the year's key, which is not in the database. A
count of figures changes only if ten or more families changed in what it counts. Otherwise other families that changed
elsewhere would cover a single one (docs/decisions/0052-releases.md).
"""

import re
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from hashlib import blake2b
from typing import Final
from zlib import crc32

from app.scoring.instrument import Instrument
from app.scoring.score import VALUED
from app.scoring.sums import SCALED, UNITS

_FAMILY_CONTEXT: Final = b"ikk members 1"
_LETTERS_CONTEXT: Final = b"ikk letters 1"
_FAMILY_BYTES: Final = 6
_NONCE_BYTES: Final = 8
_WIDTH_BYTES: Final = 2
_BLOCK: Final = 64
_PART: Final = re.compile(r"([ynu]?)([FUNMV]*)(?:\(([^)]*)\))?(.*)")
_VALUED: Final = ord(VALUED)

Members = Mapping[bytes, bytes]
"""By the digest of a family, one byte for each thing that is counted of it."""


@dataclass(frozen=True, slots=True)
class Member:
    """A family that is counted, as it is stored. carded: whether another interview of it would be known as its own"""

    family: bytes
    outcomes: str
    units: int | None
    carded: bool = True


def write_members(members: Iterable[Member], instrument: Instrument, key: bytes) -> bytes:
    """What is stored of the families of a village. instrument: the version whose rules apply"""
    found = {_family_of(each, key): _letters(each, instrument) for each in members}
    nonce, width = secrets.token_bytes(_NONCE_BYTES), max(map(len, found.values()), default=0)
    rows = [
        family + _crypt(letters.ljust(width, b"\0"), family, nonce, key) for family, letters in sorted(found.items())
    ]
    return nonce + width.to_bytes(_WIDTH_BYTES, "big") + b"".join(rows)


def read_members(stored: bytes, key: bytes) -> Members:
    """What was stored. Empty where nothing was."""
    if not stored:
        return {}
    nonce, start = stored[:_NONCE_BYTES], _NONCE_BYTES + _WIDTH_BYTES
    width = int.from_bytes(stored[_NONCE_BYTES:start], "big")
    found = {}
    for at in range(start, len(stored), _FAMILY_BYTES + width):
        family = stored[at : at + _FAMILY_BYTES]
        found[family] = _crypt(stored[at + _FAMILY_BYTES : at + _FAMILY_BYTES + width], family, nonce, key)
    return found


def _family_of(member: Member, key: bytes) -> bytes:
    """The digest of a family. Its last bit says whether it has a card."""
    digest = _digest(member.family, key, _FAMILY_CONTEXT, _FAMILY_BYTES)
    return digest[:-1] + bytes((digest[-1] & 0xFE | member.carded,))


def count_least(one: Members, other: Members) -> int:
    """By how many families two surveys of a village differ at least. A family without a card may be any other one."""
    left = [one.keys() - other.keys(), other.keys() - one.keys()]
    without_card = sum(not family[-1] & 1 for each in left for family in each)
    same = min(len(left[0]), len(left[1]), without_card)
    return len(left[0]) + len(left[1]) - 2 * same


def count_changed(before: Members, after: Members) -> list[int]:
    """For each thing that is counted, how many families were added, removed or count otherwise."""
    only = len(before.keys() ^ after.keys())
    both = [(before[family], after[family]) for family in before.keys() & after.keys()]
    width = max((len(each) for each in (*before.values(), *after.values())), default=0)
    counts = [only] * width
    for old, new in both:
        if old != new:
            for at in range(width):
                counts[at] += old[at : at + 1] != new[at : at + 1]
    return counts


def count_net_changed(before: Members, after: Members) -> list[int]:
    """For each thing that is counted, how many families at least must have changed to make its counts what they are.

    What cancels out is no change, such as a family that left and one like it that came.
    """
    width = max((len(each) for each in (*before.values(), *after.values())), default=0)
    changes = [Counter[int]() for _ in range(width)]
    for family in before.keys() | after.keys():
        old, new = before.get(family, b""), after.get(family, b"")
        if old == new:
            continue
        for change, letter in zip(changes, new, strict=False):
            change[letter] += 1
        for change, letter in zip(changes, old, strict=False):
            change[letter] -= 1
    return [max((+each).total(), (-each).total()) for each in changes]


def may_change(before: Members, after: Members, batch: int) -> bool:
    """Whether figures of both may be published.

    In each count no family changed, or at least `batch` did. Nor may changes cancel out until fewer families are left,
    because whoever makes them would then see the few that are not theirs. But where at least half of the families are
    others, the figures of before say nothing true any more.
    """
    if any(0 < count < batch for count in count_changed(before, after)):
        return False
    return is_mostly_other(count_least(before, after), before, after) or not any(
        0 < change < batch for change in count_net_changed(before, after)
    )


def is_mostly_other(differ: int, one: Members, other: Members) -> bool:
    """Whether at least half of the families of two surveys are others. differ: how many are in one of them only"""
    return differ >= max(len(one), len(other))


def _letters(member: Member, instrument: Instrument) -> bytes:
    """A byte for each outcome of each index, for what else decides of an index, and for the category of the first."""
    parts = [member.outcomes] if instrument.format == 1 else member.outcomes.split("|")
    found = bytearray()
    for part in parts:
        matched = _PART.fullmatch(part)
        assert matched is not None  # noqa: S101 (it was read when it was stored)
        applies, letters, points, rest = matched.groups()
        found += _with_points(letters.encode(), points)
        found.append(crc32(f"{applies}{rest}".encode()) % 251)
    found.append(_category(member.units, instrument))
    return bytes(found)


def _with_points(letters: bytes, points: str | None) -> bytes:
    """The letters, with another byte for each number of points."""
    if points is None:
        return letters
    listed = iter(points.split(","))
    return bytes(128 + crc32(next(listed).encode()) % 127 if each == _VALUED else each for each in letters)


def _category(units: int | None, instrument: Instrument) -> int:
    """0 without a value, otherwise the place of the category of the first index, from 1 on."""
    if units is None:
        return 0
    bounds, included = _bounds(instrument)
    return 1 + sum(units > bound if within else units >= bound for bound, within in zip(bounds, included, strict=True))


@lru_cache(maxsize=256)
def _bounds(instrument: Instrument) -> tuple[Sequence[Fraction], Sequence[bool]]:
    """The bounds of the categories of the first index, in units as they enter sums."""
    index = instrument.main
    scale = Fraction(100) / index.scale if index.method in SCALED else Fraction(1)
    bounded = [each for each in index.categories if each.bound is not None]
    return [Fraction(each.bound or 0) * scale * UNITS for each in bounded], [each.included for each in bounded]


def _digest(content: bytes, key: bytes, context: bytes, size: int) -> bytes:
    return blake2b(content, key=key, digest_size=size, person=context).digest()


def _crypt(letters: bytes, family: bytes, nonce: bytes, key: bytes) -> bytes:
    """Encrypts or decrypts, by a stream of its own for each family of each stored version."""
    stream = b"".join(_blocks(len(letters), family, nonce, key))
    size = len(letters)
    return (int.from_bytes(letters, "big") ^ int.from_bytes(stream[:size], "big")).to_bytes(size, "big")


def _blocks(size: int, family: bytes, nonce: bytes, key: bytes) -> Iterator[bytes]:
    for number in range(-(-size // _BLOCK)):
        yield _digest(nonce + family + number.to_bytes(4, "big"), key, _LETTERS_CONTEXT, _BLOCK)
