"""Checks whether 16 digits can be a NIK or a No KK, and reads birth date and sex from a NIK.

Neither number has a check digit, so a rule can only say whether the digits could be a number. What the law allows is
never a fault. A NIK keeps its digits even if its date is wrong, and it moves with its owner.
"""

import re
import unicodedata
from calendar import isleap, monthrange
from typing import Final, Literal, TypeGuard

from app.problems.fault_texts import FaultCode

NumberKind = Literal["card", "nik"]

_NUMBER: Final = re.compile(r"[0-9]{16}", re.ASCII)
_NUMBER_WITHIN: Final = re.compile(r"[0-9]{16}", re.ASCII)
_DIGITS: Final = 16
_SIGNS: Final = re.compile(r"[^0-9A-Za-z]+", re.ASCII)
_LONGEST_TEXT: Final = 1000
"""No free text may be longer, so what lies beyond is refused anyway."""
_FEMALE_DAYS: Final = 40
_CENTURIES: Final = ("19", "20")
_LAST_DAYS: Final = {f"{month:02}": monthrange(2000, month)[1] for month in range(1, 13)}
"""The last day of each month, as it is written, in a leap year."""
_LEAP_DAY: Final = "02-29"


def nik_fault(nik: str) -> FaultCode | None:
    """Code of the fault in 16 digits that cannot be a NIK, or None (PP 37/2007 art. 37).

    A NIK is the region of first registration, DDMMYY of birth (day + 40 for females), and a serial from 0001.
    """
    if not birth_dates(nik):
        return "nik_without_date"
    return "serial_zero" if nik[12:] == "0000" else None


def card_fault(card: str) -> FaultCode | None:
    """Code of the fault in 16 digits that cannot be a No KK, or None.

    A No KK is the region of issue, DDMMYY of recording (nothing is added to the day), and a serial from 0001.
    """
    if not _dates(int(card[6:8]), card[8:10], card[10:12]):
        return "card_without_date"
    return "serial_zero" if card[12:] == "0000" else None


def birth_dates(nik: str) -> list[str]:
    """The birth dates that a NIK allows in ISO 8601, at most two, because a NIK does not contain the century."""
    day = int(nik[6:8])
    return _dates(day - _FEMALE_DAYS if day > _FEMALE_DAYS else day, nik[8:10], nik[10:12])


def sex_of(nik: str) -> Literal["female", "male"]:
    return "female" if int(nik[6:8]) > _FEMALE_DAYS else "male"


def is_number(value: object) -> TypeGuard[str]:
    """Whether a value is text of 16 ASCII digits, as a NIK or a No KK is."""
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def holds_number(text: str) -> bool:
    """Whether a text contains 16 digits in a row, because free text may hold no NIK or No KK.

    Digits of any script count, and whatever stands between them does not, unless it is a letter: blanks, line breaks,
    punctuation, symbols, and marks that nobody sees.
    """
    if text.isascii():
        # The normal form of such a text is the text. This is how most texts are looked through.
        return len(text) >= _DIGITS and _NUMBER_WITHIN.search(_SIGNS.sub("", text[:_LONGEST_TEXT])) is not None
    normal = unicodedata.normalize("NFKD", text[:_LONGEST_TEXT])
    return _NUMBER_WITHIN.search("".join(map(_told, normal))) is not None


def _told(character: str) -> str:
    """The ASCII digit that a character stands for, "x" for a letter, and nothing for everything else."""
    value = unicodedata.numeric(character, -1.0)
    if value in range(10):
        return str(int(value))
    return "x" if value >= 0 or character.isalpha() else ""


def _dates(day: int, month: str, year: str) -> list[str]:
    """The dates in 19YY and 20YY that exist in the calendar."""
    if not 0 < day <= _LAST_DAYS.get(month, 0):
        return []
    ending = f"{month}-{day:02}"
    if ending != _LEAP_DAY:
        return [f"{century}{year}-{ending}" for century in _CENTURIES]
    return [f"{century}{year}-{ending}" for century in _CENTURIES if isleap(int(century + year))]
