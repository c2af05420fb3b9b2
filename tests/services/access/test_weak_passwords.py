"""New passwords that are accepted, and ones that are too weak."""

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.platform.codes import normalise
from app.services.access.weak_passwords import SHORTEST, has_wrong_length, is_guessable

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
        "kapal-karam-" + "ombak" * 22,
        "perahu-biru-di-muara",
        "kuda lumping makan beling",
        "correct horse battery staple",
        "payung bocor tiga lemari",
        "gK4w-Zp92-mTq8",
        "jeruk-pahit-jatuh-sore",
        "tembok miring cat kuning",
        "Kucing tetangga mencuri ikan",
        "sepeda tua rantai putus",
        "ombak tinggi nelayan pulang",
        "Zebra.Lampu.Garpu.Tujuh",
        "bVn3xQw9Lp",
        "kerbau-naik-angkot-kuning",
        "sarung basah jemuran roboh",
        "7melon-11gayung-lari",
    ],
)
def test_it_works(password: str) -> None:
    assert not has_wrong_length(password)
    assert not is_guessable(password, *OWNER)


@pytest.mark.parametrize("password", ["", "sawahluas", "x" * 129, "é" * 9, "sawah-hijau " * 11])
def test_a_length_out_of_bounds_is_refused(password: str) -> None:
    assert has_wrong_length(password)


def test_the_length_is_that_of_the_composed_characters() -> None:
    assert len("e\u0301" * 9) > SHORTEST
    assert has_wrong_length("e\u0301" * 9)
    assert normalise("e\u0301") == normalise("é")


_EVERYDAY = """
password123 Password2026! P@ssw0rd1234 letmein12345 football2026 superman2020 princess1234 1q2w3e4r5t6y zaq12wsxcde3
qwerty123456 12345678910 111222333444 1234567890 0987654321 qwertyuiop asdfghjkl;12 abcdefghijkl zxcvbnm,./zx
aaaaaaaaaaaa xyzxyzxyzxyz iloveyou123 manchester manchesterunited liverpool1892 barcelona1899 realmadrid2024
rahasia12345 katasandi2026 Bismillah2026 alhamdulillah1 allahuakbar99 tuhanyesus123 Indonesia1945 merdeka17081945
iloveindonesia akucintakamu sayangkamu99 agussayangdewi mamapapa1234 anakku2015 keluargabahagia agustus1945 desember2026
kucinglucu123 nasigoreng99 ayamgoreng123 mobilmerah123 bolabasket123 kopipagi2026 rumahkita123 mawarmelati12
sepakbola2026 budisantoso123 persib1933 persebaya1927 aremania1987 bandungjuara
banjarmasin1 nirasmajnab1 b4nj4rm4s1n2026 Banjarbaru-2026 kotabanjarmasin kabupatenbanjar pemprovkalsel
kalimantanselatan jakartaselatan01 surabaya1945 samarinda123 martapura2025 landasanulin1 landasanulinselatan
guntungmanggis7 selat-hilir-88
"""
EVERYDAY = _EVERYDAY.split()


def test_the_list_of_everyday_passwords_is_long() -> None:
    assert len(set(EVERYDAY)) >= 60


@pytest.mark.parametrize("password", EVERYDAY)
def test_what_many_choose_is_refused(password: str) -> None:
    assert is_guessable(password)


@pytest.mark.parametrize("password", ["benda-sifat-hewan-tempat", "thing-adjective-animal-place"])
def test_the_form_that_the_fault_shows_is_refused_as_a_password(password: str) -> None:
    assert is_guessable(password)


@pytest.mark.parametrize("password", ["ikk-keluarga-2026", "KaderPosyandu!", "DP3A-Kota-Banjarbaru", "admin.operator"])
def test_the_words_of_the_service_are_refused(password: str) -> None:
    assert is_guessable(password)


@pytest.mark.parametrize(
    "password",
    [
        "siti.aminah",
        "SitiAminah1990",
        "aminah-siti-77",
        "SITI AMINAH!!",
        "hasan binti siti",
        "s1t1.4m1n4h",
        "hanima.itis",
    ],
)
def test_the_owners_name_is_refused(password: str) -> None:
    assert is_guessable(password, *OWNER)


def test_a_name_counts_only_for_its_owner() -> None:
    assert is_guessable("Rumbiak-Wattimena", "a.b", "Rumbiak Wattimena")
    assert not is_guessable("Rumbiak-Wattimena-Lappa", "a.b", "Siti")


@given(st.text(min_size=0, max_size=200), st.text(max_size=60))
def test_whatever_is_typed_gets_a_result(password: str, name: str) -> None:
    assert is_guessable(password, name) in (True, False)


RESPELLING = "4@8({[<369&#!1|0$5+7%2/"


@pytest.mark.parametrize(
    "password",
    [
        RESPELLING * 6,
        "p4$$w0rd" * 16,
        "20201010" * 16,
        "banjarmasin" * 12,
        "\u0301" * 128,
        "ﷺ" * 128,
        *("".join(random.Random(seed).choices(RESPELLING, k=128)) for seed in range(20)),
    ],
)
def test_no_password_takes_long(password: str) -> None:
    is_guessable("reads the names of regions once")
    began = time.thread_time()
    is_guessable(password[:128], *OWNER)
    assert time.thread_time() - began < 0.05
