"""People with an account, and the roles that are granted to them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class Person(SQLModel, table=True):
    __tablename__ = "person"

    id: UUID = Field(primary_key=True)
    username: str = Field(unique=True, sa_type=ByteOrder)
    name: str
    password_hash: str | None = None
    """Argon2id in PHC string format. It is null until a one-time code was exchanged for a password."""
    code_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    code_expires_at: datetime | None = Field(default=None, sa_type=Instant)
    code_maker_kind: str | None = None
    """Who made the last one-time code, and so may know it or the password. It is null if nobody knows."""
    code_maker_id: str | None = None
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)
    training: bool = False
    """Whether everything that the person sends is for training."""


class RoleGrant(SQLModel, table=True):
    """A role in one region's subtree for a time. It is never deleted, so that it shows who could do what, and when."""

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
