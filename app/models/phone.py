"""Phones with ODK Collect: whose they are, the forms that they fill, and the names of what they send."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, ForeignKey, LargeBinary, SmallInteger, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class Device(SQLModel, table=True):
    """A secret with which one phone of a person fetches forms and sends interviews. It is never deleted."""

    __tablename__ = "device"

    id: UUID = Field(primary_key=True)
    person_id: UUID = Field(foreign_key="person.id", index=True)
    name: str
    """What the administrator calls the phone."""
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False, unique=True))
    """SHA-256 of the secret."""
    created_at: datetime = Field(sa_type=Instant)
    created_by: UUID
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    last_used_on: date | None = None
    """The day of the last use in UTC. A finer time would need a write for each use."""


class PhoneForm(SQLModel, table=True):
    """The form of a published instrument. Phones know it by its bytes, so that it never changes."""

    __tablename__ = "phone_form"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    instrument_id: int = Field(
        sa_column=Column(
            SmallInteger, ForeignKey("instrument.id", ondelete="CASCADE"), primary_key=True, nullable=False
        )
    )
    generator: int = Field(sa_column=Column(SmallInteger, primary_key=True, nullable=False, autoincrement=False))
    """The number of the generator that made it. A later one makes another version of the form."""
    form_id: str = Field(sa_type=ByteOrder)
    version: str = Field(sa_type=ByteOrder)
    xform: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    xlsform: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    md5: str = Field(sa_type=ByteOrder)
    """Of the XForm, in hexadecimal digits. Phones compare it."""
    scores: bool
    """Whether the phone shows the score. Otherwise it is shown after sending."""
    made_at: datetime = Field(sa_type=Instant)


class PhoneInstance(SQLModel, table=True):
    """The name that a phone gave to an edit of an interview, beside the submission that it edits."""

    __tablename__ = "phone_instance"

    instance_id: UUID = Field(primary_key=True)
    edits: UUID = Field(index=True)
    """The instance that it edits."""
    submission_id: UUID = Field(index=True)
    """The id under which the interview was sent first."""
    device_id: UUID
    replaces: int = Field(sa_type=SmallInteger)
    """The last revision that the phone knew when it edited. 0 if nothing of it was stored."""
    revision: int | None = Field(default=None, sa_type=SmallInteger)
    """The revision that it became. Null if it is held."""
    received_at: datetime = Field(sa_type=Instant)
