"""Secrets of agencies and passwords. Only their Argon2id hashes are stored."""

import secrets
from collections.abc import Sequence
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.platform.codes import normalise

_hasher: Final = PasswordHasher()


@cache
def decoy() -> str:
    """The hash to compare with if there is none, so that the time is the same. A server makes it once, at its start."""
    return _hasher.hash(secrets.token_urlsafe(32))


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
