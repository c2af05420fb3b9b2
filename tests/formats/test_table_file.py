"""Files are read as office programs write them. What is wrong is named with its line, its column and its cell."""

import codecs
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.csv import write_table
from app.formats.headings import Column
from app.formats.table_file import TableFile, read_table_file
from app.problems import Fault, Problem
from tests.support.workbooks import make_workbook, saved

COLUMNS = (
    Column("a", headings=("huruf a", "kode huruf"), second=("huruf",), words=("alfa",), example="1"),
    Column("b", example="2"),
    Column("c_day", "day", needed=False, headings=("sampai",), example="31/12/2027"),
)
ONE = [(2, {"a": "1", "b": "2"})]


def read(body: bytes, limit: int = 10, **asked: Any) -> TableFile:
    return read_table_file(body, COLUMNS, limit=limit, **asked)


def refused(body: bytes, limit: int = 10, **asked: Any) -> list[Fault]:
    with pytest.raises(Problem) as caught:
        read(body, limit, **asked)
    return list(caught.value.faults)


def faults_of(body: bytes, limit: int = 10, **asked: Any) -> dict[str | None, str]:
    return {fault.pointer: fault.code for fault in refused(body, limit, **asked)}


@pytest.mark.parametrize(
    "body",
    [
        b"a,b\n1,2\n",
        b"a;b\n1;2\n",
        b"a\tb\r\n1\t2\r\n",
        b"a|b\n1|2\n",
        b"\xef\xbb\xbfa;b\r\n1;2\r\n",
        b"a,b\r1,2",
        b' a , b \n" 1 ",2',
        b"b,c day,a\n2,,1\n",
        b"a;b;C_Day\n1;2;\n;;\n\n",
        b"a;b;;\n1;2;;\n;;;\n",
        "A\u00a0;\u00a0B \n1\u00a0; 2\n".encode(),
        b"HURUF.A;B:\n1;2\n",
        b"huruf_a;b\n1;2\n",
        "a\tb\r\n1\t2\r\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "a;b\r\n1;2\r\n".encode("utf-16-be"),
        b"a;b\r\n1;2\r\n\x1a",
        b"a;b;c_day\n1;2\n",
        make_workbook(["a", "b"], [1, "2"]),
        make_workbook(["A ", "b\u00a0", None, None], ["1", 2.0, None, " "], [None, None]),
    ],
)
def test_it_works(body: bytes) -> None:
    assert read(body).rows == ONE


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "sep=;;"])
def test_a_first_line_may_name_the_separator(first: str) -> None:
    file = read(f"{first}\r\na;b\r\n1,5;2\r\n".encode())
    assert (file.rows, file.separator) == ([(3, {"a": "1,5", "b": "2"})], ";")


@pytest.mark.parametrize(
    ("text", "separator"), [("a;b\n1,5;2\n", ";"), ("a,b\n1;5,2\n", ","), ("a\tb\n1,5;\t2\n", "\t")]
)
def test_the_separator_is_the_one_of_the_headings(text: str, separator: str) -> None:
    assert read(text.encode()).separator == separator


def test_a_cell_may_hold_the_separator_and_lines() -> None:
    assert read(b'a,b\n"x,y","1\n2"\n3,4\n').rows == [(2, {"a": "x,y", "b": "1 2"}), (4, {"a": "3", "b": "4"})]


def test_a_title_may_stand_above_the_headings() -> None:
    assert read(b"Daftar peserta;\n\na;b\n1;2\n").rows == [(4, {"a": "1", "b": "2"})]
    assert read(make_workbook(["Daftar peserta"], [], ["a", "b"], [1, 2])).rows == [(4, {"a": "1", "b": "2"})]


def test_a_file_that_is_not_utf8_is_read_as_windows_1252_and_says_so() -> None:
    file = read("a;b\nSití;2\n".encode("cp1252"))
    assert (file.rows[0][1]["a"], file.windows_1252) == ("Sití", True)
    assert not read("a;b\nSití;2\n".encode()).windows_1252


def test_columns_that_are_none_of_ours_are_passed_over_and_named() -> None:
    file = read(b"No;a;b;Keterangan;Alamat rumah\n1;1;2;baik;Jl. Mawar\n")
    assert (file.rows, file.ignored) == (ONE, ["no", "keterangan", "alamat rumah"])


def test_a_second_heading_counts_only_where_no_other_names_the_column() -> None:
    assert read(b"huruf;b\n1;2\n").rows == ONE
    file = read(b"huruf;kode huruf;b\nsatu;1;2\n")
    assert (file.rows, file.ignored) == (ONE, ["huruf"])


@pytest.mark.parametrize("heading", ["kode hurf", "KodeHuruf", "alfa huruf"])
def test_a_misspelt_heading_is_a_fault_that_says_what_may_be_meant(heading: str) -> None:
    fault, missing = refused(f"{heading};b\n1;2\n".encode())
    assert (fault.code, missing.code) == ("unknown_member", "missing")
    assert fault.render("en")["message"].startswith("Line 1, column A: This heading is not known. It may be meant as “")
    assert "“huruf a”" in missing.render("id")["message"]


@pytest.mark.parametrize("heading", ["NIK", "No. KK", "Nomor KTP", "no kartu keluarga", "No Induk Kependudukan"])
def test_columns_of_card_numbers_are_refused(heading: str) -> None:
    (fault,) = refused(f"a;b;{heading}\n1;2;3\n".encode())
    assert "NIK" in fault.render("id")["message"]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b"", {"/1/a": "missing", "/1/b": "missing", "/2": "missing"}),
        (b"a,b\n", {"/2": "missing"}),
        (b"a,x\n1,2\n", {"/1/b": "missing"}),
        (b"a,b,b\n1,2,3\n", {"/1/b": "unknown_member"}),
        (b"a,b\n1,2\n1,2,3\n1\n", {"/3": "wrong_cells"}),
        (b'a,b\n1,"2\n3,4\n', {"/3": "bad_table"}),
        (b'a,b\n1,"2"x\n', {"/2": "bad_table"}),
        (b"a,b\n1,\x81\n", {"": "bad_table"}),
        (b"a,b\n1,\x00\n", {"": "bad_table"}),
        (b"a,b\n1,\x1b\n", {"": "bad_table"}),
        (b"<html><table><tr><td>a</td><td>b</td></tr></table></html>", {"": "bad_table"}),
        ("a,b\n1,2\n".encode("utf-16-le"), {"": "bad_table"}),
        ("a,b\n1,2\n".encode("utf-16")[:-1], {"": "bad_table"}),
        (b"a,b\n" + b"1,2\n" * 11, {"": "too_many_lines"}),
        (b"a,b\n" + b",\n" * 10_100, {"": "too_many_lines"}),
        (b"a,b" + b"," * 100 + b"\n1,2\n", {"/1": "wrong_cells"}),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(body: bytes, faults: dict[str, str]) -> None:
    assert faults_of(body) == faults


def test_a_strict_table_has_no_other_columns() -> None:
    assert faults_of(b"No,a,b,x\n1,1,2,3\n", strict=True) == {"/1/x": "unknown_member"}


def test_the_most_lines_are_taken() -> None:
    assert len(read(b"a,b\n" + b"1,2\n" * 10).rows) == 10


def test_sheets_that_are_hidden_or_hold_no_list_are_passed_over() -> None:
    book = openpyxl.Workbook()
    book.active.append(["Petunjuk"])  # type: ignore[union-attr]
    for title, state in (("Peserta", "visible"), ("Lama", "hidden")):
        sheet = book.create_sheet(title)
        sheet.sheet_state = state
        sheet.append(["a", "b"])
        sheet.append([1, 2])
    assert read(saved(book)).rows == ONE
    book["Lama"].sheet_state = "visible"
    assert faults_of(saved(book)) == {"": "several_sheets"}


def test_a_note_beside_the_table_of_a_workbook_is_passed_over() -> None:
    assert read(make_workbook(["a", "b"], [1, 2, None, None, "catatan"])).rows == ONE


def test_a_fault_of_a_workbook_names_the_cell() -> None:
    file = read(make_workbook(["No", "a", "b", "sampai"], [1, "#N/A", 2, "besok"]))
    found = [*file.all_faults([Fault("bad_format", "/2/c_day"), Fault("missing", "/2/a")])]
    assert [(each.pointer, each.members["cell"]) for each in found] == [("/2/a", "B2"), ("/2/c_day", "D2")]
    assert found[1].render("en")["message"].startswith("Line 2, column sampai (D2): ")
    assert found[0].render("id")["message"] == (
        "Baris 2, kolom a (B2): Sel ini berisi kesalahan rumus Excel. Tulis isinya langsung, misalnya 1."
    )


def test_a_fault_of_csv_names_the_line_and_the_column() -> None:
    (fault,) = read(b"a;b\n;2\n").all_faults([Fault("missing", "/2/a")])
    assert (fault.members, fault.render("id")["message"][:18]) == ({"line": 2, "column": "a"}, "Baris 2, kolom a: ")


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf", "Zs", "Zl", "Zp"]), min_size=1)
spoiled = st.text("'\"=@-;,|a", min_size=1)
"""Texts made of what is guarded, and of guards."""


@given(st.lists(st.tuples(words | spoiled, words | spoiled), min_size=1, max_size=9))
def test_what_is_written_is_read_again_without_guards(rows: list[tuple[str, str]]) -> None:
    found = read(write_table(["a", "b"], rows).encode("utf-8"))
    assert [tuple(cells.values()) for _, cells in found.rows] == rows
