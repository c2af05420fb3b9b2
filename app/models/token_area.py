"""Areas of tokens, which are too large for a token to hold. The token names the area by its digest."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class TokenArea(SQLModel, table=True):
    """Region codes by scope. A row never changes, and holders of the same area share it."""

    __tablename__ = "token_area"
    __table_args__ = (Index("ix_token_area_until", "until"),)

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """SHA-256 of the area as canonical JSON."""
    areas: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    until: datetime = Field(sa_type=Instant)
    """When the last token with this area expires."""
