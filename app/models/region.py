"""Regions of each edition of the Kemendagri code list, and what became of codes from one edition to the next."""

from datetime import date

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder


class RegionEdition(SQLModel, table=True):
    __tablename__ = "region_edition"
    __table_args__ = (UniqueConstraint("valid_from"),)

    code: str = Field(primary_key=True)
    decree: str
    valid_from: date
    valid_to: date | None = None
    """The day before the next loaded edition begins. It is null for the last one."""
    source: str
    digest: str
    """sha-256:<hex> of what it was loaded from. Loading the same again changes nothing."""


class Region(SQLModel, table=True):
    __tablename__ = "region"
    __table_args__ = (
        Index("ix_region_edition_parent", "edition", "parent"),
        Index("ix_region_edition_level", "edition", "level", "code"),
    )

    code: str = Field(primary_key=True, sa_type=ByteOrder)
    edition: str = Field(primary_key=True, foreign_key="region_edition.code")
    name: str
    level: str
    kind: str
    parent: str | None = Field(default=None, sa_type=ByteOrder)
    bps_code: str | None = None


class VillageUrban(SQLModel, table=True):
    """Whether a village is urban, as the operator loaded it. Villages without a row are unknown."""

    __tablename__ = "village_urban"

    code: str = Field(primary_key=True, sa_type=ByteOrder)
    urban: bool
    source: str
    """The regulation or publication in words."""


class RegionChange(SQLModel, table=True):
    """On the first day of the edition, `old` or a part of it goes on as `new`."""

    __tablename__ = "region_change"
    __table_args__ = (Index("ix_region_change_old", "old"), Index("ix_region_change_new", "new"))

    edition: str = Field(primary_key=True, foreign_key="region_edition.code")
    old: str = Field(primary_key=True, sa_type=ByteOrder)
    new: str = Field(primary_key=True, sa_type=ByteOrder)
    kind: str
    """split, merge, recode or rename."""
