"""Families on the wire: found by a number, seen without who they are, and, for a stated purpose, who they are."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from app.schemas.families.consent import ConsentOut
from app.schemas.numbers import IdentityNumber
from app.schemas.shapes import In, Out, TextLine

_SHORTEST_PURPOSE: Final = 10


def _reason(text: str) -> str:
    if len(text) < _SHORTEST_PURPOSE:
        raise ValueError("too short to be a reason")
    return text


Purpose = Annotated[
    TextLine,
    AfterValidator(_reason),
    Field(
        max_length=200,
        json_schema_extra={"minLength": _SHORTEST_PURPOSE},
        description="Why, in a sentence; stands in the audit log for good, so name nobody in it",
        examples=["Pencocokan penerima bantuan atas permintaan Dinas Sosial, surat 460/112"],
    ),
]


class FamilySearchIn(In):
    """One number to look for, in a body and never in an address, which others log."""

    card_number: IdentityNumber | None = None
    nik: IdentityNumber | None = None
    purpose: Purpose


class FoundFamilyOut(Out):
    """A family that was found, by its random id. years: of its submissions."""

    family: UUID
    region: str
    dotted: str
    years: list[int]


class FoundFamiliesOut(Out):
    """The families of the caller's regions that have the number: one a village by card, perhaps more by NIK."""

    items: list[FoundFamilyOut]


class IdentificationIn(In):
    """Why a caller has to see who a family is, and for how long."""

    purpose: Purpose
    minutes: Annotated[int, Field(strict=True, ge=1, le=240)]


class IdentificationOut(Out):
    id: UUID
    family: UUID
    expires_at: datetime


class FamilySubmissionOut(Out):
    """One of a family's submissions; its score is read with submissions:read."""

    id: UUID
    year: int
    surveyed_at: datetime
    instrument: str
    version: str
    revision: int


class FamilyOut(Out):
    """A family without who it is."""

    id: UUID
    region: str
    dotted: str
    created_at: datetime
    restricted_at: datetime | None = Field(description="Since when it is counted in no aggregate, at its request")
    submissions: list[FamilySubmissionOut]
    consents: list[ConsentOut]
