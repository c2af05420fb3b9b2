"""Keeps the instruments that a server process scores with up to date."""

from app.platform.database import Database, UnavailableError
from app.platform.log import log
from app.scoring.catalogue import Catalogue
from app.services.reference.instruments import UnreadableInstrumentError, refresh_catalogue


async def refresh(database: Database, catalogue: Catalogue) -> None:
    """Reads the published instruments. A server whose database is down or not migrated runs all the same, and says so
    at /health/ready."""
    try:
        async with database.session() as session:
            await refresh_catalogue(session, catalogue)
    except UnavailableError:
        log.warning("catalogue not refreshed: database unavailable")
    except UnreadableInstrumentError as error:
        log.error("instruments this version cannot read", instruments=str(error))
    except Exception:
        log.exception("catalogue not refreshed")
