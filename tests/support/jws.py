"""JWS made by hand, without any library for JWS, for tests that forge them."""

import base64
import json
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from app.platform.key_ring import Key


def encode(part: object) -> str:
    """A part of a JWS: bytes as they are, anything else as JSON."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def read_jws(text: str) -> tuple[Any, Any]:
    """Header and payload of a JWS, unverified."""
    header, payload, _ = text.split(".")
    return decode(header), decode(payload)


def sign_jws(key: Key, header: object, payload: object) -> str:
    """A JWS of whatever header and payload, by ES256 with a key of the ring."""
    signed = f"{encode(header)}.{encode(payload)}"
    private = serialization.load_pem_private_key(key.secret.encode(), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    r, s = utils.decode_dss_signature(private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def said_by(receipt: dict[str, Any]) -> dict[str, Any]:
    """What the signed receipt in a response says."""
    found: dict[str, Any] = read_jws(receipt["signature"])[1]
    return found


def as_others_see(receipt: dict[str, Any]) -> dict[str, Any]:
    """A sender's receipt as it is for everybody else."""
    return {**receipt, "content_hash": None, "signature": None}


def assert_corrected(now: dict[str, Any], first: dict[str, Any]) -> None:
    """Checks the sender's receipt after one correction by the family's right, beside the first receipt."""
    assert now["received_at"] > first["received_at"]
    assert {**now, "signature": None} == {**as_others_see(first), "received_at": now["received_at"]}
    told = {name: value for name, value in said_by(first).items() if name != "content_hash"}
    assert said_by(now) == {**told, "revision": 2, "received_at": now["received_at"]}
