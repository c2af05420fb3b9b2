"""The counts behind the rate limits. The tables are UNLOGGED, so a crash of PostgreSQL empties them.

The rows are small, short-lived and written often.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant

# Leaves room in each page for the next version of its rows. They change all the time, and no index covers the change.
_COUNTED: Final[dict[str, Any]] = {"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 50}}


class FailedSignIn(SQLModel, table=True):
    """Wrong secrets of one account, of one address, or of an account at a familiar address (`FamiliarPlace`)."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (_COUNTED,)

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """HMAC of what is counted, because people type passwords where the account's name belongs."""
    failures: int
    until: datetime = Field(sa_type=Instant)
    """When these failures expire."""


class FamiliarPlace(SQLModel, table=True):
    """An account and an address from which it signed in during the last 30 days."""

    __tablename__ = "familiar_place"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    until: datetime = Field(sa_type=Instant)


class RequestUse(SQLModel, table=True):
    """How far a caller is ahead of its rate."""

    __tablename__ = "request_use"
    __table_args__ = (_COUNTED,)

    caller: str = Field(primary_key=True, sa_type=ByteOrder)
    full_at: datetime = Field(sa_type=Instant)
    """When the caller's whole allowance is available again. Each request moves it later by 60 s / limit."""
