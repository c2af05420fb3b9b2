"""Requests and responses with submissions, and the receipts and warnings that the service returns for them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from app.identity.checks import MOST_PEOPLE
from app.problems.stored_warnings import read_warnings
from app.problems.warning_texts import WARNING_TEXTS, WarningCode
from app.schemas.families.consent import ConsentIn
from app.schemas.families.identity import Address, FamilyMemberIn, Sex
from app.schemas.ids import MadeId
from app.schemas.intake.counts import Counts, Uncounted, UncountedReason
from app.schemas.intake.purpose import Purpose, Why
from app.schemas.intake.review_states import ReviewStatus
from app.schemas.intake.score import Answers, CategoryOut, Highest, Lowest, ScoreOut, Withheld
from app.schemas.intake.why_corrected import WhyCorrectedIn
from app.schemas.moments import Instant
from app.schemas.numbers import IdentityNumber
from app.schemas.shapes import In, InstrumentCode, InstrumentVersion, Out, RegionCode
from app.scoring.instrument import Instrument
from app.scoring.parts import Status, Text


class FamilyIn(In):
    """The family that was interviewed.

    The service encrypts its identity (card number, address, people) and stores it apart from the answers.
    """

    card_number: Annotated[IdentityNumber, Field(description="No KK, 16 digits")] | None = None
    head_sex: Sex
    members: Annotated[int, Field(strict=True, ge=1, le=MOST_PEOPLE, examples=[4])]
    address: Address | None = None
    people: Annotated[list[FamilyMemberIn], Field(max_length=MOST_PEOPLE)] | None = None


class SubmissionIn(In):
    """The answers of one family as a device sends them."""

    instrument: InstrumentCode
    version: InstrumentVersion
    region: RegionCode
    started_at: (
        Annotated[
            Instant, Field(description="When the interview began. `surveyed_at` is when it was done, and not earlier")
        ]
        | None
    ) = None
    surveyed_at: Instant
    purpose: Why | None = None
    family: FamilyIn
    consent: ConsentIn | None = None
    basis: (
        Annotated[
            Literal["public_task"],
            Field(
                description="Why people and address may be stored if the family's consent is not sent with them "
                "(UU 27/2022 art. 20 (2))"
            ),
        ]
        | None
    ) = None
    answers: Answers
    salt: (
        Annotated[
            MadeId,
            Field(
                description="A random UUID (version 4) that your device makes once for each interview and keeps beside "
                "it. It must not be the id. It is hashed with the rest, so that nobody can try out answers against the "
                "content hash. The service keeps it encrypted, and returns it to nobody but you",
                examples=["d94a1c76-2b8e-4f05-a3d1-6e70b9c52f48"],
            ),
        ]
        | None
    ) = None
    correction: (
        Annotated[
            WhyCorrectedIn,
            Field(
                description="Why this replaces what is stored. Only with PUT, and together with `If-Match`. The "
                "content hash leaves it out"
            ),
        ]
        | None
    ) = None


class ReceiptOut(Out):
    """Proves to a device, and to whoever the device shows it to, that its submission is stored."""

    content_hash: str | None = Field(
        description="sha-256:<hex> over the body as canonical JSON (RFC 8785), without null members and with the "
        "region code without dots. null for everyone but the sender, in lists without `mine`, after a correction, and "
        "if its key was lost. Others could try answers against it"
    )
    received_at: datetime
    code: str = Field(
        description="A short code that can be read out, by which an office finds the submission. Hardly ever do two "
        "submissions have the same",
        examples=["7KQ-X2M-9RTV"],
    )
    signature: str | None = Field(
        description="The whole receipt as a signed text: a JWS (RFC 7515, compact, ES256) that anybody can verify with "
        "the keys of `/.well-known/jwks.json`. It says iss, id, revision, region, received_at, code and, if the device "
        "sent a salt, content_hash. null for everyone but the sender, and in lists without "
        "`mine`"
    )


class WarningOut(Out):
    """Something odd that is not a fault. The submission is stored."""

    code: WarningCode
    pointer: str
    message: Text

    @classmethod
    def of(cls, stored: str, instrument: Instrument) -> "WarningOut":
        """From the stored form of a warning, which is `code pointer`, `implausible check` or the code of a question.

        A check is one of the instrument, whose text is shown. Such a question asks for a fact of `family` again, and
        its answer differs.
        """
        name, _, pointer = stored.partition(" ")
        code = next((each for each in WARNING_TEXTS if each == name and pointer), None)
        if code is None:
            code, pointer = "family_differs", f"/answers/{stored}"
        if code == "implausible":
            check = next(each for each in instrument.checks if each.code == pointer)
            return cls(code=code, pointer="/answers", message=check.text)
        texts = WARNING_TEXTS[code]
        return cls(code=code, pointer=pointer, message=Text(id=texts[0], en=texts[1]))


def tells_sensitive(stored: str, instrument: Instrument) -> bool:
    """Whether a stored warning tells something of the answers to sensitive questions."""
    name, _, code = stored.partition(" ")
    read = frozenset((stored,))
    if name == "implausible":
        read = instrument.questions_read(*(each.when for each in instrument.checks if each.code == code))
    return bool(read & instrument.sensitive_questions)


Family = Annotated[
    UUID, Field(description="The random id of the family, which is not derived from anything about the family")
]


class SubmissionOut(Out):
    id: UUID
    family: Family
    revision: int
    status: ReviewStatus
    purpose: Why
    receipt: ReceiptOut
    counts: Counts
    uncounted: UncountedReason
    score: ScoreOut
    warnings: list[WarningOut]

    @classmethod
    def of(
        cls,
        id: UUID,
        family: UUID,
        receipt: ReceiptOut,
        score: ScoreOut,
        warnings: Sequence[str],
        instrument: Instrument,
        *,
        uncounted: Uncounted | None,
        purpose: Purpose,
        revision: int = 1,
        status: ReviewStatus = "accepted",
    ) -> "SubmissionOut":
        """warnings are in their stored form."""
        return cls(
            id=id,
            family=family,
            revision=revision,
            status=status,
            purpose=purpose,
            receipt=receipt,
            counts=uncounted is None,
            uncounted=uncounted,
            score=score,
            warnings=[WarningOut.of(each, instrument) for each in warnings],
        )

    @classmethod
    def of_row(
        cls, id: UUID, stored: Mapping[str, Any], instrument: Instrument, *, receipt: ReceiptOut, whole: bool
    ) -> "SubmissionOut":
        """From a stored row, the instrument that it was scored by, and its receipt.

        `whole` says whether the reader gets every outcome and warning, or only what is not sensitive.
        """
        return cls.of(
            id,
            stored["family_id"],
            receipt,
            ScoreOut.of_outcomes(stored["outcomes"], instrument, whole=whole),
            [each for each in read_warnings(stored["warnings"]) if whole or not tells_sensitive(each, instrument)],
            instrument,
            uncounted=stored["uncounted"],
            purpose=stored["purpose"],
            revision=stored["revision"],
            status=stored.get("review") or "accepted",
        )


SubmissionStatus = Literal["accepted", "in_review", "approved", "returned", "rejected", "restricted"]


class SubmissionRowOut(Out):
    """One submission in a list, with its index and category. Both are null if the family is restricted.

    If outcomes are withheld, the index is null, and the category follows from the visible outcomes.
    """

    id: UUID
    family: Family
    revision: int
    status: SubmissionStatus = Field(
        description="`restricted` means that it is neither read nor counted, at the family's request"
    )
    region: str
    dotted: str
    edition: str
    year: int
    surveyed_at: datetime
    purpose: Why
    counts: Counts
    uncounted: UncountedReason
    moved: bool | None = Field(
        description="Whether the card number or a NIK was known in another village when the service received the "
        "submission. The family may have moved, or may be interviewed twice. This changes no figure. null without "
        "`submissions:read`, and for whoever sent it"
    )
    warnings: list[WarningCode] = Field(
        description="The codes of its warnings, each once. Those that tell of sensitive answers are left out as in "
        "`getSubmission`, and all of a restricted family"
    )
    instrument: str
    version: str
    instrument_status: Status
    withheld: Withheld
    index: float | None
    lowest: Lowest = None
    highest: Highest = None
    category: CategoryOut | None
    receipt: ReceiptOut
