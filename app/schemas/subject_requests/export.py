"""All that is stored of a family, as its members may have it and other systems may read it (UU 27/2022 art. 7, 13, 32).

The shape has a version of its own: members may be added to version 1, none is taken away or changes its meaning.
"""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.families.consent import ConsentOut
from app.schemas.families.identity import MemberOut
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import ReceiptOut, WarningOut
from app.schemas.shapes import Out
from app.schemas.subject_requests.subject_request import SubjectRequestOut
from app.scoring.parts import Text


class ExportedFamilyOut(Out):
    id: UUID
    region: str
    dotted: str
    created_at: datetime
    restricted_at: datetime | None


class ExportedIdentityOut(Out):
    """Who the family is. as_of: the interview or correction that told the latest of it."""

    as_of: datetime
    card_number: str | None = None
    earlier_cards: list[str] = Field(default_factory=list)
    address: str | None = None
    people: list[MemberOut] = Field(default_factory=list)
    people_withheld: int = Field(default=0, description="How many of the people are left out at the reader's wish")


class ExportedNumberOut(Out):
    """A number that the family is found by, of which only a keyed digest is stored."""

    kind: Literal["card", "nik"]
    first_seen_at: datetime


class ExportedAnswerOut(Out):
    """text, answer_text: as the instrument words them. answer: an option's code, a number, refused or dont_know."""

    question: str
    text: Text
    answer: str | int
    answer_text: Text | None


class ExportedSubmissionOut(Out):
    id: UUID
    revision: int
    region: str
    dotted: str
    year: int
    surveyed_at: datetime
    sent_by: UUID
    head_sex: str
    members: int
    receipt: ReceiptOut | None = Field(
        description="null where anything is left out: its hash would let it be tried out"
    )
    answers: list[ExportedAnswerOut]
    answers_withheld: int = Field(description="How many sensitive answers are left out at the reader's wish")
    score: ScoreOut | None = Field(description="null where it would tell a sensitive answer that is left out")
    warnings: list[WarningOut]


class ExportedIdentificationOut(Out):
    """A caller who may, or might, see who the family is."""

    id: UUID
    caller_id: UUID
    purpose: str
    created_at: datetime
    expires_at: datetime


class TrailOut(Out):
    """One thing that was done with the family's data (art. 31, 32)."""

    at: datetime
    kind: str
    meaning: str
    caller_kind: str
    caller_id: str
    region: str | None
    subject: str | None
    detail: dict[str, Any]


class FamilyExportOut(Out):
    format: Literal["ikk-family-export"] = "ikk-family-export"
    version: Literal[1] = 1
    exported_at: datetime
    family: ExportedFamilyOut
    identity: ExportedIdentityOut | None
    numbers: list[ExportedNumberOut]
    submissions: list[ExportedSubmissionOut]
    consents: list[ConsentOut]
    requests: list[SubjectRequestOut]
    identifications: list[ExportedIdentificationOut]
    trail: list[TrailOut]
