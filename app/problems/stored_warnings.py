"""Warnings of a submission as one short text, which its row stores.

A warning that many submissions have is a letter, with the position of its person if it is about one. Any other one
stands there in full. Two texts after one another are the text of both, so that SQL can add a warning. A letter is
never used again for another warning.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_MEANINGS: Final[Mapping[str, str]] = {
    "a": "card_region_unknown /family/card_number",
    "b": "nik_region_unknown /family/people/#/nik",
    "c": "nik_sex_differs /family/people/#/sex",
    "d": "nik_birth_date_differs /family/people/#/birth_date",
    "e": "head_sex_differs /family/people/#/sex",
    "f": "more_people_than_members /family/people",
    "g": "identity_changed /family/people",
    "h": "interviewed_before /family/card_number",
    "i": "salt_used_before /salt",
    "j": "in_training /purpose",
    "k": "too_fast /started_at",
    "l": "device_clock /surveyed_at",
    "m": "received_late /surveyed_at",
    "n": "phone_score_differs /answers",
}
_LETTERS: Final = {meaning: letter for letter, meaning in _MEANINGS.items()}
_POSITION: Final = re.compile(r"(?<=/people/)\d+")
_STORED: Final = re.compile(r"([a-z])(\d*)|=([^\n]*)\n")


def write_warnings(warnings: Iterable[str]) -> str:
    """Returns the text of warnings, each in its stored form (`WarningOut.of`), in their order."""
    return "".join(map(_write, warnings))


def read_warnings(text: str) -> list[str]:
    """Returns the stored forms of the warnings in a text."""
    return [
        _MEANINGS[letter].replace("#", position) if letter else whole
        for letter, position, whole in _STORED.findall(text)
    ]


def pattern_of(code: str) -> str:
    """Returns the regular expression, for PostgreSQL too, of the stored texts that hold a warning with the code."""
    letters = "".join(letter for letter, meaning in _MEANINGS.items() if meaning.startswith(f"{code} "))
    forms = [f"[{letters}]"] if letters else []
    # A family that differs is stored as the code of the question that asks again.
    forms.append(r"=[^ \n]*\n" if code == "family_differs" else f"={code} ")
    return rf"^([a-z][0-9]*|=[^\n]*\n)*({'|'.join(forms)})"


def pattern_of_forms(forms: Iterable[str]) -> str:
    """Returns the regular expression of warnings that are stored in full, by their stored forms."""
    return f"=({'|'.join(map(re.escape, forms))})\n"


@lru_cache(maxsize=1024)
def _write(warning: str) -> str:
    position = _POSITION.search(warning)
    letter = _LETTERS.get(_POSITION.sub("#", warning, count=1))
    if letter is None:
        return f"={warning}\n"
    return letter if position is None else letter + position[0]
