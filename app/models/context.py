"""Context indicators with their definitions, and every revision of their figures."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Column, Index, Numeric, SmallInteger, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class ContextIndicator(SQLModel, table=True):
    __tablename__ = "context_indicator"

    code: str = Field(primary_key=True, sa_type=ByteOrder)
    definition: str
    """JSON with every member that was sent."""
    sender_kind: str
    """`command` if it is as it came with the service."""
    sender_id: str
    changed_at: datetime = Field(sa_type=Instant)


class ContextFigure(SQLModel, table=True):
    """One revision of a figure. At most one of a region, year and indicator is current."""

    __tablename__ = "context_figure"
    __table_args__ = (
        UniqueConstraint("region", "year", "indicator", "revision"),
        Index(
            "uq_context_figure_current",
            *("year", "region", "indicator"),
            unique=True,
            postgresql_where=text("current"),
        ),
    )

    id: UUID = Field(primary_key=True)
    region: str = Field(sa_type=ByteOrder)
    year: int = Field(sa_type=SmallInteger)
    indicator: str = Field(sa_type=ByteOrder)
    """A code of `context_indicator`, which keeps every code that it ever had."""
    revision: int
    current: bool
    value: Decimal | None = Field(default=None, sa_column=Column(Numeric))
    category: str | None = None
    present: bool | None = None
    status: str
    source_name: str
    source_url: str
    published_on: date | None = None
    retrieved_on: date | None = None
    note: str | None = None
    sender_kind: str
    sender_id: str
    received_at: datetime = Field(sa_type=Instant)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by_kind: str | None = None
    withdrawn_by_id: str | None = None
