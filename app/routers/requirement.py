"""How a route asks for a caller: `Annotated[Caller, require("aggregates:read")]`, or `dependencies=[require(…)]`."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2

from app.access import SCOPES, Caller
from app.problems import Problem, kinds, unauthenticated


def bearer_of(headers: Mapping[str, str]) -> str | None:
    """The bearer token of a request (RFC 6750 section 2.1), if there is one."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" and token else None


class Requirement(OAuth2):
    """A dependency that answers the caller and refuses one without the scope; see `require`.

    Security scheme and check in one object, as each dependency costs in every request.
    """

    def __init__(self, scope: str | None) -> None:
        super().__init__(
            flows=OAuthFlows(
                clientCredentials=OAuthFlowClientCredentials(tokenUrl="/v1/token", scopes=SCOPES),
                password=OAuthFlowPassword(tokenUrl="/v1/token", refreshUrl="/v1/token", scopes=SCOPES),
            ),
            scheme_name="oauth2",
            description="OAuth 2 at POST /v1/token: client_credentials for agencies, password for people.",
        )
        self.scope = scope

    async def __call__(self, request: Request) -> Caller:  # type: ignore[override]
        token = bearer_of(request.headers)
        if token is None:
            raise unauthenticated()
        caller: Caller = await request.app.state.tokens.caller_of(token)
        if self.scope is not None and self.scope in caller.areas:
            caller = caller.within(self.scope)
        # For the log line, and for the area of the transaction that a handler opens.
        request.state.caller = caller
        request.app.state.throttle.admit(caller)
        if self.scope is not None and self.scope not in caller.areas:
            raise Problem(kinds.FORBIDDEN_SCOPE, scope=self.scope)
        return caller


def require(scope: str | None) -> Any:
    """What a route depends on: a caller with this scope; None asks for any valid token.

    Use as `caller: Annotated[Caller, require("aggregates:read")]` or in `dependencies=[…]`.
    """
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"no scope {scope}")
    return Security(Requirement(scope), scopes=[] if scope is None else [scope])
