"""Rows as bytes while they are read: CSV, NDJSON and workbooks. Nothing is kept but the row at hand.

A cell is written once for each code by a dialect, and rows are put together from written cells. An office program takes
no cell for a formula: CSV guards its texts, and a workbook says of each cell that it is a text.
"""

import json
import re
import tempfile
import zipfile
from collections.abc import Sequence
from typing import IO, Final, Protocol
from xml.sax.saxutils import escape

from app.formats.csv import Separator, guard_cell

_json: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_CREATED: Final = (2000, 1, 1, 0, 0, 0)
_LEVEL: Final = 1
"""Rows of codes repeat each other. A higher level of compression takes several times as long for a fifth less."""
SHEET_BYTES: Final = 2**31 - 1
"""A sheet may not have more, because office programs do not read larger parts everywhere."""


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


class XlsxDialect:
    nested = False
    frame = ("<row>", "</row>")

    def text(self, name: str, value: str) -> str:
        return f"{_TEXT}{escape(_NOT_XML.sub('', value))}{_TEXT_END}"

    def around(self, name: str) -> tuple[str, str]:
        return _TEXT, _TEXT_END

    def number(self, name: str, value: str) -> str:
        return f"<c><v>{value}</v></c>"

    def around_number(self, name: str) -> tuple[str, str]:
        return "<c><v>", "</v></c>"

    def flag(self, name: str, value: bool) -> str:
        return f'<c t="b"><v>{int(value)}</v></c>'

    def texts(self, name: str, values: Sequence[str], mark: str) -> str:
        return self.text(name, mark.join(values))

    def nothing(self, name: str) -> str:
        return "<c/>"

    def group(self, name: str, cells: str) -> str:
        return cells

    def rows(self, name: str, rows: Sequence[str]) -> str:
        return self.number(name, str(len(rows)))


_TEXT: Final = '<c t="inlineStr"><is><t xml:space="preserve">'
_TEXT_END: Final = "</t></is></c>"


class TextStream:
    """CSV or NDJSON of one table."""

    def __init__(self, heading: str) -> None:
        self._heading = heading

    def open(self) -> bytes:
        return self._heading.encode()

    def add(self, rows: str, below: str) -> bytes:
        return rows.encode()

    def end(self) -> bytes:
        return b""

    def close(self) -> None:
        pass


def csv_heading(dialect: CsvDialect, names: Sequence[str]) -> str:
    """The line of headings."""
    return dialect.first + "".join(dialect.text(each, each) for each in names)[1:] + "\r\n"


class WorkbookStream:
    """A workbook of a sheet with rows, and a second one for what `add` is given as `below`.

    The rows of the second sheet wait in a file of the system's temporary folder. The directory of the archive comes
    last, so a workbook that is cut off cannot be opened.
    """

    def __init__(self, sheets: Sequence[tuple[str, Sequence[str]]]) -> None:
        self._sheets = [(name, self._head(names)) for name, names in sheets]
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(self._sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)  # type: ignore[call-overload]
        self._waiting: IO[bytes] | None = tempfile.TemporaryFile() if len(sheets) > 1 else None  # noqa: SIM115
        self._sheet: IO[bytes] | None = None

    @staticmethod
    def _head(names: Sequence[str]) -> str:
        return "<row>" + "".join(XlsxDialect().text(each, each) for each in names) + "</row>"

    def open(self) -> bytes:
        for name, content in _parts([name for name, _ in self._sheets]).items():
            self._archive.writestr(self._named(name), content)
        self._open(1, self._sheets[0][1])
        return self._sink.take()

    def add(self, rows: str, below: str) -> bytes:
        self._write(rows.encode())
        if self._waiting is not None:
            self._waiting.write(below.encode())
        return self._sink.take()

    def end(self) -> bytes:
        """The rest of the archive. The second sheet is compressed at once, so call it in a thread."""
        self._finish()
        if self._waiting is not None:
            self._open(2, self._sheets[1][1])
            self._waiting.seek(0)
            while part := self._waiting.read(1 << 20):
                self._write(part)
            self._finish()
        self._archive.close()
        return self._sink.take()

    def close(self) -> None:
        """Gives back the temporary file. The archive is left as it is."""
        if self._waiting is not None:
            self._waiting.close()
        self._sink.closed = True

    def _named(self, name: str) -> zipfile.ZipInfo:
        part = zipfile.ZipInfo(name, _CREATED)
        part.compress_type = zipfile.ZIP_DEFLATED
        part._compresslevel = _LEVEL  # type: ignore[attr-defined]
        return part

    def _open(self, number: int, heading: str) -> None:
        self._sheet = self._archive.open(self._named(f"xl/worksheets/sheet{number}.xml"), "w")
        self._write((_SHEET + heading).encode())

    def _write(self, part: bytes) -> None:
        if self._sheet is not None:
            self._sheet.write(part)

    def _finish(self) -> None:
        self._write(_SHEET_END.encode())
        if self._sheet is not None:
            self._sheet.close()
        self._sheet = None


class _Sink:
    """Where the archive writes. `take` empties it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.closed = False

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHEET: Final = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetData>'
)
_SHEET_END: Final = (
    '</sheetData><ignoredErrors><ignoredError sqref="A1:XFD1048576" numberStoredAsText="1"/></ignoredErrors>'
    "</worksheet>"
)


def _parts(names: Sequence[str]) -> dict[str, str]:
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name="{each}" sheetId="{n}" r:id="rId{n}"/>' for n, each in zip(numbers, names, strict=True)
    )
    related = "".join(
        f'<Relationship Id="rId{n}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    overridden = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>' for n in numbers
    )
    return {
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f"{overridden}</Types>",
        "_rels/.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}'
        "</Relationships>",
    }
