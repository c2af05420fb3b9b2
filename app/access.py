"""Scopes, roles, the caller of a request, and who may give what to whom. This module is pure.

Nobody can give more than they hold. Nobody can get into an account that may do more than they may. A new one-time code
or a new secret gives access to an account, so giving one counts as giving everything that the account may do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, get_args

from app.regions.codes import COUNTRY, Level, level_of, lies_in

Scope = Literal[
    "submissions:write",
    "submissions:read",
    "submissions:sensitive",
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
    "submissions:read": "Read submissions and their scores, without sensitive outcomes",
    "submissions:sensitive": "Read sensitive outcomes. With submissions:review also exact figures of them",
    "submissions:review": "Review submissions. With aggregates:read also exact figures",
    "aggregates:read": "Read aggregates",
    "families:identify": "Read identities of families and serve their subject requests",
    "statistics:write": "Send statistics of other systems",
    "webhooks:manage": "Manage webhooks",
    "people:manage": "Manage people and their roles",
    "agencies:manage": "Manage agencies",
    "audit:read": "Read the audit log",
    "metrics:read": "Read the service's metrics",
}
"""Every scope with its meaning. `Scope` names the same scopes for the shapes on the wire."""

RoleName = Literal[
    "kader",
    "supervisor",
    "analyst",
    "agency_administrator",
    "data_protection_officer",
    "sensitive_reader",
    "operator",
]
CallerKind = Literal["agency", "person", "outside", "command", "nobody"]
"""An agency's system, a person with an account here, one of an outside issuer, the command line or one of the service's
own jobs, or nobody known."""


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of scopes, and the levels of region at which it may be granted."""

    name: tuple[str, str]
    """In Indonesian and in English."""
    scopes: frozenset[str]
    levels: frozenset[Level]


_ANYWHERE: Final[frozenset[Level]] = frozenset(("country", "province", "regency", "district", "village"))
_WORK: Final = frozenset(("submissions:write", "submissions:read", "submissions:review", "aggregates:read"))
_ABOUT_SINGLE_FAMILIES: Final = frozenset(("families:identify", "submissions:sensitive"))
"""The scopes that the operator's role lacks, so that running the service does not open families."""

ROLES: Final[Mapping[str, Role]] = MappingProxyType(
    {
        "kader": Role(
            ("Kader", "Kader (interviews families)"),
            frozenset(("submissions:write",)),
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
        "sensitive_reader": Role(
            ("Pembaca hasil sensitif", "Reader of sensitive outcomes"),
            frozenset(("submissions:read", "submissions:sensitive", "aggregates:read")),
            _ANYWHERE - {"country"},
        ),
        "operator": Role(("Operator", "Operator"), frozenset(SCOPES) - _ABOUT_SINGLE_FAMILIES, _ANYWHERE),
    }
)
"""The roles that people are granted. Only the data protection officer (UU 27/2022 art. 53) may read identities."""


def role_named(text: str) -> RoleName | None:
    """The role that a text names by its code or by its name in either language, in any case. None if it names none.

    What stands in brackets in a name may be left out.
    """
    return _ROLES_BY_NAME.get(_in_words(text))


def _in_words(text: str) -> str:
    return " ".join(text.partition("(")[0].replace("_", " ").casefold().split())


_ROLES_BY_NAME: Final[Mapping[str, RoleName]] = {
    _in_words(name): code for code in get_args(RoleName) if code in ROLES for name in (code, *ROLES[code].name)
}

if set(get_args(Scope)) != set(SCOPES) or set(get_args(RoleName)) != set(ROLES):
    raise AssertionError("Scope names every scope, and RoleName every role")


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds the token of this request, with what they may do and where."""

    kind: CallerKind
    id: str
    """UUID of the agency or the person, as text."""
    areas: Mapping[str, tuple[str, ...]]
    """For each scope, the codes in whose subtrees it is held."""
    regions: tuple[str, ...]
    """The regions of the scopes that the route requires, or of all scopes if the route requires none."""
    expires: int
    issued: int = 0
    token_id: str = ""
    sign_in: str = ""
    """The id of the sign-in, which is revoked as a whole. It is empty if the token came from a secret."""
    amr: tuple[str, ...] = ()
    """How a person proved who they are (RFC 8176), for example pwd, otp and mfa."""
    authenticated: int = 0
    """When they did so (epoch seconds)."""
    training: bool = False
    """Whether everything that they send is for training."""

    @property
    def scopes(self) -> frozenset[str]:
        return frozenset(self.areas)

    def covers(self, region: str) -> bool:
        """Whether a canonical region code lies in one of the subtrees of this route's scopes."""
        return lies_in(region, self.regions)

    def holds(self, scope: str, region: str) -> bool:
        """Whether the caller has a scope in a region, whatever this route requires."""
        return lies_in(region, self.areas.get(scope, ()))

    def within(self, *scopes: str) -> "Caller":
        """The same caller, with the regions of one of its scopes, or of several together."""
        areas = [self.areas[scope] for scope in scopes]
        regions = areas[0] if len(areas) == 1 else _outermost(code for area in areas for code in area)
        return self if regions == self.regions else replace(self, regions=regions)

    def reads_whole(self, region: str, sent_by: object, revision: int, corrected_by: object) -> bool:
        """Whether the caller gets every outcome of a submission that it may read. Others get the visible ones."""
        return self.sent(sent_by, revision, corrected_by) or self.holds("submissions:sensitive", region)

    def sent(self, sent_by: object, revision: int, corrected_by: object) -> bool:
        """Whether the caller sent what is stored now. A correction holds what a family told whoever sent that."""
        return self.id == str(sent_by if revision == 1 else corrected_by)


def areas_of(granted: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Areas that roles in regions give together. It leaves out a region inside another one of the same scope."""
    found: dict[str, set[str]] = {}
    for role, region in granted:
        for scope in ROLES[role].scopes:
            found.setdefault(scope, set()).add(region)
    return {scope: _outermost(found[scope]) for scope in SCOPES if scope in found}


def _outermost(codes: Iterable[str]) -> tuple[str, ...]:
    """The codes in order, without a region inside another one."""
    every = set(codes)
    return tuple(code for code in sorted(every) if not lies_in(code, every - {code}))


COMMAND: Final = Caller(
    "command", "00000000-0000-0000-0000-000000000000", dict.fromkeys(SCOPES, (COUNTRY,)), (COUNTRY,), 2**62
)
"""Whoever has a shell where the service runs, and the service's own jobs."""

ONLY_MAPPED: Final = frozenset(("families:identify", "submissions:sensitive", "people:manage", "agencies:manage"))
"""Scopes that a group of an outside issuer gives only if the settings map it. A group cannot name such a role itself.

They open identities and sensitive answers, or give access to others.
"""

NOBODY: Final = Caller("nobody", "00000000-0000-0000-0000-000000000000", {}, (), 0)
"""Whoever has not proven, or could not prove, who they are."""


def level_fits(role: str, region: str) -> bool:
    """Whether a role may be granted in a region of this level. A kader, for example, works only in villages."""
    return level_of(region) in ROLES[role].levels


def may_name_itself(role: str) -> bool:
    """Whether a group of an outside issuer may name this role itself, if the settings allow that at all."""
    return role in ROLES and not ROLES[role].scopes & ONLY_MAPPED


Authority = Literal["people:manage", "agencies:manage"]
"""The scope that its holder needs to give anything at all."""

_LEVEL_LENGTHS: Final = (10, 6, 4, 2)


def may_give(caller: Caller, scopes: Iterable[str], region: str, *, authority: Authority) -> bool:
    """Whether a caller holds all these scopes in a region, and the authority to give them there."""
    return all(caller.holds(scope, region) for scope in (authority, *scopes))


def may_grant(caller: Caller, role: str, region: str) -> bool:
    """Whether a caller may grant a role in a region. Nobody may grant a role that this version does not know."""
    return role in ROLES and may_give(caller, ROLES[role].scopes, region, authority="people:manage")


def is_self(caller: Caller, kind: Literal["agency", "person"], id: object) -> bool:
    """Whether an account is the caller's own. A stolen token must not be enough to get a password or a secret."""
    return caller.kind == kind and caller.id == str(id)


def span_of(regions: Iterable[str]) -> str | None:
    """The smallest region that all of these lie in, for the audit log. It is None if that is the country."""
    codes = set(regions)
    for length in _LEVEL_LENGTHS:
        shared = {code[:length] for code in codes}
        if len(shared) == 1 and COUNTRY not in codes and min(map(len, codes)) >= length:
            return shared.pop()
    return None
