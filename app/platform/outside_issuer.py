"""Tokens of one outside OpenID Connect issuer, such as a province's single sign-on, and the roles they give here.

The service finds the issuer's keys by discovery (OpenID Connect Discovery 1.0 section 4) and keeps them. It fetches
them again when a token names an unknown key id. The settings map the issuer's groups to our roles. A group can also
name a role itself, as `role@region`.
"""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, Optional
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx
import structlog

from app.access import ROLES, Caller, areas_of, level_fits
from app.config import Settings
from app.platform.signatures import VerifyingKey, understand, verify
from app.problems import Problem, kinds, unauthenticated
from app.regions.codes import undot

_log: Final = structlog.get_logger()

_ASK_AGAIN_SECONDS: Final = 30.0
_FRESH_SECONDS: Final = 3600.0
_STALE_SECONDS: Final = 86_400.0
_TIMEOUT: Final = httpx.Timeout(5.0)
_WHOLE_SECONDS: Final = 10.0
_LARGEST: Final = 262_144
_ROLES_MOST: Final = 200
_LEEWAY_SECONDS: Final = 30
_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


class OutsideIssuer:
    """The issuer in the settings, with the keys that were last fetched."""

    def __init__(self, settings: Settings, issuer: str, audience: str) -> None:
        self.issuer = issuer
        self._audience = audience
        self._path = settings.oidc_roles_claim.split(".")
        self._roles = settings.oidc_roles
        self._keys: dict[tuple[str, str], VerifyingKey] = {}
        self._fetched = self._asked = float("-inf")
        self._lock = asyncio.Lock()

    @classmethod
    def of(cls, settings: Settings) -> Optional["OutsideIssuer"]:
        """The configured issuer, or None."""
        if settings.oidc_issuer is None or settings.oidc_audience is None:
            return None
        return cls(settings, settings.oidc_issuer, settings.oidc_audience)

    async def caller_of(self, token: str, header: Mapping[str, Any]) -> Caller:
        """The caller of this issuer's token. Raises InvalidTokenError, `unauthenticated` and `issuer-unavailable`.

        `issuer-unavailable` (503) means that the issuer's keys cannot be fetched.
        """
        key = await self._find(str(header.get("kid")), str(header.get("alg")))
        claims = verify(token, key, issuer=self.issuer, audience=self._audience, leeway=_LEEWAY_SECONDS)
        areas = areas_of(self._granted(claims))
        if not areas:
            raise unauthenticated()
        regions = tuple(dict.fromkeys(code for codes in areas.values() for code in codes))
        return Caller(
            "outside",
            str(uuid5(NAMESPACE_URL, f"{self.issuer} {claims['sub']}")),
            areas,
            regions,
            int(claims["exp"]),
            issued=int(claims.get("iat", 0)),
            token_id=str(claims.get("jti", "")),
        )

    async def _find(self, id: str, algorithm: str) -> VerifyingKey:
        async with self._lock:
            age = time.monotonic() - self._fetched
            known = self._keys.get((id, algorithm))
            if (known is None or age > _FRESH_SECONDS) and time.monotonic() - self._asked > _ASK_AGAIN_SECONDS:
                await self._fetch()
                age, known = time.monotonic() - self._fetched, self._keys.get((id, algorithm))
        if age > _STALE_SECONDS:
            # The keys were never fetched, or so long ago that some may have been withdrawn since.
            raise Problem(kinds.ISSUER_UNAVAILABLE, headers={"Retry-After": str(int(_ASK_AGAIN_SECONDS))})
        if known is None:
            raise unauthenticated()
        return known

    async def _fetch(self) -> None:
        self._asked = time.monotonic()
        try:
            async with asyncio.timeout(_WHOLE_SECONDS), httpx.AsyncClient(timeout=_TIMEOUT) as client:
                found = await _get(client, self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise ValueError("another issuer")
                keys = (await _get(client, str(found.get("jwks_uri"))))["keys"]
            self._keys = {(str(each.get("kid")), key.algorithm): key for each in keys for key in understand(each)}
            self._fetched = time.monotonic()
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            _log.warning("keys of the outside issuer not fetched", cause=type(error).__qualname__)

    def _granted(self, claims: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """Roles and regions that a token's groups stand for. It leaves out unknown groups and logs how many."""
        value: Any = claims
        for step in self._path:
            value = value.get(step) if isinstance(value, Mapping) else None
        groups = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        named = [each for group in groups[:_ROLES_MOST] for each in self._roles.get(str(group), (str(group),))]
        granted = [found for each in named if (found := _parse(each)) is not None]
        if len(granted) < len(named):
            _log.info("roles of the outside issuer ignored", ignored=len(named) - len(granted))
        return granted


def _parse(named: str) -> tuple[str, str] | None:
    """Role and canonical region of `role@region`, or None if either is unknown or the role does not fit the level."""
    role, _, region = named.partition("@")
    code = undot(region)
    return (role, code) if code is not None and role in ROLES and level_fits(role, code) else None


async def _get(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """A JSON object, over https or from this machine. It follows no redirect. Raises ValueError and httpx's errors."""
    url = urlsplit(address)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
        raise ValueError("not https")
    body = b""
    async with client.stream("GET", address, headers={"Accept": "application/json"}) as response:
        if response.status_code != 200:
            raise ValueError("not 200")
        async for part in response.aiter_bytes():
            body += part
            if len(body) > _LARGEST:
                raise ValueError("too large")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
