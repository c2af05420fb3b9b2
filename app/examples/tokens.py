"""Examples of the forms and responses of the token endpoints, for an issuer that does not exist."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from app.examples.ids import KADER, TOKEN_ID, VILLAGE
from app.schemas.access.second_factor import (
    FactorConfirmIn,
    FactorOut,
    FactorProofIn,
    NewFactorOut,
    RecoveryCodesOut,
)
from app.schemas.access.token import (
    CallerOut,
    IntrospectionOut,
    KeysOut,
    MetadataOut,
    PasswordIn,
    PresentedIn,
    TokenIn,
    TokenOut,
)

ISSUER: Final = "https://ikk.example.go.id"
_SCOPES: Final = {"submissions:write": [VILLAGE]}
_KEY_ID: Final = "3f9a0c51be72"
_CLAIMS: Final[Mapping[str, Any]] = {
    "iss": ISSUER,
    "aud": "ikk",
    "sub": str(KADER),
    "kind": "person",
    "scope": " ".join(_SCOPES),
    "regions": [VILLAGE],
    "iat": 1795328512,
    "exp": 1795332112,
    "jti": str(TOKEN_ID),
}
EXAMPLE_JWT: Final = (
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6IjNmOWEwYzUxYmU3MiJ9."
    "eyJpc3MiOiJodHRwczovL2lray5leGFtcGxlLmdvLmlkIiwiYXVkIjoiaWtrIiwic3ViIjoiNWIwZjFjN2UtM2YwYS00ZTU3LThm"
    "M2UtNmY4ZjVhMGM5ZDExIiwia2luZCI6InBlcnNvbiIsInNjb3BlIjoic3VibWlzc2lvbnM6d3JpdGUiLCJyZWdpb25zIjpbIjYz"
    "NzIwMjEwMDUiXSwiaWF0IjoxNzk1MzI4NTEyLCJleHAiOjE3OTUzMzIxMTIsImp0aSI6IjBkOWQ1YzBlLThjNDktNGQyZi05YTNl"
    "LTFmMGEyYjZjN2Q4OCJ9"
    ".QW4gZXhhbXBsZS4gTm8ga2V5IGhhcyBzaWduZWQgdGhpcyB0b2tlbiwgYW5kIG5vYm9keSB0YWtlcyBpdC4uIA"
)
"""A JWT with the claims above. Its signature says in words that no key has made it."""
REFRESH_TOKEN: Final = "an-example-of-a-refresh-token-00000000000-0"  # noqa: S105
CLIENT_SECRET: Final = "an-example-of-a-client-secret-00000000000-0"  # noqa: S105
CODE: Final = "7HQK-M2XV-94TD-WPRC"
_PASSWORD: Final = "kopi susu di teras"  # noqa: S105

FORMS: Final[Mapping[str, Mapping[str, TokenIn | PasswordIn | PresentedIn]]] = {
    "createToken": {
        "person": TokenIn(grant_type="password", username="demo-kader-1", password=_PASSWORD),
        "second_factor": TokenIn(grant_type="password", username="demo-admin", password=_PASSWORD, otp="492 039"),
        "refresh": TokenIn(grant_type="refresh_token", refresh_token=REFRESH_TOKEN),
        "agency": TokenIn(grant_type="client_credentials", client_id="dp3a-banjarbaru", client_secret=CLIENT_SECRET),
    },
    "setPassword": {
        "first": PasswordIn(username="demo-kader-1", code=CODE, new_password=_PASSWORD),
        "change": PasswordIn(username="demo-kader-1", password=_PASSWORD, new_password="teh manis di beranda"),  # noqa: S106
    },
    "revokeToken": {"access": PresentedIn(token=EXAMPLE_JWT), "refresh": PresentedIn(token=REFRESH_TOKEN)},
    "introspectToken": {
        "agency": PresentedIn(token=EXAMPLE_JWT, client_id="dp3a-banjarbaru", client_secret=CLIENT_SECRET)
    },
}
"""Named examples of the forms by operation id. Nobody has the passwords and secrets in them."""


def make_token_examples() -> tuple[dict[str, Any], dict[str, Any]]:
    """Bodies of requests in JSON and of responses by operation id."""
    token = TokenOut(access_token=EXAMPLE_JWT, expires_in=3600, scope=" ".join(_SCOPES), refresh_token=REFRESH_TOKEN)
    introspection = IntrospectionOut(
        active=True,
        token_type="Bearer",  # noqa: S106
        areas=_SCOPES,
        **_CLAIMS,
    )
    expires = datetime.fromtimestamp(_CLAIMS["exp"], UTC)
    caller = CallerOut(kind="person", id=str(KADER), scopes=_SCOPES, expires=expires, training=False)
    # The key of RFC 7515, appendix A.3.
    key = {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "alg": "ES256",
        "kid": _KEY_ID,
        "use": "sig",
    }
    codes = RecoveryCodesOut(recovery_codes=["7HQK-M2XV-94TD-WPRC", "3FJD-8KSM-Y2WE-6RNT", "…"])
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 (an example)
    begun = NewFactorOut(
        secret=secret,
        uri=f"otpauth://totp/IKK%20ikk.example.go.id:siti.aminah?secret={secret}&issuer=IKK%20ikk.example.go.id",
        qr="<svg …></svg>",
    )
    proof = FactorProofIn(password="…", otp="492 039").model_dump()  # noqa: S106
    return {
        "beginSecondFactor": {"password": "…"},
        "confirmSecondFactor": FactorConfirmIn(otp="492 039").model_dump(),
        "renewRecoveryCodes": proof,
    }, {
        "getSecondFactor": FactorOut(
            since=datetime(2026, 11, 26, 2, 0, tzinfo=UTC),
            recovery_codes_left=9,
            needed_for=["families:identify", "people:manage", "agencies:manage"],
        ).model_dump(mode="json"),
        "beginSecondFactor": begun.model_dump(mode="json"),
        "confirmSecondFactor": codes.model_dump(mode="json"),
        "renewRecoveryCodes": codes.model_dump(mode="json"),
        "createToken": token.model_dump(mode="json", exclude_none=True),
        "introspectToken": introspection.model_dump(mode="json", exclude_none=True),
        "getCaller": caller.model_dump(mode="json"),
        "getKeys": KeysOut(keys=[key]).model_dump(mode="json"),
        "getMetadata": MetadataOut.of(ISSUER, list(_SCOPES)).model_dump(mode="json"),
    }
