"""Requests of families by right, on the wire: what is asked, by when, and what came of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from app.regions import COUNTRY, dot
from app.schemas.shapes import In, Line, Localized, Out
from app.schemas.submission import FamilyMemberIn, Instant, SubmissionIn
from app.scoring.instrument import Instrument

RequestKind = Literal["export", "correct", "restrict", "lift", "erase"]
RequestStatus = Literal["open", "done", "refused"]
RequestChannel = Literal["in_person", "phone", "letter", "online"]
Ground = Literal[
    "national_defence",
    "law_enforcement",
    "state_administration",
    "financial_supervision",
    "statistics_and_research",
    "danger",
    "other_persons",
    "defence_and_security",
    "not_the_family",
]

_KIND = Field(
    description="export: all that is stored of the family · correct: put right what is wrong · restrict: take it out "
    "of the aggregates · lift: end a restriction · erase: delete it"
)


class SubjectRequestIn(In):
    """What a family asked for, and when and how it was received."""

    family: UUID = Field(description="The family's random id; POST /v1/families/find answers it")
    kind: Annotated[RequestKind, _KIND]
    channel: RequestChannel
    received_at: Instant


class RefusalIn(In):
    """Why a request is refused: a ground of the law, without words of one's own."""

    ground: Ground


Card = Annotated[str, Field(pattern=r"^[0-9]{16}$", description="No KK, 16 digits")]


class IdentityIn(In):
    """Who the family is, whole: what is left out is no longer known of it."""

    card_number: Card | None = None
    earlier_cards: Annotated[list[Card], Field(max_length=20)] | None = None
    address: Annotated[Line, Field(max_length=200)] | None = None
    people: Annotated[list[FamilyMemberIn], Field(max_length=50)] | None = None


class CorrectionIn(In):
    """What is right: for a request to correct, at least one of the two; for every other kind nothing, `{}`."""

    identity: IdentityIn | None = None
    submissions: Annotated[
        dict[UUID, SubmissionIn] | None,
        Field(
            max_length=100, description="By id, each whole as a device would send it; those left out stay as they are"
        ),
    ] = None


class RefusalOut(Out):
    """The ground of a refusal. article: of UU 27/2022, read in secondary sources; null: of no article."""

    ground: Ground | Literal["family_erased"]
    article: str | None
    text: Localized


class SubjectRequestOut(Out):
    id: UUID
    family: UUID
    region: str
    dotted: str
    kind: Annotated[RequestKind, _KIND]
    channel: RequestChannel
    status: RequestStatus
    received_at: datetime
    due_at: datetime = Field(description="3 × 24 hours after it was received")
    overdue: bool = Field(description="Whether it is, or was, open longer than that")
    hours_left: float | None = Field(description="Until due_at, negative when that is past; null once it is closed")
    recorded_at: datetime
    recorded_by: UUID
    closed_at: datetime | None
    closed_by: UUID | None
    refusal: RefusalOut | None


class FamiliesOut(Out):
    """How many families an aggregate rests on, before and after."""

    before: int
    after: int


class AffectedOut(Out):
    """An aggregate that changed: of a village, and with it of every region above it."""

    region: str
    dotted: str
    above: list[str] = Field(description="The regions above, whose aggregates changed by the same family")
    year: int
    instrument: str
    version: str
    families: FamiliesOut

    @classmethod
    def of(cls, region: str, year: int, instrument: Instrument, *, families: tuple[int, int]) -> "AffectedOut":
        """families: before and after."""
        above = [each for each in (region[:6], region[:4], region[:2], COUNTRY) if each != region]
        return cls(
            region=region,
            dotted=dot(region),
            above=above,
            year=year,
            instrument=instrument.code,
            version=instrument.version,
            families=FamiliesOut(before=families[0], after=families[1]),
        )


class FulfilledOut(Out):
    """A request that was done, the aggregates that it changed, and what that means for those already published."""

    request: SubjectRequestOut
    affected: list[AffectedOut]
    published: Localized | None = Field(description="null where no aggregate changed")


PUBLISHED: Final = Localized(
    id="Agregat yang dibaca dari layanan ini sejak sekarang sudah berubah. Salinan yang sudah diambil pihak lain tidak "
    "ditarik kembali: beri tahu mereka bila perlu. Rilis beku belum ada.",
    en="Aggregates read from this service from now on have changed. Copies that others have taken are not recalled: "
    "tell their holders where that matters. Frozen releases do not exist yet.",
)


class GroundOf(Out):
    """A ground: the article of UU 27/2022 that names it, the kinds of request it can be given for, and its text."""

    article: str | None
    kinds: tuple[RequestKind, ...]
    text: Localized


# Article 15 limits the rights to erase, withdraw, restrict and carry away; it leaves access and correction alone.
_ARTICLE_15: Final[tuple[RequestKind, ...]] = ("restrict", "erase")
# Article 33 is about access.
_ARTICLE_33: Final[tuple[RequestKind, ...]] = ("export", "correct")
_ANY: Final[tuple[RequestKind, ...]] = ("export", "correct", "restrict", "lift", "erase")


def _ground(article: str | None, kinds: tuple[RequestKind, ...], id: str, en: str) -> GroundOf:
    return GroundOf(article=article, kinds=kinds, text=Localized(id=id, en=en))


GROUNDS: Final[Mapping[str, GroundOf]] = MappingProxyType(
    {
        "national_defence": _ground(
            "15(1)a",
            _ARTICLE_15,
            "Demi pertahanan dan keamanan nasional.",
            "For national defence and security.",
        ),
        "law_enforcement": _ground(
            "15(1)b",
            _ARTICLE_15,
            "Demi proses penegakan hukum.",
            "For the enforcement of the law.",
        ),
        "state_administration": _ground(
            "15(1)c",
            _ARTICLE_15,
            "Demi kepentingan umum dalam penyelenggaraan negara.",
            "For the public interest in the administration of the state.",
        ),
        "financial_supervision": _ground(
            "15(1)d",
            _ARTICLE_15,
            "Demi pengawasan sektor keuangan dalam penyelenggaraan negara.",
            "For the supervision of the financial sector by the state.",
        ),
        "statistics_and_research": _ground(
            "15(1)e",
            _ARTICLE_15,
            "Demi statistik dan penelitian ilmiah.",
            "For statistics and scientific research.",
        ),
        "danger": _ground(
            "33a",
            _ARTICLE_33,
            "Membahayakan keamanan atau kesehatan fisik atau mental pemohon atau orang lain.",
            "It would endanger the safety or the physical or mental health of the requester or of others.",
        ),
        "other_persons": _ground(
            "33b",
            _ARTICLE_33,
            "Akan mengungkap data pribadi orang lain.",
            "It would disclose personal data of another person.",
        ),
        "defence_and_security": _ground(
            "33c",
            _ARTICLE_33,
            "Bertentangan dengan kepentingan pertahanan dan keamanan nasional.",
            "It would run against national defence and security.",
        ),
        "not_the_family": _ground(
            None,
            _ANY,
            "Pemohon tidak dapat menunjukkan bahwa ia anggota keluarga ini atau kuasanya.",
            "The requester could not show to be of this family or to act for it.",
        ),
        "family_erased": _ground(
            None,
            (),
            "Keluarga ini telah dihapus atas permintaannya sendiri sebelum permintaan ini dilayani.",
            "The family was erased at its own request before this request was served.",
        ),
    }
)
"""Grounds by code. Articles as read in secondary sources; check the official text before relying on one."""
