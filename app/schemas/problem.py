"""Errors as they are answered: RFC 9457 with our members."""

from pydantic import Field

from app.schemas.shapes import Out


class FaultOut(Out):
    pointer: str | None = Field(default=None, description="JSON pointer into the body; of CSV: line and column")
    parameter: str | None = Field(default=None, description="Name of the path or query parameter")
    code: str = Field(description="Stable code of the fault")
    message: str = Field(description="In Indonesian or English, by Accept-Language")


class ProblemOut(Out):
    """application/problem+json"""

    type: str = Field(description="urn:ikk:problem:<slug>, stable")
    title: str
    status: int
    detail: str
    instance: str = Field(description="urn:ikk:request:<X-Request-ID>")
    faults: list[FaultOut] | None = Field(default=None, description="At most 100; faults_total counts all")
    faults_total: int | None = None
    faults_truncated: bool | None = None
