"""Families: a random id that submissions are linked by, and apart from it, sealed, who the family is.

Every table here carries the village's code, as row-level security asks for it in each row.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class Family(SQLModel, table=True):
    __tablename__ = "family"

    id: UUID = Field(primary_key=True)
    """Random: made from nothing that the family is known by."""
    region: str = Field(sa_type=ByteOrder, index=True)
    created_at: datetime = Field(sa_type=Instant)
    restricted_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when it is counted in no aggregate, at the family's request (UU 27/2022 art. 41)."""


class FamilyIdentity(SQLModel, table=True):
    """NIK, No KK, names and addresses, sealed with AES-256-GCM under a key that is not in the database."""

    __tablename__ = "family_identity"

    family_id: UUID = Field(primary_key=True, foreign_key="family.id", ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    key_id: str = Field(index=True)
    encrypted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A layout byte, a nonce and the ciphertext of JSON, bound to the family's id (app/platform/vault.py)."""
    updated_at: datetime = Field(sa_type=Instant)


class FamilyKey(SQLModel, table=True):
    """What a family is found by: a keyed digest of a No KK or a NIK. A family may have had several cards.

    One family of a village holds a card number; a NIK may stand in two of them, as when a family has split.
    """

    __tablename__ = "family_key"
    __table_args__ = (
        Index("uq_family_key_card", "digest", "region", unique=True, postgresql_where=text("kind = 'card'")),
        Index("ix_family_key_nik", "digest", postgresql_where=text("kind = 'nik'")),
        Index("ix_family_key_key_id", "key_id"),
    )

    family_id: UUID = Field(primary_key=True, foreign_key="family.id", ondelete="CASCADE")
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """HMAC-SHA256 of kind and number under a matching key."""
    region: str = Field(sa_type=ByteOrder)
    kind: str
    """card or nik."""
    key_id: str
    first_seen_at: datetime = Field(sa_type=Instant)


class Consent(SQLModel, table=True):
    """What a family agreed to, and how that can be shown (UU 27/2022 art. 22 to 24)."""

    __tablename__ = "consent"

    id: UUID = Field(primary_key=True)
    family_id: UUID = Field(foreign_key="family.id", index=True, ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    version: str
    """Of the text that was read to the family."""
    channel: str
    given_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: UUID
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


class Identification(SQLModel, table=True):
    """One caller may see who one family is, for a stated purpose and until a moment."""

    __tablename__ = "identification"

    id: UUID = Field(primary_key=True)
    family_id: UUID = Field(foreign_key="family.id", index=True, ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    caller_id: UUID
    purpose: str
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
