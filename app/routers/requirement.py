"""Requires a caller with a scope: `Annotated[Caller, require("aggregates:read")]` or `dependencies=[require(…)]`."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2

from app.access import SCOPES, Caller
from app.problems import Problem, kinds, unauthenticated


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The bearer token in the headers of a request (RFC 6750 section 2.1), or None."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and token else None


class Requirement(OAuth2):
    """A dependency that returns the caller, and refuses a caller without the scope. Use it through `require`.

    One object is both the security scheme and the check, because each dependency costs time in every request.
    """

    def __init__(self, scope: str | None) -> None:
        super().__init__(
            flows=OAuthFlows(
                clientCredentials=OAuthFlowClientCredentials(tokenUrl="/v1/token", scopes=SCOPES),
                password=OAuthFlowPassword(tokenUrl="/v1/token", refreshUrl="/v1/token", scopes=SCOPES),
            ),
            scheme_name="oauth2",
            description="OAuth 2 at POST /v1/token, with client_credentials for agencies and password for people.",
        )
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        token = bearer_of(request.headers)
        if token is None:
            raise unauthenticated()
        caller: Caller = await request.app.state.tokens.caller_of(token)
        if self.scope is not None and self.scope in caller.areas:
            caller = caller.within(self.scope)
        # The log line needs it, and so does the transaction that a handler opens in the caller's area.
        request.state.caller = caller
        request.app.state.throttle.admit(caller)
        if self.scope is not None and self.scope not in caller.areas:
            raise Problem(kinds.FORBIDDEN_SCOPE, scope=self.scope)
        return caller


def require(scope: str | None) -> Any:
    """The dependency of a route on a caller with this scope, or with any valid token if it is None.

    Use it as `caller: Annotated[Caller, require("aggregates:read")]` or in `dependencies=[…]`.
    """
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"no scope {scope}")
    return Security(Requirement(scope), scopes=[] if scope is None else [scope])
