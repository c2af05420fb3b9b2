"""Requests to move the review of submissions, and what they are answered with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.intake.counts import Counts, UncountedReason
from app.schemas.intake.review_states import ReviewState, ReviewStatus
from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In, Out

MOST_COMMENTS = 50


class CommentIn(In):
    """What a reviewer says to the sender, of one question or of the whole interview."""

    question: Annotated[str, Field(max_length=100, description="The code of a question of the instrument")] | None = (
        None
    )
    text: Annotated[
        str,
        Line(1000),
        WITHOUT_NUMBER,
        Field(
            description="In words. It is stored encrypted, and must not hold a NIK or a card number",
            examples=["Tanyakan lagi sumber air minumnya"],
        ),
    ]


class ReviewIn(In):
    """A move of a submission's review."""

    status: ReviewState
    revision: Annotated[
        int, Field(strict=True, ge=1, le=32767, description="The revision that you reviewed", examples=[1])
    ]
    comments: (
        Annotated[
            list[CommentIn],
            Field(max_length=MOST_COMMENTS, description="`returned` and `rejected` need at least one"),
        ]
        | None
    ) = None


class ReviewedOut(Out):
    """The review of a submission after a move."""

    id: UUID
    revision: int
    status: ReviewStatus
    reviewed_at: datetime
    counts: Counts
    uncounted: UncountedReason
    approved: bool = Field(description="Whether it counts in the figures of approved interviews")
