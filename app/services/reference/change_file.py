"""Reads a file of changes, which is CSV with a line for each change of a region."""

from typing import Final

from app.formats.csv import read_table
from app.identity.numbers import holds_number
from app.problems import Fault, Problem, kinds, pointer
from app.regions.changes import COLUMNS, OPTIONAL_COLUMNS, ChangeFault, ChangeFaults, ChangeRow

_MOST_LINES: Final = 200_000
"""More than twice the lines of the whole national list."""


def read_changes(body: bytes) -> list[ChangeRow]:
    """Returns the lines of a file of changes. Raises ChangeFaults if it is no valid table.

    Raises faults if a cell may hold a NIK.
    """
    try:
        rows = read_table(body, needed=COLUMNS, optional=OPTIONAL_COLUMNS, limit=_MOST_LINES)
    except Problem as problem:
        raise ChangeFaults([_in_words(fault) for fault in problem.faults]) from None
    faults = [
        Fault("looks_like_nik", pointer=pointer((number, column)))
        for number, cells in rows
        for column, cell in cells.items()
        if holds_number(cell)
    ]
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return [ChangeRow(number, cells.pop("change", ""), **cells) for number, cells in rows]


def _in_words(fault: Fault) -> ChangeFault:
    """The fault of a table for somebody who made it with a spreadsheet."""
    _, line, *column = (fault.pointer or "").split("/") if fault.pointer else ("", "0")
    known = ", ".join((*COLUMNS, *OPTIONAL_COLUMNS))
    message = fault.render("en")["message"]
    if column and line == "1" and fault.code == "missing":
        message = f"the first line must name the columns {', '.join(COLUMNS)} in small letters, and lacks {column[0]}"
    elif column and line == "1":
        message = f"the first line names a column that is not known. The columns are {known}"
    elif not column and fault.code == "missing":
        message = "there is no line below the names of the columns"
    return ChangeFault(int(line) if line.isdigit() else 0, message)
