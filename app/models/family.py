"""Families: a random id that links submissions and, apart from it, the encrypted identity.

Every table here has the village's code in each row, because row-level security checks it there.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class Family(SQLModel, table=True):
    __tablename__ = "family"

    id: UUID = Field(primary_key=True)
    """Random. It is not derived from anything about the family."""
    region: str = Field(sa_type=ByteOrder)
    created_at: datetime = Field(sa_type=Instant)
    restricted_at: datetime | None = Field(default=None, sa_type=Instant)
    """Since when no aggregate counts the family, at its own request (UU 27/2022 art. 41)."""


class FamilyIdentity(SQLModel, table=True):
    """NIK, No KK, names and addresses, encrypted with AES-256-GCM under a key that is not in the database."""

    __tablename__ = "family_identity"

    family_id: UUID = Field(primary_key=True, foreign_key="family.id", ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    key_id: str = Field(index=True)
    encrypted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """A layout byte, a nonce and the ciphertext of JSON, bound to the family's id (app/platform/encryption.py)."""
    basis: str | None = None
    """Why people and address are stored: consent or public_task. Null if only card numbers are."""


class EarlierIdentity(SQLModel, table=True):
    """An identity that another one has replaced, kept until the data protection officer settles whose it is."""

    __tablename__ = "earlier_identity"

    id: UUID = Field(primary_key=True)
    family_id: UUID = Field(foreign_key="family.id", index=True, ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    key_id: str = Field(index=True)
    encrypted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """As in `family_identity`, and bound to the same family's id."""
    basis: str | None = None
    reason: str
    """changed (it names other people) or unreadable (it could not be decrypted)."""
    kept_at: datetime = Field(sa_type=Instant)
    submission_id: UUID | None = None
    """The submission that replaced it, or the only one that it comes from. Null if a correction replaced it."""
    surveyed_before: datetime | None = Field(default=None, sa_type=Instant)
    """The earlier people gave the interviews before this moment. Null if they only gave that of `submission_id`."""


class FamilyKey(SQLModel, table=True):
    """Keyed digests of a No KK or NIK, which find a family. A family may have had several cards.

    Only one family of a village has a given card number. Several may have the same NIK, for example after a family has
    split. The two unique indexes stand for a primary key, whose index would be as large as both.
    """

    __tablename__ = "family_key"
    __table_args__ = (
        Index("uq_family_key_card", "digest", "region", unique=True, postgresql_where=text("kind = 'card'")),
        Index("uq_family_key_nik", "digest", "family_id", unique=True, postgresql_where=text("kind = 'nik'")),
        # Equal keys are stored once, so this index is small.
        Index("ix_family_key_family_id", "family_id"),
        Index("ix_family_key_key_id", "key_id"),
    )

    family_id: UUID = Field(primary_key=True, foreign_key="family.id", ondelete="CASCADE")
    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """The first 15 bytes of HMAC-SHA256 of kind and number under a matching key."""
    region: str = Field(sa_type=ByteOrder)
    kind: str
    """card or nik."""
    key_id: str
    first_seen_at: datetime = Field(sa_type=Instant)


class Consent(SQLModel, table=True):
    """What a family agreed to, and how to prove it (UU 27/2022 art. 22 to 24)."""

    __tablename__ = "consent"

    id: UUID = Field(primary_key=True)
    family_id: UUID = Field(foreign_key="family.id", index=True, ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    version: str
    """The version of the text that was read to the family."""
    channel: str
    given_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: UUID
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)


class Identification(SQLModel, table=True):
    """Permits one caller to read one family's identity, for a stated purpose and until a given time."""

    __tablename__ = "identification"

    id: UUID = Field(primary_key=True)
    family_id: UUID = Field(foreign_key="family.id", index=True, ondelete="CASCADE")
    region: str = Field(sa_type=ByteOrder)
    caller_id: UUID
    purpose: str
    """A code of app/schemas/families/purposes.py."""
    key_id: str | None = Field(default=None, index=True)
    encrypted: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """The letter and the note, encrypted as an identity is. Null if there is neither."""
    created_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)
    """While it waits for approval, when that is too late."""
    waits_minutes: int | None = None
    """For how many minutes it permits reading once somebody else approves it. Null if it does not wait."""
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    approved_by: UUID | None = None
