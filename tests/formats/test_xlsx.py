"""Workbooks hold texts as texts and numbers as numbers, and the same rows make the same bytes."""

import io
from datetime import date

from openpyxl import load_workbook

from app.formats.xlsx import WorkbookWriter


def made() -> bytes:
    book = WorkbookWriter("ikk-29-6372-2025")
    book.begin_sheet("figures", ["region", "value", "families", "day"], {"region": 13})
    book.add(["6372061004", 79.33, 88, date(2025, 7, 1)])
    book.add(["=1+1", None, 0, None])
    book.add(["https://example.org", 1.0, 2, None])
    book.begin_sheet("notes", ["id", "en"], {}, wrap=True)
    book.add(["Sel kosong bukan nol.", "An empty cell is not zero."])
    return book.close()


def test_each_cell_has_its_type() -> None:
    book = load_workbook(io.BytesIO(made()))
    assert book.sheetnames == ["figures", "notes"]
    cells = list(book["figures"].iter_rows(values_only=True))
    assert cells[0] == ("region", "value", "families", "day")
    assert cells[1][:3] == ("6372061004", 79.33, 88)
    assert str(cells[1][3]).startswith("2025-07-01")
    assert cells[2] == ("=1+1", None, 0, None)
    assert [each.data_type for each in book["figures"]["A"]] == ["s"] * 4
    assert book["figures"]["A4"].hyperlink is None


def test_the_same_rows_make_the_same_bytes() -> None:
    assert made() == made()
