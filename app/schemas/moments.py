"""The types of moments with their bounds. Every body, query, CSV cell and command that names a moment uses one of them.

The bounds keep a moment so far from the ends of the calendar that no time zone can move it beyond them. The published
patterns accept the same spellings as the service.
"""

import re
from datetime import date, datetime, timedelta, timezone
from typing import Annotated, Final

from pydantic import (
    AwareDatetime,
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

EARLIEST_YEAR: Final = 2000
"""The year of the earliest moment, as it is written. Nobody was surveyed earlier, and no consent is older."""
LATEST_YEAR: Final = 2100
EARLIEST: Final = datetime(EARLIEST_YEAR, 1, 1, tzinfo=timezone(timedelta(hours=14)))
_EARLIEST_BIRTH: Final = 1900
"""Nobody alive was born earlier."""

_YEARS: Final = r"(20[0-9]{2}|2100)"
_BIRTH_YEARS: Final = r"(19[0-9]{2}|20[0-9]{2}|2100)"
_ANY_YEAR: Final = r"[0-9]{4}"
_DAY: Final = r"-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME: Final = (
    r"[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?([Zz]|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)"
)
_INSTANT: Final = re.compile(_ANY_YEAR + _DAY + _TIME, re.ASCII)
_DATE: Final = re.compile(_ANY_YEAR + _DAY, re.ASCII)
_DAY_PATTERN: Final = f"^{_YEARS}{_DAY}$"
_INSTANT_PATTERN: Final = f"^{_YEARS}{_DAY}{_TIME}$"


def _check_year(year: int, earliest: int) -> None:
    if not earliest <= year <= LATEST_YEAR:
        limits = {"minimum": date(earliest, 1, 1), "maximum": date(LATEST_YEAR, 12, 31)}
        raise PydanticCustomError("moment_out_of_range", "of another century", limits)


def _instant(value: object) -> object:
    """Accepts only RFC 3339 text with an offset. Pydantic would guess at a number or at a time without an offset."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("not an RFC 3339 instant with offset")
    _check_year(int(value[:4]), EARLIEST_YEAR)
    return value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    Field(
        description="RFC 3339 with offset, from 2000 to 2100. Digits of a fraction beyond the sixth are dropped. There "
        "are no leap seconds, and no offsets beyond 14 hours",
        examples=["2025-07-29T09:12:00+08:00"],
        json_schema_extra={"pattern": _INSTANT_PATTERN},
    ),
]
"""A moment from 2000 to 2100, in the spellings of RFC 3339 with an offset."""


def _any_instant(value: object) -> object:
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("not an RFC 3339 instant with offset")
    return value


AnyInstant = Annotated[
    AwareDatetime,
    BeforeValidator(_any_instant),
    # A header. Widely used generators of clients leave out a request that has a date-time there, so it is a text.
    WithJsonSchema(
        {"type": "string", "pattern": f"^{_ANY_YEAR}{_DAY}{_TIME}$", "examples": ["2025-07-29T09:12:00+08:00"]}
    ),
]
"""What a clock shows, in the spellings of RFC 3339 with an offset. A clock that was never set shows any year."""


def _date(value: object) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("not a date as YYYY-MM-DD")
    return date.fromisoformat(value)


def _day(value: object) -> date:
    found = _date(value)
    _check_year(found.year, EARLIEST_YEAR)
    return found


Day = Annotated[
    date,
    BeforeValidator(_day),
    Field(
        description="ISO 8601 date, from 2000 to 2100",
        examples=["2026-12-31"],
        json_schema_extra={"pattern": _DAY_PATTERN},
    ),
]
"""A day from 2000 to 2100."""


def _birth_date(value: object) -> date:
    found = _date(value)
    _check_year(found.year, _EARLIEST_BIRTH)
    return found


BirthDate = Annotated[
    date,
    BeforeValidator(_birth_date),
    Field(
        description="ISO 8601 date, from 1900 on",
        examples=["1987-04-23"],
        json_schema_extra={"pattern": f"^{_BIRTH_YEARS}{_DAY}$"},
    ),
]
"""A date of birth from 1900 on, because nobody alive was born earlier."""

_READ_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)
_READ_ANY: Final[TypeAdapter[datetime]] = TypeAdapter(AnyInstant)
_READ_DAY: Final[TypeAdapter[date]] = TypeAdapter(Day)
_READ_BIRTH_DATE: Final[TypeAdapter[date]] = TypeAdapter(BirthDate)


def read_instant(value: object) -> datetime | None:
    """One member of a body that may have other faults. None if it is no `Instant`."""
    try:
        return _READ_INSTANT.validate_python(value)
    except ValidationError:
        return None


def read_any_instant(value: object) -> datetime | None:
    """A moment that stands alone, of any year. None if it is no `AnyInstant`."""
    try:
        return _READ_ANY.validate_python(value)
    except ValidationError:
        return None


def read_day(value: object) -> date | None:
    """A day that stands alone, as in a command. None if it is no `Day`."""
    try:
        return _READ_DAY.validate_python(value)
    except ValidationError:
        return None


def read_birth_date(value: object) -> date | None:
    """One member of a body that may have other faults. None if it is no `BirthDate`."""
    try:
        return _READ_BIRTH_DATE.validate_python(value)
    except ValidationError:
        return None


def _day_or_instant(value: object) -> datetime | date:
    """Accepts a date, or an instant with an offset, from 2000 to 2100."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        day = date.fromisoformat(value)
        _check_year(day.year, EARLIEST_YEAR)
        return day
    _instant(value)
    found = read_instant(value)
    if found is None:
        raise ValueError("neither a date nor an instant")
    return found


DayOrInstant = Annotated[
    datetime | date,
    PlainValidator(_day_or_instant),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date", "pattern": _DAY_PATTERN},
                {"type": "string", "format": "date-time", "pattern": _INSTANT_PATTERN},
            ],
            "description": "A day at the region, or RFC 3339 with offset, from 2000 to 2100. As valid_until, a day "
            "counts to its end",
            "examples": ["2026-12-31", "2026-12-31T17:00:00+08:00"],
        }
    ),
]
"""A day at the region or an instant, from 2000 to 2100, so that time zones cannot move it out of the calendar."""
