"""Tells an outside issuer's access tokens from its other tokens, which must not open anything here.

All tokens of an issuer are signed with the same keys, so only header and claims tell them apart. These are the sources:
RFC 9068 (`typ` in the header is at+jwt), OpenID Connect Core 1.0 sections 2 and 3.3.2.11 (`nonce`, `at_hash` and
`c_hash` are in ID tokens), OpenID Connect Back-Channel Logout 1.0 (`events` is in logout tokens), Keycloak (the claim
`typ` is Bearer, ID, Refresh, Offline or Logout) and Microsoft Entra (`scp` and `appid` are in access tokens).
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.platform.signatures import ACCESS_TOKEN_TYPES, InvalidTokenError

_HEADER_TYPES: Final = ("jwt", *ACCESS_TOKEN_TYPES)
_OF_OTHER_TOKENS: Final = ("nonce", "at_hash", "c_hash", "s_hash", "events")
_LONGEST_SUBJECT: Final = 255
"""OpenID Connect Core 1.0 section 2."""


def check_access_token(header: Mapping[str, Any], claims: Mapping[str, Any], clients: Sequence[str]) -> None:
    """Raises InvalidTokenError unless this is an access token of a subject, for one of the clients if there are any."""
    kind = str(header.get("typ", "JWT")).lower()
    if kind not in _HEADER_TYPES or str(claims.get("typ", "Bearer")).lower() != "bearer":
        raise InvalidTokenError
    if any(name in claims for name in _OF_OTHER_TOKENS):
        raise InvalidTokenError
    marked = kind in ACCESS_TOKEN_TYPES or any(name in claims for name in ("typ", "scope", "scp", "client_id", "appid"))
    if "auth_time" in claims and not marked:
        # An ID token that was asked for without a nonce looks like this.
        raise InvalidTokenError
    subject = claims["sub"]
    if not isinstance(subject, str) or not subject.strip() or len(subject) > _LONGEST_SUBJECT:
        raise InvalidTokenError
    apps = [claims[name] for name in ("azp", "client_id", "appid") if name in claims]
    if clients and (not apps or any(app not in clients for app in apps)):
        raise InvalidTokenError


def token_id_of(token: str) -> str:
    """A UUID of the token that no claim decides. It covers what is signed, as other signatures may be valid too."""
    digest = hashlib.sha256(token.rpartition(".")[0].encode("ascii")).digest()
    return str(UUID(bytes=digest[:16], version=5))


def ways_of_proof(claims: Mapping[str, Any]) -> set[str]:
    """How the person proved who they are: `acr` and all of `amr` (RFC 8176)."""
    ways = claims.get("amr")
    return {each for each in (claims.get("acr"), *(ways if isinstance(ways, list) else ())) if isinstance(each, str)}
