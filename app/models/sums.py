"""The sums from which aggregates are computed."""

from decimal import Decimal

from sqlalchemy import Column, Numeric, SmallInteger
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder


class VillageSums(SQLModel, table=True):
    """Packed sums of an instrument, year and village (app/scoring/estimate.py). A region is Σ of its villages."""

    __tablename__ = "village_sums"
    __table_args__ = ({"postgresql_with": {"fillfactor": 70}},)

    instrument_id: int = Field(primary_key=True, sa_type=SmallInteger)
    year: int = Field(primary_key=True, sa_type=SmallInteger)
    region: str = Field(primary_key=True, sa_type=ByteOrder)
    sums: Decimal = Field(sa_column=Column(Numeric, nullable=False))
