"""The request that settles whose an earlier identity is, and the response that says what changed."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.aggregates.affected import AffectedOut
from app.schemas.ids import AnyId
from app.schemas.shapes import In, Out

SettledAs = Literal["same", "another"]


class SettlementIn(In):
    """Whether the earlier people and the present ones are the same family."""

    settled_as: Annotated[
        SettledAs,
        Field(
            alias="as",
            description="`same` deletes the earlier identity. `another` makes it a family of its own, with its "
            "submissions",
        ),
    ]
    keep_numbers: bool = Field(
        default=False,
        strict=True,
        description="With `same`, keep the earlier people's NIKs as `earlier_niks`, so that they still find the family",
    )
    submissions: Annotated[
        list[AnyId] | None,
        Field(
            max_length=1000,
            description="With `another`, the submissions of the earlier people, if they are not those that "
            "`GET /v1/families/{id}` names",
        ),
    ] = None


class SettledOut(Out):
    """What settling an earlier identity changed."""

    family: UUID
    earlier_identity: UUID
    settled_as: SettledAs = Field(serialization_alias="as")
    other_family: UUID | None = Field(description="The new family of the earlier people. null with `same`")
    submissions: list[UUID] = Field(description="The submissions that went to the new family")
    numbers: int = Field(description="How many keyed digests find the family from now on")
    affected: list[AffectedOut] = Field(
        description="The aggregates that changed, because people who were interviewed twice in a year are one family"
    )
