"""Shows in the metrics how many subject requests are open and how many of these are overdue."""

from app.platform.database import EVERYWHERE, Database
from app.platform.log import log
from app.platform.metrics import Metrics
from app.services.subject_requests.serving import count_requests


async def show_clocks(database: Database, metrics: Metrics) -> None:
    """Counts once for the whole country. If the count fails, the metrics keep their values."""
    try:
        async with database.session(EVERYWHERE) as session:
            counts = await count_requests(session)
    except Exception as error:
        log.warning("requests not counted", cause=type(error).__qualname__)
    else:
        for state, count in zip(("open", "overdue"), counts, strict=True):
            metrics.subject_requests.labels(state).set(count)
