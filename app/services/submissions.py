"""Submissions: take one, resend-safe; read one; list a region's. Scores an unsent one too.

JSON → shape and answers checked, all faults at once → scored → one statement stores the row and adds to the village's
sums → committed → receipt. Taking goes past the ORM: its share was most of the request.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, false, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app import problems
from app.database import Connection, UnavailableError
from app.models import Submission
from app.problems import Fault, Problem, shape_faults
from app.regions import COUNTRY, dot, undot, zone_of
from app.schemas.score import CategoryOut, ScoreIn, ScoreOut
from app.schemas.shapes import Page
from app.schemas.submission import Instant, ReceiptOut, SubmissionIn, SubmissionOut, SubmissionRowOut, WarningOut
from app.scoring.answers import check_answers
from app.scoring.catalogue import Catalogue, Published
from app.scoring.coding import encode_answers
from app.scoring.estimate import pack, sums_of, units
from app.scoring.instrument import Instrument
from app.scoring.rounding import shown
from app.scoring.score import score, score_outcomes
from app.security import Caller

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
        return _out(id, 1, _receipt(checked.content_hash, received_at), score_out, warnings), True
    stored = await connection.fetchrow(_STORED, id)
    if stored is None:
        raise Problem(problems.FAULTS, faults=[Fault("unknown_region", pointer="/region")])
    if stored["content_hash"] != checked.content_hash:
        if faults := await _region_faults(connection, content):
            raise Problem(problems.FAULTS, faults=faults)
        if not caller.covers(stored["region"]):
            raise Problem(problems.CONFLICT)
        receipt = _receipt(stored["content_hash"], stored["received_at"])
        raise Problem(problems.CONFLICT, stored=receipt.model_dump(mode="json"))
    return _stored_out(id, stored, catalogue), False


def _check(
    content: Mapping[str, Any], caller: Caller, catalogue: Catalogue, latest: datetime
) -> tuple[Checked | None, list[Fault]]:
    """The submission, or everything that is wrong with it but for whether its region exists."""
    region = _region_of(content)
    if region is not None and not caller.covers(region):
        raise Problem(problems.FORBIDDEN_REGION)
    try:
        submission: SubmissionIn | None = SubmissionIn.model_validate(content)
        faults: list[Fault] = []
    except ValidationError as error:
        submission = None
        faults = shape_faults(error.errors(include_url=False, include_input=False))
    published = _published_of(content, catalogue)
    if published is None:
        if not {"/instrument", "/version"} & {fault.pointer for fault in faults}:
            faults.append(Fault("unknown_instrument", pointer="/version"))
    else:
        faults += _answer_faults(content, published.instrument)
    surveyed_at = _instant_of(content) if submission is None else submission.surveyed_at
    if surveyed_at is not None:
        faults += _time_faults(surveyed_at, region, published, latest)
    if submission is None or published is None or faults:
        return None, faults
    year = submission.surveyed_at.astimezone(_zone(submission.region)).year
    return Checked(submission, published, year, _content_hash(content, submission.region)), []


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
    return ZoneInfo(zone_of(region) or "Asia/Jakarta")


def _region_of(content: Mapping[str, Any]) -> str | None:
    region = content.get("region")
    return undot(region) if isinstance(region, str) else None


def _published_of(content: Mapping[str, Any], catalogue: Catalogue) -> Published | None:
    code, version = content.get("instrument"), content.get("version")
    return catalogue.find(code, version) if isinstance(code, str) and isinstance(version, str) else None


def _answer_faults(content: Mapping[str, Any], instrument: Instrument) -> list[Fault]:
    answers = content.get("answers")
    if not isinstance(answers, dict):
        return []
    return [
        Fault(fault.code, pointer=problems.pointer(("answers", fault.question)), limits=fault.limits)
        for fault in check_answers(answers, instrument)
    ]


async def _region_faults(connection: Connection, content: Mapping[str, Any]) -> list[Fault]:
    region = _region_of(content)
    if region is None or await connection.fetchval(_VILLAGE, region):
        return []
    return [Fault("unknown_region", pointer="/region")]


def _content_hash(content: Mapping[str, Any], region: str) -> bytes:
    """SHA-256 over RFC 8785 canonical JSON: all names are ASCII and all numbers whole, so sorting is all it takes."""
    canonical = json.dumps({**content, "region": region}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode("utf-8")).digest()


def _warnings(submission: SubmissionIn, instrument: Instrument) -> list[str]:
    """Codes of the questions that ask a fact of `family` again and were answered differently."""
    family = submission.family.model_dump()
    return [
        question.code
        for question in instrument.question
        if question.same_as is not None
        and submission.answers.get(question.code, family[question.same_as]) != family[question.same_as]
    ]


def _receipt(content_hash: bytes, received_at: datetime) -> ReceiptOut:
    return ReceiptOut(content_hash=f"sha-256:{content_hash.hex()}", received_at=received_at)


def _out(id: UUID, revision: int, receipt: ReceiptOut, score_out: ScoreOut, warnings: list[str]) -> SubmissionOut:
    return SubmissionOut(
        id=id,
        revision=revision,
        status="accepted",
        receipt=receipt,
        score=score_out,
        warnings=[WarningOut.of(each) for each in warnings],
    )


def _instrument_of(number: int, catalogue: Catalogue) -> Instrument:
    if number not in catalogue:
        # Published a moment ago and used through another process: this one takes it in with its next refresh.
        raise UnavailableError
    return catalogue[number].instrument


def _stored_out(id: UUID, stored: Mapping[str, Any], catalogue: Catalogue) -> SubmissionOut:
    instrument = _instrument_of(stored["instrument_id"], catalogue)
    return _out(
        id,
        stored["revision"],
        _receipt(stored["content_hash"], stored["received_at"]),
        ScoreOut.of(score_outcomes(stored["outcomes"], instrument), instrument),
        stored["warnings"],
    )


async def find_submission(connection: Connection, id: UUID, *, caller: Caller, catalogue: Catalogue) -> SubmissionOut:
    """One submission with its receipt and score; not-found also where it lies outside the caller's regions."""
    stored = await connection.fetchrow(_STORED, id)
    if stored is None or not caller.covers(stored["region"]):
        raise Problem(problems.NOT_FOUND)
    return _stored_out(id, stored, catalogue)


async def list_submissions(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None,
    year: int | None,
    limit: int,
    cursor: str | None,
    catalogue: Catalogue,
) -> Page[SubmissionRowOut]:
    """Submissions of a region's subtree (of all the caller's regions without one), by region, year and arrival."""
    if region is not None and not caller.covers(region):
        raise Problem(problems.FORBIDDEN_REGION)
    columns = (Submission.region, Submission.year, Submission.received_at, Submission.id)
    key = tuple_(*(col(column) for column in columns))
    query = select(Submission).order_by(*key).limit(limit + 1)
    roots = [region] if region is not None else list(caller.regions)
    if COUNTRY not in roots:
        query = query.where(or_(false(), *(_below(root) for root in roots)))
    if year is not None:
        query = query.where(col(Submission.year) == year)
    if cursor is not None:
        query = query.where(key > _read_cursor(cursor))
    rows = list(await session.scalars(query))
    return Page[SubmissionRowOut](
        items=[_row_out(row, _instrument_of(row.instrument_id, catalogue)) for row in rows[:limit]],
        next=_write_cursor(rows[limit - 1]) if len(rows) > limit else None,
    )


def _below(root: str) -> ColumnElement[bool]:
    """The subtree of a code as one range of the index: ":" is the character after "9"."""
    return (col(Submission.region) >= root) & (col(Submission.region) < root + ":")


def _row_out(row: Submission, instrument: Instrument) -> SubmissionRowOut:
    result = score_outcomes(row.outcomes, instrument)
    return SubmissionRowOut(
        id=row.id,
        revision=row.revision,
        status="accepted",
        region=row.region,
        dotted=dot(row.region),
        edition=row.edition,
        year=row.year,
        surveyed_at=row.surveyed_at,
        instrument=instrument.code,
        version=instrument.version,
        instrument_status=instrument.status,
        index=shown(result.index),
        category=CategoryOut.of(result.category, instrument),
        receipt=_receipt(row.content_hash, row.received_at),
    )


def _write_cursor(row: Submission) -> str:
    key = [row.region, row.year, row.received_at.isoformat(), str(row.id)]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> tuple[str, int, datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        region, year, received_at, last = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if not isinstance(region, str) or undot(region) != region or type(year) is not int or not 0 <= year <= 9999:
            raise ValueError
        moment = datetime.fromisoformat(received_at)
        if moment.utcoffset() != timedelta():
            raise ValueError  # not as we write it; at the calendar's ends another offset cannot even be converted
        return region, year, moment, UUID(last)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise Problem(problems.FAULTS, faults=[Fault("bad_cursor", parameter="cursor")]) from None


def score_answers(content: Mapping[str, Any], catalogue: Catalogue) -> ScoreOut:
    """The score of answers that are not stored; raises faults."""
    faults: list[Fault] = []
    try:
        ScoreIn.model_validate(content)
    except ValidationError as error:
        faults = shape_faults(error.errors(include_url=False, include_input=False))
    published = _published_of(content, catalogue)
    if published is None and not {"/instrument", "/version"} & {fault.pointer for fault in faults}:
        faults.append(Fault("unknown_instrument", pointer="/version"))
    if published is not None:
        faults += _answer_faults(content, published.instrument)
    if faults or published is None:
        raise Problem(problems.FAULTS, faults=faults)
    return ScoreOut.of(score(content["answers"], published.instrument), published.instrument)
