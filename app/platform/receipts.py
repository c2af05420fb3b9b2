"""Signs receipts and verifies them: JWS of a type of their own, which no access token has.

A receipt has no audience, no subject and no end, because anybody may verify it at any time with the published keys. The
reasons are in docs/decisions/0039-signed-receipts.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from app.config import Settings
from app.platform.canonical_json import canonical
from app.platform.key_ring import KeyRing
from app.platform.signatures import (
    InvalidTokenError,
    VerifyingKey,
    load_pair,
    make_header,
    publish,
    sign_payload,
    take_apart,
)
from app.problems.receipt_texts import ReceiptFault

RECEIPT_TYPE: Final = "ikk-receipt+jws"
_TYPES: Final = (RECEIPT_TYPE, f"application/{RECEIPT_TYPE}")
_LONGEST: Final = 4096
"""Characters of a receipt that is looked at. A receipt has about 500, most of them for hash and signature."""


class InvalidReceiptError(Exception):
    """The text is no valid receipt of this service."""

    def __init__(self, reason: ReceiptFault) -> None:
        super().__init__(reason)
        self.reason: ReceiptFault = reason


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says. The same stored row always makes the same one.

    `received_at` is RFC 3339 in UTC with microseconds, and `content_hash` is `sha-256:<hex>`. It is None without a
    salt, because everybody who sees the receipt could try out answers against it.
    """

    iss: str
    id: str
    revision: int
    region: str
    received_at: str
    code: str
    content_hash: str | None = None
    held: str | None = None
    """For what is held instead of stored: conflict or faulty. Then `id` is that of the held submission."""


_MEMBERS: Final[Mapping[str, type]] = {
    "iss": str,
    "id": str,
    "revision": int,
    "region": str,
    "received_at": str,
    "code": str,
}


class ReceiptSigner:
    """Signs with the key in use, and verifies with every key of the ring."""

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self._issuer = settings.issuer
        self._issuers = {settings.issuer, *settings.earlier_issuers}
        self._keys = keys
        self._version = -1
        self._current: tuple[bytes, Any] = (b"", None)
        self._published: dict[str, VerifyingKey] = {}

    def make(
        self,
        id: UUID,
        revision: int,
        region: str,
        received_at: datetime,
        code: str,
        content_hash: str | None,
        held: str | None = None,
    ) -> Receipt:
        """The receipt of a submission. `content_hash` is None if the device sent no salt, `held` if it is stored."""
        moment = received_at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        return Receipt(self._issuer, str(id), revision, region, moment, code, content_hash, held)

    def sign(self, receipt: Receipt) -> str:
        """The receipt as a compact JWS. Raises StrayKeysError if the ring lacks keys that the database names."""
        self._keys.require()
        self._look_at_keys()
        return sign_payload(self._current[0], _payload(receipt), self._current[1])

    def verify(self, text: str) -> Receipt:
        """What a valid receipt of this service says. Raises InvalidReceiptError for any other text."""
        self._look_at_keys()
        if len(text) > _LONGEST:
            raise InvalidReceiptError("malformed")
        try:
            signed, header, payload, signature = take_apart(text)
            key = self._key_of(_read_object(header))
            if not key.key.verify(signed, signature):
                raise InvalidReceiptError("wrong_signature")
            said = _read_object(payload)
        except (InvalidTokenError, ValueError, RecursionError):
            raise InvalidReceiptError("malformed") from None
        if not all(type(said.get(name)) is kind for name, kind in _MEMBERS.items()):
            raise InvalidReceiptError("malformed")
        if said["iss"] not in self._issuers:
            raise InvalidReceiptError("wrong_issuer")
        members = {name: said[name] for name in _MEMBERS}
        return Receipt(**members, content_hash=said.get("content_hash"), held=said.get("held"))

    def published_keys(self) -> list[dict[str, str]]:
        """The public keys of receipts as JSON Web Keys (RFC 7517), with the key in use first."""
        self._look_at_keys()
        return [publish(key, named) for named, key in self._published.items()]

    def _key_of(self, header: Mapping[str, Any]) -> VerifyingKey:
        """The key that the header names. A key that comes with the header proves nothing, so nobody looks at it."""
        if str(header.get("typ")).lower() not in _TYPES:
            raise InvalidReceiptError("wrong_type")
        if header.get("alg") != "ES256":
            raise InvalidReceiptError("wrong_algorithm")
        if "crit" in header:
            # RFC 7515 section 4.1.11: nobody may accept a critical extension that they do not understand.
            raise InvalidReceiptError("malformed")
        key = self._published.get(str(header.get("kid")))
        if key is None:
            raise InvalidReceiptError("unknown_key")
        return key

    def _look_at_keys(self) -> None:
        """Loads the keys, which takes longer than a signature, if the key ring has changed."""
        keys = self._keys.all("receipt-signing")
        if self._version != self._keys.version:
            self._version = self._keys.version
            pairs = [(key.id, *load_pair(key.secret)) for key in keys]
            self._published = {named: public for named, _, public in pairs}
            named, private, _ = pairs[0]
            self._current = make_header(named, RECEIPT_TYPE), private


def _payload(receipt: Receipt) -> bytes:
    """The members in canonical JSON (RFC 8785), of which only the address can hold what has to be escaped."""
    hashed = "" if receipt.content_hash is None else f'"content_hash":"{receipt.content_hash}",'
    held = "" if receipt.held is None else f'"held":"{receipt.held}",'
    return (
        f'{{"code":"{receipt.code}",{hashed}{held}"id":"{receipt.id}","iss":{_quote(receipt.iss)},'
        f'"received_at":"{receipt.received_at}","region":"{receipt.region}","revision":{receipt.revision}}}'
    ).encode()


@lru_cache(maxsize=16)
def _quote(text: str) -> str:
    return canonical(text).decode()


def _read_object(text: bytes) -> dict[str, Any]:
    """A JSON object whose names are all different. Raises ValueError and RecursionError."""
    found = json.loads(text, object_pairs_hook=_refuse_repeats)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _refuse_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is repeated")
    return found
