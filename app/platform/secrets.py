"""Secrets, passwords, one-time codes and refresh tokens. They are made here, and only their hashes are stored."""

import hmac
import secrets
import unicodedata
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher: Final = PasswordHasher()
_CODE_LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without letters and digits that look alike on paper: 0 and O, 1, I and L."""
_CODE_LENGTH: Final = 16
_OTP_LENGTH: Final = 6
_MOST_LETTERS: Final = 1000
"""No composition makes so many letters into a password of 128."""


@cache
def decoy() -> str:
    """The hash to compare with if there is none, so that the time is the same. A server makes it once, at its start."""
    return _hasher.hash(secrets.token_urlsafe(32))


def normalise(password: str) -> str:
    """The password or code in Unicode NFKC, so that the same characters match however a keyboard composed them.

    It is applied before hashing and before comparing. Letters beyond `_MOST_LETTERS` are cut off first, because the
    time for a long run of marks grows with the square of its length. What is left is longer than a password may be.
    """
    return unicodedata.normalize("NFKC", password[:_MOST_LETTERS])


def make_secret() -> tuple[str, str]:
    """A new secret, to be shown once, and its Argon2id hash, to be stored."""
    secret = secrets.token_urlsafe(32)
    return secret, _hasher.hash(secret)


def hash_password(password: str) -> str:
    """Argon2id in PHC string format of the normalised password. It is slow by design, so call it in a thread."""
    return _hasher.hash(normalise(password))


def password_matches(password: str, hashed: str | None) -> bool:
    """Whether the password matches the hash. It takes as long without a hash. It is slow, so call it in a thread."""
    return secret_matches(normalise(password), [] if hashed is None else [hashed])


def secret_matches(secret: str, hashes: Sequence[str], comparisons: int = 1) -> bool:
    """Whether a secret matches one of the hashes. It is slow, so call it in a thread.

    For a wrong secret it makes at least `comparisons` comparisons, even if there are fewer hashes. The time it takes
    then does not show how many there are.
    """
    for number in range(max(comparisons, len(hashes))):
        try:
            _hasher.verify(hashes[number] if number < len(hashes) else decoy(), secret)
        except (VerificationError, InvalidHashError):
            continue
        return number < len(hashes)
    return False


def make_code() -> tuple[str, bytes]:
    """A one-time code of 79 random bits in groups of four, to be printed once, and its digest, to be stored."""
    # One random number, because one for each letter takes ten times as long, and a file asks for 2,000 codes.
    number, letters = secrets.randbelow(len(_CODE_LETTERS) ** _CODE_LENGTH), ""
    for _ in range(_CODE_LENGTH):
        number, letter = divmod(number, len(_CODE_LETTERS))
        letters += _CODE_LETTERS[letter]
    code = "-".join(letters[at : at + 4] for at in range(0, _CODE_LENGTH, 4))
    return code, digest_code(code)


def plain_username(username: str) -> str:
    """The username without capitals and without blanks and invisible characters, which keyboards and chats add."""
    return "".join(letter for letter in normalise(username).casefold() if letter.isprintable() and letter != " ")


def plain_code(code: str) -> str:
    """The letters and digits of a code, in capitals. Blanks, hyphens and whatever else a chat adds do not count."""
    return "".join(letter for letter in normalise(code).upper() if letter.isalnum())


def is_code(code: str) -> bool:
    """Whether a text has the form of a one-time code. No other text can be one."""
    plain = plain_code(code)
    return len(plain) == _CODE_LENGTH and set(plain) <= set(_CODE_LETTERS)


def is_otp(code: str) -> bool:
    """Whether a text has the form of a code from an authenticator app."""
    plain = plain_code(code)
    return len(plain) == _OTP_LENGTH and plain.isascii() and plain.isdigit()


def digest_code(code: str) -> bytes:
    """SHA-256 of a one-time code as a person may type or paste it.

    A plain hash is enough, also for 500 codes at once, because nobody can try out 79 random bits.
    """
    return sha256(plain_code(code).encode()).digest()


def make_opaque() -> str:
    """A refresh token of 256 random bits."""
    return secrets.token_urlsafe(32)


def derive_opaque(token: str, key: bytes) -> str:
    """The refresh token that replaces another one. It takes the key and the other one to derive it."""
    return hmac.digest(key, b"refresh\0" + digest_opaque(token), "sha256").hex()


def digest_opaque(token: str) -> bytes:
    """SHA-256 of a refresh token. 256 random bits need no slower hash."""
    return sha256(token.encode()).digest()
