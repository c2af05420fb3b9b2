"""Encrypts identities, texts, content hashes and second factors, and makes the keyed digests that find a family.

The keys are in the key ring, outside the database. Encrypted rows reveal nothing without them. Nobody can try out the
16 digits of a number either, although they follow a known pattern (docs/decisions/0012-who-a-family-is.md).
"""

import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.identity.numbers import NumberKind
from app.platform.key_ring import Key, KeyRing, Purpose

Digest = tuple[str, bytes]
"""The id of the matching key, and the digest made with it."""

_LAYOUT: Final = b"\x01"
"""The first byte of encrypted values. After 1 come a nonce of 12 bytes and AES-256-GCM ciphertext with its tag.

The plaintext of an identity or of texts is JSON in UTF-8, that of a content hash its bytes and those of the salt.
"""
_HASH_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_MARK_BYTES: Final = 16
_DIGEST_BYTES: Final = 15
"""How much of a digest is kept. With the byte for its length it takes 16 bytes in a row."""
MARK_LENGTH: Final = 12 + len(":") + 2 * _MARK_BYTES
"""The characters of a mark in the audit log, with its key id."""
_CONTEXT: Final = b"ikk family identity 1:"
_TEXTS_CONTEXT: Final = b"ikk answer texts 1:"
_HASH_CONTEXT: Final = b"ikk content hash 1:"
_SALT_CONTEXT: Final = b"ikk salt 1:"
_NOTE_CONTEXT: Final = b"ikk identification note 1:"
_REASON_CONTEXT: Final = b"ikk correction note 1:"
_HELD_CONTEXT: Final = b"ikk held submission 1:"
_HELD_MARK_CONTEXT: Final = b"ikk held content 1:"
_COMMENTS_CONTEXT: Final = b"ikk review comments 1:"
_FACTOR_CONTEXT: Final = b"ikk second factor 1:"
_SETTLING: Final = timedelta(seconds=5)
"""This long after a rotation, every server process has read the key ring again. It checks once a second."""


@dataclass(frozen=True, slots=True)
class ContentHash:
    """SHA-256 over the content of a submission, and the salt that is part of the content. None if there is none."""

    value: bytes
    salt: UUID | None = None


class VaultError(Exception):
    """An identity or a second factor cannot be decrypted. The message says why, and never what is in it."""


class Vault:
    """Encrypts and decrypts identities and content hashes, and digests numbers, with the current keys of the ring.

    Everything but making it raises StrayKeysError while the ring lacks keys that the database names.
    """

    def __init__(self, keys: KeyRing) -> None:
        self._ring = keys
        self._ciphers: dict[str, AESGCM] = {}

    @property
    def _keys(self) -> KeyRing:
        """The ring. Raises StrayKeysError if it lacks keys that the database names."""
        self._ring.require()
        return self._ring

    def encrypt(self, family_id: UUID, identity: Mapping[str, Any]) -> tuple[str, bytes]:
        """Key id and ciphertext of an identity (JSON values). It can be decrypted only with the same family's id.

        Nonces are random and have 96 bits. One key is safe for 2³² encryptions (NIST SP 800-38D, 8.3). Rotate it long
        before.
        """
        key = self._keys.current("identity")
        text = json.dumps(identity, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return key.id, self._encrypt_under(key, text, _CONTEXT + family_id.bytes)

    def decrypt(self, family_id: UUID, key_id: str, encrypted: bytes) -> dict[str, Any]:
        """The identity in clear. Raises VaultError if its key was withdrawn, or a byte or the id differs."""
        return self._open(f"identity of family {family_id}", key_id, encrypted, _CONTEXT + family_id.bytes)

    def encrypt_note(self, identification_id: UUID, words: Mapping[str, Any]) -> tuple[str, bytes]:
        """Key id and ciphertext of what an identification says in words, bound to its id, under the identity key."""
        key = self._keys.current("identity")
        text = json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return key.id, self._encrypt_under(key, text, _NOTE_CONTEXT + identification_id.bytes)

    def decrypt_note(self, identification_id: UUID, key_id: str, encrypted: bytes) -> dict[str, Any]:
        """The words in clear. Raises VaultError as `decrypt` does."""
        context = _NOTE_CONTEXT + identification_id.bytes
        return self._open(f"note of identification {identification_id}", key_id, encrypted, context)

    def encrypt_texts(self, submission_id: UUID, texts: Sequence[str]) -> tuple[str, bytes]:
        """Key id and ciphertext of the texts among a submission's answers, bound to its id, under the identity key."""
        key = self._keys.current("identity")
        text = json.dumps(texts, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return key.id, self._encrypt_under(key, text, _TEXTS_CONTEXT + submission_id.bytes)

    def decrypt_texts(self, submission_id: UUID, key_id: str, encrypted: bytes) -> list[str]:
        """The texts in clear. Raises VaultError as `decrypt` does."""
        what, context = f"texts of submission {submission_id}", _TEXTS_CONTEXT + submission_id.bytes
        found: list[str] = json.loads(self._open_text("identity", what, key_id, encrypted, context))
        return found

    def encrypt_reason(self, submission_id: UUID, revision: int, note: str) -> tuple[str, bytes]:
        """Key id and ciphertext of why a revision was replaced, in words, bound to it, under the identity key."""
        key = self._keys.current("identity")
        return key.id, self._encrypt_under(key, note.encode(), _reason_context(submission_id, revision))

    def decrypt_reason(self, submission_id: UUID, revision: int, key_id: str, encrypted: bytes) -> str:
        """The words in clear. Raises VaultError as `decrypt` does."""
        what, context = f"note on submission {submission_id}", _reason_context(submission_id, revision)
        return self._open_text("identity", what, key_id, encrypted, context).decode()

    def encrypt_held(self, held_id: UUID, body: bytes) -> tuple[str, bytes]:
        """Key id and ciphertext of the body of a held submission, bound to its id, under the identity key."""
        key = self._keys.current("identity")
        return key.id, self._encrypt_under(key, body, _HELD_CONTEXT + held_id.bytes)

    def decrypt_held(self, held_id: UUID, key_id: str, encrypted: bytes) -> bytes:
        """The body in clear. Raises VaultError as `decrypt` does."""
        what, context = f"held submission {held_id}", _HELD_CONTEXT + held_id.bytes
        return self._open_text("identity", what, key_id, encrypted, context)

    def held_marks(self, submission_id: UUID, sender: UUID, kind: str, content_hash: bytes) -> list[bytes]:
        """The marks by which held content of a sender is found again, HMAC-SHA256 under every receipts key.

        The key in use comes first.
        """
        text = _HELD_MARK_CONTEXT + submission_id.bytes + sender.bytes + kind.encode() + b":" + content_hash
        return [hmac.digest(key.raw, text, "sha256")[:_MARK_BYTES] for key in self._keys.all("receipts")]

    def encrypt_comments(self, submission_id: UUID, comments: Sequence[Mapping[str, str]]) -> tuple[str, bytes]:
        """Key id and ciphertext of a reviewer's comments, bound to the submission, under the identity key."""
        key = self._keys.current("identity")
        text = json.dumps(comments, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        return key.id, self._encrypt_under(key, text, _COMMENTS_CONTEXT + submission_id.bytes)

    def decrypt_comments(self, submission_id: UUID, key_id: str, encrypted: bytes) -> list[dict[str, str]]:
        """The comments in clear. Raises VaultError as `decrypt` does."""
        what, context = f"comments on submission {submission_id}", _COMMENTS_CONTEXT + submission_id.bytes
        found: list[dict[str, str]] = json.loads(self._open_text("identity", what, key_id, encrypted, context))
        return found

    def encrypt_factor(self, person_id: UUID, secret: str) -> tuple[str, bytes]:
        """Key id and ciphertext of the secret of a person's second factor, bound to the person."""
        key = self._keys.current("factors")
        return key.id, self._encrypt_under(key, secret.encode("ascii"), _FACTOR_CONTEXT + person_id.bytes)

    def decrypt_factor(self, person_id: UUID, key_id: str, encrypted: bytes) -> str:
        """The secret in clear. Raises VaultError as `decrypt` does."""
        what, context = f"second factor of person {person_id}", _FACTOR_CONTEXT + person_id.bytes
        return self._open_text("factors", what, key_id, encrypted, context).decode("ascii")

    def _open(self, what: str, key_id: str, encrypted: bytes, context: bytes) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._open_text("identity", what, key_id, encrypted, context))
        return found

    def _open_text(self, purpose: Purpose, what: str, key_id: str, encrypted: bytes, context: bytes) -> bytes:
        key = self._keys.find(purpose, key_id)
        if key is None:
            raise VaultError(f"{what}: its key {key_id} is not in the key ring")
        if encrypted[:1] != _LAYOUT:
            raise VaultError(f"{what}: encrypted in a layout that this version does not know")
        try:
            return self._decrypt_under(key, encrypted, context)
        except (InvalidTag, ValueError):
            raise VaultError(f"{what}: altered, or moved here from elsewhere") from None

    def encrypt_hash(self, submission_id: UUID, hashed: ContentHash) -> tuple[str, bytes]:
        """Key id and ciphertext of a content hash and its salt. They are bound to the same submission's id.

        In clear, the hash would let somebody who has the database guess a number, because the rest of the body is there
        too.
        """
        key = self._keys.current("receipts")
        text = hashed.value + (b"" if hashed.salt is None else hashed.salt.bytes)
        return key.id, self._encrypt_under(key, text, _HASH_CONTEXT + submission_id.bytes)

    def decrypt_hash(self, submission_id: UUID, key_id: str, encrypted: bytes) -> ContentHash | None:
        """The content hash in clear, or None if its key is lost or a byte was changed."""
        key = self._keys.find("receipts", key_id)
        if key is None:
            return None
        try:
            text = self._decrypt_under(key, encrypted, _HASH_CONTEXT + submission_id.bytes)
        except (InvalidTag, ValueError):
            return None
        value, salt = text[:_HASH_BYTES], text[_HASH_BYTES:]
        return ContentHash(value, UUID(bytes=salt) if salt else None)

    def salt_marks(self, sender: UUID, salt: UUID) -> list[bytes]:
        """The marks by which a salt of the sender is found again, the first 16 bytes of HMAC-SHA256 under every key.

        The key in use comes first. Nobody without the keys can tell whether two senders used one salt.
        """
        text = _SALT_CONTEXT + sender.bytes + salt.bytes
        return [hmac.digest(key.raw, text, "sha256")[:_MARK_BYTES] for key in self._keys.all("receipts")]

    def marks(self, submission_id: UUID, content_hash: bytes) -> list[str]:
        """The marks of a content hash in the audit log, each as key id and 16 bytes of HMAC-SHA256.

        The key in use comes first. Marks of before 27 November 2026 have 32 bytes, so compare `MARK_LENGTH` characters.
        """
        return self._marks(_HASH_CONTEXT + submission_id.bytes + content_hash)

    def letter_marks(self, letter: str) -> list[str]:
        """The marks of a letter's number in the audit log, as `marks` makes them."""
        return self._marks(b"ikk letter 1:" + letter.encode())

    def consent_marks(self, family_id: UUID, version: str) -> list[str]:
        """The marks of a consent's version in the audit log, bound to the family, as `marks` makes them."""
        return self._marks(b"ikk consent version 1:" + family_id.bytes + version.encode())

    def _marks(self, text: bytes) -> list[str]:
        keys = self._keys.all("receipts")
        return [f"{key.id}:{hmac.digest(key.raw, text, 'sha256')[:_MARK_BYTES].hex()}" for key in keys]

    def digest(self, kind: NumberKind, number: str) -> Digest:
        """The digest of a number under the matching key in use, for a new row."""
        return self.digests(kind, number)[0]

    def digests(self, kind: NumberKind, number: str) -> list[Digest]:
        """The first bytes of HMAC-SHA256 of kind and number under every matching key, to find the family of a number.

        The key in use comes first.
        """
        text = f"{kind}:{number}".encode("ascii")
        return [(key.id, hmac.digest(key.raw, text, "sha256")[:_DIGEST_BYTES]) for key in self._keys.all("matching")]

    def digests_to_store(self, kind: NumberKind, number: str) -> list[Digest]:
        """Digests to store in a row. There is one, but for a few seconds after a rotation there is one for each key.

        Another server process may not know the new key yet. It must find what this one stores by an old key.
        """
        return self.both_digests(kind, number)[1]

    def both_digests(self, kind: NumberKind, number: str) -> tuple[list[bytes], list[Digest]]:
        """The digests to find a number's family by, and those to store."""
        digests = self.digests(kind, number)
        stored = digests if len(digests) > 1 and self.settles_in() > 0 else digests[:1]
        return [digest for _, digest in digests], stored

    def settles_in(self) -> float:
        """Seconds until every server process knows the matching, identity and factors keys in use."""
        settling: tuple[Purpose, ...] = ("matching", "identity", "factors")
        if all(len(self._keys.all(each)) == 1 for each in settling):
            return 0.0
        made = max(datetime.fromisoformat(self._keys.current(each).made_at) for each in settling)
        return max(0.0, (made + _SETTLING - datetime.now(UTC)).total_seconds())

    def current(self) -> tuple[str, str]:
        """Ids of the identity key and the matching key in use."""
        return self._keys.current("identity").id, self._keys.current("matching").id

    def current_factor_key(self) -> str:
        """The id of the key for second factors in use."""
        return self._keys.current("factors").id

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


def _reason_context(submission_id: UUID, revision: int) -> bytes:
    return _REASON_CONTEXT + submission_id.bytes + revision.to_bytes(2)
