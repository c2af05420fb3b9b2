"""Keeps a server process's catalogue of instruments up to date."""

from app.platform.database import Database, UnavailableError
from app.platform.log import log
from app.scoring.catalogue import Catalogue
from app.services.reference.instruments import UnreadableInstrumentError, refresh_catalogue


async def refresh(database: Database, catalogue: Catalogue) -> None:
    """Reads the published instruments. It logs errors and never raises.

    A server whose database is down or not migrated still runs, and reports it at /health/ready.
    """
    try:
        async with database.session() as session:
            await refresh_catalogue(session, catalogue)
    except UnavailableError:
        log.warning("catalogue not refreshed: database unavailable")
    except UnreadableInstrumentError as error:
        log.error("instruments this version cannot read", instruments=str(error))
    except Exception:
        log.exception("catalogue not refreshed")
