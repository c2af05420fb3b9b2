"""Lists a region's submissions in keyset pages, so that the last page costs as much as the first.

The reading of every page is audited.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Family, Submission
from app.platform.codes import is_receipt_code, plain_code
from app.platform.cursors import as_code, as_moment, as_uuid, as_year, pack, unpack
from app.platform.database import inside
from app.problems import Fault, Problem, kinds
from app.regions.codes import dot
from app.schemas.intake.score import CategoryOut
from app.schemas.intake.submission import SubmissionRowOut, SubmissionStatus
from app.schemas.shapes import Page
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue
from app.scoring.compiled_score import tables_of
from app.scoring.disclosure import ProtectedIndex, protect
from app.scoring.instrument import Instrument
from app.scoring.rounding import shown
from app.services.audit.queue import record
from app.services.intake.readable import readable
from app.services.intake.receipts import receipt_for_readers


async def list_submissions(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None,
    year: int | None,
    status: SubmissionStatus | None = None,
    counts: bool | None = None,
    moved: bool | None = None,
    code: str | None = None,
    limit: int,
    cursor: str | None,
    catalogue: Catalogue,
) -> Page[SubmissionRowOut]:
    """Returns a page of the submissions of a region's subtree that the caller may read, by region, year and arrival.

    Without `region`, these are the submissions of all the caller's regions. Raises region-outside-caller, and faults
    for a receipt code that is none.
    """
    if code is not None and not is_receipt_code(plain_code(code)):
        raise Problem(kinds.FAULTS, faults=[Fault("receipt_code", parameter="code")])
    if region is not None and not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    columns = (Submission.region, Submission.year, Submission.received_at, Submission.id)
    key = tuple_(*(col(column) for column in columns))
    # A subquery and not a join, so that the planner reads the rows in the order of their index in every case.
    restricted = (
        select(col(Family.restricted_at).is_not(None))
        .where(col(Family.id) == col(Submission.family_id))
        .correlate(Submission)
        .scalar_subquery()
    )
    # A list shows neither answers nor content hashes, so it does not read them.
    unread: Any = (Submission.answers, Submission.encrypted_hash)
    query = select(Submission, restricted).options(*map(defer, unread))
    query = query.where(readable(caller, [region] if region is not None else caller.regions))
    query = query.order_by(*key).limit(limit + 1)
    if year is not None:
        query = query.where(col(Submission.year) == year)
    if status is not None:
        query = query.where(restricted if status == "restricted" else ~restricted)
    if code is not None:
        query = query.where(col(Submission.code) == plain_code(code))
    if counts is not None:
        uncounted = col(Submission.uncounted).is_not(None)
        query = query.where(~uncounted if counts else uncounted)
    if moved is not None:
        # Who sent a submission is not told that its numbers are known elsewhere.
        told = inside(col(Submission.region), caller.areas.get("submissions:read", ()))
        others = col(Submission.sent_by) != UUID(caller.id)
        query = query.where(told, others, col(Submission.moved) if moved else ~col(Submission.moved))
    if cursor is not None:
        query = query.where(key > _read_cursor(cursor))
    rows = list((await session.execute(query)).all())
    await record(
        session,
        caller,
        "submission.list",
        region=span_of([region] if region is not None else caller.regions),
        year=year,
        submissions=min(len(rows), limit),
    )
    return await Page[SubmissionRowOut].of(
        rows,
        limit,
        shape=lambda row: _row_out(row[0], catalogue[row[0].instrument_id].instrument, caller, restricted=row[1]),
        cursor=lambda row: _write_cursor(row[0]),
    )


def _row_out(row: Submission, instrument: Instrument, caller: Caller, *, restricted: bool) -> SubmissionRowOut:
    """Leaves the score out of a `restricted` submission, whose family asked to be neither read nor counted.

    It is no secret that the submission exists.
    """
    scored: dict[str, Any] = {"withheld": False, "index": None, "category": None}
    if not restricted:
        scored = _scored(row.outcomes, instrument, whole=caller.reads_whole(row.region, row.sent_by, row.revision))
    return SubmissionRowOut(
        id=row.id,
        family=row.family_id,
        revision=row.revision,
        status="restricted" if restricted else "accepted",
        region=row.region,
        dotted=dot(row.region),
        edition=row.edition,
        year=row.year,
        surveyed_at=row.surveyed_at,
        purpose=row.purpose,
        counts=row.uncounted is None,
        uncounted=row.uncounted,
        moved=row.moved if caller.holds("submissions:read", row.region) and caller.id != str(row.sent_by) else None,
        instrument=instrument.code,
        version=instrument.version,
        instrument_status=instrument.status,
        receipt=receipt_for_readers(row.received_at, row.code),
        **scored,
    )


def _scored(outcomes: str, instrument: Instrument, *, whole: bool) -> dict[str, Any]:
    """Returns the members of a row that tell the score, whole or as it follows from the visible outcomes."""
    bases, main = read_bases(outcomes, instrument), instrument.main
    results = (None if whole else protect(bases, instrument)) or tables_of(instrument).score(bases).indices
    first, withheld = results[0], any(isinstance(each, ProtectedIndex) for each in results)
    if isinstance(first, ProtectedIndex):
        bounds = first.bounds
        value = {
            "index": None,
            "lowest": shown(bounds.lowest, main.decimals),
            "highest": shown(bounds.highest, main.decimals),
        }
    else:
        value = {"index": shown(first.shown, main.decimals)}
    return {"withheld": withheld, **value, "category": CategoryOut.at(first.category, main)}


def _write_cursor(row: Submission) -> str:
    return pack(row.region, row.year, row.received_at, row.id)


def _read_cursor(cursor: str) -> tuple[str, int, datetime, UUID]:
    region, year, received_at, last = unpack(cursor, (as_code, as_year, as_moment, as_uuid))
    return region, year, received_at, last
