"""A workbook that somebody made to break its reader is refused at once, and takes neither memory nor time."""

import io
import time
import tracemalloc
import zipfile

import pytest

from app.formats.headings import Column
from app.formats.table_file import read_table_file
from app.formats.xlsx_reading import OLE_MARK, UNPACKED_BYTES
from app.problems import Problem
from tests.support.workbooks import change_part, make_workbook

COLUMNS = (Column("a", example="1"), Column("b", example="2"))
BOOK = make_workbook(["a", "b"], [1, 2])
END = b"</sheetData>"


def add(row: bytes) -> bytes:
    return change_part(BOOK, lambda sheet: sheet.replace(END, row + END))


def entity(sheet: bytes) -> bytes:
    declared = b"".join(b'<!ENTITY e%d "%s">' % (n, b"&e%d;" % (n - 1) * 10 if n else b"a" * 100) for n in range(9))
    head, _, rest = sheet.partition(b"<worksheet")
    row = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&e8;</t></is></c></row>'
    return head + b"<!DOCTYPE worksheet [" + declared + b"]><worksheet" + rest.replace(END, row + END)


def outside(sheet: bytes) -> bytes:
    head, _, rest = sheet.partition(b"<worksheet")
    row = b'<row r="3"><c r="A3" t="inlineStr"><is><t>&x;</t></is></c></row>'
    return head + b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet' + rest.replace(END, row + END)


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
"""Another library made a table of 17,000,000,000 cells of it, and the whole program ended."""
HOSTILE = {
    "a row that is far below": (add(FAR), "too_many_lines"),
    "a part that unpacks to much": (
        add(b'<row r="3"><c r="A3" t="inlineStr"><is><t>' + b"a" * UNPACKED_BYTES + b"</t></is></c></row>"),
        "bad_workbook",
    ),
    "entities in entities": (change_part(BOOK, entity), "bad_workbook"),
    "a file of the server": (change_part(BOOK, outside), "bad_workbook"),
    "packed with lzma": (change_part(BOOK, lambda sheet: sheet, compression=zipfile.ZIP_LZMA), "bad_workbook"),
    "cut off": (BOOK[: len(BOOK) // 2], "bad_workbook"),
    "a sheet that is no XML": (change_part(BOOK, lambda _: b""), "bad_workbook"),
    "a sheet that ends early": (change_part(BOOK, lambda sheet: sheet[: sheet.index(END)]), "bad_workbook"),
    "another archive": (change_part(BOOK, lambda _: b"<x/>", part="xl/workbook.xml"), "bad_workbook"),
    "a very long row number": (add(b'<row r="9999999999"><c r="A9999999999"><v>1</v></c></row>'), "too_many_lines"),
    "a wrong number": (add(b'<row r="3"><c r="A3"><v>1e999</v></c><c r="B3"><v>x</v></c></row>'), "bad_workbook"),
    "an old workbook": (OLE_MARK + bytes(600), "old_excel"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_breaks_nothing(name: str) -> None:
    body, expected = HOSTILE[name]
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(Problem) as refused:
            read_table_file(body, COLUMNS, limit=10)
        assert [each.code for each in refused.value.faults] == [expected]
        assert tracemalloc.get_traced_memory()[1] < 40 * 1024 * 1024
        assert time.process_time() - started < 5
    finally:
        tracemalloc.stop()


def test_a_cell_that_is_far_to_the_right_is_passed_over() -> None:
    body = add(b'<row r="3"><c r="A3"><v>3</v></c><c r="B3"><v>4</v></c><c r="XFD3"><v>1</v></c></row>')
    assert read_table_file(body, COLUMNS, limit=10).rows[1:] == [(3, {"a": "3", "b": "4"})]


def test_a_size_that_the_sheet_announces_counts_for_nothing() -> None:
    body = change_part(BOOK, lambda sheet: sheet.replace(b"A1:B2", b"A1:XFD1048576"))
    assert len(read_table_file(body, COLUMNS, limit=10).rows) == 1


def test_a_workbook_of_many_parts_is_refused() -> None:
    def more(body: bytes) -> bytes:
        changed = io.BytesIO(body)
        with zipfile.ZipFile(changed, "a") as archive:
            for number in range(1001):
                archive.writestr(f"x{number}", b"")
        return changed.getvalue()

    with pytest.raises(Problem) as refused:
        read_table_file(more(BOOK), COLUMNS, limit=10)
    assert [each.code for each in refused.value.faults] == ["bad_workbook"]
