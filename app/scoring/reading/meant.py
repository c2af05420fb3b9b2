"""Finds what an author may have meant by a word that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from app.scoring.reading.faults import Both

_MOST_CANDIDATES: Final = 3000
_MOST_LETTERS: Final = 3
"""By how many letters words may differ in length."""


def meant(word: str, known: Iterable[str]) -> Both:
    """The end of a sentence with the nearest known word, or nothing if none is near."""
    near = nearest(word, known)
    return ("", "") if near is None else (f" Mungkin maksudnya {near}?", f" Did you mean {near}?")


def nearest(word: str, known: Iterable[str], least: float = 0.6) -> str | None:
    """The known word that is most like this one. least: how much alike they must be, from 0 to 1"""
    return _nearest(word[:60], tuple(known)[:_MOST_CANDIDATES], least)


@lru_cache(maxsize=256)
def _nearest(word: str, known: tuple[str, ...], least: float) -> str | None:
    folded = {each.casefold(): each for each in known}
    like = [each for each in folded if abs(len(each) - len(word)) <= _MOST_LETTERS]
    near = get_close_matches(word.casefold(), like, 1, least)
    return folded[near[0]] if near else None
