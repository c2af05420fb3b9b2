"""Published instruments: the file itself and its digest, which never change, and when a version was retired."""

from datetime import date, datetime

from sqlalchemy import Column, Identity, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class PublishedInstrument(SQLModel, table=True):
    __tablename__ = "instrument"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: int | None = Field(default=None, sa_column=Column(SmallInteger, Identity(always=True), primary_key=True))
    code: str
    version: str
    digest: str
    file: str
    """The TOML text, from which every server process makes its Instrument."""
    published_at: datetime = Field(sa_type=Instant)
    retired_after: date | None = None
    """The last local day of interviews that are taken with it. Null if no command set one."""
    use_instead: str | None = None
    """The version for later interviews."""
