"""Requests and responses to find a family, to get it without its identity, and to state a purpose."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.families.consent import ConsentOut
from app.schemas.families.identity import EarlierIdentityOut
from app.schemas.families.purposes import Letter, Purpose
from app.schemas.kept_kinds import HeldKind
from app.schemas.lines import Line
from app.schemas.numbers import IdentityNumber
from app.schemas.shapes import WITHOUT_NUMBER, In, Out

IdentificationState = Literal["waiting", "live", "over"]


class FamilySearchIn(In):
    """One number to search for. It is in a body and never in a URL, because others log URLs."""

    card_number: IdentityNumber | None = None
    nik: IdentityNumber | None = None
    purpose: Purpose
    letter: Letter | None = None


class FoundFamilyOut(Out):
    """The random id of a family that was found, its region, and the years of its submissions."""

    family: UUID
    region: str
    dotted: str
    years: list[int]


class FoundHeldOut(Out):
    """What is held of the family: a conflict, or a submission with faults that states the number."""

    id: UUID
    kind: HeldKind
    region: str
    dotted: str
    received_at: datetime


class FoundFamiliesOut(Out):
    """The families in your regions that have the number.

    A card number finds at most one family in each village. A NIK may find more.
    """

    items: list[FoundFamilyOut]
    held: list[FoundHeldOut] = Field(
        description="What is kept but not stored, at most 100. `POST /v1/held-submissions/{id}/erase` erases one"
    )


class IdentificationIn(In):
    """Why you need to read the identity of a family, and for how many minutes."""

    purpose: Purpose
    letter: Letter | None = None
    note: (
        Annotated[
            str,
            Line(200),
            Field(
                description="More about the reason, in your own words. It is stored encrypted beside the family and "
                "deleted with it, and the audit log does not hold it",
                examples=["Keluarga datang ke kantor dan meminta pembetulan alamat"],
            ),
            WITHOUT_NUMBER,
        ]
        | None
    ) = None
    minutes: Annotated[int, Field(strict=True, ge=1, le=240, examples=[30])]


class IdentificationOut(Out):
    """A stated purpose. You may read the identity while `state` is `live`.

    It is `waiting` until a second person approves it, if the service asks for that. Its minutes count from then.
    """

    id: UUID
    family: UUID
    state: IdentificationState
    purpose: str
    letter: str | None
    note: str | None
    stated_by: UUID
    approved_by: UUID | None
    approved_at: datetime | None
    expires_at: datetime = Field(description="While `state` is `waiting`, the moment until which it can be approved")


class FamilySubmissionOut(Out):
    """One of a family's submissions. To read its score you need the scope submissions:read."""

    id: UUID
    year: int
    surveyed_at: datetime
    instrument: str
    version: str
    revision: int


class UnsettledOut(EarlierIdentityOut):
    """An earlier identity without its content."""

    submissions: list[UUID] = Field(
        description="The family's submissions that its earlier people probably gave, by the time of the interviews"
    )


class FamilyOut(Out):
    """A family without its identity."""

    id: UUID
    region: str
    dotted: str
    created_at: datetime
    restricted_at: datetime | None = Field(description="Since when no aggregate counts the family, at its own request")
    submissions: list[FamilySubmissionOut]
    consents: list[ConsentOut]
    earlier_identities: list[UnsettledOut] = Field(
        default_factory=list, description="Identities that were replaced and wait for you to settle them, oldest first"
    )
