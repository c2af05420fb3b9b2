"""Warnings as rows store them: a short text that gives back every warning, in its order."""

import re

from hypothesis import given
from hypothesis import strategies as st

from app.problems.stored_warnings import read_warnings, write_warnings
from app.problems.warning_texts import WARNING_TEXTS

CODES = st.sampled_from(sorted(WARNING_TEXTS))
POINTERS = st.one_of(
    st.sampled_from(["/family/card_number", "/family/people", "/salt", "/purpose", "/family/address", "both_1", "#"]),
    st.builds("/family/people/{}/{}".format, st.integers(0, 49), st.sampled_from(["nik", "sex", "birth_date", "name"])),
)
FORMS = st.one_of(
    st.builds("{} {}".format, CODES, POINTERS), st.from_regex(re.compile(r"[a-z][a-z0-9_]*"), fullmatch=True)
)
FORMS_LIST = st.lists(FORMS, max_size=9)


@given(FORMS_LIST, FORMS_LIST)
def test_every_warning_comes_back_also_from_two_texts_after_one_another(first: list[str], second: list[str]) -> None:
    assert read_warnings(write_warnings(first)) == first
    assert read_warnings(write_warnings(first) + write_warnings(second)) == first + second


def test_common_warnings_take_a_letter_each() -> None:
    told = ["card_region_unknown /family/card_number", *(f"nik_region_unknown /family/people/{n}/nik" for n in (0, 12))]
    assert write_warnings(told) == "ab0b12"
    assert write_warnings([]) == ""


def test_the_letters_of_warnings_that_sql_adds_and_of_rare_ones() -> None:
    for letter, stored in {"h": "interviewed_before /family/card_number", "i": "salt_used_before /salt"}.items():
        assert write_warnings([stored]) == letter
    assert write_warnings(["members", "implausible both"]) == "=members\n=implausible both\n"
