"""Rows while they are read, as CSV, NDJSON and workbooks. Memory holds only the rows at hand.

A cell is written once for each code by a dialect, and rows are put together from written cells. An office program takes
no cell for a formula: CSV guards its texts, and a workbook says of each cell that it is a text.
"""

import json
import tempfile
from collections.abc import Sequence
from typing import Final, Protocol

from app.formats.csv import Separator, guard_cell
from app.formats.xlsx import WorkbookWriter

_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PART: Final = 1 << 18


class Dialect(Protocol):
    """How a format writes cells and rows. A written cell can be put beside any other."""

    nested: bool
    """Whether rows of rosters stand in the row of their interview."""
    frame: tuple[str, str]
    """What stands before and after the cells of a row."""

    def text(self, name: str, value: str) -> str: ...

    def around(self, name: str) -> tuple[str, str]:
        """What stands before and after a text of letters, digits and `-:+.`, which needs no guard."""

    def number(self, name: str, value: str) -> str: ...

    def around_number(self, name: str) -> tuple[str, str]: ...

    def flag(self, name: str, value: bool) -> str: ...

    def texts(self, name: str, values: Sequence[str], mark: str) -> str:
        """Several texts, in one cell with a mark between them or as a list."""

    def nothing(self, name: str) -> str: ...

    def group(self, name: str, cells: str) -> str:
        """Cells that belong together."""

    def rows(self, name: str, rows: Sequence[str]) -> str:
        """Rows within a row. Others than nested dialects write how many there are."""


class CsvDialect:
    nested = False
    frame = ("", "\r\n")

    def __init__(self, separator: Separator = "comma") -> None:
        self.mark = {"comma": ",", "semicolon": ";"}[separator]
        self._decimal = {"comma": ".", "semicolon": ","}[separator]
        self.first = {"comma": "", "semicolon": "\ufeff"}[separator]

    def text(self, name: str, value: str) -> str:
        return f'{self.mark}"{guard_cell(value).replace(_QUOTE, _QUOTE + _QUOTE)}"'

    def around(self, name: str) -> tuple[str, str]:
        return f'{self.mark}"', '"'

    def number(self, name: str, value: str) -> str:
        return self.mark + value.replace(".", self._decimal)

    def around_number(self, name: str) -> tuple[str, str]:
        return self.mark, ""

    def flag(self, name: str, value: bool) -> str:
        return self.mark + ("true" if value else "false")

    def texts(self, name: str, values: Sequence[str], mark: str) -> str:
        return self.text(name, mark.join(values))

    def nothing(self, name: str) -> str:
        return self.mark

    def group(self, name: str, cells: str) -> str:
        return cells

    def rows(self, name: str, rows: Sequence[str]) -> str:
        return self.number(name, str(len(rows)))


_QUOTE: Final = '"'


class NdjsonDialect:
    nested = True
    frame = ("{", "}\n")

    def text(self, name: str, value: str) -> str:
        return f",{_json(name)}:{_json(value)}"

    def around(self, name: str) -> tuple[str, str]:
        return f',{_json(name)}:"', '"'

    def number(self, name: str, value: str) -> str:
        return f",{_json(name)}:{value}"

    def around_number(self, name: str) -> tuple[str, str]:
        return f",{_json(name)}:", ""

    def flag(self, name: str, value: bool) -> str:
        return f",{_json(name)}:{'true' if value else 'false'}"

    def texts(self, name: str, values: Sequence[str], mark: str) -> str:
        return f",{_json(name)}:{_json(list(values))}"

    def nothing(self, name: str) -> str:
        return f",{_json(name)}:null"

    def group(self, name: str, cells: str) -> str:
        return f",{_json(name)}:{{{cells[1:]}}}"

    def rows(self, name: str, rows: Sequence[str]) -> str:
        return f",{_json(name)}:[{','.join(f'{{{each[1:]}}}' for each in rows)}]"


class SheetDialect:
    """Rows of a workbook on their way to it: lines of JSON arrays."""

    nested = False
    frame = ("[", "]\n")

    def text(self, name: str, value: str) -> str:
        return f",{_json(value)}"

    def around(self, name: str) -> tuple[str, str]:
        return ',"', '"'

    def number(self, name: str, value: str) -> str:
        return f",{value}"

    def around_number(self, name: str) -> tuple[str, str]:
        return ",", ""

    def flag(self, name: str, value: bool) -> str:
        return ",true" if value else ",false"

    def texts(self, name: str, values: Sequence[str], mark: str) -> str:
        return self.text(name, mark.join(values))

    def nothing(self, name: str) -> str:
        return ",null"

    def group(self, name: str, cells: str) -> str:
        return cells

    def rows(self, name: str, rows: Sequence[str]) -> str:
        return self.number(name, str(len(rows)))


class TextStream:
    """CSV or NDJSON of one table."""

    def __init__(self, heading: str) -> None:
        self._heading = heading

    def open(self) -> bytes:
        return self._heading.encode()

    def add(self, rows: str, below: str) -> bytes:
        return rows.encode()

    def close(self) -> None:
        pass


def csv_heading(dialect: CsvDialect, names: Sequence[str]) -> str:
    """The line of headings."""
    return dialect.first + "".join(dialect.text(each, each) for each in names)[1:] + "\r\n"


class WorkbookStream:
    """A workbook of a sheet with rows, and a second one for what `add` is given as `below`.

    Sheets and workbook wait in files of the system's temporary folder, because a workbook can be read only when it is
    whole. `add` and `finish` take long, so call them in a thread.
    """

    def __init__(self, title: str, sheets: Sequence[tuple[str, Sequence[str]]]) -> None:
        # Sheets that were never put together are removed with their folder.
        self._folder = tempfile.TemporaryDirectory(prefix="ikk-export-")
        self._file = tempfile.TemporaryFile(dir=self._folder.name)  # noqa: SIM115
        self._book = WorkbookWriter(title, self._file, self._folder.name)
        self._sheets = [self._book.begin_sheet(name, names, {}) for name, names in sheets]

    def add(self, rows: str, below: str) -> None:
        for sheet, lines in zip(self._sheets, (rows, below), strict=False):
            for line in lines.split("\n")[:-1]:
                sheet.add(json.loads(line))

    def finish(self) -> None:
        """Puts the workbook together."""
        self._book.finish()
        self._file.seek(0)

    def rest(self) -> bytes:
        """The next bytes of the finished workbook. None are left if it is empty."""
        return self._file.read(_PART)

    def close(self) -> None:
        """Gives back the temporary files, finished or not."""
        self._file.close()
        self._book.drop()
        self._folder.cleanup()
