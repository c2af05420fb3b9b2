"""Releases of figures, and what they are made of. Every number here is protected (`app/protection`).

A row is valid from the release `from_number` on, until a later row has the same key otherwise.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant, Letter


class Release(SQLModel, table=True):
    """A numbered release of the figures of one instrument and year. It is never changed after `made_at`."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("instrument", "year", "number"),
        Index("ix_release_requested_at", "requested_at", postgresql_where="made_at IS NULL"),
        Index("ix_release_key_id", "key_id"),
    )

    id: UUID = Field(primary_key=True)
    instrument: str
    year: int = Field(sa_type=SmallInteger)
    number: int
    cause: str
    """Why it is made: daily, settled or command."""
    requested_at: datetime = Field(sa_type=Instant)
    key_id: str
    """The key of the ring from which the year's secret is derived. All releases of a year name the same one."""
    rules: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """Method and parameters of the protection, and the versions that are counted."""
    stage: str
    """What is made next: villages, breakdowns or regions."""
    done: str = Field(sa_type=ByteOrder)
    """The last region of the stage that is done. Whoever goes on after an interruption begins after it."""
    villages: int
    """How many villages have figures."""
    changed: int
    """In how many of them the figures changed."""
    changes: int = Field(sa_type=BigInteger)
    """The sum of the change counters of all sums of the year when it was requested."""
    settled_rounds: int
    """How many rounds of the instrument and year were settled when it was requested."""
    digest: str | None = None
    """sha-256:<hex> over the digests of all its cards. Null until it is made."""
    made_at: datetime | None = Field(default=None, sa_type=Instant)


class FigureVersion(SQLModel, table=True):
    """The protected figures of a village, or of several small villages together."""

    __tablename__ = "figure_version"

    instrument: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_type=SmallInteger)
    region: str = Field(primary_key=True, sa_type=ByteOrder)
    """The village, or the first one of small villages that have figures together only."""
    from_number: int = Field(primary_key=True)
    basis: str = Field(sa_type=Letter)
    families: int
    counted: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    """The families by version of the instrument."""
    joined: list[str] | None = Field(default=None, sa_column=Column(ARRAY(String), nullable=True))
    """All villages that are counted together. Null if it is one."""
    plan: str
    """The digest of the rules of protection. Figures of other rules are made anew."""
    values: list[int] = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    """The protected figures (`Protected.to_values`)."""
    members: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Keyed digests of the families and of their outcomes, from which the number of changed families is told."""
    changes: int = Field(sa_type=BigInteger)
    """The change counter of the village's sums when it was made."""
    made_at: datetime = Field(sa_type=Instant)


class FigureUnit(SQLModel, table=True):
    """The protected breakdown of one indicator in an area, made once when its villages are settled."""

    __tablename__ = "figure_unit"

    instrument: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_type=SmallInteger)
    breakdown: str = Field(primary_key=True)
    indicator: str = Field(primary_key=True)
    """The code of an indicator of the first index. Empty in the row that names the villages whose breakdowns were made,
    also those that are in no unit."""
    area: str = Field(primary_key=True, sa_type=ByteOrder)
    from_number: int = Field(primary_key=True)
    level: str
    members: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    """The villages that it covers."""
    groups: dict[str, list[int]] = Field(sa_column=Column(JSONB, nullable=False))
    """By the code of the group: answered and unfulfilled."""


class ReleaseCard(SQLModel, table=True):
    """The released figures of a region, as they are sent."""

    __tablename__ = "release_card"

    instrument: str = Field(primary_key=True)
    year: int = Field(primary_key=True, sa_type=SmallInteger)
    region: str = Field(primary_key=True, sa_type=ByteOrder)
    part: str = Field(primary_key=True, sa_type=Letter)
    """f for the figures of all families, b for those by group."""
    from_number: int = Field(primary_key=True)
    body: str
    """JSON without what changes without the figures, such as the release that it is read from."""
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """SHA-256 of the body."""
