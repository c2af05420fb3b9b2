"""Releases of figures, and which one a response was read from."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from app.schemas.ids import AnyId, is_id
from app.schemas.shapes import Out

CauseCode = Literal["daily", "settled", "command"]
StageCode = Literal["villages", "breakdowns", "regencies", "provinces", "country"]


def _form_of(name: object) -> str:
    return "latest" if name == "latest" else "id"


def _spelled(name: object) -> object:
    if isinstance(name, str) and not is_id(name):
        raise PydanticCustomError("release_name", "neither `latest` nor a UUID")
    return name


ReleaseName = Annotated[
    Annotated[Literal["latest"], Tag("latest")] | Annotated[AnyId, BeforeValidator(_spelled), Tag("id")],
    Discriminator(_form_of),
]
"""The id of a release, or the latest one. What is neither has one fault, which names both."""


class ReleaseRefOut(Out):
    """The release from which figures were read."""

    id: UUID
    number: int = Field(description="Counts the releases of an instrument and year from 1 on")
    made_at: datetime
    digest: str = Field(description="`sha-256:` and the digest over all figures of the release")


class RulesOut(Out):
    """How the figures of a release are protected, so that no answer of a family can be computed from them."""

    method: str
    families: int = Field(description="A village has figures of its own from so many families on")
    base: int = Field(description="Counts are rounded to multiples of this number, up or down at random")
    sensitive_base: int = Field(description="The same for sensitive indicators")
    group: int = Field(description="A breakdown is shown where every group has at least so many answers")
    batch: int = Field(description="The figures of a village change once so many of its families have changed")
    version: str = Field(description="The version of the instrument whose rules apply")
    digest: str = Field(description="The digest of that version's file")


class ReleaseOut(Out):
    """A release of the figures of one instrument and year. Once it is made it never changes."""

    id: UUID
    number: int
    instrument: str
    year: int
    status: Literal["making", "made"]
    cause: CauseCode = Field(
        description="`daily`: at the hour of the day that is set. `settled`: a round was settled. `command`: asked for"
    )
    requested_at: datetime
    made_at: datetime | None
    digest: str | None
    previous: UUID | None = Field(description="The release before, of the same instrument and year")
    villages: int = Field(description="Villages with figures of their own, as far as it is made")
    changed: int = Field(description="In how many of them the figures changed since the release before")
    stage: StageCode | None = Field(description="What is being made. null once it is made")
    done: str | None = Field(description="The region up to which the stage is done. null before the first one")
    rules: RulesOut

    @classmethod
    def of(cls, row: dict[str, Any]) -> "ReleaseOut":
        made = row["made_at"] is not None
        progress = {"stage": None if made else row["stage"], "done": None if made else row["done"] or None}
        return cls(**{**row, "status": "made" if made else "making", **progress})


class ProgressOut(Out):
    """How far the interviews are, which runs ahead of the released figures."""

    families: int = Field(description="Families that were interviewed in the year and count, as of now")
    expected: int | None = Field(
        description="Families that were to be interviewed in the rounds of the year. null if nobody said it for each "
        "village with families or in a round"
    )
    coverage: float | None = Field(description="families ÷ expected in percent")
    as_of: datetime
