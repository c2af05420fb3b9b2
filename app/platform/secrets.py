"""Secrets, passwords and one-time codes: made here, stored as hashes only."""

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
"""Without those that are mistaken for each other when read from paper: 0 O, 1 I L."""
_CODE_LENGTH: Final = 16


@cache
def decoy() -> str:
    """What a secret is compared with where there is none to compare with; made once a process, at a server's start."""
    return _hasher.hash(secrets.token_urlsafe(32))


def normalise(password: str) -> str:
    """The same characters however the keyboard composed them (NFKC): before hashing and before comparing."""
    return unicodedata.normalize("NFKC", password)


def make_secret() -> tuple[str, str]:
    """A new secret, to be shown once, and its Argon2id hash, to be stored."""
    secret = secrets.token_urlsafe(32)
    return secret, _hasher.hash(secret)


def hash_password(password: str) -> str:
    """Argon2id in PHC string format of the normalised password; slow by design: call it in a thread."""
    return _hasher.hash(normalise(password))


def password_matches(password: str, hashed: str | None) -> bool:
    """Whether this is the password that was hashed. Takes as long where there is none; slow: call it in a thread."""
    return secret_matches(normalise(password), [] if hashed is None else [hashed])


def secret_matches(secret: str, hashes: Sequence[str], comparisons: int = 1) -> bool:
    """Whether a secret is one of those hashed; slow: call it in a thread.

    comparisons: so many are made for a wrong secret, however few hashes there are, so that the time tells nothing.
    """
    for number in range(max(comparisons, len(hashes))):
        try:
            _hasher.verify(hashes[number] if number < len(hashes) else decoy(), secret)
        except (VerificationError, InvalidHashError):
            continue
        return number < len(hashes)
    return False


def make_code() -> tuple[str, bytes]:
    """A one-time code of 79 bits, to be printed once in groups of four, and its digest, to be stored."""
    letters = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
    code = "-".join(letters[at : at + 4] for at in range(0, _CODE_LENGTH, 4))
    return code, digest_code(code)


def digest_code(code: str) -> bytes:
    """SHA-256 of a one-time code as a person may type it: small letters, with or without hyphens and spaces.

    A plain hash will do, and 500 of them at once: 79 random bits cannot be tried out.
    """
    return sha256(code.upper().replace("-", "").replace(" ", "").encode()).digest()


def make_opaque() -> tuple[str, bytes]:
    """A refresh token of 256 random bits and its digest, to be stored."""
    token = secrets.token_urlsafe(32)
    return token, digest_opaque(token)


def digest_opaque(token: str) -> bytes:
    """SHA-256 of a refresh token; 256 random bits need no slower hash."""
    return sha256(token.encode()).digest()
