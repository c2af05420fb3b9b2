"""Lists a region's submissions in keyset pages, so that the last page costs as much as the first.

The reading of every page is audited.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Family, Submission
from app.platform.codes import is_receipt_code, plain_code
from app.platform.cursors import as_code, as_moment, as_uuid, as_year, pack, unpack
from app.platform.database import inside
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.problems import Fault, Problem, kinds
from app.regions.codes import dot
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.score import CategoryOut
from app.schemas.intake.submission import ReceiptOut, SubmissionRowOut, SubmissionStatus
from app.schemas.shapes import Page
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue
from app.scoring.compiled_score import tables_of
from app.scoring.disclosure import ProtectedIndex, protect
from app.scoring.instrument import Instrument
from app.scoring.rounding import shown
from app.services.audit.queue import record
from app.services.intake.readable import readable
from app.services.intake.receipts import receipt_for_readers, receipt_for_sender


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which submissions a list holds. What is None leaves none out."""

    region: str | None = None
    """A region in whose subtree they lie."""
    year: int | None = None
    status: SubmissionStatus | None = None
    purpose: Purpose | None = None
    counts: bool | None = None
    moved: bool | None = None
    mine: bool | None = None
    """Whether the caller sent them. If so, the list holds their receipts."""
    code: str | None = None
    """The code of a receipt as somebody typed it."""

    def regions(self, caller: Caller) -> Sequence[str]:
        """The regions in whose subtrees they lie."""
        return caller.regions if self.region is None else [self.region]

    def conditions(self, caller: Caller, restricted: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
        """What holds for each row. `restricted` says whether its family is."""
        own = col(Submission.sent_by) == UUID(caller.id)
        yield readable(caller, self.regions(caller))
        for column, value in ((Submission.year, self.year), (Submission.purpose, self.purpose)):
            if value is not None:
                yield col(column) == value
        if self.code is not None:
            yield col(Submission.code) == plain_code(self.code)
        if self.moved is not None:
            # Who sent a submission is not told that its numbers are known elsewhere.
            yield inside(col(Submission.region), caller.areas.get("submissions:read", ()))
            yield ~own
        whether: Sequence[tuple[bool | None, Any]] = (
            (None if self.status is None else self.status == "restricted", restricted),
            (self.counts, col(Submission.uncounted).is_(None)),
            (self.moved, col(Submission.moved)),
            (self.mine, own),
        )
        for wanted, holds in whether:
            if wanted is not None:
                yield holds if wanted else ~holds


@dataclass(frozen=True, slots=True)
class _Shown:
    """What rows are shown with."""

    caller: Caller
    catalogue: Catalogue
    vault: Vault
    receipts: ReceiptSigner
    own: bool
    """Whether all rows are the caller's own, and are shown with their receipts."""


async def list_submissions(
    session: AsyncSession,
    caller: Caller,
    wanted: Wanted,
    *,
    limit: int,
    cursor: str | None,
    catalogue: Catalogue,
    vault: Vault,
    receipts: ReceiptSigner,
) -> Page[SubmissionRowOut]:
    """Returns a page of the wanted submissions that the caller may read, by region, year and arrival.

    Raises region-outside-caller, and faults for a receipt code that is none.
    """
    if wanted.code is not None and not is_receipt_code(plain_code(wanted.code)):
        raise Problem(kinds.FAULTS, faults=[Fault("receipt_code", parameter="code")])
    if wanted.region is not None and not caller.covers(wanted.region):
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
    # A list shows no answers, and content hashes to the sender only. It does not read what it does not show.
    unread: Any = (Submission.answers, *(() if wanted.mine else (Submission.encrypted_hash,)))
    query = select(Submission, restricted).options(*map(defer, unread))
    query = query.where(*wanted.conditions(caller, restricted)).order_by(*key).limit(limit + 1)
    if cursor is not None:
        query = query.where(key > _read_cursor(cursor))
    rows = list((await session.execute(query)).all())
    await record(
        session,
        caller,
        "submission.list",
        region=span_of(wanted.regions(caller)),
        year=wanted.year,
        submissions=min(len(rows), limit),
    )
    shown = _Shown(caller, catalogue, vault, receipts, own=bool(wanted.mine))
    return await Page[SubmissionRowOut].of(
        rows,
        limit,
        shape=lambda row: _row_out(row[0], shown, restricted=row[1]),
        cursor=lambda row: _write_cursor(row[0]),
    )


def _row_out(row: Submission, shown: _Shown, *, restricted: bool) -> SubmissionRowOut:
    """Leaves the score out of a `restricted` submission, whose family asked to be neither read nor counted.

    It is no secret that the submission exists.
    """
    caller, instrument = shown.caller, shown.catalogue[row.instrument_id].instrument
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
        receipt=_receipt(row, shown, restricted=restricted),
        **scored,
    )


def _receipt(row: Submission, shown: _Shown, *, restricted: bool) -> ReceiptOut:
    """Returns the receipt as `find_submission` does if the list is the caller's own, and otherwise as for readers."""
    if restricted or not shown.own:
        return receipt_for_readers(row.received_at, row.code)
    hashed = None
    if shown.caller.sent(row.sent_by, row.revision):
        hashed = shown.vault.decrypt_hash(row.id, row.hash_key_id, row.encrypted_hash)
    stored = {name: getattr(row, name) for name in ("revision", "region", "received_at", "code")}
    return receipt_for_sender(row.id, stored, hashed, shown.receipts)


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
