"""Requests and responses about submissions that are held."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.families.identity import Sex
from app.schemas.intake.held import HeldKind, HeldStatus
from app.schemas.shapes import In, Out


class HeldRowOut(Out):
    """A submission that is held: a conflict, or one with faults."""

    id: UUID = Field(description="The id of what is held. `submission` is the id under which it was sent")
    submission: UUID
    kind: HeldKind = Field(description="`conflict`: something else is stored under the id. `faulty`: nothing is")
    status: HeldStatus = Field(
        description="`open`; `chosen`: a supervisor made it a revision; `dismissed`: what is stored stays; `repaired`: "
        "the submission was stored without faults"
    )
    region: str
    dotted: str
    received_at: datetime
    code: str = Field(description="The code of its receipt", examples=["7KQ-X2M-9RTV"])
    sent_by: UUID
    training: bool = Field(description="Whether it was sent for training")
    based_on: int | None = Field(description="The revision that the device wanted to correct. null if it named none")
    reason: str | None = Field(description="Why the device corrected it. null if it did not say so")
    faults_total: int = Field(description="How many faults it had when it was sent, counted up to 100", examples=[2])
    closed_at: datetime | None
    closed_by: UUID | None


class HeldFamilyOut(Out):
    """What the answers need of the family, as far as it can be read. Never its identity."""

    head_sex: Sex | None
    members: int | None


class HeldOut(HeldRowOut):
    """A submission that is held, with its answers."""

    instrument: str | None
    version: str | None
    surveyed_at: str | None = Field(description="The moment of the interview, as it was sent. null if it is none")
    family: HeldFamilyOut
    answers: dict[str, Any] = Field(
        description="Answers by question code, as far as they can be read. Sensitive ones only for the sender, or with "
        "`submissions:sensitive`",
        examples=[{"members": 4}],
    )
    withheld: bool = Field(description="Whether sensitive answers are left out")
    faults: list[dict[str, Any]] = Field(
        description="Its faults as they are now, at most 100. Empty if it could be stored",
        examples=[[{"pointer": "/family", "code": "missing", "message": "family is missing"}]],
    )
    stored_revision: int | None = Field(description="The revision that is stored under the id. null if nothing is")
    differs: list[str] = Field(
        description="What differs from the stored revision: `answers.<code>`, `region`, `surveyed_at` and so on. "
        "Sensitive answers only for whoever gets them"
    )


class SettleHeldIn(In):
    """A supervisor's choice."""

    choose: Annotated[
        Literal["held", "stored"],
        Field(description="`held` makes it a new revision. `stored` leaves what is stored as it is, and dismisses it"),
    ]
    revision: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=32_767,
            description="The stored revision that you compared it with. 0 for one with faults",
            examples=[1],
        ),
    ]


class SettledHeldOut(HeldRowOut):
    """What is held, after a supervisor chose."""

    revision: int | None = Field(description="The revision that is stored now. null if nothing is")


class ErasedHeldOut(Out):
    id: UUID
    erased_at: datetime
