"""The revisions of a submission side by side."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.intake.correction_reasons import ReplacedReason
from app.schemas.intake.score import CategoryOut
from app.schemas.shapes import Out


class AnswerChangeOut(Out):
    """The answer to one question in two revisions. null if there is none."""

    question: str
    before: Any
    after: Any


class FactChangeOut(Out):
    """Something beside the answers in two revisions."""

    name: Literal["region", "version", "started_at", "surveyed_at", "head_sex", "members"]
    before: str | int | None
    after: str | int | None


class OutcomeChangeOut(Out):
    """The outcome of one indicator of the first index in two revisions."""

    indicator: str
    before: str | None
    after: str | None


class RevisionChangesOut(Out):
    """What a revision changed in the one before."""

    answers: list[AnswerChangeOut] | None = Field(
        description="null if you do not get the answers of both revisions, or one of them is no longer stored"
    )
    facts: list[FactChangeOut] | None = Field(description="null if you neither review here nor know both revisions")
    indicators: list[OutcomeChangeOut]
    index_before: float | None
    index_after: float | None
    withheld: bool = Field(description="Whether sensitive questions and outcomes are left out for you")


class RevisionShownOut(Out):
    """One revision of a submission."""

    revision: int
    sent_by: UUID | None = Field(description="null if it was corrected by a right of the family")
    received_at: datetime
    reason: ReplacedReason | None = Field(description="Why it replaced the one before. null for the first")
    note: str | None = Field(description="The same in words")
    instrument: str
    version: str
    index: float | None
    category: CategoryOut | None
    changed: RevisionChangesOut | None = Field(description="null for the earliest revision that is kept")


class RevisionsOut(Out):
    """The latest hundred revisions of a submission, the newest first."""

    items: list[RevisionShownOut]
