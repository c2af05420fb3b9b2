"""The export of a family, for its members and for other systems to read (UU 27/2022 art. 7, 13, 32).

The shape has its own version. Version 1 may get more members, but no member is removed or changes its meaning.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.families.consent import ConsentOut
from app.schemas.families.identity import Basis, EarlierIdentityWholeOut, MemberOut
from app.schemas.families.purposes import PURPOSES
from app.schemas.intake.correction_reasons import ReplacedReason
from app.schemas.intake.counts import Counts, UncountedReason
from app.schemas.intake.purpose import Why
from app.schemas.intake.review_states import ReviewStatus
from app.schemas.intake.score import ScoreOut
from app.schemas.intake.submission import ReceiptOut, WarningOut
from app.schemas.kept_kinds import HeldKind, HeldStatus
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
    """The identity of the family. as_of is the time of the interview or correction that told it last."""

    as_of: datetime
    card_number: str | None = None
    earlier_cards: list[str] = Field(default_factory=list)
    address: str | None = None
    people: list[MemberOut] = Field(default_factory=list)
    basis: Basis | None = Field(default=None, description="Why people and address are stored")
    earlier_niks: list[str] = Field(
        default_factory=list, description="NIKs of people who are no longer named. Empty if people are left out"
    )
    people_withheld: int = Field(
        default=0, description="How many people are left out because the request did not name them"
    )


class ExportedNumberOut(Out):
    """A number by which the family is found. Only its keyed digest is stored, so the number is not shown."""

    kind: Literal["card", "nik"]
    first_seen_at: datetime


class ExportedAnswerOut(Out):
    """One answer with the instrument's texts of the question and of the answer.

    A roster of the instrument stands among the questions, with its rows.
    """

    question: str
    text: Text
    answer: str | int | float | list[str] | None = Field(
        description="The code of an option, a list of codes, a number, a date, a text, `refused` or `dont_know`. null "
        "for rows, and for a text that is no longer stored"
    )
    answer_text: Text | None = Field(description="The words of an option, of `refused` or of `dont_know`")
    option_texts: list[Text] | None = Field(default=None, description="The words of each code in a list of codes")
    rows: "list[ExportedRowOut] | None" = Field(default=None, description="The rows of a roster, in their order")


class ExportedPersonOut(Out):
    """What the answers hold of the person of a row. The identity has the rest."""

    sex: str | None
    relation: str | None
    age_months: int | None = Field(description="Completed months on the day of the interview")


class ExportedRowOut(Out):
    """One row of a roster, such as one member of the family."""

    person: ExportedPersonOut | None
    answers: list[ExportedAnswerOut]


class ExportedCommentOut(Out):
    """What a reviewer wrote, of one question or of the whole interview."""

    question: str | None = None
    text: str


class ExportedReviewOut(Out):
    """One move of a submission's review."""

    revision: int = Field(description="The revision that was reviewed")
    status: ReviewStatus = Field(description="The state after the move")
    reviewed_by: UUID
    reviewed_at: datetime
    comments: list[ExportedCommentOut] = Field(
        description="Empty also if the export leaves anything out, or retention has taken them"
    )


class ExportedRevisionOut(Out):
    """An earlier revision of a submission, as it was before it was corrected."""

    revision: int
    region: str
    dotted: str
    year: int
    started_at: datetime | None
    surveyed_at: datetime
    received_at: datetime
    sent_by: UUID | None = Field(description="null if it was a correction by the family's right")
    head_sex: str
    members: int
    receipt: ReceiptOut | None = Field(description="As of the submission")
    answers: list[ExportedAnswerOut] | None = Field(description="null if they are no longer stored")
    answers_reason: Literal["retention"] | None = None
    answers_withheld: int
    score: ScoreOut | None = Field(description="null if it would reveal a sensitive answer that is left out")
    warnings: list[WarningOut]
    replaced_at: datetime
    replaced_by: UUID
    reason: ReplacedReason = Field(description="Why it was replaced")
    note: str | None = Field(
        description="Why, in words. null also if the export leaves anything out, or retention has taken it"
    )


class ExportedSubmissionOut(Out):
    id: UUID
    revision: int
    region: str
    dotted: str
    year: int
    started_at: datetime | None
    surveyed_at: datetime
    purpose: Why
    counts: Counts
    uncounted: UncountedReason
    approved: bool = Field(description="Whether it counts in the figures of approved interviews")
    moved: bool = Field(description="Whether the card number or a NIK was known in another village before")
    sent_by: UUID
    head_sex: str
    members: int
    receipt: ReceiptOut | None = Field(
        description="null if anything is left out, because one could find that out by trying answers against the hash"
    )
    answers: list[ExportedAnswerOut] | None = Field(description="null if they are no longer stored")
    answers_reason: Literal["retention"] | None = Field(
        default=None, description="`retention` if the answers were taken because they were old"
    )
    answers_withheld: int = Field(
        description="How many answers are left out: sensitive ones by `sensitive=false`, and those about single "
        "people if the request named some of them"
    )
    score: ScoreOut | None = Field(description="null if it would reveal a sensitive answer that is left out")
    warnings: list[WarningOut]
    status: ReviewStatus = Field(description="The state of its review")
    corrected: bool = Field(description="Whether its content was ever replaced")
    corrected_by: UUID | None = Field(
        description="Who sent the content that is stored now, if it was corrected. null after a correction by the "
        "family's right"
    )
    revised_at: datetime | None = Field(description="When its content was last replaced")
    assigned_to: UUID | None = Field(description="Who corrects it in place of `sent_by`")
    after_settlement: bool = Field(description="Whether it was received after its round was settled")
    revisions: list[ExportedRevisionOut] = Field(
        description="What it was before, the oldest first. A correction by the family's right leaves none"
    )
    reviews: list[ExportedReviewOut] = Field(description="What became of it in review, the oldest move first")


class ExportedIdentificationOut(Out):
    """A purpose for which a caller may read, or could have read, the identity of the family."""

    id: UUID
    caller_id: UUID
    purpose: str
    purpose_text: Text
    letter: str | None = Field(description="null also if the export leaves anything out")
    note: str | None = Field(description="null also if the export leaves anything out, as it may name somebody")
    created_at: datetime
    expires_at: datetime
    approved_at: datetime | None
    approved_by: UUID | None

    @classmethod
    def of(cls, stored: Mapping[str, Any], words: Mapping[str, Any]) -> "ExportedIdentificationOut":
        plain = {name: stored[name] for name in cls.model_fields if name in stored}
        text = PURPOSES[stored["purpose"]]
        return cls(**plain, purpose_text=text, letter=words.get("letter"), note=words.get("note"))


class TrailOut(Out):
    """One audit entry about the family's data (UU 27/2022 art. 31, 32)."""

    at: datetime
    kind: str
    meaning: str
    caller_kind: str
    caller_id: str
    region: str | None
    subject: str | None
    detail: dict[str, Any]


class ExportedHeldOut(Out):
    """What is kept but not stored: a conflict with a submission, or a submission with faults."""

    id: UUID
    submission: UUID
    kind: HeldKind
    status: HeldStatus
    region: str
    dotted: str
    received_at: datetime
    sent_by: UUID
    body: dict[str, Any] | None = Field(
        description="What was sent. null if the export leaves anything out, or if it states the card number of another "
        "family or of none"
    )


class FamilyExportOut(Out):
    format: Literal["ikk-family-export"] = "ikk-family-export"
    version: Literal[1] = 1
    exported_at: datetime
    family: ExportedFamilyOut
    identity: ExportedIdentityOut | None
    earlier_identities: list[EarlierIdentityWholeOut] = Field(
        default_factory=list,
        description="Identities that were replaced and are not settled. Empty if people are left out",
    )
    numbers: list[ExportedNumberOut]
    submissions: list[ExportedSubmissionOut]
    held: list[ExportedHeldOut]
    consents: list[ConsentOut]
    requests: list[SubjectRequestOut]
    identifications: list[ExportedIdentificationOut]
    trail: list[TrailOut]
