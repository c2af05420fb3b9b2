"""Second factors of people, each a secret that an app on their phone makes codes from, and their recovery codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from app.models.columns import Instant


class SecondFactor(SQLModel, table=True):
    """A secret for codes by time (TOTP, RFC 6238). A pending one is not in use until a code of it was shown."""

    __tablename__ = "second_factor"
    __table_args__ = (Index("ix_second_factor_key_id", "key_id"),)

    person_id: UUID = Field(primary_key=True, foreign_key="person.id")
    pending: bool = Field(primary_key=True)
    key_id: str
    """The key of the ring that encrypted the secret."""
    encrypted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    made_at: datetime = Field(sa_type=Instant)
    last_step: int | None = Field(default=None, sa_column=Column(BigInteger))
    """The time step of the last code that was taken. Codes of this step and of earlier ones are used up."""
    wrong: int = 0
    """Wrong codes since `wrong_since`."""
    wrong_since: datetime | None = Field(default=None, sa_type=Instant)


class RecoveryCode(SQLModel, table=True):
    """A code for somebody who lost the phone. It is deleted when it is used."""

    __tablename__ = "recovery_code"

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    """SHA-256. The code has 79 random bits."""
    person_id: UUID = Field(foreign_key="person.id", index=True)
