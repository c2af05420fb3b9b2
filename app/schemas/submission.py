"""Submissions and scores on the wire."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field

from app.schemas.score import Answers, CategoryOut, ScoreOut
from app.schemas.shapes import In, Line, Localized, Out, RegionCode, Status
from app.scoring.instrument import Instrument
from app.scoring.score import score_outcomes

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)


def _instant(value: object) -> object:
    """Only RFC 3339 text with its offset: a bare number or a time without offset would be guessed at."""
    if not isinstance(value, str) or not _INSTANT.fullmatch(value):
        raise ValueError("not an RFC 3339 instant with offset")
    return value


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant),
    Field(description="RFC 3339 with offset", examples=["2025-07-29T09:12:00+08:00"]),
]


_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def _date(value: object) -> object:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise ValueError("not a date as YYYY-MM-DD")
    found = date.fromisoformat(value)
    if found.year < 1900:
        raise ValueError("nobody alive was born then")
    return found


BirthDate = Annotated[
    date, BeforeValidator(_date), Field(description="ISO 8601, from 1900 on", examples=["1987-04-23"])
]
Sex = Literal["female", "male"]
Number = Annotated[str, Field(pattern=r"^[0-9]{16}$", description="16 digits", examples=["6372010101100001"])]
"""A NIK or a No KK."""


class FamilyMemberIn(In):
    """One of those on the family card, as far as the family told. Sealed; not a part of the score."""

    name: Annotated[Line, Field(max_length=100, description="As on the card; stored composed (NFC)")] | None = None
    nik: Annotated[Number, Field(description="NIK, 16 digits")] | None = None
    sex: Sex | None = None
    birth_date: BirthDate | None = None
    relation: Annotated[Literal["head", "spouse", "child", "other"], Field(description="To the head")] | None = None


class FamilyIn(In):
    """Who was surveyed. What names the family (card number, address, people) is sealed, apart from its answers."""

    card_number: Annotated[Number, Field(description="No KK, 16 digits")] | None = None
    head_sex: Sex
    members: Annotated[int, Field(strict=True, ge=1, le=50)]
    address: Annotated[Line, Field(max_length=200)] | None = None
    people: Annotated[list[FamilyMemberIn], Field(max_length=50)] | None = None


class ConsentIn(In):
    """What the family agreed to (UU 27/2022 art. 22 to 24)."""

    version: Annotated[
        str,
        Field(
            max_length=40,
            pattern=r"^[0-9A-Za-z][0-9A-Za-z._-]*$",
            description="Of the text that was read to the family",
            examples=["2025-1"],
        ),
    ]
    given_at: Instant
    channel: Literal["in_person", "phone", "online", "paper"]


class SubmissionIn(In):
    """One family's answers, as a device sends them."""

    instrument: Annotated[str, Field(max_length=40)]
    version: Annotated[str, Field(max_length=20)]
    region: RegionCode
    surveyed_at: Instant
    family: FamilyIn
    consent: ConsentIn | None = None
    answers: Answers


class ReceiptOut(Out):
    """What proves to a device that its submission is stored."""

    content_hash: str | None = Field(
        description="sha-256:<hex> over the body in RFC 8785 canonical JSON, the region code undotted; null: it lies "
        "sealed under a key that was lost"
    )
    received_at: datetime
    signature: str | None = Field(default=None, description="null: receipts are not signed yet")

    @classmethod
    def of(cls, content_hash: bytes | None, received_at: datetime) -> "ReceiptOut":
        return cls(content_hash=content_hash and f"sha-256:{content_hash.hex()}", received_at=received_at)


WarningCode = Literal[
    "family_differs",
    "card_region_unknown",
    "nik_region_unknown",
    "nik_sex_differs",
    "nik_birth_date_differs",
    "head_sex_differs",
    "more_people_than_members",
]

WARNING_TEXTS: Final[Mapping[WarningCode, Localized]] = MappingProxyType(
    {
        "family_differs": Localized(
            id="Jawaban ini berbeda dari isi family; periksa mana yang benar.",
            en="This answer differs from what family says; check which is right.",
        ),
        "card_region_unknown": Localized(
            id="Enam angka pertama No KK ini bukan kode kecamatan yang kami kenal; periksa nomornya.",
            en="The first six digits of this No KK are no district that we know; check the number.",
        ),
        "nik_region_unknown": Localized(
            id="Enam angka pertama NIK ini bukan kode kecamatan yang kami kenal; periksa nomornya. NIK lama bisa "
            "memuat kode yang sudah tidak dipakai.",
            en="The first six digits of this NIK are no district that we know; check the number. An old NIK may hold a "
            "code that is no longer in use.",
        ),
        "nik_sex_differs": Localized(
            id="Jenis kelamin berbeda dari NIK; periksa mana yang benar. NIK tidak berubah walaupun isinya keliru.",
            en="The sex differs from the NIK; check which is right. A NIK stays as it is even where it is wrong.",
        ),
        "nik_birth_date_differs": Localized(
            id="Tanggal lahir berbeda dari NIK; periksa mana yang benar. NIK tidak berubah walaupun isinya keliru.",
            en="The date of birth differs from the NIK; check which is right. A NIK stays as it is even where it is "
            "wrong.",
        ),
        "head_sex_differs": Localized(
            id="Jenis kelamin kepala keluarga berbeda dari head_sex; periksa mana yang benar.",
            en="The sex of the head differs from head_sex; check which is right.",
        ),
        "more_people_than_members": Localized(
            id="Orang yang disebut lebih banyak daripada members; periksa mana yang benar.",
            en="More people are named than members says; check which is right.",
        ),
    }
)


class WarningOut(Out):
    """Something odd that is no fault: the submission is stored."""

    code: WarningCode
    pointer: str
    message: Localized

    @classmethod
    def of(cls, stored: str) -> "WarningOut":
        """From how it is stored: `code pointer`, or the code of a question that asks a fact of `family` again and was
        answered differently."""
        name, _, pointer = stored.partition(" ")
        code = next((each for each in WARNING_TEXTS if each == name and pointer), None)
        if code is None:
            code, pointer = "family_differs", f"/answers/{stored}"
        return cls(code=code, pointer=pointer, message=WARNING_TEXTS[code])


Family = Annotated[UUID, Field(description="The family, by a random id that is made from nothing it is known by")]


class SubmissionOut(Out):
    id: UUID
    family: Family
    revision: int
    status: Literal["accepted"]
    receipt: ReceiptOut
    score: ScoreOut
    warnings: list[WarningOut]

    @classmethod
    def of(
        cls, id: UUID, family: UUID, receipt: ReceiptOut, score: ScoreOut, warnings: Sequence[str], *, revision: int = 1
    ) -> "SubmissionOut":
        """warnings: as they are stored."""
        return cls(
            id=id,
            family=family,
            revision=revision,
            status="accepted",
            receipt=receipt,
            score=score,
            warnings=[WarningOut.of(each) for each in warnings],
        )

    @classmethod
    def of_row(
        cls, id: UUID, stored: Mapping[str, Any], instrument: Instrument, *, content_hash: bytes | None
    ) -> "SubmissionOut":
        """From a stored row, which was scored by this instrument, and its opened hash."""
        return cls.of(
            id,
            stored["family_id"],
            ReceiptOut.of(content_hash, stored["received_at"]),
            ScoreOut.of(score_outcomes(stored["outcomes"], instrument), instrument),
            stored["warnings"],
            revision=stored["revision"],
        )


SubmissionStatus = Literal["accepted", "restricted"]


class SubmissionRowOut(Out):
    """One line of a list of submissions."""

    id: UUID
    family: Family
    revision: int
    status: SubmissionStatus = Field(description="restricted: at the family's request neither read nor counted")
    region: str
    dotted: str
    edition: str
    year: int
    surveyed_at: datetime
    instrument: str
    version: str
    instrument_status: Status
    index: float | None
    category: CategoryOut | None
    receipt: ReceiptOut
