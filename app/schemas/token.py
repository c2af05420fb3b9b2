"""The token endpoint on the wire (RFC 6749)."""

from typing import Literal

from pydantic import ConfigDict

from app.schemas.shapes import In, Out


class TokenIn(In):
    """Form of a client-credentials request; the credentials may stand in a Basic header instead."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "example": {"grant_type": "client_credentials", "client_id": "dp3a-kalsel", "client_secret": "…"}
        },
    )

    grant_type: str
    client_id: str | None = None
    client_secret: str | None = None
    scope: str | None = None


class TokenOut(Out):
    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (no secret, a kind of token)
    expires_in: int
    scope: str
