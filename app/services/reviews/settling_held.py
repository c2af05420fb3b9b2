"""Settles a conflict: a supervisor chooses what is held, which becomes a new revision, or what is stored."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.models import HeldSubmission
from app.platform.encryption import Vault
from app.problems import Fault, Problem, kinds, read_shape
from app.problems.fault_texts import Texts
from app.schemas.reviews.held import SettledHeldOut, SettleHeldIn
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.intake.checking import Checked, check_submission
from app.services.intake.held import close_held, lock_held, read_held
from app.services.intake.revising import Locked, lock_submission, revise
from app.services.intake.revisions import Why
from app.services.reviews.held import REVIEW, find_held, row_members

_REPAIR: Final[Texts] = (
    'Kiriman ini masih punya kesalahan. Perbaiki dengan PUT, If-Match "0" dan correction.',
    'This submission still has faults. Repair it with PUT, If-Match "0" and correction.',
)


async def settle_held(
    session: AsyncSession,
    caller: Caller,
    id: UUID,
    content: Mapping[str, Any],
    *,
    catalogue: Catalogue,
    vault: Vault,
    latest: datetime,
) -> SettledHeldOut:
    """Closes what is held by a supervisor's choice, all of it or nothing.

    Raises faults, not-found, held-closed, revision-stale, family-restricted, region-outside-caller and contended.
    """
    choice, faults = read_shape(SettleHeldIn, content)
    if choice is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    held = await find_held(session, caller, id)
    if not caller.holds(REVIEW, held.region):
        raise Problem(kinds.NOT_FOUND)
    checked = _check(held, choice, catalogue, vault, latest)
    # The family comes first, as in every transaction.
    locked = await lock_submission(session, held.submission_id, checked, vault)
    held = await _hold(session, id)
    _refuse(caller, held, locked, choice, checked)
    revision = None if locked is None else locked.row.revision
    if checked is None:
        await close_held(session, held, "dismissed", by=UUID(caller.id))
    else:
        assert locked is not None  # noqa: S101 (`_refuse` has looked)
        why = Why("conflict_chosen")
        done = await revise(
            session, locked, checked, caller, why, catalogue=catalogue, vault=vault, author=held.sent_by
        )
        revision = done.row.revision
        await close_held(session, held, "chosen", by=UUID(caller.id))
    detail = {"submission": str(held.submission_id), "choice": choice.choose, "held": held.kind}
    await record(
        session, caller, "held.settle", region=held.region, subject=f"held:{held.id}", revision=revision, **detail
    )
    return SettledHeldOut(**row_members(held), revision=revision)


def _check(
    held: HeldSubmission, choice: SettleHeldIn, catalogue: Catalogue, vault: Vault, latest: datetime
) -> Checked | None:
    """Returns the content that is to be stored, or None if what is stored stays. Raises its faults."""
    if choice.choose == "stored" or held.status != "open":
        return None
    if held.kind != "conflict":
        raise Problem(kinds.FAULTS, faults=[Fault("not_allowed", pointer="/choose", texts=_REPAIR)])
    checked, faults = check_submission(held.submission_id, read_held(held, vault), catalogue, latest)
    if checked is None:
        below = [replace(each, pointer=f"/held{each.pointer or ''}") for each in faults]
        raise Problem(kinds.FAULTS, faults=below)
    return checked


async def _hold(session: AsyncSession, id: UUID) -> HeldSubmission:
    held: HeldSubmission | None = await lock_held(session, id)
    if held is None:
        raise Problem(kinds.NOT_FOUND)
    if held.status != "open":
        closed_at = None if held.closed_at is None else held.closed_at.isoformat()
        raise Problem(kinds.HELD_CLOSED, held_status=held.status, closed_at=closed_at)
    return held


def _refuse(
    caller: Caller, held: HeldSubmission, locked: Locked | None, choice: SettleHeldIn, checked: Checked | None
) -> None:
    """Raises why the choice cannot be made now, if so."""
    if locked is None:
        if held.kind == "conflict":
            raise Problem(kinds.FORBIDDEN_REGION)
        if choice.revision != 0:
            raise Problem(kinds.REVISION_STALE, revision=None)
        return
    regions = [locked.row.region, *([] if checked is None else [checked.region])]
    if not all(caller.holds(REVIEW, each) for each in regions):
        raise Problem(kinds.FORBIDDEN_REGION)
    if locked.family.restricted_at is not None:
        raise Problem(kinds.FAMILY_RESTRICTED)
    if locked.row.revision != choice.revision:
        raise Problem(kinds.REVISION_STALE, revision=locked.row.revision)
