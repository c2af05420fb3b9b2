"""The sums from which aggregates are computed."""

from decimal import Decimal
from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Numeric, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Letter

_FIRST_CHANGE: Final = "((EXTRACT(epoch FROM clock_timestamp()) * (1000)::numeric))::bigint"


class VillageSums(SQLModel, table=True):
    """Packed sums of an instrument, year, basis and village (app/scoring/packing.py). A region is Σ of its villages.

    A village may have a row for each layout, and its sums are those of all of them. If a family was counted in an older
    layout and is taken out in the one in use, the numbers of a row are negative.
    """

    __tablename__ = "village_sums"
    __table_args__ = (
        CheckConstraint("families BETWEEN -999999999 AND 999999999", name="families"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    instrument_id: int = Field(primary_key=True, sa_type=SmallInteger)
    year: int = Field(primary_key=True, sa_type=SmallInteger)
    basis: str = Field(primary_key=True, sa_type=Letter)
    """r for reported interviews, a for approved ones (app/services/aggregates/sums.py)."""
    region: str = Field(primary_key=True, sa_type=ByteOrder)
    layout: int = Field(primary_key=True, sa_type=SmallInteger)
    """The version of the layout in which `sums` is packed."""
    families: int
    """How many families `sums` holds."""
    without_card: int
    """How many of them have no card number, so that nobody can tell whether they were interviewed twice."""
    sums: Decimal = Field(sa_column=Column(Numeric, nullable=False))
    changes: int = Field(default=1, sa_type=BigInteger, sa_column_kwargs={"server_default": text(_FIRST_CHANGE)})
    """It begins at the milliseconds since 1970 of the row's making, and each change adds one. So it only grows, also if
    the row takes the place of a deleted one. A card that was made with the same number is still right."""
