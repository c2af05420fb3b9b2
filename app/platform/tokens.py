"""Access tokens in and out.

JWT signed with ES256 (contract) by the key ring's signing key, whose id stands in the token's header. A token that was
verified once is remembered, as the signature check costs more than the rest of a short request; whether it was revoked
is asked each time.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from app.access import Caller, CallerKind
from app.config import Settings
from app.platform.key_ring import KeyRing
from app.platform.outside_issuer import OutsideIssuer
from app.platform.signatures import InvalidTokenError, VerifyingKey, load_pair, look_at, publish, sign, verify
from app.problems import Problem, unauthenticated

_REMEMBERED: Final = 4096
_OURS: Final = ("iat", "jti")

Areas = Mapping[str, Sequence[str]]
"""By scope, the region codes whose subtrees it holds in."""


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token and what its holder is told of it. expires_in: seconds."""

    token: str
    expires_in: int
    caller: Caller

    @property
    def scopes(self) -> tuple[str, ...]:
        return tuple(self.caller.areas)


class Tokens:
    """Makes and reads access tokens."""

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self.issuer = settings.issuer
        self.audience = settings.audience
        self._lifetime = settings.token_seconds
        self._keys = keys
        self._version = 0
        self._pairs: dict[str, tuple[Any, VerifyingKey]] = {}
        self._callers: dict[str, Caller] = {}
        self._outside = OutsideIssuer.of(settings)
        self.revoked: dict[str, float] = {}
        """By token, sign-in or `kind:id` of a caller: when (epoch seconds). What a caller got later is good again."""

    def issue(
        self, kind: CallerKind, id: str, areas: Areas, *, sign_in: str = "", until: float | None = None
    ) -> Issued:
        """A signed access token; good for the configured time, and never beyond `until` (epoch seconds)."""
        # Instants in a token are whole seconds: one made in the same second as a revocation counts from the next.
        now = int(max(time.time(), self.revoked.get(f"{kind}:{id}", 0.0) + 1))
        expires = min(now + self._lifetime, int(until) if until is not None else 2**62)
        regions = list(dict.fromkeys(code for codes in areas.values() for code in codes))
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": id,
            "kind": kind,
            "scope": " ".join(areas),
            "regions": regions,
            "iat": now,
            "exp": expires,
            "jti": str(uuid4()),
        }
        if any(list(codes) != regions for codes in areas.values()):
            claims["areas"] = {scope: list(codes) for scope, codes in areas.items()}
        if sign_in:
            claims["sid"] = sign_in
        key = self._keys.current("signing")
        token = sign(claims, self._pair(key.id)[0], key.id)
        return Issued(token, max(expires - now, 0), _caller_of(claims))

    async def caller_of(self, token: str) -> Caller:
        """The caller behind a token; raises the problems `unauthenticated` and `issuer-unavailable`."""
        self._look_at_keys()
        caller = self._callers.get(token)
        if caller is None:
            caller = await self._read(token)
        if caller.expires <= time.time() or self.is_revoked(caller):
            raise unauthenticated()
        return caller

    async def look_up(self, token: str) -> Caller | None:
        """The caller of an access token that this service issued and that is good; None for any other text."""
        try:
            caller = await self.caller_of(token) if look_at(token)[1].get("iss") == self.issuer else None
        except (InvalidTokenError, Problem):
            return None
        return caller

    def is_revoked(self, caller: Caller) -> bool:
        """Whether the token, its sign-in or its holder was revoked after it was issued."""
        revoked = self.revoked
        if not revoked:
            return False
        if caller.token_id in revoked or (caller.sign_in and caller.sign_in in revoked):
            return True
        return caller.issued <= revoked.get(f"{caller.kind}:{caller.id}", -1.0)

    def hear(self, revoked: Mapping[str, float]) -> None:
        """Takes in revocations: by subject, until when (epoch seconds) what was issued is not good any more."""
        for subject, until in revoked.items():
            self.revoked[subject] = max(until, self.revoked.get(subject, 0.0))

    def forget(self, before: float) -> None:
        """Drops revocations older than a moment: what they ended has expired since."""
        self.revoked = {subject: until for subject, until in self.revoked.items() if until >= before}

    def published_keys(self) -> list[dict[str, str]]:
        """The public signing keys as JSON Web Keys (RFC 7517), the one in use first."""
        return [publish(self._pair(key.id)[1], key.id) for key in self._keys.all("signing")]

    def _look_at_keys(self) -> None:
        """After a change of the key ring nothing that came of the old one is remembered."""
        keys = self._keys.all("signing")
        if self._version != self._keys.version:
            self._version = self._keys.version
            self._callers.clear()
            self._pairs = {key.id: load_pair(key.secret) for key in keys}

    def _pair(self, id: str) -> tuple[Any, VerifyingKey]:
        self._look_at_keys()
        return self._pairs[id]

    async def _read(self, token: str) -> Caller:
        """The caller of a token whose signature was checked now. Who should have signed is asked of the token itself,
        and then only that issuer's keys can have done so."""
        try:
            header, claims = look_at(token)
            if self._outside is not None and claims.get("iss") == self._outside.issuer:
                return await self._outside.caller_of(token, header)
            pair = self._pairs.get(str(header.get("kid")))
            if pair is None:
                raise unauthenticated()
            claims = verify(token, pair[1], issuer=self.issuer, audience=self.audience, required=_OURS)
            caller = _caller_of(claims)
        except (InvalidTokenError, KeyError, TypeError, ValueError, AttributeError):
            raise unauthenticated() from None
        if len(self._callers) >= _REMEMBERED:
            self._callers.clear()
        self._callers[token] = caller
        return caller


def narrow(areas: Areas, asked: Sequence[str]) -> Areas | None:
    """The part of the areas that was asked for; all where nothing was named, None where it is more than there is."""
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
    )
