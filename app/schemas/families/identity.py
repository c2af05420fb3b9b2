"""A family's identity on the wire: card number, address and the people on the card, as far as the family told."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.schemas.moments import BirthDate
from app.schemas.numbers import CardNumber, IdentityNumber
from app.schemas.shapes import In, Out, TextLine

Sex = Literal["female", "male"]


class FamilyMemberIn(In):
    """One of those on the family card, as far as the family told. Sealed; not a part of the score."""

    name: Annotated[TextLine, Field(max_length=100, description="As on the card; stored composed (NFC)")] | None = None
    nik: Annotated[IdentityNumber, Field(description="NIK, 16 digits")] | None = None
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    relation: Annotated[Literal["head", "spouse", "child", "other"], Field(description="To the head")] | None = None


class IdentityIn(In):
    """Who the family is, whole: what is left out is no longer known of it."""

    card_number: CardNumber | None = None
    earlier_cards: Annotated[list[CardNumber], Field(max_length=20)] | None = None
    address: Annotated[TextLine, Field(max_length=200)] | None = None
    people: Annotated[list[FamilyMemberIn], Field(max_length=50)] | None = None


class MemberOut(Out):
    """One of those on the family card, as far as the family told."""

    name: str | None = None
    nik: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    relation: Literal["head", "spouse", "child", "other"] | None = None


class IdentityOut(Out):
    """Who a family is, as its latest interview told. Nulls and empty lists: it did not tell."""

    family: UUID
    identification: UUID = Field(description="The purpose that this reading is on record with")
    card_number: str | None = None
    earlier_cards: list[str] = Field(default_factory=list, description="Numbers of cards that are no longer in use")
    address: str | None = None
    people: list[MemberOut] = Field(default_factory=list)
    as_of: datetime | None = Field(default=None, description="When the interview was made that told last")
