"""Subject requests on the wire: what a family asks for by right, by when, and what came of it."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from app.schemas.aggregates.affected import AffectedOut
from app.schemas.moments import Instant
from app.schemas.shapes import In, Out
from app.schemas.subject_requests.grounds import RefusalOut
from app.schemas.subject_requests.kinds import RequestChannel, RequestKind, RequestStatus
from app.scoring.parts import Text

_KIND = Field(
    description="export: all that is stored of the family · correct: put right what is wrong · restrict: take it out "
    "of the aggregates · lift: end a restriction · erase: delete it"
)


class SubjectRequestIn(In):
    """What a family asked for, and when and how it was received."""

    family: UUID = Field(description="The family's random id; POST /v1/families/find answers it")
    kind: Annotated[RequestKind, _KIND]
    channel: RequestChannel
    received_at: Instant


class SubjectRequestOut(Out):
    id: UUID
    family: UUID
    region: str
    dotted: str
    kind: Annotated[RequestKind, _KIND]
    channel: RequestChannel
    status: RequestStatus
    received_at: datetime
    due_at: datetime = Field(description="3 × 24 hours after it was received")
    overdue: bool = Field(description="Whether it is, or was, open longer than that")
    hours_left: float | None = Field(description="Until due_at, negative when that is past; null once it is closed")
    recorded_at: datetime
    recorded_by: UUID
    closed_at: datetime | None
    closed_by: UUID | None
    refusal: RefusalOut | None


class FulfilledOut(Out):
    """A request that was done, the aggregates that it changed, and what that means for those already published."""

    request: SubjectRequestOut
    affected: list[AffectedOut]
    published: Text | None = Field(description="null where no aggregate changed")


PUBLISHED: Final = Text(
    id="Agregat yang dibaca dari layanan ini sejak sekarang sudah berubah. Salinan yang sudah diambil pihak lain tidak "
    "ditarik kembali: beri tahu mereka bila perlu. Rilis beku belum ada.",
    en="Aggregates read from this service from now on have changed. Copies that others have taken are not recalled: "
    "tell their holders where that matters. Frozen releases do not exist yet.",
)
