"""The audit log: a queue that each change writes to in its own transaction, and the chain of sealed entries."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant


class AuditQueue(SQLModel, table=True):
    """Entries that wait about a second to be sealed. Writing one is an insert with no index but the primary key."""

    __tablename__ = "audit_queue"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True))
    at: datetime = Field(sa_type=Instant, sa_column_kwargs={"server_default": text("clock_timestamp()")})
    kind: str
    """What happened, as noun.verb. All kinds are listed in app/services/audit/kinds.py."""
    caller_kind: str
    caller_id: str
    region: str | None = Field(default=None, sa_type=ByteOrder)
    subject: str | None = None
    """What it happened to, as `noun:id`."""
    request_id: str | None = None
    detail: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False, server_default=text("'{}'::jsonb")))
    """Old and new values, purposes and counts, but never personal data."""


class AuditEntry(SQLModel, table=True):
    """One sealed entry of the chain. Rows can be added and read. A trigger refuses every other statement."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        # One column in each index. PostgreSQL stores equal keys once, so the indexes are small, and it can combine
        # them.
        Index("ix_audit_entry_caller_id", "caller_id"),
        Index("ix_audit_entry_kind", "kind"),
        Index("ix_audit_entry_key_id", "key_id"),
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
    """The key of the ring that made the hash."""
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """HMAC-SHA256 over the hash of the entry before and this entry."""
