"""Issues and reads access tokens: JWT signed with ES256, as the contract says, with the `typ` of RFC 9068.

The signing key comes from the key ring, and the token's header names its id. The service remembers tokens it has
verified, because checking a signature costs more than the rest of a short request. It checks each time whether a token
was revoked.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller, CallerKind
from app.config import Settings
from app.platform.codes import derive_opaque
from app.platform.key_ring import KeyRing
from app.platform.outside_issuer import OutsideIssuer
from app.platform.signatures import (
    ACCESS_TOKEN_TYPES,
    InvalidTokenError,
    VerifyingKey,
    load_pair,
    look_at,
    publish,
    sign,
    verify,
)
from app.platform.token_areas import Area, TokenAreas, name_of, store_area
from app.problems import Problem, kinds, unauthenticated

_REMEMBERED: Final = 4096
_OURS: Final = ("jti",)
_LONGEST: Final = 86_400
"""The upper limit of IKK_TOKEN_SECONDS. No token of ours is valid longer."""

Areas = Mapping[str, Sequence[str]]
"""For each scope, the region codes in whose subtrees it is held."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a person proved who they are, as RFC 8176 names it, and when (epoch seconds)."""

    amr: Sequence[str]
    at: float


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token and what its holder is told about it. `expires_in` is in seconds."""

    token: str
    expires_in: int
    caller: Caller
    area: Area | None = None
    """What the token names and does not hold. Whoever issues the token stores it (`keep_area`)."""

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.caller.areas)


class Tokens:
    """Issues and reads access tokens, and knows what is revoked."""

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self.issuer = settings.issuer
        self.audience = settings.audience
        self.factor_scopes = settings.second_factor_scopes
        """Scopes that only those people get who have shown a second factor."""
        self.areas = TokenAreas()
        self._lifetime = settings.token_seconds
        self._keys = keys
        self._version = 0
        self._pairs: dict[str, tuple[Any, VerifyingKey]] = {}
        self._callers: dict[str, Caller] = {}
        self.outside = OutsideIssuer.of(settings)
        self.revoked: dict[str, float] = {}
        """When a token, sign-in or `kind:id` of a caller was revoked (epoch seconds). Tokens issued later are valid."""
        self.blocked: frozenset[str] = frozenset()
        """Ids of callers of the outside issuer, none of whose tokens is valid here."""

    def issue(
        self,
        kind: CallerKind,
        id: str,
        areas: Areas,
        *,
        sign_in: str = "",
        proof: Proof | None = None,
        until: float | None = None,
        training: bool = False,
    ) -> Issued:
        """A signed access token. It is valid for the configured time, but not beyond `until` (epoch seconds).

        training: whether everything that its holder sends is for training
        """
        # Times in a token are whole seconds. A token made in the same second as a revocation is dated one second later.
        now = int(max(time.time(), self.revoked.get(f"{kind}:{id}", 0.0) + 1))
        expires = min(now + self._lifetime, int(until) if until is not None else 2**62)
        regions = list(dict.fromkeys(code for codes in areas.values() for code in codes))
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": id,
            "kind": kind,
            "scope": " ".join(areas),
            "iat": now,
            "exp": expires,
            "jti": str(uuid4()),
        }
        area: dict[str, Any] = {"regions": regions}
        if any(list(codes) != regions for codes in areas.values()):
            area["areas"] = {scope: list(codes) for scope, codes in areas.items()}
        if sign_in:
            claims["sid"] = sign_in
        if proof is not None:
            claims |= {"amr": list(proof.amr), "auth_time": int(proof.at)}
        if training:
            claims["training"] = True
        name = name_of(area)
        key = self._keys.current("signing")
        token = sign(claims | (area if name is None else {"area": name}), self._pair(key.id)[0], key.id)
        caller = _caller_of(claims | area)
        return Issued(token, max(expires - now, 0), caller, None if name is None else area)

    def successors_of(self, refresh_token: str) -> list[str]:
        """The refresh tokens that could replace a used one, one for each key. The first is the one to give now.

        They are derived, so that the service can give the same one twice and stores none of them.
        """
        return [derive_opaque(refresh_token, key.raw) for key in self._keys.all("matching")]

    async def caller_of(self, token: str) -> Caller:
        """The caller behind a token. Raises `unauthenticated` (401) and `issuer-unavailable` (503)."""
        self._look_at_keys()
        caller = self._callers.get(token)
        if caller is None:
            caller = await self._read(token)
        if caller.expires <= time.time() or self.is_revoked(caller):
            raise unauthenticated()
        return caller

    async def look_up(self, token: str) -> Caller | None:
        """The caller of a valid access token, or None for any other text. Raises `issuer-unavailable` (503)."""
        try:
            return await self.caller_of(token)
        except Problem as problem:
            if problem.kind is kinds.UNAUTHENTICATED:
                return None
            raise

    def is_revoked(self, caller: Caller) -> bool:
        """Whether the token, its sign-in or its holder was revoked after the token was issued."""
        revoked = self.revoked
        if caller.kind == "outside" and caller.id in self.blocked:
            return True
        if not revoked:
            return False
        if caller.token_id in revoked or (caller.sign_in and caller.sign_in in revoked):
            return True
        return caller.issued <= revoked.get(f"{caller.kind}:{caller.id}", -1.0)

    def hear(self, revoked: Mapping[str, float]) -> None:
        """Adds revocations. For each subject, tokens issued up to that time (epoch seconds) are no longer valid."""
        for subject, until in revoked.items():
            self.revoked[subject] = max(until, self.revoked.get(subject, 0.0))

    def forget(self, before: float) -> None:
        """Drops revocations from before this time (epoch seconds). The tokens they ended have expired by now."""
        self.revoked = {subject: until for subject, until in self.revoked.items() if until >= before}

    def published_keys(self) -> list[dict[str, str]]:
        """The public keys of access tokens as JSON Web Keys (RFC 7517), with the key in use first."""
        return [publish(self._pair(key.id)[1], key.id) for key in self._keys.all("signing")]

    def _look_at_keys(self) -> None:
        """Forgets everything that came from old keys if the key ring has changed."""
        keys = self._keys.all("signing")
        if self._version != self._keys.version:
            self._version = self._keys.version
            self._callers.clear()
            self._pairs = {key.id: load_pair(key.secret) for key in keys}

    def _pair(self, id: str) -> tuple[Any, VerifyingKey]:
        self._look_at_keys()
        return self._pairs[id]

    async def _read(self, token: str) -> Caller:
        """The caller of a token, whose signature is checked now.

        The token itself says who should have signed it. Only that issuer's keys are then tried.
        """
        try:
            header, claims = look_at(token)
            if self.outside is not None and claims.get("iss") == self.outside.issuer:
                return await self.outside.caller_of(token, header)
            pair = self._pairs.get(str(header.get("kid")))
            if pair is None or str(header.get("typ")).lower() not in ACCESS_TOKEN_TYPES:
                # A key of ours may have signed something else, which is no token (RFC 8725 section 3.11).
                raise unauthenticated()
            claims = verify(
                token, pair[1], issuer=self.issuer, audience=self.audience, longest=_LONGEST, required=_OURS
            )
            area = await self.areas.find(claims["area"]) if "area" in claims else {}
            if area is None:
                raise unauthenticated()
            caller = _caller_of({**claims, **area})
        except (InvalidTokenError, KeyError, TypeError, ValueError, AttributeError):
            raise unauthenticated() from None
        if len(self._callers) >= _REMEMBERED:
            self._callers.clear()
        self._callers[token] = caller
        return caller


async def keep_area(session: AsyncSession, issued: Issued) -> None:
    """Stores the area that a new token names, in the transaction that issues the token."""
    if issued.area is not None:
        await store_area(session, issued.area, until=issued.caller.expires)


def narrow(areas: Areas, asked: Sequence[str]) -> Areas | None:
    """The requested part of the areas: all if none was named, or None if more was named than there is."""
    if not asked:
        return areas
    return {scope: areas[scope] for scope in areas if scope in asked} if set(asked) <= areas.keys() else None


def _caller_of(claims: Mapping[str, Any]) -> Caller:
    regions = tuple(claims["regions"])
    areas = claims.get("areas") or dict.fromkeys(claims["scope"].split(), regions)
    return Caller(
        claims["kind"],
        claims["sub"],
        {scope: regions if tuple(codes) == regions else tuple(codes) for scope, codes in areas.items()},
        regions,
        int(claims["exp"]),
        issued=int(claims["iat"]),
        token_id=claims["jti"],
        sign_in=claims.get("sid", ""),
        amr=tuple(claims.get("amr", ())),
        authenticated=int(claims.get("auth_time", 0)),
        training=claims.get("training") is True,
    )
