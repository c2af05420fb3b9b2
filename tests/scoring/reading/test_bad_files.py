"""Whatever a file contains, the check answers quickly with clear faults, and never with a traceback."""

import time
import tomllib
import zipfile
from codecs import BOM_UTF8
from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.scoring.reading.files import Checked, check_instrument_file, read_instrument
from tests.scoring.format_2 import EXAMPLES, complete, example, written
from tests.scoring.reading.test_faults import BASE

QUICK = 4.0
"""Seconds of the processor in which any file is checked, also while other tests run."""


def check(file: str | bytes) -> Checked:
    started = time.process_time()
    checked = check_instrument_file(file.encode("utf-8") if isinstance(file, str) else file)
    assert time.process_time() - started < QUICK
    assert (checked.instrument is None) == bool(checked.faults)
    return checked


def codes_in(file: str | bytes) -> list[str]:
    return [each.code for each in check(file).faults]


def test_a_file_that_is_too_large_is_refused_before_it_is_read() -> None:
    assert codes_in(b"#" * 10_000_000) == ["E02"]


def test_nested_conditions_are_told_where_they_are_too_deep() -> None:
    deep = "{ not = " * 500 + '{ equal = ["water", "y"] }' + " }" * 500
    text = BASE.replace('when.not = { equal = ["water", "y"] }', f"when.not = {deep}")
    assert codes_in(text) == ["E02"]
    lists = "[" * 5000 + "]" * 5000
    assert codes_in(BASE.replace('breakdowns = ["water"]', f"breakdowns = {lists}")) == ["E02"]
    assert codes_in(BASE + "a." * 200_000 + "a = 1\n") == ["E02"]


@pytest.mark.parametrize(("levels", "faults"), [(12, []), (13, ["E02"]), (20, ["E02"])])
def test_twelve_levels_of_conditions_are_enough(levels: int, faults: list[str]) -> None:
    deep = "{ not = " * (levels - 2) + '{ equal = ["water", "y"] }' + " }" * (levels - 2)
    assert codes_in(BASE.replace('when.not = { equal = ["water", "y"] }', f"when.not = {deep}")) == faults


def test_more_than_2000_questions_are_refused() -> None:
    entry = '[[question]]\ncode = "q{}"\ntype = "text"\nmaximum = 9\ntext.id = "x"\n'
    assert codes_in(BASE + "".join(entry.format(number) for number in range(20_000))) == ["E02"]
    assert codes_in("question = [" + "{ code = 'a' }," * 20_000 + "]") == ["E02"]
    assert codes_in(BASE + "".join(entry.format(number) for number in range(1989))) == []


def test_more_than_20000_parts_of_conditions_are_refused() -> None:
    many = ", ".join(['{ equal = ["water", "y"] }'] * 1999)
    facts = [f'[[fact]]\ncode = "f{number}"\nname.id = "x"\nwhen.any = [{many}]\n' for number in range(11)]
    assert codes_in(BASE + "".join(facts)) == ["E02"]
    assert codes_in(BASE + "".join(facts[:9])) == []


def test_more_than_2000_entries_of_any_list_are_refused() -> None:
    assert codes_in(BASE.replace('breakdowns = ["water"]', f"breakdowns = [{'1,' * 20_000}]")) == ["E02"]
    assert codes_in(BASE + "".join(f'[[indicator]]\ncode = "i{number}"\n' for number in range(20_000))) == ["E02"]


def test_more_than_ten_indices_are_refused() -> None:
    more = '[[index]]\ncode = "i{0}"\nname = {{ id = "x" }}\nmethod = "rule"\n'
    category = '[[category]]\ncode = "k{0}"\nindex = "i{0}"\nname = {{ id = "x" }}\n'
    assert codes_in(BASE + "".join((more + category).format(number) for number in range(4))) == []
    assert codes_in(BASE + "".join((more + category).format(number) for number in range(5))) == ["E02"]


def office_file() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return file.getvalue()


@pytest.mark.parametrize(
    "file", [office_file(), b"\xff\xfeformat", b"format = 2\ntitle = '\xe9'", b"\x00" * 100, b"%PDF-1.7"]
)
def test_what_is_no_text_is_told(file: bytes) -> None:
    assert codes_in(file) == ["E01"]


def test_an_empty_file_is_told_what_it_needs() -> None:
    assert set(codes_in("")) == {"E04"}


def test_windows_line_ends_and_a_byte_order_mark_change_no_place() -> None:
    broken = BASE.replace('weight = "1/3"', "weight = 0")
    plain = check(broken).faults
    assert check(broken.replace("\n", "\r\n")).faults == plain
    assert check(BOM_UTF8 + broken.encode("utf-8")).faults == plain
    assert read_instrument(BOM_UTF8 + BASE.encode("utf-8")).digest == read_instrument(BASE.encode("utf-8")).digest
    assert check(BASE.replace("\n", "\r\n")).faults == ()


@pytest.mark.parametrize("weight", ["0", "-1", "nan", "inf", "-inf", '"1/0"', '"0/1"', "1e400", '"x"', "[]", "true"])
def test_a_weight_that_is_none_is_told(weight: str) -> None:
    assert len(codes_in(BASE.replace('weight = "1/3"', f"weight = {weight}"))) == 1


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 50, "1e-400", "0." + "1" * 400])
def test_a_number_of_many_digits_is_told(number: str) -> None:
    assert codes_in(BASE.replace("minimum = 1.5", f"minimum = {number}")) == ["E13"]


def test_thousands_of_faults_are_told_quickly() -> None:
    assert len(codes_in(BASE + '[[indicator]]\nwrong = "x"\n' * 20_000)) <= 1000
    assert len(
        codes_in(BASE + "".join(f'[[indicator]]\nfulfilled_when.equal = ["m{at}", "y"]\n' for at in range(9000)))
    )


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_told(file: bytes) -> None:
    assert check(file).faults


@given(st.sampled_from(EXAMPLES), st.floats(0, 1), st.floats(0, 1), st.text(max_size=6))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_with_a_piece_replaced_is_read_or_told(name: str, start: float, length: float, piece: str) -> None:
    text = example(name)
    at = int(start * len(text))
    check((text[:at] + piece + text[at + int(length * 60) :]).encode("utf-8", "replace"))


VALUES = st.sampled_from(
    [
        *(0, 1, -1, 10**18, True, "", "x", "y", "p", "members", "1/3", "1/0", "refused", "m", "none"),
        *(Decimal("1.000"), Decimal("NaN"), Decimal("0.5"), Decimal("Infinity"), [], ["x"], [[]], [1], {}, {"id": "x"}),
        *({"equal": ["q", "y"]}, {"not": {}}, {"a": {"b": {}}}, [{}], [{"code": "y"}], [{"points": 1}]),
    ]
)


@given(st.sampled_from(EXAMPLES), st.data())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_file_with_any_value_replaced_is_read_or_told(name: str, draw: st.DataObject) -> None:
    tables: Any = tomllib.loads(example(name), parse_float=Decimal)
    for _ in range(draw.draw(st.integers(1, 3))):
        change = draw.draw(st.sampled_from(list(_places(tables))))
        change(deepcopy(draw.draw(VALUES)))
    check("".join(f"{key} = {written(value)}\n" for key, value in tables.items()))


def _places(value: Any) -> list[Callable[[Any], None]]:
    """What sets each value in a file."""
    found: list[Callable[[Any], None]] = []
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in steps:
        found.append(lambda new, step=step: value.__setitem__(step, new))  # type: ignore[misc]
        found += _places(each)
    return found


def test_a_key_of_a_whole_is_no_fault_of_its_neighbours() -> None:
    assert codes_in(complete("question = [{}]")) != []
