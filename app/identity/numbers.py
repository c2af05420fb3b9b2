"""NIK and No KK: which 16 digits can be one, and what they tell.

Neither number has a check digit. A rule can only say whether the digits could be a number. What the law allows is never
a fault: a NIK stays as it is where its date is wrong, and moves with its owner.
"""

import re
from datetime import date
from typing import Final, Literal, TypeGuard

NumberKind = Literal["card", "nik"]

_NUMBER: Final = re.compile(r"[0-9]{16}", re.ASCII)
_NUMBER_WITHIN: Final = re.compile(r"(?:[0-9][ ./_-]*){16}", re.ASCII)
_FEMALE_DAYS: Final = 40
_CENTURIES: Final = (1900, 2000)


def nik_fault(nik: str) -> str | None:
    """What keeps 16 digits from being a NIK: region of first registration, DDMMYY of birth (day + 40 for females),
    serial from 0001 (PP 37/2007 art. 37)."""
    if not birth_dates(nik):
        return "nik_without_date"
    return "serial_zero" if nik[12:] == "0000" else None


def card_fault(card: str) -> str | None:
    """What keeps 16 digits from being a No KK: region of issue, DDMMYY of recording (nothing added), serial."""
    if not _dates(int(card[6:8]), card):
        return "card_without_date"
    return "serial_zero" if card[12:] == "0000" else None


def birth_dates(nik: str) -> list[date]:
    """The dates that a NIK may stand for: it does not tell the century."""
    day = int(nik[6:8])
    return _dates(day - _FEMALE_DAYS if day > _FEMALE_DAYS else day, nik)


def sex_of(nik: str) -> Literal["female", "male"]:
    return "female" if int(nik[6:8]) > _FEMALE_DAYS else "male"


def is_number(value: object) -> TypeGuard[str]:
    """Whether something has the shape of a NIK or a No KK."""
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None


def holds_number(text: str) -> bool:
    """Whether sixteen digits stand in a text, also parted by blanks or points: a NIK or No KK, where none may be."""
    return _NUMBER_WITHIN.search(text) is not None


def _dates(day: int, number: str) -> list[date]:
    """Those of 19YY and 20YY that exist."""
    month, year = int(number[8:10]), int(number[10:12])
    dates = []
    for century in _CENTURIES:
        try:
            dates.append(date(century + year, month, day))
        except ValueError:
            continue
    return dates
