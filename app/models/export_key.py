"""Export keys, with which office programs read figures."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class ExportKey(SQLModel, table=True):
    """A secret that reads the figures of one region, as long as its owner may read them. It is never deleted."""

    __tablename__ = "export_key"
    __table_args__ = (Index("ix_export_key_owner", "owner_kind", "owner_id"),)

    id: UUID = Field(primary_key=True)
    name: str
    owner_kind: str
    """person or agency."""
    owner_id: UUID
    region: str = Field(sa_type=ByteOrder, index=True)
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """SHA-256 of the secret."""
    created_at: datetime = Field(sa_type=Instant, index=True)
    expires_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    last_used_on: date | None = None
    """The day of the last use in UTC. A finer time would need a write for each use."""
