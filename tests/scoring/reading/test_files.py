"""Files of both formats: what is strict, what stays lenient, and worked cases that give something else."""

import hashlib
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from app.commands.instruments import shipped_instruments
from app.scoring.instrument import Instrument
from app.scoring.reading.faults import InstrumentFaults
from app.scoring.reading.files import check_instrument_file, read_instrument
from app.scoring.reading.format_1 import read_format_1
from app.scoring.reading.format_1_classes import instrument_of
from tests.scoring.format_2 import EXAMPLES, example
from tests.scoring.reading.test_faults import BASE, check
from tests.scoring.small import SMALL, changed, place_of

# What a file of format 1 was let pass with, the code that a check tells now, and where.
LENIENT = [
    ("format = 1\n", "format = 1.0\n", "E05", "1.0"),
    ("format = 1\n", "format = true\n", "E05", "true"),
    ("minimum = 1\nmaximum = 50", "minimum = 1\nmaximum = 1.000", "E05", "1.000"),
    ("minimum = 1\nmaximum = 50", 'minimum = "1"\nmaximum = 50', "E05", '"1"'),
    ("minimum = 1\nmaximum = 50", "minimum = true\nmaximum = 50", "E05", "true"),
    ("required = true", 'required = "yes"', "E05", '"yes"'),
    ("required = true", "required = 1", "E05", "1"),
    ("weight = 1.5", 'weight = "1.5"', "E05", '"1.5"'),
    ("minimum_answered = 2", 'minimum_answered = "2"', "E05", '"2"'),
    ("valid_from = 2024-01-01", 'valid_from = "2024-01-01"', "E05", '"2024'),
    ("valid_from = 2024-01-01", "valid_from = 2024-01-01T00:00:00", "E05", "2024"),
    ("weak_below = 60", "weak_below = 0.6", "E14", "0.6"),
]


def held(instrument: Instrument) -> dict[str, Any]:
    return {each.name: getattr(instrument, each.name) for each in fields(instrument)}


@pytest.mark.parametrize(("old", "new", "code", "start"), LENIENT, ids=[each[1] for each in LENIENT])
def test_format_1_is_strict_when_checked_but_not_when_loaded(old: str, new: str, code: str, start: str) -> None:
    file = changed(old, new).encode("utf-8")
    assert read_instrument(file).code == "small"
    (fault,) = check_instrument_file(file).faults
    line = file.decode("utf-8").split("\n")[fault.line - 1]
    assert fault.code == code
    assert line[fault.column - 1 :].startswith(start)


def test_bounds_of_0_to_1_are_told_in_format_1() -> None:
    text = changed("up_to = 75", "up_to = 0.8", changed("below = 50\n", "below = 0.5\n"))
    assert read_instrument(text.encode("utf-8")).main.categories[1].bound is not None
    assert [(each.code, each.line) for each in check(text)] == [
        ("E14", place_of("below = 0.5\n", text)),
        ("E14", place_of("up_to = 0.8", text)),
    ]
    assert "50" in check(text)[0].message


def test_a_line_with_a_fault_of_form_has_no_second_one() -> None:
    assert len(check(changed("weight = 1.5", 'weight = "much"'))) == 1


def test_a_file_that_is_read_twice_gives_two_instruments() -> None:
    """Tables are kept by instrument. To look for them must not compare what two instruments hold."""
    file = SMALL.encode("utf-8")
    assert read_instrument(file) != read_instrument(file)


@pytest.mark.parametrize("text", [SMALL, SMALL.replace("\n", "\r\n")])
def test_format_1_has_the_same_content_and_digest_as_ever(text: str) -> None:
    file = text.encode("utf-8")
    assert held(instrument_of(read_format_1(file))) == held(read_instrument(file))
    assert read_instrument(file).digest == "sha-256:" + hashlib.sha256(file).hexdigest()


@pytest.mark.parametrize(
    "text", [changed("weight = 1.5", "weight = 0"), changed('options = "yes_no"', 'options = "no"')]
)
def test_format_1_has_the_same_faults_as_ever(text: str) -> None:
    file = text.encode("utf-8")
    with pytest.raises(InstrumentFaults) as before:
        read_format_1(file)
    with pytest.raises(InstrumentFaults) as now:
        read_instrument(file)
    assert now.value.faults == before.value.faults == list(check_instrument_file(file).faults)


@pytest.mark.parametrize("file", shipped_instruments(), ids=lambda file: file.stem)
def test_the_shipped_instruments_have_no_faults(file: Path) -> None:
    assert check_instrument_file(file.read_bytes()).faults == ()


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_published_can_be_read_back(name: str) -> None:
    text = example(name)
    windows = text.replace("\n", "\r\n")
    for file in (text, windows, "\ufeff" + text):
        checked = check_instrument_file(file.encode("utf-8"))
        assert checked.instrument is not None
        stored = file.encode("utf-8").decode("utf-8-sig").encode("utf-8")
        assert held(read_instrument(stored)) == held(checked.instrument)


def test_a_case_that_gives_something_else_is_told_with_both_values() -> None:
    text = BASE.replace('expect.r.category = "fair"', 'expect.r.category = "bad"')
    (fault,) = check(text)
    assert fault.code == "E23"
    assert text.split("\n")[fault.line - 1][fault.column - 1 :] == '"bad"'
    assert fault.message == "The case gives fair, not bad."
    assert read_instrument(text.encode("utf-8")).valid_from == date(2026, 1, 1)


def test_a_case_whose_answers_are_not_valid_is_told() -> None:
    (fault,) = check(BASE.replace("answers = { members = 1,", "answers = { members = 31,"))
    assert fault.code == "E23"
    assert "bounds" in fault.message
    assert "batas" in fault.indonesian


def test_a_region_case_that_gives_something_else_is_told() -> None:
    (fault,) = check(BASE.replace("expect.r.scored = 2", "expect.r.scored = 1"))
    assert (fault.code, fault.message) == ("E23", "The case gives 2, not 1.")
