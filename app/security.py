"""Tokens in and out, secrets, and who may do what: the only importer of jose.

Access tokens are JWT signed with ES256 (contract). A token that was verified once is remembered until it expires, as
the signature check costs more than the rest of a short request.
"""

import os
import secrets
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlows
from fastapi.security import OAuth2
from jose import JWTError, jwt

from app import problems
from app.config import Settings
from app.problems import Problem
from app.regions import COUNTRY

ALGORITHM: Final = "ES256"
SCOPES: Final = {
    "submissions:write": "Send submissions",
    "submissions:read": "Read submissions and their scores",
    "submissions:review": "Review submissions",
    "aggregates:read": "Read aggregates",
    "families:identify": "Read who a family is",
    "statistics:write": "Send statistics of other systems",
    "webhooks:manage": "Manage webhooks",
    "agencies:manage": "Manage agencies",
    "audit:read": "Read the audit log",
    "metrics:read": "Read the service's metrics",
}
_REMEMBERED: Final = 4096
_TOKEN_LENGTH: Final = 8192


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds the token of this request: an agency, what it may do, and the regions it may do it in."""

    agency_id: str
    scopes: frozenset[str]
    regions: tuple[str, ...]
    expires: int

    def covers(self, region: str) -> bool:
        """Whether a canonical region code lies in one of the caller's subtrees."""
        return any(own == COUNTRY or (region != COUNTRY and region.startswith(own)) for own in self.regions)


class Tokens:
    """Makes and reads access tokens with one signing key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._private = read_or_make_key(settings.key_file)
        key = serialization.load_pem_private_key(self._private, password=None)
        self._public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self._callers: dict[str, Caller] = {}

    def issue(self, agency_id: str, scopes: list[str], regions: list[str]) -> str:
        """A signed access token for an agency."""
        now = int(time.time())
        claims = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": agency_id,
            "scope": " ".join(scopes),
            "regions": regions,
            "iat": now,
            "exp": now + self._settings.token_seconds,
            "jti": str(uuid4()),
        }
        token: str = jwt.encode(claims, self._private, algorithm=ALGORITHM)
        return token

    def caller_of(self, token: str) -> Caller:
        """The caller behind a token; raises the problem `unauthenticated`."""
        caller = self._callers.get(token)
        if caller is None:
            caller = self._verify(token)
            if len(self._callers) >= _REMEMBERED:
                self._callers.clear()
            self._callers[token] = caller
        if caller.expires <= time.time():
            raise unauthenticated()
        return caller

    def _verify(self, token: str) -> Caller:
        if len(token) > _TOKEN_LENGTH:
            raise unauthenticated()
        try:
            claims = jwt.decode(
                token,
                self._public,
                algorithms=[ALGORITHM],
                audience=self._settings.audience,
                issuer=self._settings.issuer,
                options={f"require_{claim}": True for claim in ("exp", "iat", "sub", "aud", "iss", "jti")},
            )
            return Caller(
                claims["sub"],
                frozenset(claims["scope"].split()),
                tuple(claims["regions"]),
                int(claims["exp"]),
            )
        except (JWTError, KeyError, TypeError, ValueError, AttributeError):
            raise unauthenticated() from None


def read_or_make_key(file: Path) -> bytes:
    """PEM of the P-256 signing key at this place; made there, for its owner's eyes only, where there is none yet."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    file.parent.mkdir(parents=True, exist_ok=True)
    # Written aside, for its owner only, and linked into place: of two at once both read the same whole key.
    handle, aside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(handle, "wb") as opened:
            opened.write(pem)
        with suppress(FileExistsError):
            os.link(aside, file)
    finally:
        os.unlink(aside)
    return file.read_bytes()


_hasher = PasswordHasher()
_DECOY: Final = _hasher.hash(secrets.token_urlsafe(32))


def make_secret() -> tuple[str, str]:
    """A new secret, to be shown once, and its Argon2id hash, to be stored."""
    secret = secrets.token_urlsafe(32)
    return secret, _hasher.hash(secret)


def secret_matches(secret: str, hashes: list[str]) -> bool:
    """Whether a secret is one of those hashed. Takes as long for an unknown agency; slow: call it in a thread."""
    matched = False
    for hashed in hashes or [_DECOY]:
        try:
            _hasher.verify(hashed, secret)
            matched = bool(hashes)
        except (VerificationError, InvalidHashError):
            continue
    return matched


def unauthenticated() -> Problem:
    return Problem(problems.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


class Requirement(OAuth2):
    """A dependency that answers the caller and refuses one without the scope; see `require`.

    Security scheme and check in one object, as each dependency costs in every request.
    """

    def __init__(self, scope: str | None) -> None:
        super().__init__(
            flows=OAuthFlows(clientCredentials=OAuthFlowClientCredentials(tokenUrl="/v1/token", scopes=SCOPES)),
            scheme_name="agency",
            description="OAuth 2 client credentials: POST /v1/token with client_id and client_secret.",
        )
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise unauthenticated()
        tokens: Tokens = request.app.state.tokens
        caller = tokens.caller_of(token)
        request.state.agency_id = caller.agency_id
        if self.scope is not None and self.scope not in caller.scopes:
            raise Problem(problems.FORBIDDEN_SCOPE, scope=self.scope)
        return caller


def require(scope: str | None) -> Any:
    """What a route depends on: a caller with this scope; None asks for any valid token.

    Use as `caller: Annotated[Caller, require("aggregates:read")]` or in `dependencies=[…]`.
    """
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"no scope {scope}")
    return Security(Requirement(scope), scopes=[] if scope is None else [scope])
