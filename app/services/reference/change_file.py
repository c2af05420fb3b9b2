"""Reads a file of changes, which is CSV with a line for each change of a region."""

from typing import Final

from app.formats.csv import read_table
from app.identity.numbers import holds_number
from app.problems import Fault, Problem, kinds, pointer
from app.regions.changes import COLUMNS, OPTIONAL_COLUMNS, ChangeRow

_MOST_LINES: Final = 200_000
"""More than twice the lines of the whole national list."""


def read_changes(body: bytes) -> list[ChangeRow]:
    """Returns the lines of a file of changes. Raises faults if it is no valid table, or if a cell may hold a NIK."""
    rows = read_table(body, needed=COLUMNS, optional=OPTIONAL_COLUMNS, limit=_MOST_LINES)
    faults = [
        Fault("looks_like_nik", pointer=pointer((number, column)))
        for number, cells in rows
        for column, cell in cells.items()
        if holds_number(cell)
    ]
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return [ChangeRow(number, cells.pop("change", ""), **cells) for number, cells in rows]
