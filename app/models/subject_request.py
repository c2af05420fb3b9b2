"""Subject requests: what families ask for by right (UU 27/2022)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class SubjectRequest(SQLModel, table=True):
    """A subject request with its clock of 3 × 24 hours. It remains after the family was erased."""

    __tablename__ = "subject_request"
    __table_args__ = (Index("ix_subject_request_due", "region", "status", "due_at"),)

    id: UUID = Field(primary_key=True)
    family_id: UUID = Field(index=True)
    region: str = Field(sa_type=ByteOrder)
    kind: str
    """export, correct, restrict, lift or erase."""
    channel: str
    status: str
    """open, done or refused."""
    received_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: UUID
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: UUID | None = None
    handed_over_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the family's data was exported for the first time, which closes the subject request a day later."""
    reason: str | None = None
    """The ground of a refusal, as a code from the law's closed list."""
