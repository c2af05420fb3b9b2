"""The audit log: a queue that every change writes into within its own transaction, and the chain it is sealed into."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class AuditQueue(SQLModel, table=True):
    """Entries that await their place in the chain, for about a second. One insert, no index but its key."""

    __tablename__ = "audit_queue"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime = Field(sa_type=Instant, sa_column_kwargs={"server_default": text("clock_timestamp()")})
    kind: str
    """What happened, as noun.verb (app/services/audit/kinds.py lists them)."""
    caller_kind: str
    caller_id: str
    region: str | None = Field(default=None, sa_type=ByteOrder)
    subject: str | None = None
    """What it happened to, as `noun:id`."""
    request_id: str | None = None
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")))
    """Old and new values, purposes, counts; never personal data."""


class AuditEntry(SQLModel, table=True):
    """One link of the chain. Rows are added and read; a trigger refuses every other statement."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        # One column each: equal keys are stored once, so they are small, and PostgreSQL intersects them.
        Index("ix_audit_entry_caller_id", "caller_id"),
        Index("ix_audit_entry_kind", "kind"),
        Index("ix_audit_entry_region", "region"),
        Index("ix_audit_entry_subject", "subject"),
        Index("ix_audit_entry_at", "at", "position"),
    )

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """1, 2, 3 … without a gap."""
    at: datetime = Field(sa_type=Instant)
    kind: str
    caller_kind: str
    caller_id: str
    region: str | None = Field(default=None, sa_type=ByteOrder)
    subject: str | None = None
    request_id: str | None = None
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    key_id: str
    """The key of the ring that the hash was made with."""
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """HMAC-SHA256 over the hash before and this entry."""
