"""Refuses passwords by their length and by what somebody would try first (NIST SP 800-63B section 3.1.1.2).

There are no rules on kinds of characters and no expiry, as that section asks. The check takes everything that could be
expected out of a password. What is left must be long enough that guessing it takes a while.
"""

import re
from typing import Final

from app.platform.secrets import normalise
from app.problems.fault_texts import FaultCode

SHORTEST: Final = 10
LONGEST: Final = 128
_UNEXPECTED: Final = 6
"""The fewest characters that must be left."""

# The service, its people and regions, the months, and the most frequent entries of lists of leaked passwords in
# Indonesia and elsewhere.
_WORDS: Final = """
ikk indeks kualitas keluarga keluargaku family kader penyelia supervisor analis admin administrator operator dppkb dp3a
kpppa kemenpppa bkkbn posyandu desa kelurahan kecamatan kabupaten kota provinsi indonesia jakarta banjarbaru januari
februari maret april juni juli agustus september oktober november desember merdeka pancasila garuda password passw0rd
p4ssw0rd p@ssw0rd sandi katasandi rahasia welcome selamat datang login masuk user test coba bismillah alhamdulillah
allah muhammad yesus sayang sayangku cinta cintaku iloveyou monyet letmein dragon master monkey football sunshine
princess superman batman baseball shadow freedom whatever qazwsx 1q2w3e4r 1qaz2wsx changeme secret
"""
_EXPECTED: Final = _WORDS.split()
_ROWS: Final = ("01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_YEAR: Final = re.compile(r"(19[4-9]|20[0-4])[0-9]")
_REPEATED: Final = re.compile(r"(.{1,6}?)\1{2,}|(.)\2+", re.DOTALL)
_RUN: Final = 4
_SHORTEST_NAME: Final = 3


def find_weakness(password: str, *names: str) -> FaultCode | None:
    """Returns the fault code of a new password, or None if there is none. `names` are its owner's username and name."""
    password = normalise(password)
    if not SHORTEST <= len(password) <= LONGEST:
        return "password_length"
    return "password_guessable" if len(_leave_unexpected(password.casefold(), names)) < _UNEXPECTED else None


def _leave_unexpected(text: str, names: tuple[str, ...]) -> str:
    parts = {part for name in names for part in (name.casefold(), *re.split(r"[\W_]+", name.casefold()))}
    own = {part for part in parts if len(part) >= _SHORTEST_NAME}
    for word in sorted((*_EXPECTED, *own), key=len, reverse=True):
        text = text.replace(word, "")
    return _REPEATED.sub(lambda found: found[1] or found[2], _drop_runs(_YEAR.sub("", text)))


def _drop_runs(text: str) -> str:
    """Returns the text without runs of four or more neighbours in the alphabet or on a keyboard."""
    for row in (*_ROWS, *(row[::-1] for row in _ROWS)):
        for length in range(len(row), _RUN - 1, -1):
            for start in range(len(row) - length + 1):
                text = text.replace(row[start : start + length], "")
    return text
