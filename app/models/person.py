"""People with an account: who they are, the roles they are granted, and what came of their signing in."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, LargeBinary, String
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class Person(SQLModel, table=True):
    __tablename__ = "person"

    id: UUID = Field(primary_key=True)
    username: str = Field(unique=True, sa_type=ByteOrder)
    name: str
    password_hash: str | None = None
    """Argon2id in PHC string format; null until a one-time code was exchanged for a password."""
    code_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    code_expires_at: datetime | None = Field(default=None, sa_type=Instant)
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class RoleGrant(SQLModel, table=True):
    """A role in one region's subtree for a time. Never deleted: who could do what, and when, stays on record."""

    __tablename__ = "role_grant"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    role: str
    region: str = Field(sa_type=ByteOrder, index=True)
    valid_from: datetime = Field(sa_type=Instant)
    valid_until: datetime | None = Field(default=None, sa_type=Instant)
    granted_by: UUID
    granted_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class SignIn(SQLModel, table=True):
    """All tokens that came of one password. Ended as a whole, also when a refresh token comes a second time."""

    __tablename__ = "sign_in"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    started_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    scopes: list[str] | None = Field(default=None, sa_column=Column(ARRAY(String)))
    """Those that were asked for; null: all that the person's grants give at the time."""


class RefreshToken(SQLModel, table=True):
    __tablename__ = "refresh_token"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    sign_in_id: UUID = Field(foreign_key="sign_in.id", index=True, ondelete="CASCADE")
    issued_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Revocation(SQLModel, table=True):
    """Access tokens that end before their time; every server process reads them within a second."""

    __tablename__ = "revocation"

    subject: str = Field(primary_key=True)
    """A token's jti, a sign-in's id, or `kind:id` of a caller."""
    issued_until: datetime = Field(sa_type=Instant)
    """Tokens issued up to this moment are revoked."""
    forget_at: datetime = Field(sa_type=Instant)
    """When the last of them has expired anyway."""
