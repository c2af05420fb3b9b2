"""The answers of a submission, as its sender and reviewers get them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.schemas.families.identity import Sex
from app.schemas.intake.purpose import Why
from app.schemas.shapes import Out


class SentFamilyOut(Out):
    """What the answers need of the family. Its identity is returned to nobody here."""

    head_sex: Sex
    members: int


class SubmissionAnswersOut(Out):
    """What was sent, without card number, address, people, consent and basis."""

    id: UUID
    revision: int
    instrument: str
    version: str
    region: str
    started_at: datetime | None
    surveyed_at: datetime = Field(description="In UTC. The content hash is over the moment as it was sent")
    purpose: Why | None = Field(
        description="`training` for everything that an account in training sent. null for an earlier revision"
    )
    family: SentFamilyOut
    answers: dict[str, Any] = Field(
        description="Answers by question code, as they are sent. A text that is no longer stored is null. Rows of a "
        "roster hold answers only, and nothing of a person",
        examples=[{"members": 4, "savings": "refused"}],
    )
    withheld: list[str] = Field(
        description="Codes of the sensitive questions and rosters that are left out for you, answered or not"
    )
    salt: UUID | None = Field(
        description="null if none was sent, if the key of the content hash was lost, and for everyone but the sender"
    )
