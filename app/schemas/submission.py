"""Submissions and scores on the wire."""

import re
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field

from app.schemas.score import Answers, CategoryOut, ScoreOut
from app.schemas.shapes import In, Localized, Out, RegionCode, Status

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _instant(value: object) -> object:
    """Only RFC 3339 text with its offset: a bare number or a time without offset would be guessed at."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("not an RFC 3339 instant with offset")
    return value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    Field(description="RFC 3339 with offset", examples=["2025-07-29T09:12:00+08:00"]),
]


class FamilyIn(In):
    """Who was surveyed, as far as the score's reader may know."""

    card_number: Annotated[str, Field(pattern=r"^[0-9]{16}$", description="No KK, 16 digits; kept apart")] | None = None
    head_sex: Literal["female", "male"]
    members: Annotated[int, Field(strict=True, ge=1, le=50)]


class SubmissionIn(In):
    """One family's answers, as a device sends them."""

    instrument: Annotated[str, Field(max_length=40)]
    version: Annotated[str, Field(max_length=20)]
    region: RegionCode
    surveyed_at: Instant
    family: FamilyIn
    answers: Answers


class ReceiptOut(Out):
    """What proves to a device that its submission is stored."""

    content_hash: str = Field(
        description="sha-256:<hex> over the body in RFC 8785 canonical JSON, the region code undotted"
    )
    received_at: datetime
    signature: str | None = Field(default=None, description="null: receipts are not signed yet")

    @classmethod
    def of(cls, content_hash: bytes, received_at: datetime) -> "ReceiptOut":
        return cls(content_hash=f"sha-256:{content_hash.hex()}", received_at=received_at)


class WarningOut(Out):
    """Something odd that is no fault: the submission is stored."""

    code: Literal["family_differs"]
    pointer: str
    message: Localized

    @classmethod
    def of(cls, question: str) -> "WarningOut":
        """For a question that asks a fact of `family` again and was answered differently."""
        return cls(
            code="family_differs",
            pointer=f"/answers/{question}",
            message=Localized(
                id="Jawaban ini berbeda dari isi family; periksa mana yang benar.",
                en="This answer differs from what family says; check which is right.",
            ),
        )


class SubmissionOut(Out):
    id: UUID
    revision: int
    status: Literal["accepted"]
    receipt: ReceiptOut
    score: ScoreOut
    warnings: list[WarningOut]


class SubmissionRowOut(Out):
    """One line of a list of submissions."""

    id: UUID
    revision: int
    status: Literal["accepted"]
    region: str
    dotted: str
    edition: str
    year: int
    surveyed_at: datetime
    instrument: str
    version: str
    instrument_status: Status
    index: float | None
    category: CategoryOut | None
    receipt: ReceiptOut
