"""Lists a region's submissions in keyset pages, so that the last page costs as much as the first.

The reading of every page is audited.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Family, Submission
from app.platform.cursors import as_code, as_moment, as_uuid, as_year, pack, unpack
from app.platform.database import inside
from app.platform.encryption import Vault
from app.problems import Problem, kinds
from app.regions.codes import dot
from app.schemas.intake.score import CategoryOut
from app.schemas.intake.submission import ReceiptOut, SubmissionRowOut, SubmissionStatus
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument
from app.scoring.rounding import shown
from app.scoring.score import score_outcomes
from app.services.audit.queue import record


async def list_submissions(
    session: AsyncSession,
    caller: Caller,
    *,
    region: str | None,
    year: int | None,
    status: SubmissionStatus | None = None,
    limit: int,
    cursor: str | None,
    catalogue: Catalogue,
    vault: Vault,
) -> Page[SubmissionRowOut]:
    """Returns a page of the submissions of a region's subtree, ordered by region, year and arrival.

    Without `region`, these are the submissions of all the caller's regions. Raises region-outside-caller.
    """
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
    query = select(Submission, restricted).order_by(*key).limit(limit + 1)
    query = query.where(inside(col(Submission.region), [region] if region is not None else caller.regions))
    if year is not None:
        query = query.where(col(Submission.year) == year)
    if status is not None:
        query = query.where(restricted if status == "restricted" else ~restricted)
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
    return Page[SubmissionRowOut].of(
        rows,
        limit,
        shape=lambda row: _row_out(row[0], catalogue[row[0].instrument_id].instrument, restricted=row[1], vault=vault),
        cursor=lambda row: _write_cursor(row[0]),
    )


def _row_out(row: Submission, instrument: Instrument, *, restricted: bool, vault: Vault) -> SubmissionRowOut:
    """Leaves the score out of a `restricted` submission, whose family asked to be neither read nor counted.

    It is no secret that the submission exists.
    """
    result = None if restricted else score_outcomes(row.outcomes, instrument)
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
        instrument=instrument.code,
        version=instrument.version,
        instrument_status=instrument.status,
        index=None if result is None else shown(result.index),
        category=None if result is None else CategoryOut.of(result.category, instrument),
        receipt=ReceiptOut.of(vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash), row.received_at),
    )


def _write_cursor(row: Submission) -> str:
    return pack(row.region, row.year, row.received_at, row.id)


def _read_cursor(cursor: str) -> tuple[str, int, datetime, UUID]:
    region, year, received_at, last = unpack(cursor, (as_code, as_year, as_moment, as_uuid))
    return region, year, received_at, last
