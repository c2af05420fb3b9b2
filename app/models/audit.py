"""The audit log: a queue that each change writes to in its own transaction, and the chain of sealed entries."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Identity, Index, Integer, LargeBinary, String, column, table, text
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
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False, server_default=text("'{}'::json")))
    """Old and new values, purposes and counts, but never personal data. Its text is stored as it was written."""


class AuditLabel(SQLModel, table=True):
    """What many sealed entries have in common. Rows can be added and read, like those of the chain."""

    __tablename__ = "audit_label"
    __table_args__ = (Index("uq_audit_label", "key_id", "kind", "caller_kind", "noun", unique=True),)

    id: int | None = Field(default=None, sa_column=Column(Integer, Identity(always=True), primary_key=True))
    kind: str
    caller_kind: str
    noun: str
    """The noun of the subject. It is empty if there is no subject, or an odd one."""
    key_id: str
    """The key of the ring that made the hash."""


class AuditEntry(SQLModel, table=True):
    """One sealed entry of the chain, stored in little space. Rows can be added and read.

    A trigger refuses every other statement. The view `audit_log` shows the entries as they were in the queue, with
    their positions, keys and hashes. That is what a hash covers.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        # One column in each index. PostgreSQL stores equal keys once, so the indexes are small, and it can combine
        # them.
        Index("ix_audit_entry_caller_id", "caller_id"),
        Index("ix_audit_entry_label", "label"),
        Index("ix_audit_entry_region", "region"),
        Index("ix_audit_entry_subject_id", "subject_id"),
        Index("ix_audit_entry_at", "at"),
    )

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    """1, 2, 3 … without a gap."""
    at: datetime = Field(sa_type=Instant)
    caller_id: UUID | None = None
    request_id: UUID | None = None
    subject_id: UUID | None = None
    """The id of a key, 12 hexadecimal digits, stands at the end of a UUID that is zero before it."""
    label: int
    region: str | None = Field(default=None, sa_type=ByteOrder)
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """HMAC-SHA256 over the hash of the entry before and this entry."""
    odd: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """Texts in place of caller_id, subject and request_id that do not fit there, as a JSON object. Empty otherwise."""
    detail: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))


AUDIT_LOG: Final = table(
    "audit_log",
    column("position", BigInteger),
    column("at", Instant),
    column("kind", String),
    column("caller_kind", String),
    column("caller_id", String),
    column("region", String),
    column("subject", String),
    column("request_id", String),
    column("detail", JSON),
    column("key_id", String),
    column("hash", LargeBinary),
)
"""The view of the sealed entries as they were in the queue. It finds no row by an id, so narrow it by positions."""
