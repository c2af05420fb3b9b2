"""Written CSV never contains a formula."""

import csv
import io
import re

import pytest

from app.formats.csv import write_table


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
