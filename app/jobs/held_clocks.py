"""Shows in the metrics how much is held and open, for how long, and how much of it is deleted soon."""

from datetime import UTC, datetime, timedelta

from app.platform.database import EVERYWHERE, Database
from app.platform.log import log
from app.platform.metrics import Metrics
from app.services.intake.held import measure_held
from app.services.intake.held_retention import WARNED_DAYS


async def show_held(database: Database, metrics: Metrics, *, days: int) -> None:
    """Measures once for the whole country. If that fails, the metrics keep their values.

    days: how long the service keeps what is held
    """
    soon = datetime.now(UTC) - timedelta(days=max(days - WARNED_DAYS, 0))
    try:
        async with database.session(EVERYWHERE) as session:
            found = await measure_held(session, soon=soon)
    except Exception as error:
        log.warning("held submissions not counted", cause=type(error).__qualname__)
        return
    for kind, (count, seconds, expiring) in found.items():
        metrics.held_open.labels(kind).set(count)
        metrics.held_oldest.labels(kind).set(seconds)
        metrics.held_expiring.labels(kind).set(expiring)
