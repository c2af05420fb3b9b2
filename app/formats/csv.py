"""CSV for office programs, in which no cell is a formula."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

MEDIA_TYPE: Final = "text/csv"
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
"""What Excel and LibreOffice take for a formula, also after blanks and in the wide letters of East Asian keyboards."""


def write_table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV with commas, whose cells are guarded."""
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(heading)
    writer.writerows([guard_cell(cell) for cell in row] for row in rows)
    return written.getvalue()


def guard_cell(cell: str) -> str:
    """Puts an apostrophe before a cell that an office program would take for a formula."""
    return f"'{cell}" if _FORMULA.match(cell) else cell
