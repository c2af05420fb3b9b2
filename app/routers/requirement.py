"""Requires a caller with a scope: `Annotated[Caller, require("aggregates:read")]` or `dependencies=[require(…)]`.

A route that names several scopes serves a caller who holds any of them. The caller's regions are then those of all that
it holds, and the service decides what each scope allows.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2

from app.access import SCOPES, Caller
from app.problems import Problem, kinds, unauthenticated
from app.regions.codes import COUNTRY
from app.routers.dependencies import address_of, database_of, throttle_of
from app.services.access.export_keys import prove_key


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The bearer token in the headers of a request (RFC 6750 section 2.1), or None."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and token else None


def basic_of(headers: Mapping[str, str]) -> tuple[str, str] | None:
    """The user name and the password in the headers of a request (RFC 7617), or None."""
    kind, _, packed = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        username, colon, password = base64.b64decode(packed.strip(), validate=True).decode("utf-8").partition(":")
    except ValueError:
        return None
    return (username, password) if colon else None


def admit(request: Request, caller: Caller, scopes: Sequence[str], *, country: bool = False) -> Caller:
    """The caller with the regions of these scopes. Refuses one with none of them, and one that asks too often.

    country: whether the caller must hold them for the whole country
    """
    held = [scope for scope in scopes if scope in caller.areas]
    if held:
        caller = caller.within(*held)
    # The log line needs it, and so does the transaction that a handler opens in the caller's area.
    request.state.caller = caller
    # The layer in front may have counted it.
    if not getattr(request.state, "counted", False):
        request.app.state.addresses.note(caller, address_of(request))
        request.app.state.throttle.admit(caller)
    if scopes and not held:
        raise Problem(kinds.FORBIDDEN_SCOPE, scope=scopes[0])
    if country and COUNTRY not in caller.regions:
        raise Problem(kinds.FORBIDDEN_REGION)
    return caller


class Requirement(OAuth2):
    """A dependency that returns the caller, and refuses a caller with none of the scopes. Use it through `require`.

    One object is both the security scheme and the check, because each dependency costs time in every request.
    """

    def __init__(self, scopes: tuple[str, ...], *, country: bool = False, export_key: bool = False) -> None:
        super().__init__(
            flows=OAuthFlows(
                clientCredentials=OAuthFlowClientCredentials(tokenUrl="/v1/token", scopes=SCOPES),
                password=OAuthFlowPassword(tokenUrl="/v1/token", refreshUrl="/v1/token", scopes=SCOPES),
            ),
            scheme_name="oauth2",
            description="OAuth 2 at POST /v1/token, with client_credentials for agencies and password for people.",
        )
        self.scopes = scopes
        self.country = country
        self.export_key = export_key

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        return admit(request, await self._identify(request), self.scopes, country=self.country)

    async def _identify(self, request: Request) -> Caller:
        """The caller behind the token, or behind the export key where one is taken. Raises `unauthenticated` (401)."""
        token = bearer_of(request.headers)
        if token is not None:
            caller: Caller = await request.app.state.tokens.caller_of(token)
            return caller
        if not self.export_key:
            raise unauthenticated()
        key = basic_of(request.headers)
        if key is None:
            # Excel asks for the user name and the password only if the response offers Basic.
            sent = "authorization" in request.headers
            raise unauthenticated(*(("basic",) if sent else ("basic", "bearer")))
        return await prove_key(
            *key, address=address_of(request), database=database_of(request), throttle=throttle_of(request)
        )


EXPORT_KEY: Final[dict[str, Any]] = {"security": [{"basic": []}]}
"""The `openapi_extra` of a route that takes export keys."""


def require(scope: str | None, *alternatives: str, country: bool = False, export_key: bool = False) -> Any:
    """The dependency of a route on a caller with this scope or an alternative, or with any valid token if it is None.

    export_key: whether the route takes an export key too. Give such a route the `openapi_extra` EXPORT_KEY.

    Use it as `caller: Annotated[Caller, require("aggregates:read")]` or in `dependencies=[…]`. With `country`, the
    caller must hold the scope for the whole country, because what the route returns belongs to no region.
    """
    scopes = () if scope is None else (scope, *alternatives)
    if unknown := set(scopes) - SCOPES.keys():
        raise ValueError(f"no scopes {unknown}")
    return Security(Requirement(scopes, country=country, export_key=export_key), scopes=list(scopes))
