"""Tables as files for office programs: CSV of the first sheet, or a workbook of all sheets."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from app.formats.csv import Cell, CsvWriter, Separator
from app.formats.negotiation import CSV
from app.formats.xlsx import WorkbookWriter
from app.turns import in_turns

Cells = tuple[Cell, ...]
_USUAL_WIDTHS: Final[Mapping[str, int]] = {
    "region": 13,
    "dotted": 15,
    "name": 26,
    "parent": 10,
    "text_id": 44,
    "text_en": 44,
    "first_day": 12,
    "last_day": 12,
    "code": 13,
    "column": 16,
    "id": 60,
    "en": 60,
}


@dataclass(frozen=True, slots=True)
class Form:
    """The format of a file, CSV or a workbook, as a media type. separator: of CSV"""

    format: str
    separator: Separator


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a heading. Its rows are made when it is written. wrap: breaks long texts"""

    name: str
    columns: Sequence[str]
    rows: Iterable[Cells]
    widths: Mapping[str, int] = field(default_factory=dict)
    """Of columns in letters, where they are not the usual ones."""
    wrap: bool = False


def notes_sheet(columns: Mapping[str, tuple[str, str]], notes: Iterable[tuple[str, str]] = ()) -> Sheet:
    """What a reader should know, and the meaning of each column, in Indonesian and English."""
    rows = (*((None, *texts) for texts in notes), *((name, *texts) for name, texts in columns.items()))
    return Sheet("notes", ("column", "id", "en"), rows, wrap=True)


async def write_sheets(form: Form, title: str, sheets: Sequence[Sheet]) -> bytes:
    """The file. CSV holds the first sheet only. Other requests have their turn meanwhile."""
    if form.format == CSV:
        table = CsvWriter(tuple(sheets[0].columns), form.separator)
        async for row in in_turns(sheets[0].rows):
            table.add(row)
        return table.close()
    book = WorkbookWriter(title)
    for sheet in sheets:
        book.begin_sheet(sheet.name, tuple(sheet.columns), {**_USUAL_WIDTHS, **sheet.widths}, wrap=sheet.wrap)
        async for row in in_turns(sheet.rows):
            book.add(row)
    return await asyncio.to_thread(book.close)
