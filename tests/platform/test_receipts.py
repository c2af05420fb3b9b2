"""Receipts that the service signs, and texts that are none. Whoever has the published keys can verify them alone."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from app.config import Settings
from app.platform.key_ring import KeyRing, StrayKeysError, make_ring, rotate_key, withdraw_key
from app.platform.receipts import InvalidReceiptError, Receipt, ReceiptSigner
from tests.support.jws import decode, encode, sign_jws
from tests.support.keys import good_ring

ID = UUID("0b9f6c1e-2f5d-4a55-8d0c-9f3a1c7e4b20")
RECEIVED_AT = datetime(2026, 11, 27, 2, 0, 0, 120, UTC)
HASH = "sha-256:" + "5f" * 32


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return good_ring(tmp_path / "keys.json")


@pytest.fixture
def signer(tmp_path: Path, ring: KeyRing) -> ReceiptSigner:
    return ReceiptSigner(Settings(folder=tmp_path), ring)


def make(signer: ReceiptSigner, content_hash: str | None = HASH) -> Receipt:
    return signer.make(ID, 1, "6372061004", RECEIVED_AT, "ABCDEFGHJK", content_hash)


def reason(signer: ReceiptSigner, text: str) -> str:
    with pytest.raises(InvalidReceiptError) as refused:
        signer.verify(text)
    return refused.value.reason


def test_it_works(signer: ReceiptSigner, ring: KeyRing) -> None:
    text = signer.sign(make(signer))
    header, payload, _ = text.split(".")
    assert decode(header) == {
        "alg": "ES256",
        "kid": ring.current("receipt-signing").id,
        "typ": "ikk-receipt+jws",
    }
    assert decode(payload) == {
        "iss": "http://127.0.0.1:8000",
        "id": str(ID),
        "revision": 1,
        "region": "6372061004",
        "received_at": "2026-11-27T02:00:00.000120Z",
        "code": "ABCDEFGHJK",
        "content_hash": HASH,
    }
    assert signer.verify(text) == make(signer)
    assert len(text) < 600


def test_the_same_row_makes_the_same_receipt_whatever_the_offset(signer: ReceiptSigner) -> None:
    there = RECEIVED_AT.astimezone(timezone(timedelta(hours=8)))
    again = signer.make(ID, 1, "6372061004", there, "ABCDEFGHJK", HASH)
    assert signer.sign(again) == signer.sign(make(signer))


def test_without_a_salt_it_says_nothing_of_the_content(signer: ReceiptSigner) -> None:
    text = signer.sign(make(signer, None))
    assert "content_hash" not in decode(text.split(".")[1])
    assert signer.verify(text) == make(signer, None)


def test_a_foreign_library_verifies_it_with_the_published_keys(signer: ReceiptSigner) -> None:
    published: Any = {"keys": signer.published_keys()}
    keys = KeySet.import_key_set(published)
    found = jws.deserialize_compact(signer.sign(make(signer)), keys, algorithms=["ES256"])
    assert json.loads(found.payload)["id"] == str(ID)


def test_a_rotated_key_signs_and_the_one_before_still_verifies(
    tmp_path: Path, signer: ReceiptSigner, ring: KeyRing
) -> None:
    before = signer.sign(make(signer))
    new = rotate_key(ring.file, "receipt-signing")
    ring.look()
    after = signer.sign(make(signer))
    assert decode(after.split(".")[0])["kid"] == new.id
    assert signer.verify(before) == signer.verify(after) == make(signer)
    assert [each["kid"] for each in signer.published_keys()] == [new.id, decode(before.split(".")[0])["kid"]]


def test_a_withdrawn_key_verifies_no_more(signer: ReceiptSigner, ring: KeyRing) -> None:
    text, old = signer.sign(make(signer)), ring.current("receipt-signing")
    rotate_key(ring.file, "receipt-signing")
    withdraw_key(ring.file, old.id)
    ring.look()
    assert reason(signer, text) == "unknown_key"
    assert old.id not in {each["kid"] for each in signer.published_keys()}


def test_a_stray_ring_signs_nothing(tmp_path: Path) -> None:
    ring = make_ring(tmp_path / "keys.json")
    ring.settle(ring.newest(), ["lost"])
    signer = ReceiptSigner(Settings(folder=tmp_path), ring)
    with pytest.raises(StrayKeysError):
        signer.sign(make(signer))


def test_a_receipt_of_another_service_is_not_ours_and_one_of_an_earlier_address_is(tmp_path: Path) -> None:
    ring = good_ring(tmp_path / "keys.json")
    earlier = ReceiptSigner(Settings(folder=tmp_path, issuer="https://old.example.go.id"), ring)
    text = earlier.sign(make(earlier))
    assert reason(ReceiptSigner(Settings(folder=tmp_path), ring), text) == "wrong_issuer"
    moved = Settings(folder=tmp_path, earlier_issuers=("https://old.example.go.id",))
    assert ReceiptSigner(moved, ring).verify(text) == make(earlier)


def test_no_letter_of_it_can_be_changed(signer: ReceiptSigner) -> None:
    text = signer.sign(make(signer))
    for position, letter in enumerate(text):
        for other in ("A", "B", "-", "."):
            if other != letter:
                assert reason(signer, text[:position] + other + text[position + 1 :])


def test_the_last_letter_cannot_be_changed_although_it_holds_spare_bits(signer: ReceiptSigner) -> None:
    text = signer.sign(make(signer))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for other in letters.replace(text[-1], ""):
        assert reason(signer, text[:-1] + other) in ("malformed", "wrong_signature")


NESTED = b"[" * 900 + b"]" * 900


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "a.b.c.d.e",
        "a..c",
        "\x00.\x00.\x00",
        "ａ.ｂ.ｃ",
        "\ud800.a.b",
        " a.b.c",
        "a.b.c\n",
        "=.=.=",
        "A" * 5000 + ".a.b",
    ],
)
def test_what_is_no_jws_is_malformed(signer: ReceiptSigner, text: str) -> None:
    assert reason(signer, text) == "malformed"


@pytest.mark.parametrize(
    "header",
    [
        b"{",
        b"[]",
        b"null",
        b"7",
        b"\xff\xfe",
        NESTED,
        b'{"n":' + b"9" * 2500 + b"}" * 2,
        b'{"typ":"ikk-receipt+jws","typ":"ikk-receipt+jws"}',
    ],
)
def test_a_header_that_is_no_object_of_different_names_is_malformed(signer: ReceiptSigner, header: bytes) -> None:
    assert reason(signer, f"{encode(header)}.{encode(b'{}')}.{encode(b'x')}") == "malformed"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"typ": "JWT"}, "wrong_type"),
        ({"typ": "at+jwt"}, "wrong_type"),
        ({"typ": None}, "wrong_type"),
        ({"typ": ["ikk-receipt+jws"]}, "wrong_type"),
        ({"alg": "none"}, "wrong_algorithm"),
        ({"alg": "HS256"}, "wrong_algorithm"),
        ({"alg": "ES384"}, "wrong_algorithm"),
        ({"alg": "es256"}, "wrong_algorithm"),
        ({"alg": None}, "wrong_algorithm"),
        ({"alg": ["ES256"]}, "wrong_algorithm"),
        ({"crit": ["b64"], "b64": False}, "malformed"),
        ({"kid": "another"}, "unknown_key"),
        ({"kid": None}, "unknown_key"),
        ({"kid": ["x"]}, "unknown_key"),
        ({"kid": "x" * 2000}, "unknown_key"),
        ({"x5c": ["x" * 4000]}, "malformed"),
    ],
)
def test_another_header_is_refused_also_under_our_signature(
    signer: ReceiptSigner, ring: KeyRing, changed: dict[str, Any], expected: str
) -> None:
    key = ring.current("receipt-signing")
    header = {"alg": "ES256", "kid": key.id, "typ": "ikk-receipt+jws", **changed}
    assert reason(signer, sign_jws(key, header, decode(signer.sign(make(signer)).split(".")[1]))) == expected


def test_its_type_is_read_in_any_case_and_in_full(signer: ReceiptSigner, ring: KeyRing) -> None:
    key = ring.current("receipt-signing")
    for kind in ("IKK-Receipt+JWS", "application/ikk-receipt+jws"):
        header = {"alg": "ES256", "kid": key.id, "typ": kind}
        assert signer.verify(sign_jws(key, header, decode(signer.sign(make(signer)).split(".")[1]))) == make(signer)


@pytest.mark.parametrize("purpose", ["signing", "identity", "matching", "receipts", "audit"])
def test_no_key_for_something_else_signs_a_receipt(signer: ReceiptSigner, ring: KeyRing, purpose: Any) -> None:
    """Each is tried under its own id and under that of the key for receipts."""
    other, right = ring.current(purpose), ring.current("receipt-signing")
    payload = decode(signer.sign(make(signer)).split(".")[1])
    for named, expected in ((other.id, "unknown_key"), (right.id, "wrong_signature")):
        header = {"alg": "ES256", "kid": named, "typ": "ikk-receipt+jws"}
        if purpose == "signing":
            assert reason(signer, sign_jws(other, header, payload)) == expected
        else:
            signed = f"{encode(header)}.{encode(payload)}"
            signature = hmac.new(other.raw, signed.encode(), hashlib.sha256).digest()
            assert reason(signer, f"{signed}.{encode(signature)}") == expected


def test_the_public_key_is_no_shared_secret(signer: ReceiptSigner, ring: KeyRing) -> None:
    (published,) = signer.published_keys()
    for algorithm, expected in (("HS256", "wrong_algorithm"), ("ES256", "wrong_signature")):
        header = {"alg": algorithm, "kid": published["kid"], "typ": "ikk-receipt+jws"}
        signed = f"{encode(header)}.{encode(decode(signer.sign(make(signer)).split('.')[1]))}"
        for secret in (json.dumps(published), published["x"]):
            signature = hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest()
            assert reason(signer, f"{signed}.{encode(signature)}") == expected


@pytest.mark.parametrize(
    "payload",
    [
        b"[]",
        b"7",
        b"{",
        b"\xff",
        b'{"iss":"http://127.0.0.1:8000"}',
        b'{"iss":"http://127.0.0.1:8000","iss":"http://127.0.0.1:8000"}',
    ],
)
def test_another_payload_is_refused_also_under_our_signature(
    signer: ReceiptSigner, ring: KeyRing, payload: bytes
) -> None:
    key = ring.current("receipt-signing")
    header = {"alg": "ES256", "kid": key.id, "typ": "ikk-receipt+jws"}
    assert reason(signer, sign_jws(key, header, payload)) == "malformed"


@pytest.mark.parametrize(
    "signature", [b"x", b"\x00" * 64, b"\xff" * 64, b"\x01" * 63, b"\x01" * 65, b"\x30\x06\x02\x01\x01\x02\x01\x01"]
)
def test_a_signature_of_another_form_is_wrong(signer: ReceiptSigner, signature: bytes) -> None:
    signed = signer.sign(make(signer)).rpartition(".")[0]
    assert reason(signer, f"{signed}.{encode(signature)}") == "wrong_signature"
