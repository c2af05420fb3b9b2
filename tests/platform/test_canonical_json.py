"""JSON in canonical form is what RFC 8785 says, and the fast path writes the same bytes as the library."""

import json
import struct
from decimal import Decimal
from typing import Any

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from app.platform.canonical_json import canonical, read_number, without_nulls

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}
"""RFC 8785, appendix B: the bits of a double and its JSON form."""
NO_NUMBERS = ("7fffffffffffffff", "7ff0000000000000")
"""RFC 8785, appendix B: NaN and infinity, which are errors."""

SAMPLE = r"""
  {
    "numbers": [333333333.33333329, 1E30, 4.50,
                2e-3, 0.000000000000000000000000001],
    "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
    "literals": [null, true, false]
  }
"""
"""RFC 8785, section 3.2.2."""
SAMPLE_BYTES = """
7b 22 6c 69 74 65 72 61 6c 73 22 3a 5b 6e 75 6c 6c 2c 74 72
75 65 2c 66 61 6c 73 65 5d 2c 22 6e 75 6d 62 65 72 73 22 3a
5b 33 33 33 33 33 33 33 33 33 2e 33 33 33 33 33 33 33 2c 31
65 2b 33 30 2c 34 2e 35 2c 30 2e 30 30 32 2c 31 65 2d 32 37
5d 2c 22 73 74 72 69 6e 67 22 3a 22 e2 82 ac 24 5c 75 30 30
30 66 5c 6e 41 27 42 5c 22 5c 5c 5c 5c 5c 22 2f 22 7d
"""
"""RFC 8785, section 3.2.4: the same in canonical form."""

TO_SORT = r"""
  {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis"
  }
"""
"""RFC 8785, section 3.2.3."""
SORTED = [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
]

LARGEST = 2**53 - 1
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
LEAVES = st.none() | st.booleans() | st.integers(-LARGEST, LARGEST) | TEXTS
PLAIN = st.recursive(
    LEAVES, lambda below: st.lists(below) | st.dictionaries(st.text(st.characters(codec="ascii")), below)
)
ANY = st.recursive(
    LEAVES | st.floats(allow_nan=False, allow_infinity=False),
    lambda below: st.lists(below) | st.dictionaries(TEXTS, below),
)


def read(text: str) -> Any:
    return json.loads(text, parse_float=read_number)


def double(bits: str) -> float:
    number: float = struct.unpack(">d", bytes.fromhex(bits))[0]
    return number


@pytest.mark.parametrize(("bits", "written"), NUMBERS.items())
def test_numbers_are_written_as_the_rfc_says(bits: str, written: str) -> None:
    assert canonical(double(bits)) == written.encode()


@pytest.mark.parametrize("bits", NO_NUMBERS)
def test_what_is_no_number_is_an_error(bits: str) -> None:
    with pytest.raises(ValueError, match="not representable"):
        canonical(double(bits))


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**400])
def test_a_whole_number_that_parsers_read_differently_is_an_error(number: int) -> None:
    with pytest.raises(ValueError, match="exceeds"):
        canonical([number])


def test_half_a_surrogate_pair_is_an_error() -> None:
    with pytest.raises(ValueError, match="surrogates not allowed"):
        canonical({"name": "\ud800"})


def test_the_example_of_the_rfc_becomes_its_bytes() -> None:
    assert canonical(json.loads(SAMPLE)) == bytes.fromhex(SAMPLE_BYTES)


def test_names_are_sorted_by_utf_16() -> None:
    assert list(json.loads(canonical(read(TO_SORT))).values()) == SORTED


@given(PLAIN)
@example({"é": "\x7f\u2028\x1f", "B": [{"b": "\\/\"'\n"}], "a": -LARGEST})
def test_plain_values_are_written_as_the_library_writes_them(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@given(ANY)
def test_every_value_is_written_as_the_library_writes_it(value: Any) -> None:
    assert canonical(value) == rfc8785.dumps(value)
    # Beyond 2**53 the digits stand for the nearest double.
    assert json.loads(canonical(value), parse_int=float) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("3.0", 3), ("3e0", 3), ("30E-1", 3), ("-0.0", 0), ("1e15", 10**15), ("9007199254740991.0", LARGEST)),
        *((each, Decimal(each)) for each in ("2.5", "9007199254740993.0", "1e16", "1e-999999", f"0.{'1' * 400}")),
    ],
)
def test_a_whole_number_is_an_integer_however_it_is_written(text: str, number: int | Decimal) -> None:
    found = read_number(text)
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize("text", ["1e400", "-1E309", "9" * 400 + ".5", "1e9999999999999999999"])
def test_a_number_beyond_doubles_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="too large"):
        read_number(text)


@pytest.mark.parametrize("text", ["36.5", "36.50", "3.65e1", "365E-1", "0.00365e4"])
def test_equal_numbers_have_one_form_however_they_are_written(text: str) -> None:
    assert canonical(read(f'{{"area": {text}}}')) == b'{"area":36.5}'


def test_numbers_that_are_one_double_stay_apart() -> None:
    one, other = "123456789012345.000001", "123456789012345.000002"
    assert float(one) == float(other)
    assert canonical([read_number(one), read_number(f"{other}000")]) == f"[{one},{other}]".encode()
    assert canonical(read_number("12345678901234567890.0")) == b"12345678901234567890"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=6))
def test_a_decimal_is_written_as_the_same_number(number: Decimal) -> None:
    written = canonical([number]).decode()
    assert json.loads(written, parse_float=Decimal) == [number]
    if Decimal(repr(float(number))) == number:
        assert written.encode() == rfc8785.dumps([float(number)])


def test_null_members_go_at_every_depth_and_nulls_in_lists_stay() -> None:
    value: Any = {"a": None, "b": {"c": None, "d": [None, {"e": None, "f": 0}]}, "g": [], "h": {"i": None}}
    assert without_nulls(value) == {"b": {"d": [None, {"f": 0}]}, "g": [], "h": {}}
