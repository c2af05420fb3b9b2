"""Refuses passwords by their length and by how soon somebody would guess them (NIST SP 800-63B section 3.1.1.2).

There are no rules on kinds of characters and no expiry, as that section asks. *zxcvbn* estimates the guesses. It knows
English words and leaked passwords, and we add the names of regions and Indonesian words. It takes a name, a club and a
year in one password for three unrelated words. A second estimate therefore leaves out whatever is expected here.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from zxcvbn_rs_py import zxcvbn

from app.platform.codes import normalise
from app.regions.editions import read_names
from app.services.access.everyday_words import COMMON, EXPECTED

SHORTEST: Final = 10
LONGEST: Final = 128
_JUDGED: Final = 28
"""Characters that are judged. The estimate holds the GIL, and its time grows fast with the length."""
_WHOLE: Final = 8.0
_UNEXPECTED: Final = 6.0
"""The fewest guesses, as powers of ten, of the whole and of what is left without the words that were expected.

Each ordinary word after the first counts as 10⁴. The whole needs three, and so do letters without a name or a year.
"""
_SHORTEST_NAME: Final = 3
_SHORTEST_PLACE: Final = 4
_LONGEST_WORD: Final = 40

_SEPARATORS: Final = re.compile(r"[\s_.,/-]+")
_ENDS: Final = re.compile(r"^[0-9!-/:-@\[-`{-~]{1,4}|[0-9!-/:-@\[-`{-~]{1,4}$")
_YEAR: Final = re.compile(r"(19[0-9]|20[0-4])[0-9]")
# What people write in place of letters, one character for one.
_RESPELLED: Final = str.maketrans("4@8301!579$", "aabeoiistgs")
# zxcvbn tries every combination of what these and others could stand for, which takes a second for a long password.
_RARE: Final = str.maketrans(dict.fromkeys("{[<|&#/%", "~"))


def has_wrong_length(password: str) -> bool:
    """Returns whether a new password has too few or too many characters, as composed."""
    return not SHORTEST <= len(normalise(password)) <= LONGEST


def is_guessable(password: str, *names: str) -> bool:
    """Returns whether a new password is easy to guess. `names` are its owner's username and name.

    It takes up to some 20 ms of CPU for any password, so call it in a thread.
    """
    text = _SEPARATORS.sub("", normalise(password).casefold())[:_JUDGED]
    known = _find(text, COMMON | EXPECTED | _own_parts(names), _places())
    rest = _leave_unexpected(text, (EXPECTED | _large_places()) - COMMON | _own_parts(names))
    return _guesses(text, known) < _WHOLE or _guesses(rest, known) < _UNEXPECTED


def _guesses(text: str, known: Iterable[str]) -> float:
    return zxcvbn(text.translate(_RARE), sorted(known)).guesses_log10 if text else 0.0


def _own_parts(names: Iterable[str]) -> frozenset[str]:
    """Returns the words of the owner's names, and the names as one word."""
    words = {part for name in names for part in (*_split(name), "".join(_split(name)))}
    return frozenset(word for word in words if len(word) >= _SHORTEST_NAME)


def _split(name: str) -> list[str]:
    return [part for part in re.split(r"[\W_]+", name.casefold()) if part]


def _find(text: str, *vocabularies: frozenset[str]) -> set[str]:
    """Returns the known words in a text, also in letters that look alike, and read from the end."""
    found = set[str]()
    for spelling in {text, text.translate(_RESPELLED)}:
        for start in range(len(spelling)):
            for end in range(start + _SHORTEST_NAME, min(start + _LONGEST_WORD, len(spelling)) + 1):
                part = spelling[start:end]
                found.update(word for word in (part, part[::-1]) if any(word in each for each in vocabularies))
    return found


def _leave_unexpected(text: str, expected: frozenset[str]) -> str:
    """Returns the text without expected words, years, and the digits and signs at its ends."""
    covered = [False] * len(text)

    def cover(start: int, end: int) -> None:
        covered[start:end] = [True] * (end - start)

    for spelling in {text, text.translate(_RESPELLED)}:
        for word in _find(spelling, expected):
            for each in (word, word[::-1]):
                for found in re.finditer(f"(?={re.escape(each)})", spelling):
                    cover(found.start(), found.start() + len(each))
    for pattern in (_YEAR, _ENDS):
        for found in pattern.finditer(text):
            cover(*found.span())
    return "".join(letter for letter, is_covered in zip(text, covered, strict=True) if not is_covered)


@cache
def _places() -> frozenset[str]:
    """Returns the names of all regions as single words. The first call takes some tenths of a second."""
    names = ("".join(_split(name)) for name in read_names())
    return frozenset(name for name in names if len(name) >= _SHORTEST_PLACE)


@cache
def _large_places() -> frozenset[str]:
    """Returns the names of provinces and regencies and their words, such as banjarbaru, kalimantanselatan, selatan."""
    names = [_split(name) for name in read_names(longest_code=4)]
    words = {word for name in names for word in (*name, "".join(name))}
    return frozenset(word for word in words if len(word) >= _SHORTEST_PLACE)
