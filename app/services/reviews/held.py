"""Lists and reads submissions that are held, and erases one for the families that it names."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Family, FamilyKey, HeldNumber, HeldSubmission
from app.platform.codes import show_receipt_code
from app.platform.cursors import as_moment, as_uuid, pack, unpack
from app.platform.database import inside
from app.problems import Problem, kinds
from app.regions.codes import dot
from app.schemas.intake.held import HeldKind, HeldStatus
from app.schemas.intake.purpose import DEFAULT_PURPOSE, Purpose
from app.schemas.reviews.held import ErasedHeldOut, HeldRowOut
from app.schemas.shapes import Page
from app.services.audit.queue import record
from app.services.intake.held import erase_held, lock_held
from app.services.intake.submission_table import note_erased

REVIEW: Final = "submissions:review"


@dataclass(frozen=True, slots=True)
class WantedHeld:
    """Which of them a list holds. What is None leaves none out."""

    region: str | None = None
    kind: HeldKind | None = None
    status: HeldStatus | None = None
    mine: bool | None = None

    def conditions(self, caller: Caller) -> Iterator[ColumnElement[bool]]:
        own = col(HeldSubmission.sent_by) == UUID(caller.id)
        yield _readable(caller)
        yield ~is_restricted()
        if self.region is not None:
            yield inside(col(HeldSubmission.region), [self.region])
        if self.kind is not None:
            yield col(HeldSubmission.kind) == self.kind
        if self.status is not None:
            yield col(HeldSubmission.status) == self.status
        if self.mine is not None:
            yield own if self.mine else ~own


def _readable(caller: Caller) -> ColumnElement[bool]:
    """The sender reads its own, and a supervisor those of the area."""
    reviewed = inside(col(HeldSubmission.region), caller.areas.get(REVIEW, ()))
    return or_(col(HeldSubmission.sent_by) == UUID(caller.id), reviewed)


def is_restricted() -> ColumnElement[bool]:
    """Whether the family of the submission is restricted, or one whose number the body states."""
    known = select(col(Family.id)).where(
        col(Family.id) == col(HeldSubmission.family_id), col(Family.restricted_at).is_not(None)
    )
    named = (
        select(col(Family.id))
        .join(FamilyKey, col(FamilyKey.family_id) == col(Family.id))
        .join(HeldNumber, col(HeldNumber.digest) == col(FamilyKey.digest))
        .where(col(HeldNumber.held_id) == col(HeldSubmission.id), col(Family.restricted_at).is_not(None))
    )
    return or_(known.exists(), named.exists())


async def list_held(
    session: AsyncSession, caller: Caller, wanted: WantedHeld, *, limit: int, cursor: str | None
) -> Page[HeldRowOut]:
    """Returns a page of what the caller sent or may review, the oldest first. Raises region-outside-caller."""
    if wanted.region is not None and not caller.covers(wanted.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    key = tuple_(col(HeldSubmission.received_at), col(HeldSubmission.id))
    query = select(HeldSubmission).where(*wanted.conditions(caller)).order_by(key).limit(limit + 1)
    if cursor is not None:
        query = query.where(key > unpack(cursor, (as_moment, as_uuid)))
    rows = list(await session.scalars(query))
    regions = caller.regions if wanted.region is None else [wanted.region]
    await record(session, caller, "held.list", region=span_of(regions), found=min(len(rows), limit))
    return await Page[HeldRowOut].of(rows, limit, shape=show_row, cursor=lambda row: pack(row.received_at, row.id))


def show_row(row: HeldSubmission) -> HeldRowOut:
    return HeldRowOut(**row_members(row))


def row_members(row: HeldSubmission) -> dict[str, Any]:
    """The members of HeldRowOut."""
    return {
        **row.model_dump(include=set(HeldRowOut.model_fields)),
        "submission": row.submission_id,
        "dotted": dot(row.region),
        "code": show_receipt_code(row.code),
        "faults_total": len(row.told_faults or ()),
    }


async def find_held(session: AsyncSession, caller: Caller, id: UUID) -> HeldSubmission:
    """Returns one that the caller sent or may review. Raises not-found and family-restricted."""
    query = select(HeldSubmission, is_restricted()).where(col(HeldSubmission.id) == id, _readable(caller))
    found = (await session.execute(query)).one_or_none()
    if found is None or not caller.covers(found[0].region):
        raise Problem(kinds.NOT_FOUND)
    held, restricted = found
    if restricted:
        raise Problem(kinds.FAMILY_RESTRICTED)
    row: HeldSubmission = held
    return row


async def erase_one(session: AsyncSession, caller: Caller, id: UUID) -> ErasedHeldOut:
    """Erases what is held for the families that it names. Raises not-found.

    If nothing is stored under its id, a device that sends it again learns of the erasure.
    """
    held = await lock_held(session, id)
    if held is None or not caller.covers(held.region):
        raise Problem(kinds.NOT_FOUND)
    if held.kind == "faulty":
        purpose: Purpose = "training" if held.training else DEFAULT_PURPOSE
        await note_erased(session, held.submission_id, sent_by=held.sent_by, purpose=purpose)
    await erase_held(session, [held.id])
    subject = f"held:{held.id}"
    await record(session, caller, "held.erase", region=held.region, subject=subject, submission=str(held.submission_id))
    return ErasedHeldOut(id=held.id, erased_at=datetime.now(UTC))
