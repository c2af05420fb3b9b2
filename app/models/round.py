"""Rounds of interviews, the villages of each, and what changed in a round after it was settled."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Identity, Index, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant, Letter


class Round(SQLModel, table=True):
    """A drive in which families of some villages are interviewed between two days of one year."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("opens_on <= closes_on", name="days"),
        CheckConstraint("design IN ('census', 'sample')", name="design"),
        Index("ix_round_year", "year", "id"),
    )

    id: UUID = Field(primary_key=True)
    name: str
    span: str = Field(sa_type=ByteOrder)
    """The smallest region that holds all villages, or ID."""
    instrument: str
    version: str
    design: str
    year: int = Field(sa_type=SmallInteger)
    opens_on: date
    closes_on: date
    """The last day on which families are interviewed. Both are local days of each village."""
    opens_at: datetime = Field(sa_type=Instant)
    """When it opens in the first of its villages."""
    ends_at: datetime = Field(sa_type=Instant)
    """When its last day is over in the last of its villages."""
    villages: int
    """How many villages it has, also outside of the area of a reader."""
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    """When a supervisor closed it before the end of its last day."""
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: UUID | None = None
    created_at: datetime = Field(sa_type=Instant)
    created_by: UUID


class RoundVillage(SQLModel, table=True):
    """A village of a round, with all that intake needs to know of the round."""

    __tablename__ = "round_village"
    __table_args__ = (
        # In the order in which an interview is looked up.
        Index("ix_round_village_region", "region", "instrument", "opens_at"),
    )

    round_id: UUID = Field(sa_column=Column(ForeignKey("round.id", ondelete="CASCADE"), primary_key=True))
    region: str = Field(sa_type=ByteOrder, primary_key=True)
    instrument: str
    opens_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    """An interview belongs to the round if it was held from `opens_at` on and before `ends_at`."""
    late_from: datetime = Field(sa_type=Instant)
    """What is received from then on is late."""
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    expected: int | None = None
    """How many families are to be interviewed. Null if nobody knows."""


class RoundChange(SQLModel, table=True):
    """A change to an interview of a round that was settled before."""

    __tablename__ = "round_change"
    __table_args__ = (Index("ix_round_change_round_id", "round_id", "id"),)

    id: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    round_id: UUID
    region: str = Field(sa_type=ByteOrder)
    submission_id: UUID
    kind: str = Field(sa_type=Letter)
    """What happened, as in `change_event`."""
    at: datetime = Field(sa_type=Instant, sa_column_kwargs={"server_default": text("now()")})
