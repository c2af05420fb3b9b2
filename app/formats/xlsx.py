"""Workbooks (.xlsx), written row by row. The same rows make the same bytes."""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import IO, Any, Final

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


class SheetWriter:
    """Adds rows to one sheet of a workbook."""

    def __init__(self, sheet: Any, *, text: Any, decimal: Any, day: Any) -> None:
        self._sheet, self._text, self._decimal, self._day = sheet, text, decimal, day
        self._row = 0

    def add(self, row: Iterable[Cell]) -> None:
        self._row += 1
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                self._sheet.write_string(self._row, column, cell, self._text)
            elif isinstance(cell, bool):
                self._sheet.write_boolean(self._row, column, cell)
            elif isinstance(cell, float):
                self._sheet.write_number(self._row, column, cell, self._decimal)
            elif isinstance(cell, int):
                self._sheet.write_number(self._row, column, cell)
            elif cell is not None:
                self._sheet.write_datetime(self._row, column, cell, self._day)


class WorkbookWriter:
    """Writes sheets, one after another or side by side. Texts stay texts, whatever they look like.

    into: a file that takes the workbook instead of memory. folder: where sheets wait, if not in the system's folder.
    """

    def __init__(self, title: str, into: IO[bytes] | None = None, folder: str | None = None) -> None:
        import xlsxwriter

        self._file = into or io.BytesIO()
        self._book = xlsxwriter.Workbook(self._file, {**_OPTIONS, "tmpdir": folder})
        self._book.set_properties({"title": title, "created": _CREATED})
        self._bold = self._book.add_format({"bold": True})
        self._decimal = self._book.add_format({"num_format": "0.00"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})

    def begin_sheet(
        self, name: str, heading: Sequence[str], widths: Mapping[str, int], *, wrap: bool = False
    ) -> SheetWriter:
        """Begins another sheet. widths: of columns, in letters, by their heading. wrap: breaks long texts."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, 0, len(heading) - 1)
        # Otherwise Excel marks every code as a number that was typed as text.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        for column, title in enumerate(heading):
            sheet.set_column(column, column, min(widths.get(title, len(title) + 2), _MOST_WIDTH))
            sheet.write_string(0, column, title, self._bold)
        self._last = SheetWriter(sheet, text=self._wrapped if wrap else None, decimal=self._decimal, day=self._day)
        return self._last

    def add(self, row: Iterable[Cell]) -> None:
        """Adds a row to the sheet that was begun last."""
        self._last.add(row)

    def finish(self) -> None:
        """Writes the workbook into its file. It takes long, so call it in a thread."""
        self._book.close()

    def drop(self) -> None:
        """Gives up a workbook that may not be finished. Its closed files are left to whoever chose the folder."""
        self._book.fileclosed = True
        for each in self._book.worksheets():
            each.row_data_fh.close()

    def close(self) -> bytes:
        """The finished workbook of a writer without a file. It takes long, so call it in a thread."""
        self.finish()
        self._file.seek(0)
        return self._file.read()
