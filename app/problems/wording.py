"""How numbers, dates, waits, sizes and lists are written in the texts of both languages."""

import json
import math
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from app.problems.fault_texts import Texts
from app.problems.language import Language, pick

MOST_LISTED: Final = 10
"""A text names at most this many options and counts the rest."""

_MONTHS: Final[Mapping[Language, Sequence[str]]] = {
    "id": (
        *("Januari", "Februari", "Maret", "April", "Mei", "Juni"),
        *("Juli", "Agustus", "September", "Oktober", "November", "Desember"),
    ),
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
_ZONES: Final[Mapping[timedelta | None, str]] = {
    timedelta(hours=7): "WIB",
    timedelta(hours=8): "WITA",
    timedelta(hours=9): "WIT",
}
_WIB: Final = timezone(timedelta(hours=7))
"""Western Indonesia Time, in which moments of other zones are written."""
_UNITS: Final[Sequence[tuple[int, Texts, Texts]]] = (
    (3600, ("jam", "hour"), ("jam", "hours")),
    (60, ("menit", "minute"), ("menit", "minutes")),
    (1, ("detik", "second"), ("detik", "seconds")),
)
_LEVELS: Final[Mapping[str, Texts]] = {
    "country": ("seluruh Indonesia", "the whole country"),
    "province": ("provinsi", "a province"),
    "regency": ("kabupaten/kota", "a regency"),
    "district": ("kecamatan", "a district"),
    "village": ("desa/kelurahan", "a village"),
}


class Year(int):
    """A number that counts years, which is written without separators."""


class AsTyped:
    """A value that a reader is to type or send in just this form, such as an example."""

    def __init__(self, value: object, *, quoted: bool = False) -> None:
        self.value = value
        self._quoted = quoted

    def __str__(self) -> str:
        if isinstance(self.value, str) and not self._quoted:
            return self.value
        return json.dumps(self.value, ensure_ascii=False)


def say(value: object, language: Language) -> str:
    """A limit, date, list or pair of texts as a text of the language writes it."""
    match value:
        case bool() | None | Mapping():
            return json.dumps(value, ensure_ascii=False)
        case Year():
            return str(int(value))
        case int() | float() | Decimal():
            return say_number(value, language)
        case datetime():
            return _say_moment(value, language)
        case date():
            return say_day(value, language)
        case tuple():
            return pick(value, language)
        case list():
            return say_options(value, language)
        case _:
            return str(value)


def say_number(number: float | Decimal, language: Language) -> str:
    """1.000.000,5 in Indonesian and 1,000,000.5 in English."""
    written = f"{number:,}"
    return written if language == "en" else written.translate(str.maketrans(",.", ".,"))


def say_day(day: date, language: Language) -> str:
    """The day with its month in words."""
    return f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}"


def _say_moment(moment: datetime, language: Language) -> str:
    local = moment if moment.utcoffset() in _ZONES else moment.astimezone(_WIB)
    time = f"pukul {local:%H.%M}" if language == "id" else f"at {local:%H:%M}"
    return f"{say_day(local, language)} {time} {_ZONES[local.utcoffset()]}"


def say_options(options: Sequence[Any], language: Language) -> str:
    """The first options, and how many more there are."""
    named = ", ".join(say(each, language) for each in options[:MOST_LISTED])
    more = len(options) - MOST_LISTED
    if more <= 0:
        return named
    return f"{named}, … " + pick((f"(dan {say(more, 'id')} lainnya)", f"(and {say(more, 'en')} more)"), language)


def say_levels(levels: Collection[str]) -> Texts:
    """Levels of regions in words, from the country down."""
    named = [texts for level, texts in _LEVELS.items() if level in levels]
    return _join([each[0] for each in named], "atau"), _join([each[1] for each in named], "or")


def _join(words: Sequence[str], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def say_wait(seconds: float) -> Texts:
    """How long to wait, in seconds below a minute, and otherwise in whole minutes or hours that are long enough."""
    size, one, many = next(each for each in _UNITS if seconds >= each[0] or each[0] == 1)
    count = max(1, math.ceil(seconds / size))
    word = one if count == 1 else many
    return f"{say_number(count, 'id')} {word[0]}", f"{say_number(count, 'en')} {word[1]}"


def say_size(size: int) -> Texts:
    """A number of bytes, in MB or KB where that is a whole number."""
    for unit, length in (("MB", 1024**2), ("KB", 1024)):
        if size >= length and size % length == 0:
            return f"{say_number(size // length, 'id')} {unit}", f"{say_number(size // length, 'en')} {unit}"
    return f"{say_number(size, 'id')} byte", f"{say_number(size, 'en')} bytes"
