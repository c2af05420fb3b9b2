"""Written CSV never contains a formula."""

import csv
import io
import re
from datetime import date

import pytest

from app.formats.csv import CsvWriter, Separator, write_table


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "＠x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    ((first, second),) = list(csv.reader(io.StringIO(write_table(["x", "y"], [[cell, "1=1"]]), newline="")))[1:]
    assert first.startswith("'")
    assert first.replace("'", "") == cell
    assert second == "1=1"


RISKY = ["Siti;=1+1;", "Siti,=1+1,", "Siti\t=1+1", 'Siti;"=1+1";', "Siti; \"'=1+1", "a\n=1", "Siti;-1", "a|@x", ";＝1"]


@pytest.mark.parametrize("written", [",", ";", "\t"])
@pytest.mark.parametrize("read", [",", ";", "\t", "|"])
@pytest.mark.parametrize("cell", RISKY)
def test_no_cell_is_a_formula_where_another_separator_is_expected(written: str, read: str, cell: str) -> None:
    text = write_table(["x", "y"], [["a", cell], [cell, "b"]], written).removeprefix("\ufeff")
    for row in csv.reader(io.StringIO(text, newline=""), delimiter=read):
        for each in row:
            assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", each), (row, text)


def test_a_file_begins_with_a_byte_order_mark_and_has_lines_as_in_windows() -> None:
    assert write_table(["a", "b"], [["1", "2"]], ";") == "\ufeffa;b\r\n1;2\r\n"


def test_codes_are_texts_and_numbers_are_numbers() -> None:
    table = CsvWriter(["region", "name", "share", "families", "day", "none"])
    table.add(["63", 'Desa "Baru", Lama', 79.33, 88, date(2025, 7, 1), None])
    assert table.close().decode("utf-8") == (
        'region,name,share,families,day,none\r\n"63","Desa ""Baru"", Lama",79.33,88,2025-07-01,\r\n'
    )


def test_office_programs_in_indonesian_settings_get_semicolons_and_decimal_commas() -> None:
    table = CsvWriter(["region", "share"], "semicolon")
    table.add(["63.72", 79.33])
    table.add(["63.71", 100.0])
    assert table.close() == b'\xef\xbb\xbfregion;share\r\n"63.72";79,33\r\n"63.71";100\r\n'


@pytest.mark.parametrize("cell", ["=1+1", " -2", "@x", "+3", "\t=1", "＝1"])
@pytest.mark.parametrize("separator", ["comma", "semicolon"])
def test_no_text_of_a_table_is_a_formula(cell: str, separator: Separator) -> None:
    table = CsvWriter(["x"], separator)
    table.add([cell])
    assert table.close().decode("utf-8-sig").splitlines()[1].startswith("\"'")
