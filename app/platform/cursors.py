"""Cursors of paged lists. A client sends `next` of one page as the `cursor` of the next page.

A list that is ordered by one short column uses its value as the cursor. A list that is ordered by several columns packs
their values.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.problems import Fault, Problem, kinds
from app.regions.codes import undot

_POSITION: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)


BAD_CURSOR: Final = Fault("bad_cursor", parameter="cursor")
"""The fault for a cursor that does not belong to the list."""


def bad_cursor() -> Problem:
    """The fault `bad_cursor` as a problem (422)."""
    return Problem(kinds.FAULTS, faults=[BAD_CURSOR])


def read_code(cursor: str) -> str:
    """A cursor that is a canonical region code. Raises the fault `bad_cursor`, like all readers here."""
    if undot(cursor) != cursor:
        raise bad_cursor()
    return cursor


def is_position(cursor: str) -> bool:
    """Whether a cursor is a position in the audit log, which is 1 or more and has at most 18 digits."""
    return _POSITION.fullmatch(cursor) is not None


def pack(*values: object) -> str:
    """Several values as one cursor: JSON in base64url, without padding."""
    return base64.urlsafe_b64encode(json.dumps([_text_of(each) for each in values]).encode()).decode().rstrip("=")


def _text_of(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else value if isinstance(value, int) else str(value)


def unpack(cursor: str, readers: Sequence[Callable[[Any], Any]]) -> tuple[Any, ...]:
    """The values of a packed cursor, each read by its own reader. Raises `bad_cursor` if a reader raises ValueError."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        return tuple(read(value) for read, value in zip(readers, values, strict=True))
    except (ValueError, TypeError, AttributeError, RecursionError, binascii.Error):
        raise bad_cursor() from None


def as_code(value: object) -> str:
    """A canonical region code. Raises ValueError."""
    if not isinstance(value, str) or undot(value) != value:
        raise ValueError
    return value


def as_text(value: object) -> str:
    """A text that the database can take. Raises ValueError."""
    if not isinstance(value, str) or "\0" in value:
        raise ValueError
    value.encode("utf-8")
    return value


def as_year(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 9999:
        raise ValueError
    return value


def as_position(value: object) -> int:
    """A whole number of a row, from 1 to 2⁶³ - 1. Raises ValueError."""
    if type(value) is not int or not 1 <= value < 2**63:
        raise ValueError
    return value


def as_moment(value: str) -> datetime:
    """A time in UTC, as `pack` writes it. Raises ValueError for another offset.

    Another offset may not even convert to UTC at the ends of the calendar.
    """
    moment = datetime.fromisoformat(value)
    if moment.utcoffset() != timedelta():
        raise ValueError
    return moment


def as_uuid(value: str) -> UUID:
    return UUID(value)
