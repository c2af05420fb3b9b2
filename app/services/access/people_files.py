"""The two CSV files of a training. One lists who is to get an account, the other holds the one-time codes."""

from typing import Final

from app.formats.csv import TableRow, read_table, write_table
from app.problems import Problem, kinds
from app.schemas.access.person import CodesOut

FILE_BYTES: Final = 512 * 1024
"""Enough for FILE_LINES lines with long names."""
FILE_LINES: Final = 2000
COLUMNS: Final = ("username", "name", "role", "region")
OPTIONAL_COLUMNS: Final = ("valid_from", "valid_until")
SLIP_COLUMNS: Final = ("username", "name", "code", "code_expires_at")


def read_people(body: bytes) -> list[TableRow]:
    """Returns the lines of a file of people. Raises body-too-large, and faults if the file is no valid table."""
    if len(body) > FILE_BYTES:
        raise Problem(kinds.TOO_LARGE, limit_bytes=FILE_BYTES)
    return read_table(body, needed=COLUMNS, optional=OPTIONAL_COLUMNS, limit=FILE_LINES)


def write_slips(codes: CodesOut) -> str:
    """Returns one-time codes as CSV, to print slips from."""
    rows = (each.model_dump(mode="json") for each in codes.people)
    return write_table(SLIP_COLUMNS, ([row[name] for name in SLIP_COLUMNS] for row in rows))
