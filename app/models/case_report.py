"""Reports of cases of violence, as counts. No row is about a person."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant

_CURRENT = text("ended_at IS NULL")


class CaseReport(SQLModel, table=True):
    """One revision of what was reported for a region, a period and a status. It is never deleted.

    The current revision has no `ended_at`. Another one was replaced, or withdrawn if it names by whom.
    """

    __tablename__ = "case_report"
    __table_args__ = (
        UniqueConstraint("region", "period", "status", "revision"),
        Index("ix_case_report_current", "region", "year", "period", "status", unique=True, postgresql_where=_CURRENT),
        Index("ix_case_report_parent", "parent", "year", postgresql_where=_CURRENT),
    )

    id: UUID = Field(primary_key=True)
    region: str = Field(sa_type=ByteOrder)
    parent: str | None = Field(default=None, sa_type=ByteOrder)
    """The code of the region one level up, which its siblings share."""
    period: str
    year: int = Field(sa_type=SmallInteger)
    granularity: str
    """year, quarter or month."""
    status: str
    """verified or provisional."""
    through: date | None = None
    """The last day that counts, if the period was reported only in part."""
    source: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    note: str | None = None
    counts: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    """As `list_rows` of app/statistics/counts.py writes them."""
    revision: int
    sent_by_kind: str
    sent_by: UUID
    received_at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by_kind: str | None = None
    withdrawn_by: UUID | None = None
