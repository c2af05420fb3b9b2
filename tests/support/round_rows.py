"""Rounds of one village as rows, for tests of what they allow."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from app.platform.database import Connection

_ROUND = """
INSERT INTO round (id, name, span, instrument, version, design, year, opens_on, closes_on, settled_at, created_at,
    created_by, opens_at, ends_at, villages)
VALUES ($1, 'Putaran uji', $2, 'ikk-29', '2025.1', 'census', $3, $4, $5, $6, now(), $1, $7, $8, 1)
"""
_VILLAGE = """
INSERT INTO round_village (round_id, region, instrument, opens_at, ends_at, late_from, settled_at)
VALUES ($1, $2, 'ikk-29', $3, $4, $5, $6)
"""


async def make_round(
    connection: Connection, village: str, *, year: int = 2025, closed: bool = False, settled: bool = False
) -> UUID:
    """A round of a village over a whole year, which is open unless it is closed or settled."""
    made, opens = uuid4(), datetime(year, 1, 1, tzinfo=UTC)
    now = datetime.now(UTC)
    settled_at = now if settled else None
    late = now - timedelta(days=1) if closed or settled else now + timedelta(days=400)
    ends = datetime(year + 1, 1, 1, tzinfo=UTC)
    days = date(year, 1, 1), date(year, 12, 31)
    await connection.execute(_ROUND, made, village, year, *days, settled_at, opens, ends)
    await connection.execute(_VILLAGE, made, village, opens, ends, late, settled_at)
    return made
