"""What the limits count with. UNLOGGED: small, short-lived, written often; after a crash counting begins anew."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import ByteOrder, Instant

# Room in each page for the next version of its rows: they change all the time and no index knows of it.
_COUNTED: Final[dict[str, Any]] = {"prefixes": ["UNLOGGED"], "postgresql_with": {"fillfactor": 50}}


class FailedSignIn(SQLModel, table=True):
    """Wrong secrets of one account, of one address, or of an account at a place that it knows."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (_COUNTED,)

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """HMAC of what is counted: people type passwords where the account's name belongs."""
    failures: int
    until: datetime = Field(sa_type=Instant)
    """When they are forgotten."""


class FamiliarPlace(SQLModel, table=True):
    """An account and an address from which it signed in of late."""

    __tablename__ = "familiar_place"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    until: datetime = Field(sa_type=Instant)


class RequestUse(SQLModel, table=True):
    """How far ahead of its rate a caller is."""

    __tablename__ = "request_use"
    __table_args__ = (_COUNTED,)

    caller: str = Field(primary_key=True, sa_type=ByteOrder)
    full_at: datetime = Field(sa_type=Instant)
    """When its whole allowance is there again: each request puts it off by the time that one takes to come back."""
