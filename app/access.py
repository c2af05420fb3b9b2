"""Pure: scopes, roles, the caller of a request, and who may give what to whom.

Nobody gives more than they hold, and nobody gets into an account that may do more than they. A new one-time code or a
new secret opens an account, so giving one counts as giving everything that the account may do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, get_args

from app.regions.codes import COUNTRY, Level, level_of, lies_in

Scope = Literal[
    "submissions:write",
    "submissions:read",
    "submissions:review",
    "aggregates:read",
    "families:identify",
    "statistics:write",
    "webhooks:manage",
    "people:manage",
    "agencies:manage",
    "audit:read",
    "metrics:read",
]
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
"""Every scope with its meaning. `Scope` names the same for the shapes on the wire."""

RoleName = Literal["kader", "supervisor", "analyst", "agency_administrator", "data_protection_officer", "operator"]
CallerKind = Literal["agency", "person", "outside", "command", "nobody"]
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

if set(get_args(Scope)) != set(SCOPES) or set(get_args(RoleName)) != set(ROLES):
    raise AssertionError("Scope names every scope, and RoleName every role")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who holds the token of this request: what they may do, and where they may do what this route is for."""

    kind: CallerKind
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


def level_fits(role: str, region: str) -> bool:
    """Whether a role may be granted in a region of this level; a kader works in villages."""
    return level_of(region) in ROLES[role].levels


Authority = Literal["people:manage", "agencies:manage"]
"""The scope that lets its holder give anything at all."""

_LEVEL_LENGTHS: Final = (10, 6, 4, 2)


def may_give(caller: Caller, scopes: Iterable[str], region: str, *, authority: Authority) -> bool:
    """Whether a caller holds all these scopes in a region, and there also the authority to give them."""
    return all(caller.holds(scope, region) for scope in (authority, *scopes))


def may_grant(caller: Caller, role: str, region: str) -> bool:
    """Whether a caller may grant a role in a region. A role that this version does not know is nobody's to grant."""
    return role in ROLES and may_give(caller, ROLES[role].scopes, region, authority="people:manage")


def is_self(caller: Caller, kind: Literal["agency", "person"], id: object) -> bool:
    """Whether an account is the caller's own: whoever steals a token must not turn it into a password or a secret."""
    return caller.kind == kind and caller.id == str(id)


def span_of(regions: Iterable[str]) -> str | None:
    """The smallest region that all of these lie in, for the audit log; None where that is the country."""
    codes = set(regions)
    for length in _LEVEL_LENGTHS:
        shared = {code[:length] for code in codes}
        if len(shared) == 1 and COUNTRY not in codes and min(map(len, codes)) >= length:
            return shared.pop()
    return None
