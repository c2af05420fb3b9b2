"""Regions of each edition of the Kemendagri code list."""

from datetime import date

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder


class RegionEdition(SQLModel, table=True):
    __tablename__ = "region_edition"

    code: str = Field(primary_key=True)
    decree: str
    valid_from: date
    valid_to: date | None = None
    """The day before the next edition came into force. It is null for the edition in force."""
    source: str
    digest: str
    """sha-256:<hex> of the file that it was loaded from. Loading the same file again changes nothing."""


class Region(SQLModel, table=True):
    __tablename__ = "region"
    __table_args__ = (Index("ix_region_edition_parent", "edition", "parent"),)

    code: str = Field(primary_key=True, sa_type=ByteOrder)
    edition: str = Field(primary_key=True, foreign_key="region_edition.code")
    name: str
    level: str
    kind: str
    parent: str | None = Field(default=None, sa_type=ByteOrder)
    bps_code: str | None = None
