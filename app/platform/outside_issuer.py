"""Tokens of one outside OpenID Connect issuer, such as a province's single sign-on, and the roles they give here.

The service finds the issuer's keys by discovery (OpenID Connect Discovery 1.0 section 4) and keeps them. It fetches
them again when a token names an unknown key id. The settings map the issuer's groups to our roles. If the settings
allow it, a group can also name a harmless role itself, as `role@region`.
"""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Optional
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import structlog

from app.access import ROLES, Caller, areas_of, level_fits, may_name_itself
from app.config import Settings
from app.platform.outside_claims import check_access_token, token_id_of, ways_of_proof
from app.platform.signatures import InvalidTokenError, VerifyingKey, look_at, understand, verify
from app.problems import Problem, kinds, unauthenticated
from app.regions.codes import lies_in, undot

if TYPE_CHECKING:
    import httpx

_log: Final = structlog.get_logger()

_ASK_AGAIN_SECONDS: Final = 30.0
_FRESH_SECONDS: Final = 3600.0
_STALE_SECONDS: Final = 86_400.0
_TIMEOUT_SECONDS: Final = 5.0
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
        self._settings = settings
        regions = settings.oidc_regions
        self._ceiling = tuple(code for each in regions if (code := undot(each)) is not None) if regions else None
        self._keys: dict[tuple[str, str], VerifyingKey] = {}
        self._published: Mapping[str, Any] = {}
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
        longest = self._settings.oidc_longest_seconds
        there = {"issuer": self.issuer, "audience": self._audience}
        claims = verify(token, key, **there, longest=longest, leeway=_LEEWAY_SECONDS)
        check_access_token(header, claims, self._settings.oidc_clients)
        areas = self._areas(claims)
        if not areas:
            raise unauthenticated()
        regions = tuple(dict.fromkeys(code for codes in areas.values() for code in codes))
        return Caller(
            "outside",
            outsider_id(self.issuer, claims["sub"]),
            areas,
            regions,
            int(claims["exp"]),
            issued=int(claims["iat"]),
            token_id=token_id_of(token),
        )

    async def find_endpoint(self, name: str) -> str:
        """The address of an endpoint that the issuer publishes. Raises `issuer-unavailable` if there is none."""
        async with self._lock:
            await self._freshen(known=name in self._published)
        address = str(self._published.get(name))
        if self._age > _STALE_SECONDS or not _is_safe(address):
            raise issuer_unavailable()
        return address

    def takes_basic(self) -> bool:
        """Whether the token endpoint takes a client's secret in the Authorization header, as it does by default."""
        methods = self._published.get("token_endpoint_auth_methods_supported")
        return not isinstance(methods, list) or "client_secret_basic" in methods

    async def verify_id_token(self, token: str, *, client: str, nonce: str) -> None:
        """Raises InvalidTokenError, `unauthenticated` or `issuer-unavailable` unless it is of this sign-in."""
        header, _ = look_at(token)
        key = await self._find(str(header.get("kid")), str(header.get("alg")))
        longest = self._settings.oidc_longest_seconds
        claims = verify(token, key, issuer=self.issuer, audience=client, longest=longest, leeway=_LEEWAY_SECONDS)
        if claims.get("nonce") != nonce or claims.get("azp", client) != client:
            raise InvalidTokenError

    @property
    def _age(self) -> float:
        return time.monotonic() - self._fetched

    async def _freshen(self, *, known: bool) -> None:
        """Asks the issuer again if something is not known or what is known is old. Hold the lock."""
        if (not known or self._age > _FRESH_SECONDS) and time.monotonic() - self._asked > _ASK_AGAIN_SECONDS:
            await self._fetch()

    async def _find(self, id: str, algorithm: str) -> VerifyingKey:
        async with self._lock:
            await self._freshen(known=(id, algorithm) in self._keys)
            known = self._keys.get((id, algorithm))
        if self._age > _STALE_SECONDS:
            # The keys were never fetched, or so long ago that some may have been withdrawn since.
            raise issuer_unavailable()
        if known is None:
            raise unauthenticated()
        return known

    async def _fetch(self) -> None:
        self._asked = time.monotonic()
        try:
            async with asyncio.timeout(_WHOLE_SECONDS), open_client(_TIMEOUT_SECONDS) as client:
                found = await ask(client, self.issuer.rstrip("/") + "/.well-known/openid-configuration")
                if found.get("issuer") != self.issuer:
                    raise ValueError("another issuer")
                keys = (await ask(client, str(found.get("jwks_uri"))))["keys"]
            self._keys = {(str(each.get("kid")), key.algorithm): key for each in keys for key in understand(each)}
            self._published = found
            self._fetched = time.monotonic()
        except not_answered() as error:
            _log.warning("keys of the outside issuer not fetched", cause=type(error).__qualname__)

    def _areas(self, claims: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        areas = areas_of(self._granted(claims))
        wanted = self._settings.oidc_identify_acr
        if wanted and not ways_of_proof(claims) & set(wanted):
            for scope in ("families:identify", *self._settings.second_factor_scopes):
                areas.pop(scope, None)
        return areas

    def _granted(self, claims: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """Roles and regions that a token's groups stand for. It leaves out what it may not give and logs how many."""
        value: Any = claims
        for step in self._settings.oidc_roles_claim.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
        groups = [value] if isinstance(value, str) else value if isinstance(value, list) else []
        named = [each for group in groups[:_ROLES_MOST] for each in self._roles_of(str(group))]
        granted = [each for each in named if each is not None and self._is_inside(each[1])]
        if len(granted) < len(named):
            _log.info("roles of the outside issuer ignored", ignored=len(named) - len(granted))
        return granted

    def _roles_of(self, group: str) -> Sequence[tuple[str, str] | None]:
        """The roles that the settings give to a group, or the one it names itself. None stands for one left out."""
        mapped = self._settings.oidc_roles.get(group)
        if mapped is not None:
            return [_parse(each) for each in mapped]
        named = _parse(group) if self._settings.oidc_self_named_roles else None
        return [named if named is not None and may_name_itself(named[0]) else None]

    def _is_inside(self, region: str) -> bool:
        return self._ceiling is None or lies_in(region, self._ceiling)


def outsider_id(issuer: str, subject: str) -> str:
    """The id here of a person of an outside issuer. It is always the same, and does not reveal the subject."""
    return str(uuid5(NAMESPACE_URL, f"{issuer} {subject}"))


def _parse(named: str) -> tuple[str, str] | None:
    """Role and canonical region of `role@region`, or None if either is unknown or the role does not fit the level."""
    role, _, region = named.partition("@")
    code = undot(region)
    return (role, code) if code is not None and role in ROLES and level_fits(role, code) else None


def issuer_unavailable() -> Problem:
    return Problem(kinds.ISSUER_UNAVAILABLE, wait=_ASK_AGAIN_SECONDS)


def _is_safe(address: str) -> bool:
    """Whether an address is over https or on this machine."""
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    return url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOOPBACK)


@cache
def trusted() -> ssl.SSLContext:
    """The authorities that this machine trusts. To read them takes longer than the rest of a sign-in."""
    import httpx

    return httpx.create_ssl_context()


def open_client(seconds: float) -> "httpx.AsyncClient":
    """A client that waits so long for each step. Without an outside issuer, httpx is never loaded."""
    import httpx

    return httpx.AsyncClient(timeout=seconds, verify=trusted())


def not_answered() -> tuple[type[Exception], ...]:
    """What is raised if the issuer is away or says something else than it should."""
    import httpx

    return (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, TypeError, KeyError, AttributeError)


async def ask(client: "httpx.AsyncClient", address: str, method: str = "GET", **sent: Any) -> dict[str, Any]:
    """A JSON object, over https or from this machine. It follows no redirect. Raises ValueError and httpx's errors."""
    if not _is_safe(address):
        raise ValueError("not https")
    body = b""
    async with client.stream(method, address, **{"headers": {"Accept": "application/json"}, **sent}) as response:
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
