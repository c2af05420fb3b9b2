"""The body of every error, which is RFC 9457 with the service's own members."""

from datetime import date, datetime
from typing import Any

from pydantic import Field

from app.problems.answers_texts import AnswersReason
from app.problems.unready_texts import Reason
from app.schemas.intake.held import HeldReceiptOut
from app.schemas.intake.submission import ReceiptOut
from app.schemas.shapes import Out, SparseOut
from app.schemas.subject_requests.kinds import RequestStatus


class RelatedRegionOut(Out):
    code: str
    dotted: str
    name: str


class RegionYearOut(Out):
    region: str
    year: int


class FaultOut(SparseOut):
    pointer: str | None = Field(default=None, description="JSON pointer into the body. For CSV, line and column")
    parameter: str | None = Field(default=None, description="Name of the path or query parameter")
    code: str = Field(description="Stable code of the fault")
    message: str = Field(description="In Indonesian or English, according to Accept-Language")
    expected: str | None = Field(default=None, description="The JSON type that is expected, such as `integer`")
    example: Any = Field(default=None, description="A value that is right there")
    options: list[str] | None = Field(default=None, description="The first ten of the values or names that are allowed")
    options_total: int | None = Field(default=None, description="How many there are")
    minimum: float | str | None = Field(default=None, description="The least number, or the earliest day or time")
    maximum: float | str | None = Field(default=None, description="The greatest number, or the latest day or time")
    max_length: int | None = Field(default=None, description="The most characters of a text")
    max_entries: int | None = Field(default=None, description="The most entries of a list")
    other: str | None = Field(default=None, description="With `exceeds`. The code of the other question")
    meant: str | None = Field(default=None, description="With `unknown_code`. The code that it may be meant as")
    whole: str | None = Field(
        default=None, description="With `above_whole`. The pointer of the number that it is part of"
    )
    parts: list[str] | None = Field(
        default=None, description="With `parts_above_whole`. The pointers of the numbers that add up to more"
    )
    last_day: date | None = Field(
        default=None, description="A last day that the message names, such as a region's last day in force"
    )
    successors: list[RelatedRegionOut] | None = Field(
        default=None,
        description="With `region_ended`. The regions that hold its area on the day asked for. Empty if none is known",
    )
    first_day: date | None = Field(
        default=None, description="A first day that the message names, such as a region's first day in force"
    )
    predecessors: list[RelatedRegionOut] | None = Field(
        default=None, description="With `region_not_yet`. The regions that held its area on the day asked for"
    )


class ProblemOut(SparseOut):
    """An error as application/problem+json (RFC 9457)."""

    type: str = Field(description="urn:ikk:problem:<slug>. Stable")
    title: str
    status: int
    detail: str
    hint: str | None = Field(default=None, description="For developers, and not for the users of an app")
    instance: str = Field(description="urn:ikk:request:<X-Request-ID>")
    faults: list[FaultOut] | None = Field(
        default=None, description="At most 100 faults. faults_total counts all of them"
    )
    faults_total: int | None = None
    faults_truncated: bool | None = None
    error: str | None = Field(default=None, description="At the token endpoints. The error code of RFC 6749")
    scope: str | None = Field(default=None, description="With `missing-scope`. A scope that is enough")
    stored: ReceiptOut | None = Field(
        default=None, description="With a 409 to whoever sent the submission. The receipt of what is stored"
    )
    revision: int | None = Field(
        default=None,
        description="With `submission-corrected`, `revision-stale` and `if-match-missing`. The revision that is "
        "stored. null if none is",
        json_schema_extra={"type": ["integer", "null"]},
    )
    held: HeldReceiptOut | None = Field(
        default=None,
        description="With a 409 or 412 to whoever sent it. The content was kept apart, and this is its receipt",
    )
    reason: AnswersReason | None = Field(default=None, description="With `answers-closed`. Why they are not returned")
    days: int | None = Field(
        default=None, description="With `answers-closed`. For how many days answers are returned to their sender"
    )
    year: int | None = Field(default=None, description="With `periods-differ`. The year")
    periods: list[str] | None = Field(
        default=None, description="With `periods-differ`. The periods of another length that are reported"
    )
    reasons: list[Reason] | None = Field(default=None, description="With a 503. Why the service is not ready")
    expected: str | None = Field(default=None, description="With a 415. The media type to send")
    available: list[str] | None = Field(default=None, description="With a 406. The formats that the address has")
    limit_bytes: int | None = Field(default=None, description="With a 413, 414 or 431. The most bytes")
    limit_seconds: float | None = Field(default=None, description="With a 408. The seconds that a body may take")
    request_status: RequestStatus | None = Field(
        default=None, description="With `request-closed`. The status of the subject request"
    )
    closed_at: datetime | None = Field(default=None, description="With `request-closed`. When it was closed")
    due_at: datetime | None = Field(default=None, description="With `request-expired`. When it was due")
    withdrawn_at: datetime | None = Field(default=None, description="With `consent-withdrawn`. When it was withdrawn")
    figures: int | None = Field(default=None, description="With `indicator-in-use`. How many figures would not fit")
    examples: list[RegionYearOut] | None = Field(
        default=None, description="With `indicator-in-use`. The first ten of them by region and year"
    )
