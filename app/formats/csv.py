"""CSV as office programs write and read it, with commas or semicolons, with or without a byte order mark."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from app.problems import Fault, Problem, kinds, pointer

MEDIA_TYPE: Final = "text/csv"
_FORMULA: Final = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r]")
"""What Excel and LibreOffice take for a formula, also after blanks and in the wide letters of East Asian keyboards."""

_MOST_CELLS: Final = 100
_MOST_EMPTY: Final = 10_000
"""Office programs add empty lines, but not more."""

TableRow = tuple[int, dict[str, str]]
"""The number of a line in the file, from 1, and its cells by column. Cells are trimmed, and empty ones are left out."""


def read_table(body: bytes, *, needed: Sequence[str], optional: Sequence[str] = (), limit: int) -> list[TableRow]:
    """The lines of a CSV whose heading names all needed columns and no unknown ones. It skips empty lines.

    Raises faults if the file cannot be read as a whole. Its heading or quotation may be wrong, a line may have too many
    or too few cells, or the file may have more lines than the limit, beyond which it is not read. The pointer of a
    fault consists of the number of the line and the column.
    """
    try:
        text = body.decode("utf-8-sig")
        if "\x00" in text:
            raise ValueError
    except ValueError:
        raise Problem(kinds.FAULTS, faults=[Fault("bad_table", pointer="")]) from None
    first = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in first else ",", strict=True)
    rows: list[tuple[int, list[str]]] = []
    try:
        before = 0
        for record, cells in enumerate(reader):
            if len(cells) > _MOST_CELLS:
                raise Problem(kinds.FAULTS, faults=[Fault("wrong_cells", pointer=f"/{before + 1}")])
            if any(trimmed := [cell.strip() for cell in cells]):
                rows.append((before + 1, trimmed))
            before = reader.line_num
            if len(rows) > limit + 1 or record > _MOST_EMPTY + limit:
                raise Problem(kinds.FAULTS, faults=[Fault("too_many_lines", pointer="", limits={"limit": limit})])
    except csv.Error:
        raise Problem(kinds.FAULTS, faults=[Fault("bad_table", pointer=f"/{reader.line_num}")]) from None
    number, heading = rows[0] if rows else (1, [])
    faults = [*_heading_faults(number, heading, needed, optional), *_size_faults(rows[1:], len(heading))]
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    named = ((number, zip(heading, cells, strict=True)) for number, cells in rows[1:])
    return [(number, {name: cell for name, cell in pairs if cell}) for number, pairs in named]


def _heading_faults(number: int, heading: list[str], needed: Sequence[str], optional: Sequence[str]) -> list[Fault]:
    missing = [name for name in needed if name not in heading]
    known = {*needed, *optional}
    unknown = [name for position, name in enumerate(heading) if name not in known or name in heading[:position]]
    return [
        *(Fault("missing", pointer=pointer((number, name))) for name in missing),
        *(Fault("unknown_member", pointer=pointer((number, name))) for name in unknown),
    ]


def _size_faults(rows: list[tuple[int, list[str]]], width: int) -> list[Fault]:
    faults = [Fault("wrong_cells", pointer=f"/{number}") for number, cells in rows if len(cells) != width]
    if not rows:
        faults.append(Fault("missing", pointer="/2"))
    return faults


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
