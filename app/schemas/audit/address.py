"""Responses with the addresses from which callers came."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from app.schemas.shapes import Out


class AddressOut(Out):
    """One address from which a token was used, or from which a sign-in to an account was refused."""

    caller_kind: str = Field(
        description="agency, person, outside (of another issuer), or nobody for refused sign-ins to unknown accounts"
    )
    caller: UUID
    token: str | None = Field(
        description="The token's id, as in the audit log: the `jti` of our tokens. null if the sign-in was refused"
    )
    refused: bool = Field(description="Whether these are refused sign-ins to the account, without a token")
    address: str
    uses: int = Field(description="How many requests, or refused sign-ins, came from there")
    first_seen_at: datetime
    last_seen_at: datetime
