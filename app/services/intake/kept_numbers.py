"""Finds the card numbers and NIKs in a body, wherever they stand, so that it is found for a family's rights."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from app.identity.numbers import NumberKind, card_fault, nik_fault

MOST_NUMBERS: Final = 2000
"""So many numbers of a body are kept. A body with more is not kept, as it could not be found by the others."""
_DIGITS: Final = 16
_RUN: Final = re.compile(r"[0-9]{16,}", re.ASCII)


def numbers_within(content: Any) -> set[tuple[NumberKind, str]] | None:
    """Returns each 16 digits that can be a number, with what they can be. None if there are more than `MOST_NUMBERS`.

    It looks into names and values at every depth. Digits of any script count, with whatever stands between them but
    letters.
    """
    found: set[tuple[NumberKind, str]] = set()
    for text in _texts_in(content):
        for digits in _windows(text):
            if card_fault(digits) is None:
                found.add(("card", digits))
            if nik_fault(digits) is None:
                found.add(("nik", digits))
            if len(found) > MOST_NUMBERS:
                return None
    return found


def _texts_in(content: Any) -> Iterator[str]:
    left = [content]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            left += value.keys()
            left += value.values()
        elif isinstance(value, list):
            left += value
        elif isinstance(value, str):
            yield value
        elif value is not None and not isinstance(value, bool):
            yield format(value, "f") if not isinstance(value, int) else str(value)


def _windows(text: str) -> Iterator[str]:
    if len(text) < _DIGITS:
        return
    for run in _RUN.finditer("".join(map(_told, unicodedata.normalize("NFKD", text)))):
        for start in range(len(run[0]) - _DIGITS + 1):
            yield run[0][start : start + _DIGITS]


def _told(character: str) -> str:
    """The ASCII digit that a character stands for, "x" for a letter, and nothing for everything else."""
    value = unicodedata.numeric(character, -1.0)
    if value in range(10):
        return str(int(value))
    return "x" if value >= 0 or character.isalpha() else ""
