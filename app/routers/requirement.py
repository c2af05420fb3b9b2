"""Requires a caller with a scope: `Annotated[Caller, require("aggregates:read")]` or `dependencies=[require(…)]`.

A route that names several scopes serves a caller who holds any of them. The caller's regions are then those of all that
it holds, and the service decides what each scope allows.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2

from app.access import SCOPES, Caller
from app.problems import Problem, kinds, unauthenticated
from app.regions.codes import COUNTRY
from app.routers.dependencies import address_of


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The bearer token in the headers of a request (RFC 6750 section 2.1), or None."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and token else None


class Requirement(OAuth2):
    """A dependency that returns the caller, and refuses a caller with none of the scopes. Use it through `require`.

    One object is both the security scheme and the check, because each dependency costs time in every request.
    """

    def __init__(self, scopes: tuple[str, ...], *, country: bool = False) -> None:
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

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        token = bearer_of(request.headers)
        if token is None:
            raise unauthenticated()
        caller: Caller = await request.app.state.tokens.caller_of(token)
        held = [scope for scope in self.scopes if scope in caller.areas]
        if held:
            caller = caller.within(*held)
        # The log line needs it, and so does the transaction that a handler opens in the caller's area.
        request.state.caller = caller
        request.app.state.addresses.note(caller, address_of(request))
        request.app.state.throttle.admit(caller)
        if self.scopes and not held:
            raise Problem(kinds.FORBIDDEN_SCOPE, scope=self.scopes[0])
        if self.country and COUNTRY not in caller.regions:
            raise Problem(kinds.FORBIDDEN_REGION)
        return caller


def require(scope: str | None, *alternatives: str, country: bool = False) -> Any:
    """The dependency of a route on a caller with this scope or an alternative, or with any valid token if it is None.

    Use it as `caller: Annotated[Caller, require("aggregates:read")]` or in `dependencies=[…]`. With `country`, the
    caller must hold the scope for the whole country, because what the route returns belongs to no region.
    """
    scopes = () if scope is None else (scope, *alternatives)
    if unknown := set(scopes) - SCOPES.keys():
        raise ValueError(f"no scopes {unknown}")
    return Security(Requirement(scopes, country=country), scopes=list(scopes))
