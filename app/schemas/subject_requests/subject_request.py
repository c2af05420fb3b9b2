"""Requests and responses with subject requests, their deadlines and their results."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from app.schemas.aggregates.affected import AffectedOut
from app.schemas.ids import AnyId
from app.schemas.moments import Instant
from app.schemas.shapes import In, Out
from app.schemas.subject_requests.grounds import RefusalOut
from app.schemas.subject_requests.kinds import RequestChannel, RequestKind, RequestStatus
from app.scoring.parts import Text

_KIND = Field(
    description="`export` gives all that is stored about the family. `correct` corrects what is wrong. `restrict` "
    "takes the family out of the aggregates. `lift` ends a restriction. `erase` deletes the family's data"
)


class SubjectRequestIn(In):
    """What a family asked for, and when and how you received it."""

    family: AnyId = Field(description="The family's random id, as POST /v1/families/find returns it")
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
    due_at: datetime = Field(description="3 × 24 hours after `received_at`")
    overdue: bool = Field(description="Whether it is, or was, open after `due_at`")
    hours_left: float | None = Field(
        description="Hours until `due_at`, negative after it. null once the subject request is closed"
    )
    handed_over_at: datetime | None = Field(
        default=None, description="When it was exported for the first time. It closes as done 24 hours later"
    )
    recorded_at: datetime
    recorded_by: UUID
    closed_at: datetime | None
    closed_by: UUID | None = Field(description="All zeros if the service closed it, 24 hours after the first export")
    refusal: RefusalOut | None


class FulfilledOut(Out):
    """A fulfilled subject request, the aggregates that it changed, and what that means for copies others have taken."""

    request: SubjectRequestOut
    affected: list[AffectedOut]
    published: Text | None = Field(description="null if no aggregate changed")


PUBLISHED: Final = Text(
    id="Agregat yang dibaca dari layanan ini sejak sekarang sudah berubah. Salinan yang sudah diambil pihak lain tidak "
    "ditarik kembali: beri tahu mereka bila perlu. Rilis beku belum ada.",
    en="Aggregates read from this service from now on have changed. Copies that others have taken are not recalled: "
    "tell their holders where that matters. Frozen releases do not exist yet.",
)
