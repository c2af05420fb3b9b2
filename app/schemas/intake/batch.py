"""Requests with many submissions at once, and what became of each."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import Field, WithJsonSchema

from app.schemas.ids import MadeId
from app.schemas.intake.submission import SubmissionIn, SubmissionOut
from app.schemas.shapes import In, Out

MOST_SUBMISSIONS: Final = 500


class BatchedIn(In):
    """One interview of a batch."""

    id: Annotated[MadeId, Field(description="The id under which you would send it alone")]
    submission: Annotated[SubmissionIn, Field(description="The body that you would send alone")]


class BatchIn(In):
    """Many interviews. The service takes them one after another in their order."""

    items: Annotated[list[BatchedIn], Field(min_length=1, max_length=MOST_SUBMISSIONS)]


class OutlineIn(In):
    """A batch whose interviews are read later, each by itself."""

    items: Annotated[list[Any], Field(min_length=1, max_length=MOST_SUBMISSIONS)]


class EnvelopeIn(In):
    """One interview of a batch whose submission is checked later."""

    id: MadeId
    submission: dict[str, Any]


# The shape of problems names receipts, so importing it here would lead in a circle.
Problem = Annotated[dict[str, Any], WithJsonSchema({"$ref": "#/components/schemas/ProblemOut"})]


class BatchedOut(Out):
    """What became of one interview of a batch."""

    position: int = Field(description="Its place in the batch, from 0. Blank lines do not count")
    id: UUID | None = Field(description="null if it could not be read")
    outcome: Literal["stored", "refused"] = Field(description="`stored` also if it was stored before")
    status: int = Field(description="The status that PUT would have returned for it")
    retry_after: int | None = Field(description="Send it again after so many seconds. null if PUT has no Retry-After")
    submission: SubmissionOut | None = Field(
        description="What PUT returns. `counts` and `uncounted` are as after the last interview of the batch"
    )
    problem: Problem | None = Field(
        description="Why it was refused, as PUT says it. Pointers lead into the submission. If something around it is "
        "wrong too, they lead into the entry, and those of the submission begin with `/submission`"
    )


class BatchOut(Out):
    """What became of each interview, in the order of the batch."""

    items: list[BatchedOut]
    stored: int = Field(description="How many are stored, now or before")
    refused: int
