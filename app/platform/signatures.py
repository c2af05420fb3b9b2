"""Signed tokens and receipts (JWS compact, RFC 7515). This is the only module that imports jose.

We use jose for three things. It signs tokens. It checks a signature with one key for one algorithm. It checks the
time, audience and issuer of the claims. *cryptography* signs receipts, because jose cannot sign deterministically. We
always pass a key as an object, never as text. jose would try to read text as PEM, as JSON or as a shared secret
(CVE-2024-33663). We never decrypt a token (CVE-2024-33664). The reasons are in docs/decisions/0011-tokens.md.
"""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from jose import jwk, jwt
from jose.backends.base import Key
from jose.exceptions import JOSEError
from jose.utils import base64url_decode, base64url_encode

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_LENGTH: Final = 16_384
ACCESS_TOKEN_TYPES: Final = ("at+jwt", "application/at+jwt")
"""What `typ` in the header of an access token says, in small letters (RFC 9068 section 2.1)."""
_SMALLEST_RSA: Final = 2048
_REQUIRED: Final = ("iss", "aud", "exp", "iat", "sub")
_LATEST: Final = 2**53
_DETERMINISTIC: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_P256_BYTES: Final = 32
_CLOCK_SECONDS: Final = 60
"""By how much clocks may differ. A token issued later than that is not valid yet."""
_encode: Final[Callable[[bytes], bytes]] = base64url_encode
_decode: Final[Callable[[bytes], bytes]] = base64url_decode
# It also takes key objects of `cryptography`, and returns more than its type stubs say.
_construct: Final[Callable[[Any, str], Any]] = jwk.construct


class InvalidTokenError(Exception):
    """The token is malformed, or its signature or claims are not valid."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key and the one algorithm that it verifies."""

    algorithm: str
    key: Key


class _PssKey(Key):
    """RSASSA-PSS with SHA-256 (PS256), which jose lacks."""

    def __init__(self, key: rsa.RSAPublicKey) -> None:
        self._key = key

    def verify(self, message: bytes, signature: bytes) -> bool:
        scheme = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)
        try:
            self._key.verify(signature, message, scheme, hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def load_pair(pem: str) -> tuple[Key, VerifyingKey]:
    """The signing and verifying key of a P-256 key in PEM. Keep them, because parsing costs more than a signature."""
    private = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
    return _construct(private, "ES256"), VerifyingKey("ES256", _construct(private.public_key(), "ES256"))


def publish(key: VerifyingKey, id: str) -> dict[str, str]:
    """The JSON Web Key (RFC 7517) of a public key."""
    members = ("kty", "crv", "x", "y", "alg")
    found: dict[str, str] = key.key.to_dict()
    return {**{name: found[name] for name in members}, "kid": id, "use": "sig"}


def understand(key: Mapping[str, Any]) -> tuple[VerifyingKey, ...]:
    """Verifying keys of an issuer's JSON Web Key: RS256 and PS256, or ES256. There is none if it is unusable."""
    try:
        if key.get("use", "sig") != "sig" or "verify" not in key.get("key_ops", ["verify"]):
            return ()
        found: list[VerifyingKey] = []
        if key["kty"] == "EC" and key["crv"] == "P-256":
            public = _construct({name: key[name] for name in ("kty", "crv", "x", "y")}, "ES256")
            if isinstance(public.prepared_key, ec.EllipticCurvePublicKey):
                found = [VerifyingKey("ES256", public)]
        elif key["kty"] == "RSA":
            public = _construct({name: key[name] for name in ("kty", "n", "e")}, "RS256")
            if public.prepared_key.key_size >= _SMALLEST_RSA:
                found = [VerifyingKey("RS256", public), VerifyingKey("PS256", _PssKey(public.prepared_key))]
        return tuple(each for each in found if key.get("alg", each.algorithm) == each.algorithm)
    except (JOSEError, KeyError, TypeError, ValueError, AttributeError):
        return ()


def sign(claims: Mapping[str, Any], key: Key, id: str) -> str:
    """An access token signed with ES256, whose header names the key."""
    header = {"kid": id, "typ": ACCESS_TOKEN_TYPES[0]}
    token: str = jwt.encode(dict(claims), key, algorithm="ES256", headers=header)
    return token


def make_header(id: str, kind: str) -> bytes:
    """The encoded header of what a key signs with ES256, to be made once for each key. `kind` is the `typ`."""
    header = {"alg": "ES256", "kid": id, "typ": kind}
    return _encode(json.dumps(header, separators=(",", ":")).encode("ascii"))


def sign_payload(header: bytes, payload: bytes, key: Any) -> str:
    """A JWS of a payload, whose header `make_header` made, with a signing key of `load_pair`.

    The same payload gets the same signature (RFC 6979). It takes half the time of `sign`.
    """
    signed = header + b"." + _encode(payload)
    r, s = utils.decode_dss_signature(key.prepared_key.sign(signed, _DETERMINISTIC))
    signature = r.to_bytes(_P256_BYTES, "big") + s.to_bytes(_P256_BYTES, "big")
    return (signed + b"." + _encode(signature)).decode("ascii")


def take_apart(text: str) -> tuple[bytes, bytes, bytes, bytes]:
    """What is signed, header, payload and signature of a JWS. Raises InvalidTokenError.

    Bytes have only one text here. base64url itself would let the last letter of a part differ.
    """
    if not _SHAPE.fullmatch(text):
        raise InvalidTokenError
    parts = text.encode("ascii").split(b".")
    try:
        header, payload, signature = map(_decode, parts)
    except ValueError:
        raise InvalidTokenError from None
    if [_encode(each) for each in (header, payload, signature)] != parts:
        raise InvalidTokenError
    return b".".join(parts[:2]), header, payload, signature


def look_at(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, not verified yet. Use them only to find out who should have signed. Raises InvalidTokenError.

    The shape is checked first, because jose drops characters that are not base64url and so may read more than three
    parts as three.
    """
    if len(token) > _LENGTH or not _SHAPE.fullmatch(token):
        raise InvalidTokenError
    try:
        header, claims = jwt.get_unverified_header(token), jwt.get_unverified_claims(token)
    except (JOSEError, RecursionError):
        raise InvalidTokenError from None
    if "crit" in header:
        # RFC 7515 section 4.1.11: a recipient must reject a critical extension that it does not understand. We know
        # none.
        raise InvalidTokenError
    return header, claims


def verify(
    token: str,
    key: VerifyingKey,
    *,
    issuer: str,
    audience: str,
    longest: int,
    required: Iterable[str] = _REQUIRED,
    leeway: int = 0,
) -> Mapping[str, Any]:
    """The claims of a token, if signature, time, issuer and audience are valid. Otherwise raises InvalidTokenError.

    `longest` is the number of seconds for which a token may be valid, and also its longest age, so that a revocation
    need not be remembered longer. `leeway` is the number of seconds by which the issuer's clock may differ.
    """
    options: dict[str, Any] = {f"require_{claim}": True for claim in (*_REQUIRED, *required)}
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[key.algorithm],
            audience=audience,
            issuer=issuer,
            options={**options, "leeway": leeway},
        )
    except (JOSEError, TypeError, ValueError, OverflowError, AttributeError, RecursionError):
        raise InvalidTokenError from None
    _check_times(claims, longest)
    return claims


def _check_times(claims: Mapping[str, Any], longest: int) -> None:
    """Raises InvalidTokenError for a token from the future, or for one that is too old or valid for too long.

    Times are numbers (RFC 7519 section 2). jose would read texts too.
    """
    times = [claims[name] for name in ("iat", "exp", "nbf") if name in claims]
    if not all(type(each) in (int, float) and 0 <= each < _LATEST for each in times):
        raise InvalidTokenError
    issued, now = claims["iat"], time.time()
    if not now - longest - _CLOCK_SECONDS <= issued <= now + _CLOCK_SECONDS or claims["exp"] - issued > longest:
        raise InvalidTokenError
