"""Requests and responses with a family's identity, which is its card numbers, address and people."""

from datetime import date, datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from app.identity.checks import MOST_PEOPLE
from app.schemas.lines import Line
from app.schemas.moments import BirthDate
from app.schemas.numbers import CardNumber, IdentityNumber
from app.schemas.shapes import In, Out

Sex = Literal["female", "male"]
MOST_EARLIER_CARDS: Final = 20
MOST_EARLIER_NIKS: Final = 200
Basis = Literal["consent", "public_task"]
"""Why people and address are stored (UU 27/2022 art. 20 (2))."""
EarlierReason = Literal["changed", "unreadable"]


Address = Annotated[str, Line(200), Field(examples=["Jalan Mawar 12 RT 03 RW 01"])]


class FamilyMemberIn(In):
    """One person on the family card, as far as the family told. Stored encrypted, and not part of the score."""

    name: Annotated[str, Line(100), Field(description="The name as on the card", examples=["Siti Aminah"])] | None = (
        None
    )
    nik: Annotated[IdentityNumber, Field(description="NIK, 16 digits")] | None = None
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    relation: (
        Annotated[Literal["head", "spouse", "child", "other"], Field(description="Relation to the head of the family")]
        | None
    ) = None


class IdentityIn(In):
    """The whole identity of a family. The service forgets the members that you leave out, but not the basis."""

    basis: Annotated[Basis | None, Field(description="Why it is stored, if that changes or is not stored yet")] = None

    card_number: CardNumber | None = None
    earlier_cards: Annotated[list[CardNumber], Field(max_length=MOST_EARLIER_CARDS)] | None = None
    address: Address | None = None
    people: Annotated[list[FamilyMemberIn], Field(max_length=MOST_PEOPLE)] | None = None
    earlier_niks: Annotated[list[IdentityNumber], Field(max_length=MOST_EARLIER_NIKS)] | None = None


class MemberOut(Out):
    """One person on the family card, as far as the family told."""

    name: str | None = None
    nik: str | None = None
    sex: Sex | None = None
    birth_date: date | None = None
    relation: Literal["head", "spouse", "child", "other"] | None = None


class EarlierIdentityOut(Out):
    """An identity that another one replaced, and that nobody has settled yet."""

    id: UUID
    kept_at: datetime
    reason: EarlierReason = Field(
        description="`changed` means that it names other people, `unreadable` that it could not be decrypted"
    )
    submission: UUID | None = Field(
        description="The submission that replaced it, or its only one if it came late. null if a correction replaced it"
    )


class UnsettledIdentityOut(EarlierIdentityOut):
    """An earlier identity in a list, with the family that you settle it for."""

    family: UUID
    region: str
    dotted: str


class EarlierIdentityWholeOut(EarlierIdentityOut):
    """An earlier identity with its content. `readable` is false, and the rest empty, if it cannot be decrypted."""

    readable: bool
    basis: Basis | None = None
    card_number: str | None = None
    earlier_cards: list[str] = Field(default_factory=list)
    address: str | None = None
    people: list[MemberOut] = Field(default_factory=list)
    earlier_niks: list[str] = Field(default_factory=list)
    as_of: datetime | None = None


class IdentityOut(Out):
    """The identity of a family as it last told it. Nulls and empty lists stand for what it did not tell."""

    family: UUID
    identification: UUID = Field(description="Id of the stated purpose with which this reading is audited")
    card_number: str | None = None
    earlier_cards: list[str] = Field(default_factory=list, description="Numbers of cards that are no longer in use")
    address: str | None = None
    people: list[MemberOut] = Field(default_factory=list)
    earlier_niks: list[str] = Field(
        default_factory=list, description="NIKs of people who are no longer named, by which the family is still found"
    )
    basis: Basis | None = Field(default=None, description="Why people and address are stored. null if neither is")
    as_of: datetime | None = Field(
        default=None, description="When the family last told it, in an interview or in a request to correct"
    )
    earlier: list[EarlierIdentityWholeOut] = Field(
        default_factory=list, description="Identities that this one replaced, and that you still have to settle"
    )
