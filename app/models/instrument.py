"""Published instruments: the file itself and its digest, which never change."""

from datetime import datetime

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
