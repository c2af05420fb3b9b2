"""Requests and responses about the consents of families (UU 27/2022 art. 22 to 24)."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.moments import Instant
from app.schemas.shapes import WITHOUT_NUMBER, In, Out

ConsentChannel = Literal["in_person", "phone", "online", "paper"]


class ConsentIn(In):
    """What the family agreed to, when and how (UU 27/2022 art. 22 to 24)."""

    version: Annotated[
        str,
        Field(
            max_length=40,
            pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$",
            description="Version of the text that was read to the family",
            examples=["2025-1"],
        ),
        WITHOUT_NUMBER,
    ]
    given_at: Instant
    channel: ConsentChannel


class ConsentOut(Out):
    id: UUID
    family: UUID
    version: str = Field(description="Version of the text that was read to the family")
    channel: ConsentChannel
    given_at: datetime
    recorded_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None


class ConsentsOut(Out):
    """All consents of a family, oldest first, including withdrawn ones."""

    items: list[ConsentOut]
