"""The body of every error, which is RFC 9457 with the service's own members."""

from datetime import date

from pydantic import Field

from app.schemas.shapes import Out


class RegionNameOut(Out):
    code: str
    dotted: str
    name: str


class FaultOut(Out):
    pointer: str | None = Field(default=None, description="JSON pointer into the body. For CSV, line and column")
    parameter: str | None = Field(default=None, description="Name of the path or query parameter")
    code: str = Field(description="Stable code of the fault")
    message: str = Field(description="In Indonesian or English, according to Accept-Language")
    last_day: date | None = Field(default=None, description="With `region_ended`. The region's last day in force")
    successors: list[RegionNameOut] | None = Field(
        default=None,
        description="With `region_ended`. The regions that hold its area on the day asked for. Empty if none is known",
    )
    first_day: date | None = Field(default=None, description="With `region_not_yet`. The region's first day in force")
    predecessors: list[RegionNameOut] | None = Field(
        default=None, description="With `region_not_yet`. The regions that held its area on the day asked for"
    )


class ProblemOut(Out):
    """An error as application/problem+json (RFC 9457). Some problems have more members than these."""

    type: str = Field(description="urn:ikk:problem:<slug>. Stable")
    title: str
    status: int
    detail: str
    instance: str = Field(description="urn:ikk:request:<X-Request-ID>")
    faults: list[FaultOut] | None = Field(
        default=None, description="At most 100 faults. faults_total counts all of them"
    )
    faults_total: int | None = None
    faults_truncated: bool | None = None
