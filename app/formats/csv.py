"""CSV for office programs, in which no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

MEDIA_TYPE: Final = "text/csv"
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
"""What Excel and LibreOffice take for a formula, also after blanks and in the wide letters of East Asian keyboards."""


_AFTER_SEPARATOR: Final = re.compile(r"([;,|\t\r\n])(?=[\s\"']*[=+\-@＝＋－＠])")


def write_table(heading: Sequence[str], rows: Iterable[Sequence[str]], separator: str = ",") -> str:
    """CSV whose cells are guarded. It begins with a byte order mark, without which Excel does not take it for UTF-8."""
    written = io.StringIO("\ufeff", newline="")
    written.seek(0, io.SEEK_END)
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
