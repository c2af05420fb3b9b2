"""From which addresses callers came, kept for a limited time beside the audit log, which holds no address."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class AddressUse(SQLModel, table=True):
    """One address from which a token was used, or from which a sign-in to an account was refused."""

    __tablename__ = "address_use"
    __table_args__ = (
        Index("uq_address_use_place", "caller_id", "token_id", "address", unique=True),
        Index("ix_address_use_token_id", "token_id"),
        Index("ix_address_use_last_seen_at", "last_seen_at"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    caller_kind: str
    caller_id: UUID
    token_id: str
    """The token's jti, a digest of it if the issuer does not use UUIDs, or `refused` for a refused sign-in."""
    address: str
    uses: int
    first_seen_at: datetime = Field(sa_type=Instant)
    last_seen_at: datetime = Field(sa_type=Instant)
