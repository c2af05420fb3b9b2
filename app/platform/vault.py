"""Who a family is, sealed; what it is found by: keyed digests of its numbers; and the hash of what was sent, sealed.

The keys lie in the key ring, outside the database: sealed rows say nothing without them, and 16 digits that follow a
known pattern cannot be tried out (docs/decisions/0012-who-a-family-is.md).
"""

import hmac
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.identity.numbers import NumberKind
from app.platform.key_ring import Key, KeyRing

Digest = tuple[str, bytes]
"""Id of the matching key, and the digest made with it."""

_LAYOUT: Final = b"\x01"
"""First byte of what is sealed: 1 is a nonce of 12 bytes, then AES-256-GCM of JSON in UTF-8 with its tag."""
_NONCE_BYTES: Final = 12
_CONTEXT: Final = b"ikk family identity 1:"
_HASH_CONTEXT: Final = b"ikk content hash 1:"
_SETTLING: Final = timedelta(seconds=5)
"""So long after a rotation every server process has read the key ring again: it looks once a second."""


class VaultError(Exception):
    """Something sealed cannot be opened; the message says why, and never what is in it."""


class Vault:
    """Seals and opens identities, and digests numbers, with the keys that the ring holds at that moment."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys
        self._ciphers: dict[str, AESGCM] = {}

    def encrypt(self, family_id: UUID, identity: Mapping[str, Any]) -> tuple[str, bytes]:
        """Key id and sealed bytes of an identity (JSON values), bound to its family: no other family's id opens it.

        Nonces are random, 96 bits: good for 2³² seals under one key (NIST SP 800-38D, 8.3); rotate long before.
        """
        key = self._keys.current("identity")
        text = json.dumps(identity, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return key.id, self._encrypt_under(key, text, _CONTEXT + family_id.bytes)

    def decrypt(self, family_id: UUID, key_id: str, encrypted: bytes) -> dict[str, Any]:
        """The identity that was sealed; raises VaultError where its key was withdrawn or a byte of it is another."""
        key = self._keys.find("identity", key_id)
        if key is None:
            raise VaultError(f"identity of family {family_id}: its key {key_id} is not in the key ring")
        if encrypted[:1] != _LAYOUT:
            raise VaultError(f"identity of family {family_id}: sealed in a layout that this version does not know")
        try:
            text = self._decrypt_under(key, encrypted, _CONTEXT + family_id.bytes)
        except (InvalidTag, ValueError):
            raise VaultError(f"identity of family {family_id}: altered, or another family's") from None
        identity: dict[str, Any] = json.loads(text)
        return identity

    def encrypt_hash(self, submission_id: UUID, content_hash: bytes) -> tuple[str, bytes]:
        """Key id and sealed bytes of the hash of what was sent, bound to its submission.

        In clear it would let a number be tried out by whoever has the rest of the body, and that is in the database.
        """
        key = self._keys.current("receipts")
        return key.id, self._encrypt_under(key, content_hash, _HASH_CONTEXT + submission_id.bytes)

    def decrypt_hash(self, submission_id: UUID, key_id: str, encrypted: bytes) -> bytes | None:
        """The hash that was sealed; None where its key is lost or a byte of it is another."""
        key = self._keys.find("receipts", key_id)
        if key is None:
            return None
        try:
            return self._decrypt_under(key, encrypted, _HASH_CONTEXT + submission_id.bytes)
        except (InvalidTag, ValueError):
            return None

    def marks(self, submission_id: UUID, content_hash: bytes) -> list[str]:
        """What a content hash is put on record as: a keyed digest with its key's id; the one in use first."""
        text = _HASH_CONTEXT + submission_id.bytes + content_hash
        return [f"{key.id}:{hmac.digest(key.raw, text, 'sha256').hex()}" for key in self._keys.all("receipts")]

    def digest(self, kind: NumberKind, number: str) -> Digest:
        """HMAC-SHA256 of kind and number under the matching key in use: what a new row is stored with."""
        return self.digests(kind, number)[0]

    def digests(self, kind: NumberKind, number: str) -> list[Digest]:
        """The same under every matching key of the ring, the one in use first: what a number is looked for by."""
        text = f"{kind}:{number}".encode("ascii")
        return [(key.id, hmac.digest(key.raw, text, "sha256")) for key in self._keys.all("matching")]

    def digests_to_store(self, kind: NumberKind, number: str) -> list[Digest]:
        """Those that a row is stored with: one; all of them for some seconds after a rotation.

        As long as another server process may not know the new key, it must find by an old one what this one stores.
        """
        digests = self.digests(kind, number)
        return digests if self.settles_in() > 0 else digests[:1]

    def settles_in(self) -> float:
        """Seconds until every server process knows the matching and the identity key in use."""
        made = max(datetime.fromisoformat(self._keys.current(each).made_at) for each in ("matching", "identity"))
        first = len(self._keys.all("matching")) == len(self._keys.all("identity")) == 1
        return 0.0 if first else max(0.0, (made + _SETTLING - datetime.now(UTC)).total_seconds())

    def current(self) -> tuple[str, str]:
        """Ids of the identity key and the matching key in use."""
        return self._keys.current("identity").id, self._keys.current("matching").id

    def _encrypt_under(self, key: Key, text: bytes, context: bytes) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        return _LAYOUT + nonce + self._cipher(key).encrypt(nonce, text, context)

    def _decrypt_under(self, key: Key, encrypted: bytes, context: bytes) -> bytes:
        nonce, rest = encrypted[1 : 1 + _NONCE_BYTES], encrypted[1 + _NONCE_BYTES :]
        return self._cipher(key).decrypt(nonce, rest, context)

    def _cipher(self, key: Key) -> AESGCM:
        cipher = self._ciphers.get(key.id)
        if cipher is None:
            cipher = self._ciphers[key.id] = AESGCM(key.raw)
        return cipher
