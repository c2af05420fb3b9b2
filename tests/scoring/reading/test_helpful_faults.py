"""What authors often write wrongly is told once, with a cure that fits."""

import pytest

from app.scoring.reading.faults import FileFault
from app.scoring.reading.files import check_instrument_file
from app.scoring.reading.keys import KEYS, LISTS
from tests.scoring.reading.test_faults import BASE


def faults_of(text: str) -> list[FileFault]:
    return list(check_instrument_file(text.encode("utf-8")).faults)


def changed(old: str, new: str) -> list[FileFault]:
    assert BASE.count(old) == 1
    return faults_of(BASE.replace(old, new))


@pytest.mark.parametrize("table", [table for table in LISTS if f"[[{table}]]" in BASE])
@pytest.mark.parametrize("all_of_them", [True, False])
def test_a_list_with_a_header_in_single_brackets_is_told_once(table: str, all_of_them: bool) -> None:
    text = BASE.replace(f"[[{table}]]", f"[{table}]", -1 if all_of_them else 1)
    (fault,) = faults_of(text)
    assert (fault.line, fault.column) == (text[: text.index(f"[{table}]")].count("\n") + 1, 2)
    assert f"[[{table}]]" in fault.message
    assert f"[[{table}]]" in fault.indonesian


def test_a_list_inside_a_table_with_a_header_in_single_brackets_is_told_once() -> None:
    start, end = BASE.index("category = [\n"), BASE.index('[[index]]\ncode = "c"')
    text = BASE[:start] + '[index.region.category]\ncode = "few"\nname = { id = "x" }\n' + BASE[end:]
    (fault,) = faults_of(text)
    assert "[[index.region.category]]" in fault.message


@pytest.mark.parametrize(
    ("value", "column", "cure"),
    [
        ('{ id = "Dasar, en = "Base" }', None, 'closing quote "'),
        ('{ id = "Dasar }', None, 'closing quote "'),
        ('"Dasar', None, 'closing quote "'),
        ("{ id = 'Dasar }", 16, "closing quote '"),
        ('"""Dasar', 9, 'three quotes is never closed. Write """'),
        ("'''Dasar", 9, "three quotes is never closed. Write '''"),
        ('{ id = "\\ud800" }', None, "no character"),
        ('{ id = "a\\qb" }', None, "twice"),
        ('{ id = "it\'s"', None, "The } is missing"),
    ],
)
def test_a_text_without_its_end_is_told_where_it_stands(value: str, column: int | None, cure: str) -> None:
    (fault,) = changed('title = { id = "Dasar" }', f"title = {value}")
    assert fault.line == BASE[: BASE.index("title =")].count("\n") + 1
    assert column is None or fault.column == column
    assert cure in fault.message


def test_line_ends_of_an_old_kind_are_told() -> None:
    (fault,) = faults_of(BASE.replace("\n", "\r"))
    assert "line ends" in fault.message
    assert "akhir baris" in fault.indonesian


@pytest.mark.parametrize(
    ("old", "new", "code", "said", "told"),
    [
        ('ask_when.equal = ["water", "y"]', 'ask_when.equal = ["pipe", "y"]', "E10", "itself is asked", "sendiri"),
        ("up_to = 75", "up_to = 75\nbelow = 75", "E15", "Only one of these", "Hanya satu"),
        ("minimum = 0, maximum = 10 }", "minimum = 0, maximum = 10, least = 0 }", "E15", "Remove least", "Hapus least"),
        ("  { points = 0 },", "  {},", "E04", "first = [{ when, points }] needs points", "first = [{ when, points }]"),
        ('count = { roster = "p", where', 'count = { roster = "p", has', "E03", "has is not a key of count =", "has"),
        ('name = "ill"', 'name = "well"', "E07", "Choose another name", "Pilih nama lain"),
        ("expect.r.scored = 2", "expect.r.scord = 2", "E08", "a case could expect. Did you mean", "diharapkan"),
        ('index = "m"\nbelow = 50', 'index = "mx"\nbelow = 50', "E08", "There is no index mx", "index mx"),
    ],
)
def test_a_fault_speaks_in_the_words_of_the_author(old: str, new: str, code: str, said: str, told: str) -> None:
    fault = next(each for each in changed(old, new) if each.code == code)
    assert said in fault.message
    assert told in fault.indonesian
    assert not any(kind in fault.message for kind in KEYS if "_" in kind and kind not in LISTS)


def test_a_case_that_gives_another_outcome_names_the_indicator() -> None:
    (fault,) = changed('expect.r.category = "bad"', 'expect.s = { others = "U", outcomes = { s2 = "M" } }')
    assert fault.message == "The case gives F for s1, not U."
    assert fault.indonesian == "Kasus ini menghasilkan F untuk s1, bukan U."


def test_a_weight_that_is_a_fact_is_not_told_to_be_required() -> None:
    text = BASE.replace('weigh_by = "members"', 'weigh_by = "kids"')
    (told,) = [each for each in check_instrument_file(text.encode("utf-8")).warnings if each.code == "W11"]
    assert "Give every question that it reads required = true" in told.message
