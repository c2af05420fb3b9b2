"""Who may do what: callers and roles, tokens in and out, secrets, the key ring, and what is sealed with it."""

from app.security.callers import (
    COMMAND,
    NOBODY,
    ROLES,
    SCOPES,
    Caller,
    Role,
    areas_of,
    level_fits,
    require,
    unauthenticated,
)
from app.security.granting import is_self, may_give, may_grant, span_of
from app.security.keys import KeyRing
from app.security.secrets import make_code, make_secret, secret_matches
from app.security.tokens import Tokens
from app.security.vault import Vault, VaultError

__all__ = [
    "COMMAND",
    "NOBODY",
    "ROLES",
    "SCOPES",
    "Caller",
    "KeyRing",
    "Role",
    "Tokens",
    "Vault",
    "VaultError",
    "areas_of",
    "is_self",
    "level_fits",
    "make_code",
    "make_secret",
    "may_give",
    "may_grant",
    "require",
    "secret_matches",
    "span_of",
    "unauthenticated",
]
