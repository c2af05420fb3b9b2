"""Finds what an author may have meant by a word that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from app.scoring.reading.faults import Both

_MOST_CANDIDATES: Final = 3000


def meant(word: str, known: Iterable[str]) -> Both:
    """The end of a sentence with the nearest known word, or nothing if none is near."""
    return _meant(word[:60], tuple(known)[:_MOST_CANDIDATES])


@lru_cache(maxsize=256)
def _meant(word: str, known: tuple[str, ...]) -> Both:
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), [each for each in folded if abs(len(each) - len(word)) <= 3], 1, 0.6)
    if not near:
        return "", ""
    found = folded[near[0]]
    return f" Mungkin maksudnya {found}?", f" Did you mean {found}?"
