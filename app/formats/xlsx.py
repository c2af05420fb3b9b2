"""Workbooks (.xlsx), written row by row. The same rows make the same bytes."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

Cell = str | int | float | date | None

# The rows of a sheet wait in a file of the system's temporary folder, not in memory. No text becomes a formula or link.
_OPTIONS: Final[Mapping[str, Any]] = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 (the file holds no zone, and this is not a time but a constant)
_MOST_WIDTH: Final = 60


class WorkbookWriter:
    """Writes sheets one after another. Texts stay texts, whatever they look like."""

    def __init__(self, title: str) -> None:
        import xlsxwriter

        self._file = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._file, _OPTIONS)
        self._book.set_properties({"title": title, "created": _CREATED})
        self._bold = self._book.add_format({"bold": True})
        self._decimal = self._book.add_format({"num_format": "0.00"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})

    def begin_sheet(self, name: str, heading: Sequence[str], widths: Mapping[str, int], *, wrap: bool = False) -> None:
        """Ends the sheet before. widths: of columns, in letters, by their heading. wrap: breaks long texts."""
        self._sheet = self._book.add_worksheet(name)
        self._row = 0
        self._text = self._wrapped if wrap else None
        self._sheet.freeze_panes(1, 0)
        self._sheet.autofilter(0, 0, 0, len(heading) - 1)
        # Otherwise Excel marks every code as a number that was typed as text.
        self._sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for column, title in enumerate(heading):
            self._sheet.set_column(column, column, min(widths.get(title, len(title) + 2), _MOST_WIDTH))
            self._sheet.write_string(0, column, title, self._bold)

    def add(self, row: Iterable[Cell]) -> None:
        """Adds a row to the sheet that was begun last."""
        self._row += 1
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                self._sheet.write_string(self._row, column, cell, self._text)
            elif isinstance(cell, float):
                self._sheet.write_number(self._row, column, cell, self._decimal)
            elif isinstance(cell, int):
                self._sheet.write_number(self._row, column, cell)
            elif cell is not None:
                self._sheet.write_datetime(self._row, column, cell, self._day)

    def close(self) -> bytes:
        """The finished workbook. It takes long, so call it in a thread."""
        self._book.close()
        return self._file.getvalue()
