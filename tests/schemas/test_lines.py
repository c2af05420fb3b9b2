"""Lines of text: what is taken out, what is turned, what is refused, and that the published pattern says the same."""

import re
import unicodedata
from typing import Annotated

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

import app.main  # noqa: F401 (loads every shape)
from app.lines import PATTERN, clean
from app.problems import read_shape
from app.schemas.lines import Line, find_cleaned
from app.schemas.shapes import In
from app.statistics.code_lists import DIMENSIONS


class Named(BaseModel):
    name: Annotated[str, Line(100)]


_PATTERN = re.compile(re.sub(r"\$$", r"\\Z", PATTERN))


def accepts(text: str) -> bool:
    try:
        Named(name=text)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("\u2068Siti Aminah\u2069", "Siti Aminah"),
        ("\u202aSiti\u202c \u202eAminah\u202c", "Siti Aminah"),
        ("Si\u200bti\u2060 \ufeffAmi\u00adnah", "Siti Aminah"),
        ("Siti\u200d Aminah\u200c", "Siti Aminah"),
        ("Siti\u00a0\u2003Aminah", "Siti Aminah"),
        ("Jalan Mawar 12\r\nRT 03\tRW 01\u2028", "Jalan Mawar 12 RT 03 RW 01"),
        ("Siti \ufe0fAminah\ufe0f\U000e0041\U000e007f", "Siti Aminah"),
        ("Siti\u3164\u2800Aminah", "Siti Aminah"),
        ("Rene\u0301e", "Renée"),
        ("Re\u034f\u200bne\u200b\u0301e", "Renée"),
        # Joiners stay within scripts that write with them, and only there.
        ("\ua98f\ua9c0\u200d\ua9b1", "\ua98f\ua9c0\u200d\ua9b1"),  # Javanese
        ("\u1b13\u1b44\u200c\u1b13", "\u1b13\u1b44\u200c\u1b13"),  # Balinese
        ("\u0645\u06cc\u200c\u0627\u0645", "\u0645\u06cc\u200c\u0627\u0645"),  # Arabic
        ("\u0645\u200d Siti", "\u0645 Siti"),
        ("\u0645\u200f\u200e\u061c\u0645", "\u0645\u0645"),
        ("\U0001f469\u200d\U0001f467", "\U0001f469\U0001f467"),
        # Visible letters of any script stay.
        ("Ba\u2019u \u02bbAbdu\u02bcl O\u2019Neill-Nuñez 12/3", "Ba\u2019u \u02bbAbdu\u02bcl O\u2019Neill-Nuñez 12/3"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(sent: str, kept: str) -> None:
    assert Named(name=sent).name == kept


@pytest.mark.parametrize("category", ["Cf", "Zs", "Zl", "Zp"])
def test_no_mark_of_format_and_no_other_blank_is_left_in_latin_letters(category: str) -> None:
    """Signs of Arabic, Syriac and Kaithi numbers have the category Cf but can be seen."""
    seen = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
    every = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == category]
    assert {ascii(each) for each in every if clean(f"a{each}b") not in ("ab", "a b") and not seen.match(each)} == set()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("Siti\x00", "unreadable"),
        ("Siti\x1b[0m", "unreadable"),
        ("Siti\x7f", "unreadable"),
        ("Siti\ue000", "unreadable"),
        ("Siti\uffff", "unreadable"),
        ("Siti\U0010fffe", "unreadable"),
        ("", "bad_format"),
        (" \t\n\u00a0", "bad_format"),
        ("\u202e\u200b", "bad_format"),
        ("\u0301Siti", "loose_marks"),
        ("\u200b\u0301Siti", "loose_marks"),
        ("x" * 101, "bad_format"),
    ],
)
def test_what_nobody_can_read_is_a_fault(sent: str, code: str) -> None:
    faults = read_shape(Named, {"name": sent})[1]
    assert [(each.code, each.pointer) for each in faults] == [(code, "/name")]
    assert not accepts(sent)


_ODD = st.sampled_from(
    "aZé 0/\t\n\u00a0\u2800\u3000\u00ad\u034f\u061c\u0301\u0316\u200b\u200c\u200d\u200e\u202e\u2028\u2068\ufe0f\ufeff"
    "\u0645\ua98f\ua9c0\u1b13\u3164\x00\x1b\ue000\ufdd0\uffff\U0001f469\U000e0041\U0010ffff"
)


@given(st.text(st.one_of(_ODD, st.characters(exclude_categories=["Cs"], max_codepoint=0xFFFF)), max_size=12))
@example("\U0001f469")
def test_the_pattern_accepts_what_the_service_accepts(text: str) -> None:
    assume(not re.search("[\U000e0041\U0010ffff]", text))
    assert accepts(text) == bool(_PATTERN.search(text) and text)


@given(st.text(_ODD, max_size=12))
def test_cleaning_again_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


def test_only_texts_that_lost_something_are_told() -> None:
    sent = {
        "name": " Rene\u0301e ",
        "people": [{"name": "Siti"}, {"name": "Si\u200bti"}],
        "address": "A\nB",
        "number": 3,
    }
    kept = {"name": "Renée", "people": [{"name": "Siti"}, {"name": "Siti"}], "address": "A B", "number": 3}
    assert list(find_cleaned(sent, kept)) == [("people", 1, "name"), ("address",)]


CODES = {"instrument", "version", "indicator", "question", "category", "receipt", *DIMENSIONS}
"""Codes that are looked up, and a receipt that is verified. What is not found or not valid is never stored."""


def test_every_text_that_people_write_is_a_line() -> None:
    """Every other text of a body has a pattern, a format or options of its own. Sign-in has secrets and codes."""
    shapes: list[type[BaseModel]] = [In]
    for each in shapes:
        shapes += each.__subclasses__()
    loose = {
        f"{shape.__name__}.{name}"
        for shape in shapes
        if shape.__module__ not in ("app.schemas.access.token", "app.schemas.access.second_factor")
        for name, schema in shape.model_json_schema().get("properties", {}).items()
        for text in (schema, *schema.get("anyOf", ()))
        if text.get("type") == "string" and not text.keys() & {"pattern", "format", "enum", "const"}
        if name not in CODES
    }
    assert loose == set()
