"""Reads CSV as office programs write it, and checks that written CSV never contains a formula."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.formats.csv import read_table, write_table
from app.problems import Problem


def read(body: bytes, limit: int = 10) -> list[tuple[int, dict[str, str]]]:
    return read_table(body, needed=("a", "b"), optional=("c",), limit=limit)


def faults_of(body: bytes, limit: int = 10) -> dict[str | None, str]:
    with pytest.raises(Problem) as refused:
        read(body, limit)
    return {fault.pointer: fault.code for fault in refused.value.faults}


@pytest.mark.parametrize(
    "body",
    [
        b"a,b\n1,2\n",
        b"a;b\n1;2\n",
        b"\xef\xbb\xbfa;b\r\n1;2\r\n",
        b"a,b\r1,2",
        b' a , b \n" 1 ",2',
        b"b,c,a\n2,,1\n",
        b"a;b;c\n1;2;\n;;\n\n",
    ],
)
def test_it_works(body: bytes) -> None:
    assert read(body) == [(2, {"a": "1", "b": "2"})]


def test_a_cell_may_hold_the_separator_and_lines() -> None:
    assert read(b'a,b\n"x,y","1\n2"\n3,4\n') == [(2, {"a": "x,y", "b": "1\n2"}), (4, {"a": "3", "b": "4"})]


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b"", {"/1/a": "missing", "/1/b": "missing", "/2": "missing"}),
        (b"a,b\n", {"/2": "missing"}),
        (b"a,x\n1,2\n", {"/1/b": "missing", "/1/x": "unknown_member"}),
        (b"a,b,b\n1,2,3\n", {"/1/b": "unknown_member"}),
        (b"a,b,nama lengkap\n1,2,3\n", {"/1/…": "unknown_member"}),
        (b"a,b\n1,2\n1,2,3\n1\n", {"/3": "wrong_cells", "/4": "wrong_cells"}),
        (b'a,b\n1,"2\n3,4\n', {"/3": "bad_table"}),
        (b'a,b\n1,"2"x\n', {"/2": "bad_table"}),
        (b"a,b\n1,\xff\n", {"": "bad_table"}),
        (b"a,b\n1,\x00\n", {"": "bad_table"}),
        ("a,b\n1,2\n".encode("utf-16"), {"": "bad_table"}),
        (b"a,b\n" + b"1,2\n" * 11, {"": "too_many_lines"}),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(body: bytes, faults: dict[str, str]) -> None:
    assert faults_of(body) == faults


def test_the_most_lines_are_taken() -> None:
    assert len(read(b"a,b\n" + b"1,2\n" * 10)) == 10


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "＝1", "＠x"])
def test_no_cell_is_a_formula(cell: str) -> None:
    ((first, second),) = list(csv.reader(io.StringIO(write_table(["x", "y"], [[cell, "1=1"]]), newline="")))[1:]
    assert first == "'" + cell
    assert second == "1=1"


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), min_size=1)


@given(st.lists(st.tuples(words, words), min_size=1, max_size=9))
def test_what_is_written_is_read_again_but_for_formulas(rows: list[tuple[str, str]]) -> None:
    found = read(write_table(["a", "b"], rows).encode("utf-8"))
    plain = [tuple(cell.removeprefix("'") for cell in cells.values()) for _, cells in found]
    assert plain == [tuple(cell.removeprefix("'") for cell in row) for row in rows]
