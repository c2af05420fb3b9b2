"""Events of changes to submissions, from which a feed will be read. No row tells anything of a family."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Identity, SmallInteger, text
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant, Letter, TransactionId


class ChangeEvent(SQLModel, table=True):
    """One change to one submission, written in the transaction that makes the change.

    A reader goes on after (`xid`, `seq`), below the oldest transaction that still runs. So it never skips an event of a
    transaction that commits late, as a reader of a sequence alone would.
    """

    __tablename__ = "change_event"

    xid: int = Field(
        sa_column=Column(
            TransactionId, primary_key=True, autoincrement=False, server_default=text("pg_current_xact_id()")
        )
    )
    seq: int = Field(sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime = Field(sa_type=Instant, sa_column_kwargs={"server_default": text("now()")})
    kind: str = Field(sa_type=Letter)
    """What happened, as a letter (app/services/intake/events.py)."""
    region: str = Field(sa_type=ByteOrder)
    """The village of the submission."""
    year: int = Field(sa_type=SmallInteger)
    instrument_id: int = Field(sa_type=SmallInteger)
    submission_id: UUID
