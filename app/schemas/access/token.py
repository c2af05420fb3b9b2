"""The token endpoints on the wire (RFC 6749, 7009, 7662), the metadata (RFC 8414) and the keys (RFC 7517)."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.access import Caller
from app.schemas.shapes import In, Out

FormText = Annotated[str, Field(max_length=1000)]


def _example(**members: str) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"example": dict(members)})


class TokenIn(In):
    """Form of a token request. An agency's credentials may stand in a Basic header instead."""

    model_config = _example(grant_type="password", username="siti.aminah", password="…")  # noqa: S106

    grant_type: Literal["client_credentials", "password", "refresh_token"]
    client_id: str | None = Field(None, description="With client_credentials; else ignored")
    client_secret: str | None = Field(None, description="With client_credentials")
    username: str | None = Field(None, description="With password")
    password: str | None = Field(None, description="With password")
    refresh_token: str | None = Field(None, description="With refresh_token: that of the answer before, good once")
    scope: str | None = Field(None, description="Fewer scopes than there are, parted by blanks")


class TokenOut(Out):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (no secret, a kind of token)
    expires_in: int = Field(description="Seconds")
    scope: str
    refresh_token: str | None = Field(None, description="For people only: gets the next token, once")


class PasswordIn(In):
    """Form of a change of password: with the one-time code from the administrator, or with the old password."""

    model_config = _example(username="siti.aminah", code="7KQM-2XWT-…", new_password="…")  # noqa: S106

    username: FormText
    code: FormText | None = None
    password: FormText | None = None
    new_password: FormText = Field(description="10 to 128 characters; none that is easy to guess")


class PresentedIn(In):
    """Form that presents a token. An agency's credentials may stand in a Basic header instead."""

    model_config = _example(token="eyJhbGciOiJFUzI1NiIs…")  # noqa: S106

    token: str
    token_type_hint: str | None = Field(None, description="Not needed: the two kinds look different")
    client_id: str | None = None
    client_secret: str | None = None


class IntrospectionOut(Out):
    """What a token says (RFC 7662); of one that is not good, or none of the caller's business, only `active`."""

    active: bool
    token_type: Literal["Bearer", "refresh_token"] | None = None
    kind: str | None = None
    sub: str | None = None
    scope: str | None = None
    regions: list[str] | None = Field(None, description="Where any of the scopes holds")
    areas: dict[str, list[str]] | None = Field(None, description="Regions by scope, each for its subtree")
    iss: str | None = None
    aud: str | None = None
    exp: int | None = None
    iat: int | None = None
    jti: str | None = None


class KeysOut(Out):
    """A JSON Web Key Set: the public halves of the keys that tokens are signed with, the one in use first."""

    keys: list[dict[str, Any]]


class MetadataOut(Out):
    """What an OAuth 2 client needs to know of the service."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str
    introspection_endpoint: str
    service_documentation: str
    scopes_supported: list[str]
    response_types_supported: list[str] = Field(description="None: there is no authorization endpoint")
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    revocation_endpoint_auth_methods_supported: list[str]
    introspection_endpoint_auth_methods_supported: list[str]

    @classmethod
    def of(cls, issuer: str, scopes: list[str]) -> "MetadataOut":
        credentials = ["client_secret_basic", "client_secret_post"]
        return cls(
            issuer=issuer,
            token_endpoint=f"{issuer}/v1/token",
            jwks_uri=f"{issuer}/.well-known/jwks.json",
            revocation_endpoint=f"{issuer}/v1/token/revoke",
            introspection_endpoint=f"{issuer}/v1/token/introspect",
            service_documentation=f"{issuer}/docs",
            scopes_supported=scopes,
            response_types_supported=[],
            grant_types_supported=["client_credentials", "password", "refresh_token"],
            # none: people's apps are public clients and have no credentials of their own.
            token_endpoint_auth_methods_supported=[*credentials, "none"],
            revocation_endpoint_auth_methods_supported=[*credentials, "none"],
            introspection_endpoint_auth_methods_supported=credentials,
        )


class CallerOut(Out):
    """Who holds the token of this request."""

    kind: Literal["agency", "person", "outside"]
    id: str
    scopes: dict[str, list[str]] = Field(description="Regions by scope; each stands for its whole subtree")
    expires: datetime

    @classmethod
    def of(cls, caller: Caller) -> "CallerOut":
        scopes = {scope: list(codes) for scope, codes in caller.areas.items()}
        expires = datetime.fromtimestamp(caller.expires, UTC)
        return cls.model_validate({"kind": caller.kind, "id": caller.id, "scopes": scopes, "expires": expires})
