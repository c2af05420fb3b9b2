"""Edits of interviews on phones. The only writer of `phone_instance`.

An edit has an id of its own, and names the one that it edits. The service keeps both beside the id under which the
interview was sent first, in the transaction that stores or keeps the edit. An edit of it waits until its fate is
decided, and then becomes a correction of what it became.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import HeldSubmission, PhoneInstance, Submission
from app.platform.database import raw_connection
from app.services.intake.sent_before import is_own


@dataclass(frozen=True, slots=True)
class Base:
    """What an edit edits.

    root: the id under which the interview was sent first
    replaces: the revision that the phone knew, 0 if it knew of none that was stored
    known: whether the interview was received, and the fate of the edited instance is decided
    returned: whether a supervisor returned it
    """

    root: UUID
    replaces: int
    known: bool
    returned: bool = False


async def find_base(session: AsyncSession, edited: UUID, caller: Caller) -> Base:
    """Returns what an edit of the instance `edited` is made from. The session's area is the caller's."""
    # Before its name, which is stored together with what waits. Otherwise an edit that waits could look like a first
    # interview.
    sent = await _was_sent(session, edited, caller)
    earlier = await session.get(PhoneInstance, edited, populate_existing=True)
    root = edited if earlier is None else earlier.submission_id
    stored = await session.get(Submission, root, populate_existing=True)
    known = stored is not None or (sent if root == edited else await _was_sent(session, root, caller))
    if known and stored is None:
        # It may have been stored at this moment.
        stored = await session.get(Submission, root, populate_existing=True)
    if earlier is None:
        replaces = int(known and not await _was_repaired(session, stored))
    elif earlier.revision is not None:
        replaces = earlier.revision
    else:
        replaces = earlier.replaces
        known = known and not await _waits(session, edited, caller)
    return Base(root, replaces, known, stored is not None and stored.review == "returned")


async def _waits(session: AsyncSession, edit: UUID, caller: Caller) -> bool:
    """Whether an edit was kept under its own id, because it came before what it edits, and has not been taken since."""
    return await _has_held(session, edit, caller, col(HeldSubmission.status) == "open")


async def _was_sent(session: AsyncSession, root: UUID, caller: Caller) -> bool:
    """Whether the caller sent what is stored elsewhere, held or erased under an id."""
    return await _has_held(session, root, caller) or await is_own(await raw_connection(session), root, caller)


async def _has_held(session: AsyncSession, id: UUID, caller: Caller, *which: ColumnElement[bool]) -> bool:
    held = select(col(HeldSubmission.id)).where(
        col(HeldSubmission.submission_id) == id, col(HeldSubmission.sent_by) == UUID(caller.id), *which
    )
    return await session.scalar(held.limit(1)) is not None


async def _was_repaired(session: AsyncSession, stored: Submission | None) -> bool:
    """Whether the first revision is not what was sent first: that had faults, and somebody repaired them."""
    if stored is None:
        return True
    if stored.revision == 1 and stored.corrected_by is not None:
        return True
    own = select(col(PhoneInstance.instance_id)).where(
        col(PhoneInstance.submission_id) == stored.id,
        col(PhoneInstance.revision) == 1,
        col(PhoneInstance.replaces) == 0,
    )
    return await session.scalar(own.limit(1)) is not None


async def name_edit(
    session: AsyncSession, instance: UUID, edited: UUID, base: Base, caller: Caller, *, revision: int | None = None
) -> None:
    """Keeps the name of an edit whose fate is decided, beside what it edits.

    revision: what it became, or None if it is held. If it became one before, that stays
    """
    row = {
        "instance_id": instance,
        "edits": edited,
        "submission_id": base.root,
        "device_id": UUID(caller.sign_in),
        "replaces": base.replaces,
        "revision": revision,
        "received_at": datetime.now(UTC),
    }
    naming = insert(PhoneInstance).values(row)
    # Its base may have come in the meantime, with another root.
    changes: dict[str, Any] = {name: naming.excluded[name] for name in ("edits", "submission_id", "replaces")}
    changes["revision"] = func.coalesce(col(PhoneInstance.revision), naming.excluded["revision"])
    await session.execute(naming.on_conflict_do_update(index_elements=["instance_id"], set_=changes))


async def find_waiting(session: AsyncSession, instance: UUID, caller: Caller) -> list[tuple[UUID, HeldSubmission]]:
    """Returns the caller's edits that wait and come from an instance, each after the one that it edits.

    With each stands the instance that it edits. Edits that have been taken are looked through.
    """
    named = select(col(PhoneInstance.instance_id), col(PhoneInstance.edits), literal(1).label("step"))
    edits = named.where(col(PhoneInstance.edits) == instance).cte(recursive=True)
    further = select(col(PhoneInstance.instance_id), col(PhoneInstance.edits), edits.c.step + 1)
    # Edits that name each other in a circle would come back to where they began.
    further = further.where(col(PhoneInstance.edits) == edits.c.instance_id, col(PhoneInstance.instance_id) != instance)
    edits = edits.union_all(further)
    query = (
        select(edits.c.edits, HeldSubmission)
        .join(HeldSubmission, col(HeldSubmission.submission_id) == edits.c.instance_id)
        .where(col(HeldSubmission.sent_by) == UUID(caller.id), col(HeldSubmission.status) == "open")
        .order_by(edits.c.step, col(HeldSubmission.received_at), col(HeldSubmission.id))
    )
    return [(edited, held) for edited, held in await session.execute(query)]
