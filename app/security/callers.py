"""Who is calling, with which scopes in which regions; the named roles; and how a route asks for a caller."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, Literal

from fastapi import Request, Security
from fastapi.openapi.models import OAuthFlowClientCredentials, OAuthFlowPassword, OAuthFlows
from fastapi.security import OAuth2

from app import problems
from app.problems import Problem
from app.regions import COUNTRY, Level, level_of

SCOPES: Final = {
    "submissions:write": "Send submissions",
    "submissions:read": "Read submissions and their scores",
    "submissions:review": "Review submissions",
    "aggregates:read": "Read aggregates",
    "families:identify": "Read who a family is, and serve its rights",
    "statistics:write": "Send statistics of other systems",
    "webhooks:manage": "Manage webhooks",
    "people:manage": "Manage people and their roles",
    "agencies:manage": "Manage agencies",
    "audit:read": "Read the audit log",
    "metrics:read": "Read the service's metrics",
}

Kind = Literal["agency", "person", "outside", "command", "nobody"]
"""An agency's system; a person with an account here; one of an outside issuer; the command line; who is not known."""


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of scopes, and the levels of region that it may be granted in."""

    name: tuple[str, str]
    """In Indonesian and in English."""
    scopes: frozenset[str]
    levels: frozenset[Level]


_ANYWHERE: Final[frozenset[Level]] = frozenset(("country", "province", "regency", "district", "village"))
_WORK: Final = frozenset(("submissions:write", "submissions:read", "submissions:review", "aggregates:read"))

ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "kader": Role(
            ("Kader", "Kader (interviews families)"),
            frozenset(("submissions:write", "submissions:read")),
            frozenset(("village",)),
        ),
        "supervisor": Role(
            ("Penyelia (TPK2D)", "Supervisor (TPK2D)"),
            frozenset(("submissions:read", "submissions:review", "aggregates:read")),
            frozenset(("village", "district", "regency")),
        ),
        "analyst": Role(("Analis", "Analyst"), frozenset(("aggregates:read",)), _ANYWHERE),
        "agency_administrator": Role(
            ("Admin instansi", "Agency administrator"),
            _WORK | {"statistics:write", "webhooks:manage", "people:manage", "agencies:manage", "audit:read"},
            _ANYWHERE,
        ),
        "data_protection_officer": Role(
            ("Pejabat pelindungan data", "Data protection officer"),
            frozenset(("families:identify", "submissions:read", "audit:read")),
            _ANYWHERE,
        ),
        "operator": Role(("Operator", "Operator"), frozenset(SCOPES) - {"families:identify"}, _ANYWHERE),
    }
)
"""What people are granted. Only the data protection officer (UU 27/2022 art. 53) may see who a family is."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds the token of this request: what they may do, and where they may do what this route is for."""

    kind: Kind
    id: str
    """UUID as text, of the agency or the person."""
    areas: Mapping[str, tuple[str, ...]]
    """By scope, the codes whose subtrees it holds in."""
    regions: tuple[str, ...]
    """Those of the scope that the route requires; of any scope where it requires none."""
    expires: int
    issued: int = 0
    token_id: str = ""
    sign_in: str = ""
    """What came of one password: revoked as a whole; empty where the token came of a secret."""

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.areas)

    def covers(self, region: str) -> bool:
        """Whether a canonical region code lies in one of the subtrees of this route's scope."""
        return lies_in(region, self.regions)

    def holds(self, scope: str, region: str) -> bool:
        """Whether the caller has a scope in a region, whatever this route is for."""
        return lies_in(region, self.areas.get(scope, ()))

    def within(self, scope: str) -> "Caller":
        """The same caller with the regions of one of its scopes."""
        regions = self.areas[scope]
        return self if regions == self.regions else replace(self, regions=regions)


def lies_in(region: str, areas: Sequence[str]) -> bool:
    """Whether a canonical region code lies in one of these subtrees."""
    return any(own == COUNTRY or (region != COUNTRY and region.startswith(own)) for own in areas)


def areas_of(granted: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Areas that roles in regions give together; a region is left out where a larger one around it is there."""
    found: dict[str, set[str]] = {}
    for role, region in granted:
        for scope in ROLES[role].scopes:
            found.setdefault(scope, set()).add(region)
    return {
        scope: tuple(code for code in sorted(found[scope]) if not lies_in(code, tuple(found[scope] - {code})))
        for scope in SCOPES
        if scope in found
    }


COMMAND: Final = Caller(
    "command", "00000000-0000-0000-0000-000000000000", dict.fromkeys(SCOPES, (COUNTRY,)), (COUNTRY,), 2**62
)
"""Whoever has a shell where the service runs."""


NOBODY: Final = Caller("nobody", "00000000-0000-0000-0000-000000000000", {}, (), 0)
"""Whoever has not proven yet, or could not prove, who they are."""


def unauthenticated() -> Problem:
    return Problem(problems.UNAUTHENTICATED, headers={"WWW-Authenticate": "Bearer"})


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
            raise Problem(problems.FORBIDDEN_SCOPE, scope=self.scope)
        return caller


def require(scope: str | None) -> Any:
    """What a route depends on: a caller with this scope; None asks for any valid token.

    Use as `caller: Annotated[Caller, require("aggregates:read")]` or in `dependencies=[…]`.
    """
    if scope is not None and scope not in SCOPES:
        raise ValueError(f"no scope {scope}")
    return Security(Requirement(scope), scopes=[] if scope is None else [scope])


def level_fits(role: str, region: str) -> bool:
    """Whether a role may be granted in a region of this level; a kader works in villages."""
    return level_of(region) in ROLES[role].levels
