"""The two files of a training: who is to get an account, and everybody's one-time code to print slips from."""

from typing import Final

from app.formats.csv import TableRow, read_table, write_table
from app.problems import Problem, kinds
from app.schemas.access.person import CodesOut

FILE_BYTES: Final = 1024 * 1024
FILE_LINES: Final = 2000
COLUMNS: Final = ("username", "name", "role", "region")
OPTIONAL_COLUMNS: Final = ("valid_from", "valid_until")
SLIP_COLUMNS: Final = ("username", "name", "code", "code_expires_at")


def read_people(body: bytes) -> list[TableRow]:
    """The lines of a file of people; raises body-too-large, and faults where it cannot be read as a table."""
    if len(body) > FILE_BYTES:
        raise Problem(kinds.TOO_LARGE, limit_bytes=FILE_BYTES)
    return read_table(body, needed=COLUMNS, optional=OPTIONAL_COLUMNS, limit=FILE_LINES)


def write_slips(codes: CodesOut) -> str:
    """One-time codes as CSV."""
    rows = (each.model_dump(mode="json") for each in codes.people)
    return write_table(SLIP_COLUMNS, ([row[name] for name in SLIP_COLUMNS] for row in rows))
