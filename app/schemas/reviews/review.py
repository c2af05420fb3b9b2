"""Requests to move the review of submissions, and what they are answered with."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.ids import AnyId
from app.schemas.intake.counts import Counts, UncountedReason
from app.schemas.intake.review_states import ReviewState, ReviewStatus
from app.schemas.lines import Line
from app.schemas.shapes import WITHOUT_NUMBER, In, InstrumentCode, InstrumentVersion, Out, RegionCode

MOST_COMMENTS = 50


class CommentIn(In):
    """What a reviewer says to the sender, of one question or of the whole interview."""

    question: (
        Annotated[
            str, Field(max_length=100, description="The code of a question of the instrument", examples=["savings"])
        ]
        | None
    ) = None
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


MOST_REVIEWED = 10_000


class ReviewFilterIn(In):
    """Which submissions of your area are moved. They are those of a state in a region and all below it."""

    region: RegionCode
    status: ReviewStatus
    year: Annotated[int, Field(strict=True, ge=2000, le=9999, examples=[2025])] | None = None
    instrument: InstrumentCode | None = None
    version: InstrumentVersion | None = None
    round: Annotated[AnyId, Field(description="Only interviews of this round")] | None = None
    flagged: Annotated[bool, Field(strict=True, description="Whether they have a warning that you may see")] | None = (
        None
    )


class ReviewAllIn(In):
    """A move of the reviews of many submissions. Name them by `ids` or by `filter`."""

    status: ReviewState
    ids: Annotated[list[AnyId], Field(min_length=1, max_length=MOST_REVIEWED)] | None = None
    filter: ReviewFilterIn | None = None
    comments: (
        Annotated[
            list[CommentIn],
            Field(max_length=MOST_COMMENTS, description="Told to the sender of each. Name questions that all have"),
        ]
        | None
    ) = None


class ReviewedAllOut(Out):
    """What a move of many reviews did."""

    status: ReviewState
    reviewed: int = Field(description="How many submissions moved. All that were named, or none")


class CommentOut(Out):
    question: str | None
    text: str


class ReviewMoveOut(Out):
    """One move of a submission's review."""

    status: ReviewState
    revision: int
    reviewed_by: UUID
    reviewed_at: datetime
    comments: list[CommentOut] = Field(
        description="Without those on sensitive questions, unless you sent the submission or may read sensitive answers"
    )


class ReviewHistoryOut(Out):
    """The latest hundred moves of a submission's review, the newest first."""

    items: list[ReviewMoveOut]


class HandoverIn(In):
    """Who takes over the returned submissions of whom."""

    from_person: Annotated[AnyId, Field(alias="from", description="The person who was to correct them")]
    to_person: Annotated[AnyId, Field(alias="to", description="An active kader of their villages")]
    region: RegionCode | None = None


class HandoverOut(Out):
    passed: int = Field(description="How many returned submissions the other person corrects from now on")


class ReviewedOut(Out):
    """The review of a submission after a move."""

    id: UUID
    revision: int
    status: ReviewStatus
    reviewed_at: datetime
    counts: Counts
    uncounted: UncountedReason
    approved: bool = Field(description="Whether it counts in the figures of approved interviews")
