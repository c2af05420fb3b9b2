"""What a cell means, whoever typed it: days as Indonesians write them, codes as office programs spoil them."""

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Final, Literal

CellKind = Literal["text", "code", "day", "decimal"]
CellFault = Literal["lost_digits", "became_date", "formula_error", "two_readings"]
DecimalMark = Literal[".", ",", ""]
"""The decimal mark of a file. It is empty if nothing says which one it is."""
FORMULA_ERROR: Final = object()
"""Stands for a cell with an error of a formula."""

_BLANKS: Final = re.compile(r"[\s\u00a0\u200b\ufeff]+")
_SCIENTIFIC: Final = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]{1,3}", re.ASCII)
_NUMBER: Final = re.compile(r"(-?[0-9]+)(?:([.,])([0-9]+))?", re.ASCII)
_GROUPED: Final = re.compile(r"-?[0-9]{1,3}([.,][0-9]{3})+", re.ASCII)
_DECIMALS_OF_ZERO: Final = re.compile(r"([0-9]{2,})[.,]0+", re.ASCII)
_GUARDED: Final = re.compile(r"""^'(?='*\s*[=+\-@＝＋－＠])|(?<=[;,|])'(?=[\s"']*[=+\-@＝＋－＠])""")
"""What `csv.guard_cell` writes."""

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "januari january jan",
            "februari february pebruari feb peb",
            "maret march mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "agustus august agu agt ags aug",
            "september sept sep",
            "oktober october okt oct",
            "november nopember nov nop",
            "desember december des dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAY: Final = r"(?:[a-z']+ *, *)?"
_MIDNIGHT: Final = r"(?:[ t]0?0[:.]00(?:[:.]00(?:\.0+)?)?)?"
_YEAR_FIRST: Final = re.compile(r"(?P<y>[0-9]{4})([-/.])(?P<m>[0-9]{1,2})\2(?P<d>[0-9]{1,2})" + _MIDNIGHT, re.ASCII)
_DAY_FIRST: Final = re.compile(
    r"(?P<d>[0-9]{1,2}) ?([-/. ]) ?(?P<m>[0-9]{1,2}) ?\2 ?(?P<y>[0-9]{4})" + _MIDNIGHT, re.ASCII
)
_MONTH_NAMED: Final = re.compile(
    _WEEKDAY + r"(?P<d>[0-9]{1,2})[-/. ]+(?P<m>[a-z]+)[-/. ]+(?P<y>[0-9]{4}|[0-9]{2})" + _MIDNIGHT, re.ASCII
)


def read_cell(value: object, kind: CellKind, mark: DecimalMark = "") -> tuple[str, CellFault | None]:
    """The text of a cell, which is empty if nothing stands there, and what an office program did to it.

    value is a text, a number, a date, a truth value, None or FORMULA_ERROR. A decimal has a point as its mark.
    """
    if value is FORMULA_ERROR:
        return "", "formula_error"
    if isinstance(value, date | time):
        return _read_moment(value, kind)
    text = _BLANKS.sub(" ", _write_number(value)).strip()
    if kind == "text":
        return _GUARDED.sub("", text), None
    text = text.removeprefix("'").strip()
    if kind == "day":
        return read_day(text) or text, None
    if kind == "decimal":
        return (text, None) if isinstance(value, int | float) else _read_decimal(text, mark)
    if _SCIENTIFIC.fullmatch(text):
        return text, "lost_digits"
    return text[: found.end(1)] if (found := _DECIMALS_OF_ZERO.fullmatch(text)) else text, None


def _read_decimal(text: str, mark: DecimalMark) -> tuple[str, CellFault | None]:
    """A number with a point as its mark. The other mark than the file's counts where it cannot divide thousands."""
    if _SCIENTIFIC.fullmatch(text):
        return text, "lost_digits"
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text, "two_readings" if _GROUPED.fullmatch(text) else None
    whole, sign, places = found.groups()
    if sign is None:
        return whole, None
    if sign != mark and len(places) == len("000") and whole not in ("0", "-0"):
        return text, "two_readings"
    return f"{whole}.{places}", None


def _write_number(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # Fifteen digits are what Excel shows of a number. Further ones are what its arithmetic left over.
        return str(int(value)) if value.is_integer() else f"{Decimal(f'{value:.15g}'):f}"
    return str(value)


def _read_moment(value: date | time, kind: CellKind) -> tuple[str, CellFault | None]:
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    return value.isoformat(), None if kind == "day" else "became_date"


def read_day(text: str) -> str | None:
    """The ISO form of a day as 2026-12-01, 1/12/2026, 01-12-2026 or 1 Desember 2026. None if it is none of these.

    The day always comes before the month. A month before the day is never guessed at. A year of two digits stands only
    beside the name of a month, as Excel writes it.
    """
    lower = text.lower()
    found = next((each for form in _FORMS if (each := form.fullmatch(lower)) is not None), None)
    if found is None:
        return None
    month = _MONTHS.get(found["m"], 0) if found["m"].isalpha() else int(found["m"])
    year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
    try:
        return date(year, month, int(found["d"])).isoformat()
    except ValueError:
        return None


_FORMS: Final = (_YEAR_FIRST, _DAY_FIRST, _MONTH_NAMED)
