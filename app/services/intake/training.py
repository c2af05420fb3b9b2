"""Erases training interviews that are older than the settings keep them, with the families that they made.

It runs in batches that each finish by themselves, so it can be interrupted. Only one process erases at a time. A family
with an open subject request is left alone, because the officer may need what it asks for.
"""

from collections import Counter
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND
from app.models import SubjectRequest, Submission
from app.services.audit.queue import Event, record_all
from app.services.families.families import delete_empty_families, lock_families
from app.services.intake.submission_table import erase_rows

_LOCK: Final = 6372061006
# A separate statement, so that the next one sees what the previous holder of the lock committed.
_TRY_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(:lock)")


async def erase_training(session: AsyncSession, *, days: int, most: int) -> int:
    """Erases up to `most` training interviews that were received so many days ago. Audits how many in each village.

    Returns how many. Returns 0 also while another process erases.
    """
    if not await session.scalar(_TRY_LOCK, {"lock": _LOCK}):
        return 0
    is_open = select(col(SubjectRequest.id)).where(
        col(SubjectRequest.family_id) == col(Submission.family_id), col(SubjectRequest.status) == "open"
    )
    due = select(Submission).where(
        col(Submission.purpose) == "training",
        col(Submission.received_at) < func.now() - func.make_interval(0, 0, 0, days),
        ~is_open.exists(),
    )
    found = list(await session.scalars(due.order_by(col(Submission.received_at)).limit(most)))
    families = sorted({each.family_id for each in found})
    await lock_families(session, families)
    # Somebody may have erased one of them or opened a subject request before they were locked.
    still = list(await session.scalars(due.where(col(Submission.id).in_([each.id for each in found]))))
    await erase_rows(session, still)
    await delete_empty_families(session, families)
    villages = Counter(each.region for each in still)
    events = [Event(region, None, {"days": days, "count": count}) for region, count in sorted(villages.items())]
    await record_all(session, COMMAND, "training.erase", events)
    return len(still)
