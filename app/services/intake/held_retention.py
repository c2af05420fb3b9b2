"""Deletes what is held for longer than the settings keep it, and audits how many in each region."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND
from app.services.audit.queue import Event, record_all
from app.services.intake.held import expire_held

WARNED_DAYS = 14
"""So many days before it is deleted, the metrics count what is open."""


async def forget_held(session: AsyncSession, *, days: int, training_days: int, most: int) -> int:
    """Deletes up to `most` that were received so many days ago, open or closed. Returns how many."""
    now = datetime.now(UTC)
    limits = {"before": now - timedelta(days=days), "training_before": now - timedelta(days=min(days, training_days))}
    gone = await expire_held(session, **limits, most=most)
    counts = sorted(Counter(gone).items())
    events = [Event(region, None, {"held": kind, "days": days, "count": count}) for (region, kind), count in counts]
    await record_all(session, COMMAND, "held.expire", events)
    return len(gone)
