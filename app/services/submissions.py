"""Submissions: take one, resend-safe; read one back. Scores an unsent one too.

JSON → shape and answers checked, all faults at once → scored → one statement stores the row and adds to the village's
sums → committed → receipt. Taking goes past the ORM: its share was most of the request.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from app import problems
from app.database import Connection
from app.problems import Fault, Problem, shape_faults
from app.regions import undot, zone_of
from app.schemas.score import ScoreIn, ScoreOut
from app.schemas.submission import Instant, ReceiptOut, SubmissionIn, SubmissionOut, WarningOut
from app.scoring.answers import check_answers
from app.scoring.catalogue import Catalogue, Published
from app.scoring.coding import encode_answers
from app.scoring.estimate import pack, sums_of, units
from app.scoring.instrument import Instrument
from app.scoring.score import score, score_outcomes
from app.security import Caller

_CANONICAL: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_TAKE: Final = """
WITH place AS (
    SELECT region.edition
    FROM region JOIN region_edition ON region_edition.code = region.edition
    WHERE region.code = $2 AND region.level = 'village' AND region_edition.valid_to IS NULL
), taken AS (
    INSERT INTO submission (
        id, revision, status, region, instrument_id, edition, year, surveyed_at, received_at, agency_id,
        head_sex, members, answers, outcomes, index_units, content_hash, warnings
    )
    SELECT
        $1::uuid, 1, 'accepted', $2::text, $3::smallint, place.edition, $4::smallint, $5::timestamptz, now(),
        $6::uuid, $7::text, $8::smallint, $9::bigint[], $10::text, $11::bigint, $12::bytea, $13::text[]
    FROM place
    ON CONFLICT (id) DO NOTHING
    RETURNING received_at
), card AS (
    INSERT INTO family_card (submission_id, number) SELECT $1, $14::text FROM taken WHERE $14 IS NOT NULL
), added AS (
    INSERT INTO village_sums (instrument_id, year, region, sums) SELECT $3, $4, $2, $15::text::numeric FROM taken
    ON CONFLICT (instrument_id, year, region) DO UPDATE SET sums = village_sums.sums + excluded.sums
)
SELECT received_at FROM taken
"""
_STORED: Final = """
SELECT revision, region, instrument_id, received_at, outcomes, content_hash, warnings
FROM submission WHERE id = $1
"""
_VILLAGE: Final = """
SELECT 1 FROM region JOIN region_edition ON region_edition.code = region.edition
WHERE region.code = $1 AND region.level = 'village' AND region_edition.valid_to IS NULL
"""

_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)

Shape = TypeVar("Shape", SubmissionIn, ScoreIn)


@dataclass(frozen=True, slots=True)
class Checked:
    """A submission without fault, and what was looked up to know it. year: local year at the region."""

    submission: SubmissionIn
    published: Published
    year: int
    content_hash: bytes


async def take_submission(
    connection: Connection,
    content: Mapping[str, Any],
    *,
    id: UUID,
    caller: Caller,
    catalogue: Catalogue,
    clock_skew: timedelta,
) -> tuple[SubmissionOut, bool]:
    """Stores and scores a submission; True beside the receipt if it is new, False if it was sent before.

    Raises the problems faults (nothing is stored), region-outside-caller and submission-differs (what is stored
    stays). However many send the same at once, one is stored and all get its receipt.
    """
    latest = datetime.now(UTC) + clock_skew
    checked, faults = _check(content, caller, catalogue, latest)
    if checked is None:
        raise Problem(problems.FAULTS, faults=[*faults, *await _region_faults(connection, content)])
    submission, published = checked.submission, checked.published
    result = score(submission.answers, published.instrument)
    warnings = _warnings(submission, published.instrument)
    received_at = await connection.fetchval(
        _TAKE,
        id,
        submission.region,
        published.id,
        checked.year,
        submission.surveyed_at,
        UUID(caller.agency_id),
        submission.family.head_sex,
        submission.family.members,
        encode_answers(submission.answers, published.instrument),
        result.outcomes,
        None if result.index is None else units(result.index),
        checked.content_hash,
        warnings,
        submission.family.card_number,
        pack(sums_of(result, published.instrument)),
    )
    if received_at is not None:
        score_out = ScoreOut.of(result, published.instrument)
        return _out(id, 1, ReceiptOut.of(checked.content_hash, received_at), score_out, warnings), True
    stored = await connection.fetchrow(_STORED, id)
    if stored is None:
        raise Problem(problems.FAULTS, faults=[Fault("unknown_region", pointer="/region")])
    if stored["content_hash"] != checked.content_hash:
        if faults := await _region_faults(connection, content):
            raise Problem(problems.FAULTS, faults=faults)
        if not caller.covers(stored["region"]):
            raise Problem(problems.CONFLICT)
        receipt = ReceiptOut.of(stored["content_hash"], stored["received_at"])
        raise Problem(problems.CONFLICT, stored=receipt.model_dump(mode="json"))
    return _stored_out(id, stored, catalogue), False


def _check(
    content: Mapping[str, Any], caller: Caller, catalogue: Catalogue, latest: datetime
) -> tuple[Checked | None, list[Fault]]:
    """The submission, or everything that is wrong with it but for whether its region exists."""
    region = _region_of(content)
    if region is not None and not caller.covers(region):
        raise Problem(problems.FORBIDDEN_REGION)
    submission, published, faults = _read(content, SubmissionIn, catalogue)
    surveyed_at = _instant_of(content) if submission is None else submission.surveyed_at
    if surveyed_at is not None:
        faults += _time_faults(surveyed_at, region, published, latest)
    if submission is None or published is None or faults:
        return None, faults
    year = submission.surveyed_at.astimezone(_zone(submission.region)).year
    return Checked(submission, published, year, _content_hash(content, submission.region)), []


def _read(
    content: Mapping[str, Any], shape: type[Shape], catalogue: Catalogue
) -> tuple[Shape | None, Published | None, list[Fault]]:
    """The body in its shape and its instrument, as far as they are sound, and all faults of shape and answers."""
    faults: list[Fault] = []
    body: Shape | None = None
    try:
        body = shape.model_validate(content)
    except ValidationError as error:
        faults = shape_faults(error.errors(include_url=False, include_input=False))
    code, version, answers = (content.get(name) for name in ("instrument", "version", "answers"))
    published = catalogue.find(code, version) if isinstance(code, str) and isinstance(version, str) else None
    if published is None:
        if not {"/instrument", "/version"} & {fault.pointer for fault in faults}:
            faults.append(Fault("unknown_instrument", pointer="/version"))
    elif isinstance(answers, dict):
        faults += [
            Fault(fault.code, pointer=problems.pointer(("answers", fault.question)), limits=fault.limits)
            for fault in check_answers(answers, published.instrument)
        ]
    return body, published, faults


def _instant_of(content: Mapping[str, Any]) -> datetime | None:
    """The time of the interview in a body that has other faults, so that it is judged with them."""
    try:
        return _INSTANT.validate_python(content.get("surveyed_at"))
    except ValidationError:
        return None


def _time_faults(
    surveyed_at: datetime, region: str | None, published: Published | None, latest: datetime
) -> list[Fault]:
    if surveyed_at > latest:
        return [Fault("surveyed_in_future", pointer="/surveyed_at")]
    if region is None or published is None:
        return []
    # The day's first moment, not the interview's local day: that can lie before the first year there is.
    first = datetime.combine(published.instrument.valid_from, time.min, _zone(region))
    return [Fault("surveyed_before_instrument", pointer="/surveyed_at")] if surveyed_at < first else []


def _zone(region: str) -> ZoneInfo:
    """WIB for a province that does not exist: whatever is sent from there is refused anyway."""
    return ZoneInfo(zone_of(region) or "Asia/Jakarta")


def _region_of(content: Mapping[str, Any]) -> str | None:
    region = content.get("region")
    return undot(region) if isinstance(region, str) else None


async def _region_faults(connection: Connection, content: Mapping[str, Any]) -> list[Fault]:
    region = _region_of(content)
    if region is None or await connection.fetchval(_VILLAGE, region):
        return []
    return [Fault("unknown_region", pointer="/region")]


def _content_hash(content: Mapping[str, Any], region: str) -> bytes:
    """SHA-256 over RFC 8785 canonical JSON: all names are ASCII and all numbers whole, so sorting is all it takes."""
    return hashlib.sha256(_CANONICAL.encode({**content, "region": region}).encode("utf-8")).digest()


def _warnings(submission: SubmissionIn, instrument: Instrument) -> list[str]:
    """Codes of the questions that ask a fact of `family` again and were answered differently."""
    family = submission.family.model_dump()
    return [
        question.code
        for question in instrument.question
        if question.same_as is not None
        and submission.answers.get(question.code, family[question.same_as]) != family[question.same_as]
    ]


def _out(id: UUID, revision: int, receipt: ReceiptOut, score_out: ScoreOut, warnings: list[str]) -> SubmissionOut:
    return SubmissionOut(
        id=id,
        revision=revision,
        status="accepted",
        receipt=receipt,
        score=score_out,
        warnings=[WarningOut.of(each) for each in warnings],
    )


def _stored_out(id: UUID, stored: Mapping[str, Any], catalogue: Catalogue) -> SubmissionOut:
    instrument = catalogue[stored["instrument_id"]].instrument
    return _out(
        id,
        stored["revision"],
        ReceiptOut.of(stored["content_hash"], stored["received_at"]),
        ScoreOut.of(score_outcomes(stored["outcomes"], instrument), instrument),
        stored["warnings"],
    )


async def find_submission(connection: Connection, id: UUID, *, caller: Caller, catalogue: Catalogue) -> SubmissionOut:
    """One submission with its receipt and score; not-found also where it lies outside the caller's regions."""
    stored = await connection.fetchrow(_STORED, id)
    if stored is None or not caller.covers(stored["region"]):
        raise Problem(problems.NOT_FOUND)
    return _stored_out(id, stored, catalogue)


def score_answers(content: Mapping[str, Any], catalogue: Catalogue) -> ScoreOut:
    """The score of answers that are not stored; raises faults."""
    shape, published, faults = _read(content, ScoreIn, catalogue)
    if shape is None or published is None or faults:
        raise Problem(problems.FAULTS, faults=faults)
    return ScoreOut.of(score(shape.answers, published.instrument), published.instrument)
