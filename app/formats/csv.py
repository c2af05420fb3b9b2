"""CSV for office programs, in which no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, Literal

_FORMULA: Final = re.compile(r"'*\s*[=+\-@＝＋－＠]|[\t\r]")
"""What Excel and LibreOffice take for a formula, also after blanks and in the wide letters of East Asian keyboards.

Apostrophes before it are guarded too, so that reading the file gives them back.
"""

_QUOTE: Final = '"'

Separator = Literal["comma", "semicolon"]
_MARKS: Final[Mapping[Separator, tuple[str, str, str]]] = {"comma": (",", ".", ""), "semicolon": (";", ",", "\ufeff")}
"""The mark between cells, the decimal mark and what the file begins with. Programs read the first form. The second is
what Excel reads by a double click in Indonesian settings, where `;` separates and a comma is the decimal mark. It takes
a file for UTF-8 only if there is a byte order mark."""
Cell = str | int | float | date | None


class CsvWriter:
    """Writes a table row by row. Texts are guarded and in quotation marks, so that a code is a text and no number."""

    def __init__(self, heading: Sequence[str], separator: Separator = "comma") -> None:
        self._mark, self._decimal, first = _MARKS[separator]
        self._lines = [first + self._mark.join(heading) + "\r\n"]

    def add(self, row: Iterable[Cell]) -> None:
        self._lines.append(self._mark.join(map(self._write, row)) + "\r\n")

    def close(self) -> bytes:
        return "".join(self._lines).encode("utf-8")

    def _write(self, cell: Cell) -> str:
        if isinstance(cell, str):
            return f'"{guard_cell(cell).replace(_QUOTE, _QUOTE + _QUOTE)}"'
        if cell is None:
            return ""
        return f"{cell:.15g}".replace(".", self._decimal) if isinstance(cell, float) else str(cell)


_AFTER_SEPARATOR: Final = re.compile(r"([;,|\t\r\n])(?=[\s\"']*[=+\-@＝＋－＠])")


def write_table(
    heading: Sequence[str], rows: Iterable[Sequence[str]], separator: str = ",", *, for_programs: bool = False
) -> str:
    """CSV whose cells are guarded. It begins with a byte order mark, without which Excel does not take it for UTF-8.

    Other programs take the mark for a part of the first heading, so `for_programs` leaves it out.
    """
    written = io.StringIO(newline="")
    written.write("" if for_programs else "\ufeff")
    writer = csv.writer(written, delimiter=separator)
    writer.writerow(heading)
    writer.writerows([guard_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def guard_cell(cell: str) -> str:
    """Puts an apostrophe before a cell that an office program would take for a formula.

    It does the same to what stands after a separator inside the cell. A program that expects another separator than the
    file has makes a cell of it.
    """
    inside = _AFTER_SEPARATOR.sub(r"\1'", cell)
    return f"'{inside}" if _FORMULA.match(cell) else inside
