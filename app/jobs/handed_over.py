"""Closes subject requests whose export was handed over a day ago."""

from app.platform.database import EVERYWHERE, Database
from app.platform.log import log
from app.services.subject_requests.subject_requests import close_handed_over


async def close_exports(database: Database) -> None:
    """Closes what is over in the whole country. If that fails, it is tried again the next time."""
    try:
        async with database.session(EVERYWHERE) as session:
            await close_handed_over(session)
    except Exception as error:
        log.warning("exports not closed", cause=type(error).__qualname__)
