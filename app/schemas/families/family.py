"""Requests and responses to find a family, to get it without its identity, and to state a purpose."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.families.consent import ConsentOut
from app.schemas.families.identity import EarlierIdentityOut
from app.schemas.lines import Line
from app.schemas.numbers import IdentityNumber
from app.schemas.shapes import In, Out

Purpose = Annotated[
    str,
    Line(200, least=10),
    Field(
        description="The reason, in one sentence. The audit log keeps it permanently, so name nobody in it",
        examples=["Pencocokan penerima bantuan atas permintaan Dinas Sosial, surat 460/112"],
    ),
]


class FamilySearchIn(In):
    """One number to search for. It is in a body and never in a URL, because others log URLs."""

    card_number: IdentityNumber | None = None
    nik: IdentityNumber | None = None
    purpose: Purpose


class FoundFamilyOut(Out):
    """The random id of a family that was found, its region, and the years of its submissions."""

    family: UUID
    region: str
    dotted: str
    years: list[int]


class FoundFamiliesOut(Out):
    """The families in your regions that have the number.

    A card number finds at most one family in each village. A NIK may find more.
    """

    items: list[FoundFamilyOut]


class IdentificationIn(In):
    """Why you need to read the identity of a family, and for how many minutes."""

    purpose: Purpose
    minutes: Annotated[int, Field(strict=True, ge=1, le=240)]


class IdentificationOut(Out):
    id: UUID
    family: UUID
    expires_at: datetime


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
