"""Stores what was handed in with faults, once somebody has repaired it: `If-Match: "0"` and a correction.

The submission stays that of its sender. Whoever repaired it is recorded as the one who corrected it.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from asyncpg import ForeignKeyViolationError, LockNotAvailableError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import HeldSubmission, Submission
from app.platform.database import Connection, raw_connection
from app.problems import Problem, fault_in, kinds
from app.schemas.intake.submission import SubmissionIn, SubmissionOut
from app.services.audit.queue import record
from app.services.intake.checking import CORRECTION
from app.services.intake.correcting import Sending
from app.services.intake.drafts import Draft, make_draft
from app.services.intake.held import close_held, lock_held
from app.services.intake.receipts import receipt_for_sender
from app.services.intake.sent_before import find_region_faults
from app.services.intake.storing import Held, Late, Stored, Storing
from app.services.intake.submission_table import set_corrector

_ATTEMPTS: Final = 5


async def repair(session: AsyncSession, sending: Sending) -> SubmissionOut | None:
    """Stores the content for whoever handed in something with faults under the id. None if nothing waits there.

    Raises faults, region-outside-caller and contended.
    """
    if await session.get(Submission, sending.id) is not None:
        return None
    waiting = await _find(session, sending)
    if not waiting:
        return None
    held = waiting[0]
    caller, checked = sending.caller, sending.checked
    if sending.asked.why is None:
        raise Problem(kinds.FAULTS, faults=[fault_in(SubmissionIn, "missing", (CORRECTION,))])
    scope = "submissions:write" if held.sent_by == UUID(caller.id) else "submissions:review"
    if not caller.holds(scope, checked.region) and not caller.holds("submissions:review", checked.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    connection = await raw_connection(session)
    faults = await find_region_faults(connection, sending.content, checked.day)
    if faults := faults if checked.retired is None else [*faults, checked.retired]:
        raise Problem(kinds.FAULTS, faults=faults)
    author = replace(caller, id=str(held.sent_by), training=held.training)
    stored = await _store(connection, sending, make_draft(sending.id, checked, author, sending.vault))
    if stored is None:
        raise Problem(kinds.CONTENDED)
    if author.id != caller.id:
        await set_corrector(session, sending.id, UUID(caller.id))
    for each in waiting:
        await close_held(session, each, "repaired", by=UUID(caller.id))
    subject = f"held:{held.id}"
    detail = {"submission": str(sending.id), "reason": sending.asked.why.reason}
    await record(session, caller, "held.repair", region=held.region, subject=subject, **detail)
    return await _show(session, sending)


async def _find(session: AsyncSession, sending: Sending) -> list[HeldSubmission]:
    """Returns and locks what waits under the id and the caller sent, or may review, the latest first."""
    query = select(HeldSubmission).where(
        col(HeldSubmission.submission_id) == sending.id,
        col(HeldSubmission.kind) == "faulty",
        col(HeldSubmission.status) == "open",
    )
    rows = list(await session.scalars(query.order_by(col(HeldSubmission.received_at).desc())))
    caller = sending.caller
    mine = [each for each in rows if each.sent_by == UUID(caller.id) or caller.holds("submissions:review", each.region)]
    locked = {each.id: await lock_held(session, each.id) for each in sorted(mine, key=lambda one: one.id)}
    found = [locked[each.id] for each in mine]
    return [each for each in found if each is not None and each.status == "open"]


async def _store(connection: Connection, sending: Sending, draft: Draft) -> Stored | None:
    """Stores the draft as intake does, in the transaction of the session. None if others changed what it needs."""
    storing = Storing(connection, sending.catalogue, sending.vault)
    for _ in range(_ATTEMPTS):
        try:
            async with connection.transaction():
                (holder,) = await storing.find([draft])
                (outcome,) = await storing.store([replace(draft, holder=holder)], patient=True)
        except (LockNotAvailableError, ForeignKeyViolationError):
            return None
        if isinstance(outcome, Stored):
            return outcome
        if isinstance(outcome, Late):
            draft = replace(draft, round_settled=True)
        elif not isinstance(outcome, Held):
            return None
    return None


async def _show(session: AsyncSession, sending: Sending) -> SubmissionOut:
    row = await session.get(Submission, sending.id, populate_existing=True)
    assert row is not None  # noqa: S101 (it was just stored)
    told = row.model_dump()
    receipt = receipt_for_sender(row.id, told, sending.checked.hashed, sending.receipts)
    instrument = sending.checked.published.instrument
    return SubmissionOut.of_row(row.id, told, instrument, receipt=receipt, whole=True)
