"""Workbooks of Excel as tests need them, and parts of them changed by hand."""

import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
from httpx import Response

from app.formats.negotiation import XLSX

SHEET = "xl/worksheets/sheet1.xml"


def make_workbook(*rows: Sequence[Any], title: str = "Peserta", formats: dict[str, str] | None = None) -> bytes:
    """A workbook with one sheet. `formats` are number formats by cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cell, form in (formats or {}).items():
        sheet[cell].number_format = form
    return saved(book)


def read_sheets(answer: Response) -> dict[str, list[dict[str, Any]]]:
    """The rows of each sheet of a response, by the titles of their columns."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == XLSX
    found = {}
    for sheet in openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets:
        heading, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(map(str, heading), row, strict=True)) for row in rows]
    return found


def saved(book: openpyxl.Workbook) -> bytes:
    body = io.BytesIO()
    book.save(body)
    return body.getvalue()


def change_part(
    book: bytes, change: Callable[[bytes], bytes], part: str = SHEET, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The workbook with one part changed."""
    body = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(body, "w", compression) as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == part else content)
    return body.getvalue()
