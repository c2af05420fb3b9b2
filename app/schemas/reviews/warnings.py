"""Responses with how many interviews have warnings, by kader or by village."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.problems.warning_texts import WarningCode
from app.schemas.shapes import Out

By = Literal["kader", "village"]


class MeanOut(Out):
    """A mean of the index over interviews."""

    interviews: int = Field(description="Interviews that have a value")
    mean: float | None = Field(
        description="Mean of the index, from 0 to 100 unless its method has another scale. null without interviews. "
        "Without `submissions:sensitive` it is null too for fewer than 30 interviews, or if it would tell of fewer "
        "than 30 by subtraction, where sensitive outcomes enter the index"
    )


class FlaggedOut(Out):
    """Interviews of one kader or village that count, and their warnings."""

    kader: Annotated[UUID, Field(description="The person or agency that sent the interviews")] | None
    region: str | None = Field(description="The village, with `by=village`")
    interviews: int
    flagged: int = Field(description="Interviews with a warning")
    moved: int = Field(description="Interviews with a number that was known in another village")
    warnings: dict[WarningCode, int] = Field(description="Interviews with each warning, without those that have none")
    index: MeanOut
    index_unflagged: MeanOut
