"""Requests and responses of second interviews: a drawn sample, and how far both interviews agree."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from app.schemas.ids import AnyId
from app.schemas.shapes import In, InstrumentCode, Out, RegionCode

MOST_DRAWN: Final = 1000
MOST_SEED: Final = 2**31 - 1


class DrawIn(In):
    """A sample of interviews to repeat. Name its `size` or its `share`, and not both."""

    region: RegionCode
    year: Annotated[int, Field(strict=True, ge=2000, le=2100, examples=[2025])]
    instrument: InstrumentCode | None = None
    round: Annotated[AnyId, Field(description="Only interviews of this round")] | None = None
    size: Annotated[int, Field(strict=True, ge=1, le=MOST_DRAWN, examples=[50])] | None = None
    share: (
        Annotated[
            float,
            Field(strict=True, gt=0, le=1, description="Part of the interviews, rounded up", examples=[0.05]),
        ]
        | None
    ) = None
    seed: (
        Annotated[
            int,
            Field(
                strict=True,
                ge=0,
                le=MOST_SEED,
                description="The same seed draws the same interviews as long as the same ones count. Without it the "
                "service makes one",
                examples=[6372],
            ),
        ]
        | None
    ) = None


class DrawnOut(Out):
    """An interview that was drawn."""

    id: UUID
    region: str
    sent_by: UUID
    surveyed_at: datetime


class DrawOut(Out):
    """A drawn sample. Nothing of it is stored but one audit entry with seed and size."""

    seed: int = Field(description="Draws the same sample again")
    counted: int = Field(description="Interviews that count, from which the sample was drawn")
    items: list[DrawnOut] = Field(description="By village and id")


class AgreementOut(Out):
    """How far the first and the second interview agree in one question."""

    question: str
    pairs: int = Field(description="Pairs in which the question was answered at least once")
    agreeing: int
    share: float | None = Field(description="null for fewer than 2 pairs")
    kappa: float | None = Field(
        description="Cohen's kappa: the agreement beyond chance, from -1 to 1. null for fewer than 2 pairs, and if all "
        "answers are the same"
    )


class DifferenceOut(Out):
    """The index of the second interview minus that of the first one."""

    pairs: int
    mean: float | None
    mean_absolute: float | None = Field(
        description="Mean of the differences without their signs. Both are null for fewer than 2 pairs, and for fewer "
        "than 30 without `submissions:sensitive`, where sensitive outcomes enter the index"
    )


class ReinterviewsOut(Out):
    """Agreement of second interviews with the first ones of the same families."""

    versions: list[str] = Field(description="The versions whose interviews are compared, the latest first")
    pairs: int = Field(description="Families with an interview that counts and a second one, the latest of each")
    cut: bool = Field(description="Whether there are more pairs than the service compares")
    index: DifferenceOut
    questions: list[AgreementOut] = Field(description="The weakest agreement first")
