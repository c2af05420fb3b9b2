"""Examples of the responses of the token endpoints, for an issuer that does not exist."""

from datetime import UTC, datetime
from typing import Any, Final

from app.schemas.access.token import CallerOut, IntrospectionOut, KeysOut, MetadataOut, TokenOut

ISSUER: Final = "https://ikk.example.go.id"
VILLAGE: Final = "6372061004"
PERSON: Final = "5b0f1c7e-3f0a-4e57-8f3e-6f8f5a0c9d11"
_SCOPES: Final = {"submissions:write": [VILLAGE]}


def make_token_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of responses by operation id, and none of requests. The shapes of the forms hold their own examples."""
    token = TokenOut(
        access_token="eyJhbGciOiJFUzI1NiIs…",  # noqa: S106 (the beginning of one)
        expires_in=3600,
        scope=" ".join(_SCOPES),
        refresh_token="kXv0Zc1mJt…",  # noqa: S106
    )
    introspection = IntrospectionOut(
        active=True,
        token_type="Bearer",  # noqa: S106
        kind="person",
        sub=PERSON,
        scope=" ".join(_SCOPES),
        regions=[VILLAGE],
        areas=_SCOPES,
        iss=ISSUER,
        aud="ikk",
        exp=1795332112,
        iat=1795328512,
        jti="0d9d5c0e-8c49-4d2f-9a3e-1f0a2b6c7d88",
    )
    caller = CallerOut(kind="person", id=PERSON, scopes=_SCOPES, expires=datetime(2026, 11, 22, 10, 41, 52, tzinfo=UTC))
    key = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2…",
        "y": "x_FEzRu9…",
        "alg": "ES256",
        "kid": "3f9a0c51be72",
        "use": "sig",
    }
    return {}, {
        "createToken": token.model_dump(mode="json"),
        "introspectToken": introspection.model_dump(mode="json"),
        "getCaller": caller.model_dump(mode="json"),
        "getKeys": KeysOut(keys=[key]).model_dump(mode="json"),
        "getMetadata": MetadataOut.of(ISSUER, list(_SCOPES)).model_dump(mode="json"),
    }
