"""Keys of the ring that an operator has accepted as lost."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class LostKey(SQLModel, table=True):
    """What such a key encrypted stays unreadable. The service works again without it."""

    __tablename__ = "lost_key"

    id: str = Field(primary_key=True)
    purpose: str
    accepted_at: datetime = Field(sa_type=Instant)
