"""Agencies, which are organisations with credentials, and their secrets."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Column, String
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class Agency(SQLModel, table=True):
    __tablename__ = "agency"

    id: UUID = Field(primary_key=True)
    client_id: str = Field(unique=True)
    name: str
    scopes: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    regions: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    """Each code stands for its whole subtree. "ID" is the country."""
    created_at: datetime = Field(sa_type=Instant)
    disabled_at: datetime | None = Field(default=None, sa_type=Instant)


class AgencySecret(SQLModel, table=True):
    """A secret of an agency. Up to two are valid at a time, so that an agency can change over without downtime."""

    __tablename__ = "agency_secret"

    id: UUID = Field(primary_key=True)
    agency_id: UUID = Field(foreign_key="agency.id", index=True, ondelete="CASCADE")
    hash: str
    """Argon2id in PHC string format."""
    created_at: datetime = Field(sa_type=Instant)
