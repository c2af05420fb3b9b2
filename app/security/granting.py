"""Who may give what: nobody hands out more than they hold, nor gets into an account that may do more than they.

A new one-time code or a new secret opens the account, so that it counts as handing out all that the account may do.
"""

from collections.abc import Iterable
from typing import Final, Literal

from app.regions import COUNTRY
from app.security.callers import ROLES, Caller

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
