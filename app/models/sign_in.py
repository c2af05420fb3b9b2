"""Sign-ins of people with their refresh tokens, and revocations of access tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, String
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class SignIn(SQLModel, table=True):
    """All tokens that follow from one use of a password. They end together."""

    __tablename__ = "sign_in"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    started_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    scopes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(String)))
    """The scopes that were asked for. Null means all that the person's grants give at the time."""
    amr: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    """How the person proved who they are (RFC 8176): pwd, and with a second factor otp and mfa."""


class RefreshToken(SQLModel, table=True):
    __tablename__ = "refresh_token"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    sign_in_id: UUID = Field(foreign_key="sign_in.id", index=True, ondelete="CASCADE")
    issued_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class BlockedOutsider(SQLModel, table=True):
    """Somebody of the outside issuer whose tokens are refused here until an operator lifts the block."""

    __tablename__ = "blocked_outsider"

    id: UUID = Field(primary_key=True)
    """The id that the audit log shows for the caller. It comes from issuer and subject, and reveals neither."""
    blocked_at: datetime = Field(sa_type=Instant)


class Revocation(SQLModel, table=True):
    """Access tokens that end before their time. Every server process reads them within about a second."""

    __tablename__ = "revocation"

    subject: str = Field(primary_key=True)
    """A token's jti, a sign-in's id, or `kind:id` of a caller."""
    issued_until: datetime = Field(sa_type=Instant)
    """Tokens issued up to this time are revoked."""
    forget_at: datetime = Field(sa_type=Instant)
    """When the last of these tokens has expired anyway."""
