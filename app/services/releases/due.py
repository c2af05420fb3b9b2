"""Decides which releases are due: those of settled rounds, and those of the day."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import Connection, raw_connection
from app.platform.key_ring import KeyRing
from app.platform.sql import Statement
from app.scoring.catalogue import Catalogue
from app.services.releases.requests import Cause, request_release

# A settled round stays settled, so their number tells whether the last release knew all of them.
_SETTLED: Final = """
SELECT instrument, year FROM round WHERE settled_at IS NOT NULL GROUP BY instrument, year
HAVING count(*) > coalesce((
    SELECT max(release.settled_rounds) FROM release
    WHERE release.instrument = round.instrument AND release.year = round.year
), 0)
"""
_SURVEYED: Final = Statement("""
SELECT DISTINCT instrument.code AS instrument, sums.year FROM (
    SELECT instrument_id, year FROM village_sums WHERE families > 0 GROUP BY instrument_id, year
) AS sums JOIN instrument ON instrument.id = sums.instrument_id
ORDER BY sums.year, instrument
""")


async def request_settled(session: AsyncSession, catalogue: Catalogue, ring: KeyRing) -> None:
    """Requests releases of the instruments and years in which a round was settled since their last release."""
    await _request_all(await raw_connection(session), catalogue, ring, _SETTLED, cause="settled")


async def request_daily(session: AsyncSession, catalogue: Catalogue, ring: KeyRing) -> None:
    """Requests releases of all instruments and years whose sums changed since their last release."""
    await _request_all(await raw_connection(session), catalogue, ring, _SURVEYED.text, cause="daily")


async def _request_all(
    connection: Connection, catalogue: Catalogue, ring: KeyRing, query: str, *, cause: Cause
) -> None:
    for row in await connection.fetch(query):
        # Another process may have published the instrument just now.
        if catalogue.latest(row["instrument"]) is not None:
            await request_release(
                connection, catalogue, ring, instrument=row["instrument"], year=row["year"], cause=cause
            )
