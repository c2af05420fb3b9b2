"""New passwords that are accepted, and ones that are too weak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.secrets import normalise
from app.services.access.weak_passwords import SHORTEST, find_weakness

OWNER = ("siti.aminah", "Siti Aminah binti Hasan")


@pytest.mark.parametrize(
    "password",
    [
        "sawah-hijau-luas",
        "kopi panas pagi hari",
        "tr0ub4dor&3",
        "ᨕᨊ ᨒᨁᨗ ᨕᨊ ᨈᨕᨘ ᨆᨀᨙ",
        "🌊🔥🐟🌲🎸🥁🚲🎈🎉🏠",
        "x7$kPq2!vR",
        "  dua spasi di depan  ",
        "melati 2026 hujan deras",
        "batu" * 1 + "-karang-" + "laut" * 28,
    ],
)
def test_it_works(password: str) -> None:
    assert find_weakness(password, *OWNER) is None


@pytest.mark.parametrize("password", ["", "sawahluas", "x" * 129, "é" * 9, "sawah-hijau " * 11])
def test_a_length_out_of_bounds_is_refused(password: str) -> None:
    assert find_weakness(password) == "password_length"


def test_the_length_is_that_of_the_composed_characters() -> None:
    assert len("e\u0301" * 9) > SHORTEST
    assert find_weakness("e\u0301" * 9) == "password_length"
    assert normalise("e\u0301") == normalise("é")


@pytest.mark.parametrize(
    "password",
    [
        "password123",
        "Password2026!",
        "P@ssw0rd1234",
        "rahasia12345",
        "Bismillah2026",
        "iloveyou123",
        "Indonesia1945",
        "Banjarbaru-2026",
    ],
)
def test_what_many_choose_is_refused(password: str) -> None:
    assert find_weakness(password) == "password_guessable"


@pytest.mark.parametrize("password", ["ikk-keluarga-2026", "KaderPosyandu!", "DP3A-Kota-Banjarbaru", "admin.operator"])
def test_the_words_of_the_service_are_refused(password: str) -> None:
    assert find_weakness(password) == "password_guessable"


@pytest.mark.parametrize(
    "password", ["siti.aminah", "SitiAminah1990", "aminah-siti-77", "SITI AMINAH!!", "hasan binti siti"]
)
def test_the_owners_name_is_refused(password: str) -> None:
    assert find_weakness(password, *OWNER) == "password_guessable"


@pytest.mark.parametrize(
    "password",
    [
        "1234567890",
        "0987654321",
        "qwertyuiop",
        "asdfghjkl;12",
        "abcdefghijkl",
        "zxcvbnm,./zx",
        "aaaaaaaaaaaa",
        "xyzxyzxyzxyz",
    ],
)
def test_sequences_and_repetitions_are_refused(password: str) -> None:
    assert find_weakness(password) == "password_guessable"


@given(st.text(min_size=0, max_size=200), st.text(max_size=60))
def test_whatever_is_typed_gets_a_result(password: str, name: str) -> None:
    assert find_weakness(password, name) in (None, "password_length", "password_guessable")
