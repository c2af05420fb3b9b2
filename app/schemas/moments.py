"""The types of moments with their bounds. Every body, query and CSV cell that names a moment uses one of them."""

import re
from datetime import date, datetime
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

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _instant(value: object) -> object:
    """Accepts only RFC 3339 text with an offset. Pydantic would guess at a number or at a time without an offset."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("not an RFC 3339 instant with offset")
    return value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    Field(description="RFC 3339 with offset", examples=["2025-07-29T09:12:00+08:00"]),
]


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _date(value: object) -> object:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("not a date as YYYY-MM-DD")
    found = date.fromisoformat(value)
    if found.year < 1900:
        raise ValueError("nobody alive was born then")
    return found


BirthDate = Annotated[
    date, BeforeValidator(_date), Field(description="ISO 8601 date, from 1900 on", examples=["1987-04-23"])
]
"""A date of birth from 1900 on, because nobody alive was born earlier."""

_READ_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)


def _day_or_instant(value: object) -> datetime | date:
    """Accepts a date, or an instant with an offset, from 2000 to 2100."""
    try:
        text = isinstance(value, str) and _DATE.fullmatch(value) is not None
        found = date.fromisoformat(str(value)) if text else _READ_INSTANT.validate_python(value)
    except ValidationError:
        raise ValueError("neither a date nor an instant") from None
    if not 2000 <= found.year <= 2100:
        raise ValueError("of another century")
    return found


DayOrInstant = Annotated[
    datetime | date,
    PlainValidator(_day_or_instant),
    PlainSerializer(lambda moment: moment.isoformat(), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "description": "A day at the region, or RFC 3339 with offset. As valid_until, a day counts to its end",
            "examples": ["2026-12-31", "2026-12-31T17:00:00+08:00"],
        }
    ),
]
"""A day at the region or an instant, from 2000 to 2100, so that time zones cannot move it out of the calendar."""
