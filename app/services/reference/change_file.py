"""Reads files about regions, which are CSV or workbooks: of changes, and of which villages are urban."""

from collections.abc import Sequence
from typing import Final

from app.formats.headings import Column
from app.formats.table_file import TableRow, line_of, read_table_file
from app.identity.numbers import holds_number
from app.problems import Fault, Language, Problem, kinds, pointer
from app.regions.changes import ChangeFault, ChangeFaults, ChangeRow
from app.services.reference.urban import UrbanRow

_MOST_LINES: Final = 200_000
"""More than twice the lines of the whole national list."""


_COLUMNS: Final = (
    Column("change", example="split"),
    Column("old", "code", example="63.72.06.1004"),
    Column("new", "code", example="63.72.06.1005"),
    Column("name", example="Landasan Ulin Selatan"),
    Column("bps_code", "code", needed=False, example="6372011004"),
)
_URBAN_COLUMNS: Final = (
    Column("code", "code", example="63.72.06.1004"),
    Column("urban", example="yes"),
)


def read_changes(body: bytes, language: Language = "en") -> list[ChangeRow]:
    """Returns the lines of a file of changes. Raises ChangeFaults, in a language, if it is no valid table.

    Raises faults if a cell may hold a NIK.
    """
    rows = _read(body, _COLUMNS, language)
    return [ChangeRow(number, cells.pop("change", ""), **cells) for number, cells in rows]


def read_urban_rows(body: bytes, language: Language = "en") -> list[UrbanRow]:
    """Returns the lines of a file that says which villages are urban. Raises what `read_changes` raises."""
    return [UrbanRow(number, **cells) for number, cells in _read(body, _URBAN_COLUMNS, language)]


def _read(body: bytes, columns: Sequence[Column], language: Language) -> list[TableRow]:
    try:
        file = read_table_file(body, columns, limit=_MOST_LINES, strict=True)
    except Problem as problem:
        raise ChangeFaults([_in_words(fault, language) for fault in problem.faults]) from None
    if file.faults:
        raise ChangeFaults([_in_words(fault, language) for fault in file.all_faults(())])
    faults = [
        Fault("looks_like_nik", pointer=pointer((number, column)))
        for number, cells in file.rows
        for column, cell in cells.items()
        if holds_number(cell)
    ]
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return file.rows


def _in_words(fault: Fault, language: Language) -> ChangeFault:
    """The fault of a table, whose text begins with its place. Messages of the command name the line themselves."""
    line, message = line_of(fault), str(fault.render(language)["message"])
    return ChangeFault(line, message.partition(": ")[2] if line else message)
