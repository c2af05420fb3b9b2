"""Consents of families on the wire (UU 27/2022 art. 22 to 24): what was agreed to, when and how."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.moments import Instant
from app.schemas.shapes import In, Out
from app.schemas.subject_requests.kinds import RequestChannel
from app.schemas.subject_requests.subject_request import SubjectRequestOut

ConsentChannel = Literal["in_person", "phone", "online", "paper"]


class ConsentIn(In):
    """What the family agreed to (UU 27/2022 art. 22 to 24)."""

    version: Annotated[
        str,
        Field(
            max_length=40,
            pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$",
            description="Of the text that was read to the family",
            examples=["2025-1"],
        ),
    ]
    given_at: Instant
    channel: ConsentChannel


class WithdrawalIn(In):
    """When and how a family took its consent back."""

    channel: RequestChannel
    received_at: Instant


class ConsentOut(Out):
    id: UUID
    family: UUID
    version: str = Field(description="Of the text that was read to the family")
    channel: ConsentChannel
    given_at: datetime
    recorded_at: datetime
    recorded_by: UUID
    withdrawn_at: datetime | None


class ConsentsOut(Out):
    """All consents of a family, oldest first, those withdrawn too."""

    items: list[ConsentOut]


class WithdrawnOut(Out):
    """The consent as it is now, and the request to restrict the family that its withdrawal opened."""

    consent: ConsentOut
    request: SubjectRequestOut
