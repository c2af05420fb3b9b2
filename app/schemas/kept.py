"""The response to a submission with faults that is kept apart."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from app.schemas.intake.held import HeldReceiptOut
from app.schemas.problem import FaultOut
from app.schemas.shapes import Out


class HeldFaultyOut(HeldReceiptOut):
    """A held submission, and what is wrong with it."""

    faults: list[FaultOut] = Field(description="At most 100 of its faults, as in a 422")


class KeptOut(Out):
    """A submission with faults, which is kept apart and counts nowhere."""

    id: UUID = Field(description="The id under which you sent it")
    status: Literal["held"]
    held: HeldFaultyOut
