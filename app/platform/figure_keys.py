"""Derives the secret of a year's released figures from the key ring.

A year keeps the key of its first release for good. With another key its counts would be rounded anew, and the mean of
both tells more than either (docs/decisions/0052-releases.md).
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.platform.key_ring import KeyRing, StrayKeysError

_CONTEXT: Final = "ikk figures 1:"
_BYTES: Final = 32


def derive_key(ring: KeyRing, key_id: str, year: int) -> bytes:
    """The 32 bytes of a year. Raises StrayKeysError if the ring lacks the key, or another one that rows name."""
    ring.require()
    key = ring.find("figures", key_id)
    if key is None:
        raise StrayKeysError([key_id])
    return HKDF(SHA256(), _BYTES, salt=None, info=f"{_CONTEXT}{year}".encode()).derive(key.raw)
