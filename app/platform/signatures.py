"""Signed tokens (JWS compact, RFC 7515): the only importer of jose.

Of jose three things are used: signing, checking a signature with one key for one algorithm, and checking the time,
audience and issuer of what was signed. A key is always handed over as an object, never as text, which jose would try to
understand as PEM, as JSON or as a shared secret (CVE-2024-33663). Nothing encrypted is ever opened (CVE-2024-33664).
Why: docs/decisions/0011-tokens.md.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from jose import jwk, jwt
from jose.backends.base import Key
from jose.exceptions import JOSEError

_SHAPE: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_LENGTH: Final = 16_384
_SMALLEST_RSA: Final = 2048
_REQUIRED: Final = ("iss", "aud", "exp", "sub")
# Takes key objects of `cryptography` too, which its stubs do not say, and answers more than they say.
_construct: Final[Callable[[Any, str], Any]] = jwk.construct


class InvalidTokenError(Exception):
    """Not a token that may be believed."""


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """A public key and the one algorithm that it is for."""

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
    """What to sign with and what to check with, of a P-256 key in PEM; parsing one costs more than a signature."""
    private = serialization.load_pem_private_key(pem.encode("ascii"), password=None)
    return _construct(private, "ES256"), VerifyingKey("ES256", _construct(private.public_key(), "ES256"))


def publish(key: VerifyingKey, id: str) -> dict[str, str]:
    """The JSON Web Key (RFC 7517) of a public key."""
    members = ("kty", "crv", "x", "y", "alg")
    found: dict[str, str] = key.key.to_dict()
    return {**{name: found[name] for name in members}, "kid": id, "use": "sig"}


def understand(key: Mapping[str, Any]) -> tuple[VerifyingKey, ...]:
    """The algorithms that somebody else's JSON Web Key may check: RS256 and PS256, or ES256; none where it is odd."""
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
    """A token signed with ES256, whose header names the key."""
    token: str = jwt.encode(dict(claims), key, algorithm="ES256", headers={"kid": id})
    return token


def look_at(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Header and claims, believed by nobody yet: to find out who should have signed. Raises InvalidTokenError.

    jose would drop characters that are no base64url, and so take more than three parts for three.
    """
    if len(token) > _LENGTH or not _SHAPE.fullmatch(token):
        raise InvalidTokenError
    try:
        header, claims = jwt.get_unverified_header(token), jwt.get_unverified_claims(token)
    except (JOSEError, RecursionError):
        raise InvalidTokenError from None
    if "crit" in header:
        # RFC 7515 section 4.1.11: who does not understand an extension that is critical has to refuse. We know none.
        raise InvalidTokenError
    return header, claims


def verify(
    token: str,
    key: VerifyingKey,
    *,
    issuer: str,
    audience: str,
    required: Iterable[str] = _REQUIRED,
    leeway: int = 0,
) -> Mapping[str, Any]:
    """The claims of a token signed with this key by its one algorithm, if time, issuer and audience fit.

    leeway: seconds by which the issuer's clock may differ. Raises InvalidTokenError.
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
    return claims
