"""Workbooks of Excel (.xlsx), read line by line within bounds that no small file can break.

Why this library: docs/decisions/0027-files-of-offices.md.
"""

import io
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from app.formats.cells import FORMULA_ERROR
from app.formats.raw_table import MOST_CELLS, RawTable, Unreadable, Values

ZIP_MARK: Final = b"PK\x03\x04"
OLE_MARK: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of an old workbook (.xls), and of one with a password."""
_MOST_PARTS: Final = 1000
UNPACKED_BYTES: Final = 6 * 1024 * 1024
"""The most bytes of all parts together. A file of 2,000 people has about 1 MiB."""
_LAST_ROW: Final = 1_048_576
"""Of any sheet in Excel."""


def read_xlsx(body: bytes, unpacked: int = UNPACKED_BYTES) -> list[RawTable]:
    """The visible sheets of a workbook. Raises Unreadable, and so does reading their lines."""
    # Loaded here, because few servers ever read a workbook, and the library takes 6 MB.
    import openpyxl

    # It guards its parsers only where defusedxml is installed.
    if not openpyxl.DEFUSEDXML:
        raise AssertionError("openpyxl would expand entities: install defusedxml and unset OPENPYXL_DEFUSEDXML")
    check_parts(body, unpacked)
    try:
        book = openpyxl.load_workbook(io.BytesIO(body), read_only=True, data_only=True, keep_links=False)
        sheets = [each for each in book.worksheets if each.sheet_state == "visible"]
    except Exception:
        # The library raises whatever its parts raise for a broken file.
        raise Unreadable("bad_workbook") from None
    return [RawTable("xlsx", partial(_lines_of, each)) for each in sheets]


def check_parts(body: bytes, unpacked: int = UNPACKED_BYTES) -> None:
    """Raises Unreadable for an archive that may unpack to more bytes than `unpacked`, or is no workbook.

    zipfile reads no more of a part than the directory announces. This holds for `deflate` alone, which all office
    programs use.
    """
    try:
        parts = zipfile.ZipFile(io.BytesIO(body)).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
        raise Unreadable("bad_workbook") from None
    packed = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if len(parts) > _MOST_PARTS or any(each.compress_type not in packed or each.flag_bits & 1 for each in parts):
        raise Unreadable("bad_workbook")
    if sum(each.file_size for each in parts) > unpacked:
        raise Unreadable("bad_workbook")


def _lines_of(sheet: Any) -> Iterator[tuple[int, Values]]:
    """Every row up to the last one with cells. A row that is far below the others comes after many empty ones."""
    rows = sheet.iter_rows(min_row=1, max_row=_LAST_ROW, min_col=1, max_col=MOST_CELLS)
    try:
        for number, cells in enumerate(rows, start=1):
            yield number, [FORMULA_ERROR if each.data_type == "e" else each.value for each in cells]
    except Exception:
        raise Unreadable("bad_workbook") from None
