"""Written CSV never contains a formula."""

import csv
import io

import pytest

from app.formats.csv import write_table


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "＠x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    ((first, second),) = list(csv.reader(io.StringIO(write_table(["x", "y"], [[cell, "1=1"]]), newline="")))[1:]
    assert first == "'" + cell
    assert second == "1=1"
