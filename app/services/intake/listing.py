"""Lists a region's submissions in keyset pages, so that the last page costs as much as the first.

The reading of every page is audited.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal_column, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Family, Submission
from app.platform.codes import is_receipt_code, plain_code
from app.platform.cursors import as_code, as_moment, as_uuid, as_year, pack, unpack
from app.platform.database import inside
from app.platform.encryption import Vault
from app.platform.receipts import ReceiptSigner
from app.problems import Fault, Problem, kinds
from app.problems.stored_warnings import pattern_of
from app.problems.warning_texts import WarningCode
from app.schemas.intake.counts import Uncounted
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.review_states import ReviewState
from app.schemas.intake.submission import SubmissionStatus
from app.schemas.intake.submission_row_json import (
    NO_PROOF,
    NO_WARNINGS,
    Proof,
    RowWriter,
    row_writer_of,
    write_page,
    write_place,
)
from app.scoring.catalogue import Catalogue
from app.scoring.main_index import MainIndexTables, main_index_of
from app.services.audit.queue import record
from app.services.intake.flags import hidden_warnings, shown_warnings
from app.services.intake.readable import readable
from app.services.intake.receipts import receipt_for_sender
from app.turns import in_turns


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
    flagged: bool | None = None
    """Whether they have a warning that the caller may see."""
    warning: WarningCode | None = None
    """A warning that they have, and that the caller may see."""

    def regions(self, caller: Caller) -> Sequence[str]:
        """The regions in whose subtrees they lie."""
        return caller.regions if self.region is None else [self.region]

    def conditions(self, caller: Caller, restricted: ColumnElement[bool], hidden: str) -> Iterator[ColumnElement[bool]]:
        """What holds for each row. `restricted` says whether its family is, and `hidden` finds sensitive warnings."""
        own = col(Submission.sent_by) == UUID(caller.id)
        yield readable(caller, self.regions(caller))
        for column, value in ((Submission.year, self.year), (Submission.purpose, self.purpose)):
            if value is not None:
                yield col(column) == value
        if self.status == "accepted":
            yield col(Submission.review).is_(None)
        elif self.status not in (None, "restricted"):
            yield col(Submission.review) == self.status
        if self.code is not None:
            yield col(Submission.code) == plain_code(self.code)
        if self.moved is not None:
            # Who sent a submission is not told that its numbers are known elsewhere.
            yield inside(col(Submission.region), caller.areas.get("submissions:read", ()))
            yield ~own
        if self.flagged is not None or self.warning is not None:
            yield from self._flagged(shown_warnings(caller, hidden), restricted)
        whether: Sequence[tuple[bool | None, Any]] = (
            # A restricted family is neither read nor reviewed, so its interviews have no other status.
            (None if self.status is None else self.status == "restricted", restricted),
            (self.counts, col(Submission.uncounted).is_(None)),
            (self.moved, col(Submission.moved)),
            (self.mine, self._own(UUID(caller.id))),
        )
        for wanted, holds in whether:
            if wanted is not None:
                yield holds if wanted else ~holds

    def _own(self, caller: UUID) -> ColumnElement[bool]:
        """What the caller sent. Of returned ones, it is what the caller is to correct."""
        sent: ColumnElement[bool] = col(Submission.sent_by) == caller
        if self.status != "returned":
            return sent
        assigned_to = col(Submission.assigned_to)
        # Never null, so that its opposite holds for what nobody took over.
        return or_(and_(sent, assigned_to.is_(None)), and_(assigned_to.is_not(None), assigned_to == caller))

    def _flagged(self, shown: ColumnElement[str], restricted: ColumnElement[bool]) -> Iterator[ColumnElement[bool]]:
        if self.flagged is False:
            yield shown == ""
        else:
            # Literally as the index says it, so that every plan may read it.
            yield col(Submission.warnings) != literal_column("''")
            yield and_(shown != "", ~restricted)
        if self.warning is not None:
            yield shown.regexp_match(pattern_of(self.warning))


_COLUMNS: Final = tuple(
    col(getattr(Submission, name))
    for name in (
        *("id", "family_id", "revision", "region", "edition", "year", "surveyed_at", "purpose", "uncounted", "moved"),
        *("instrument_id", "outcomes", "sent_by", "corrected_by", "received_at", "revised_at", "code", "warnings"),
        "review",
    )
)
_PART: Final = 20
"""Rows that are written between two looks at the clock."""
_OF_HASH: Final = (col(Submission.hash_key_id), col(Submission.encrypted_hash))


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
    newest: bool = False,
) -> str:
    """Returns a page of the wanted submissions that the caller may read, by region, year and arrival.

    With `newest`, the latest arrival comes first, wherever it was. Then want only the caller's own, or few. It is the
    JSON of a page of SubmissionRowOut. Raises region-outside-caller, and faults for a receipt code that is none.
    """
    if wanted.code is not None and not is_receipt_code(plain_code(wanted.code)):
        raise Problem(kinds.FAULTS, faults=[Fault("receipt_code", parameter="code")])
    if wanted.region is not None and not caller.covers(wanted.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    # Not through the session, which would take each row for one of the ORM.
    rows = (
        await (await session.connection()).execute(
            _select(caller, wanted, limit, cursor, hidden_warnings(catalogue), newest=newest)
        )
    ).all()
    await record(
        session,
        caller,
        "submission.list",
        region=span_of(wanted.regions(caller)),
        year=wanted.year,
        submissions=min(len(rows), limit),
    )
    writer = _Writer(caller, catalogue, vault, receipts, own=bool(wanted.mine))
    parts = [rows[first : min(first + _PART, limit)] for first in range(0, min(len(rows), limit), _PART)]
    written = [row async for part in in_turns(parts) for row in writer.write(part)]
    last = rows[limit - 1] if len(rows) > limit else None
    place = () if last is None or newest else (last.region, last.year)
    return write_page(written, None if last is None else pack(*place, last.received_at, last.id))


async def has_sent(session: AsyncSession, caller: Caller) -> bool:
    """Returns whether the caller sent anything in its regions. It is no look at a submission, so it is not audited."""
    query = select(col(Submission.id)).where(
        col(Submission.sent_by) == UUID(caller.id), inside(col(Submission.region), caller.regions)
    )
    return await session.scalar(query.limit(1)) is not None


def _select(
    caller: Caller, wanted: Wanted, limit: int, cursor: str | None, hidden: str, *, newest: bool = False
) -> Select[Any]:
    """Selects what rows show, and one row more. It reads content hashes only where the sender is told them."""
    # A subquery and not a join, so that the planner reads the rows in the order of their index in every case.
    restricted = (
        select(col(Family.restricted_at).is_not(None))
        .where(col(Family.id) == col(Submission.family_id))
        .correlate(Submission)
        .scalar_subquery()
    )
    query = select(*_COLUMNS, restricted, *(_OF_HASH if wanted.mine else ()))
    query = query.where(*wanted.conditions(caller, restricted, hidden)).limit(limit + 1)
    if newest:
        arrival = (col(Submission.received_at), col(Submission.id))
        query = query.order_by(*(each.desc() for each in arrival))
        return query if cursor is None else query.where(tuple_(*arrival) < unpack(cursor, (as_moment, as_uuid)))
    order = tuple_(*map(col, (Submission.region, Submission.year, Submission.received_at, Submission.id)))
    query = query.order_by(*order)
    return query if cursor is None else query.where(order > _read_cursor(cursor))


class _Place(NamedTuple):
    """What rows of a region have in common for the caller."""

    written: str
    reads: bool
    reads_sensitive: bool


class _Writer:
    """Writes rows for a caller. If all are the caller's own, they have the receipts that `find_submission` returns."""

    def __init__(
        self, caller: Caller, catalogue: Catalogue, vault: Vault, receipts: ReceiptSigner, *, own: bool
    ) -> None:
        self._caller, self._catalogue = caller, catalogue
        self._vault, self._receipts, self._own = vault, receipts, own
        self._id = UUID(caller.id)
        self._places: dict[tuple[str, str], _Place] = {}
        self._instruments: dict[int, tuple[MainIndexTables, RowWriter]] = {}

    def write(self, rows: Sequence[Any]) -> list[str]:
        """Writes rows of `_COLUMNS`, each followed by whether its family is restricted, and key and hash if wanted."""
        return [self._write(*row) for row in rows]

    def _write(
        self,
        id: UUID,
        family: UUID,
        revision: int,
        region: str,
        edition: str,
        year: int,
        surveyed_at: datetime,
        purpose: Purpose,
        uncounted: Uncounted | None,
        moved: bool,
        instrument_id: int,
        outcomes: str,
        sent_by: UUID,
        corrected_by: UUID | None,
        received_at: datetime,
        revised_at: datetime | None,
        code: str,
        warnings: str,
        review: ReviewState | None,
        restricted: bool,
        *hashed: Any,
    ) -> str:
        """Leaves the score out of a `restricted` submission, whose family asked to be neither read nor counted.

        It is no secret that the submission exists.
        """
        written, reads, reads_sensitive = self._places.get((region, edition)) or self._visit(region, edition)
        tables, writer = self._instruments.get(instrument_id) or self._learn(instrument_id)
        knows, proof, main = self._id == (sent_by if revision == 1 else corrected_by), NO_PROOF, None
        flags = NO_WARNINGS
        told_at = revised_at or received_at
        if not restricted:
            main = tables.read(outcomes, whole=reads_sensitive or knows)
            if warnings:
                flags = writer.codes(warnings, reads_sensitive or knows)
            if self._own:
                stored = {"revision": revision, "region": region, "received_at": told_at, "code": code}
                proof = self._prove(id, {**stored, "corrected_by": corrected_by}, *(hashed if knows else (None, None)))
        told = moved if reads and sent_by != self._id else None
        return writer.write(
            *(id, family, revision, written, year, surveyed_at, purpose, uncounted, told, main),
            *(told_at, code, proof, flags, review),
        )

    def _visit(self, region: str, edition: str) -> _Place:
        holds = self._caller.holds
        place = _Place(
            write_place(region, edition), holds("submissions:read", region), holds("submissions:sensitive", region)
        )
        self._places[region, edition] = place
        return place

    def _learn(self, instrument_id: int) -> tuple[MainIndexTables, RowWriter]:
        instrument = self._catalogue[instrument_id].instrument
        found = self._instruments[instrument_id] = main_index_of(instrument), row_writer_of(instrument)
        return found

    def _prove(self, id: UUID, stored: Mapping[str, Any], key_id: str | None, encrypted: bytes | None) -> Proof:
        """Returns content hash and signature. Without a key, the caller is not told the hash."""
        hashed = None if key_id is None or encrypted is None else self._vault.decrypt_hash(id, key_id, encrypted)
        signed = receipt_for_sender(id, stored, hashed, self._receipts)
        return signed.content_hash, signed.signature


def _read_cursor(cursor: str) -> tuple[str, int, datetime, UUID]:
    region, year, received_at, last = unpack(cursor, (as_code, as_year, as_moment, as_uuid))
    return region, year, received_at, last
