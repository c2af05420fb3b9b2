"""Forms and responses of the token endpoints (RFC 6749, 7009, 7662), the metadata (RFC 8414) and keys (RFC 7517)."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.access import Caller
from app.schemas.shapes import FormIn, Out, SparseOut

FormText = Annotated[str, Field(max_length=1000)]


class TokenIn(FormIn):
    """Form of a token request. You may send an agency's credentials in a Basic header instead."""

    grant_type: Literal["client_credentials", "password", "refresh_token"]
    client_id: str | None = Field(
        None, description="Needed for client_credentials. Otherwise ignored", examples=["dp3a-kalsel"]
    )
    client_secret: str | None = Field(None, description="Needed for client_credentials")
    username: str | None = Field(None, description="Needed for password", examples=["siti.aminah"])
    password: str | None = Field(None, description="Needed for password")
    otp: str | None = Field(
        None,
        description="Needed with password if the person has a second factor. Six digits from the authenticator app, or "
        "a recovery code. Only letters and digits count",
    )
    refresh_token: str | None = Field(
        None, description="Needed for refresh_token. The refresh token of the last response, which is valid once"
    )
    scope: str | None = Field(
        None,
        description="The scopes that you want, separated by blanks. Default: all that you hold",
        examples=["aggregates:read"],
    )


class TokenOut(SparseOut):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (no secret, a kind of token)
    expires_in: int = Field(description="Seconds until the access token expires")
    scope: str
    refresh_token: str | None = Field(None, description="Only for people. Gets the next access token, once")
    second_factor_needed_for: str | None = Field(
        None,
        description="Scopes that the person holds but the token lacks, because they have no second factor. Let the "
        "person enrol with POST /v1/me/second-factor",
    )


class PasswordIn(FormIn):
    """Form to set a password with a one-time code from the administrator, or to change it with the old password."""

    username: Annotated[FormText, Field(examples=["siti.aminah"])]
    code: Annotated[FormText, Field(examples=["7KQM-2XWT-9HRD-4CVP"])] | None = None
    password: FormText | None = None
    otp: FormText | None = Field(
        None, description="Needed with the old password if the person has a second factor. See the form of a token"
    )
    new_password: FormText = Field(description="10 to 128 characters, and not easy to guess")


class PresentedIn(FormIn):
    """Form that presents a token. You may send an agency's credentials in a Basic header instead."""

    token: str
    token_type_hint: str | None = Field(
        None,
        description="Not needed, because access tokens and refresh tokens look different",
        examples=["access_token"],
    )
    client_id: str | None = Field(None, examples=["dp3a-kalsel"])
    client_secret: str | None = None


class IntrospectionOut(SparseOut):
    """What a token allows (RFC 7662).

    Only `active` is present, and false, for a token that is not valid or that you may not introspect.
    """

    active: bool
    token_type: Literal["Bearer", "refresh_token"] | None = None
    kind: str | None = None
    sub: str | None = None
    scope: str | None = None
    regions: list[str] | None = Field(None, description="The regions in which at least one scope holds")
    areas: dict[str, list[str]] | None = Field(
        None, description="Regions by scope. Each region stands for its whole subtree"
    )
    amr: list[str] | None = Field(None, description="How a person signed in (RFC 8176), such as pwd, otp and mfa")
    auth_time: int | None = Field(None, description="When the person signed in. Refreshing does not change it")
    training: bool | None = Field(None, description="true if everything that its holder sends is for training")
    iss: str | None = None
    aud: str | None = None
    exp: int | None = None
    iat: int | None = None
    jti: str | None = None


class KeysOut(Out):
    """A JSON Web Key Set of access tokens' public keys, then those of receipts. The key in use is first of each."""

    keys: list[dict[str, Any]]


class MetadataOut(Out):
    """Authorization server metadata (RFC 8414) for OAuth 2 clients."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    revocation_endpoint: str
    introspection_endpoint: str
    service_documentation: str
    scopes_supported: list[str]
    response_types_supported: list[str] = Field(description="Empty, because there is no authorization endpoint")
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
            # People's apps use `none`. They are public clients and have no credentials of their own.
            token_endpoint_auth_methods_supported=[*credentials, "none"],
            revocation_endpoint_auth_methods_supported=[*credentials, "none"],
            introspection_endpoint_auth_methods_supported=credentials,
        )


class CallerOut(Out):
    """The caller, who holds the token of this request."""

    kind: Literal["agency", "person", "outside"]
    id: str
    scopes: dict[str, list[str]] = Field(description="Regions by scope. Each region stands for its whole subtree")
    expires: datetime
    training: bool = Field(description="Whether everything that you send is for training")

    @classmethod
    def of(cls, caller: Caller) -> "CallerOut":
        scopes = {scope: list(codes) for scope, codes in caller.areas.items()}
        expires = datetime.fromtimestamp(caller.expires, UTC)
        told = {"kind": caller.kind, "id": caller.id, "scopes": scopes, "expires": expires}
        return cls.model_validate({**told, "training": caller.training})
