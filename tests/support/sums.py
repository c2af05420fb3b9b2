"""Sums of a village as the service stores them, for tests of figures that need many families."""

from collections.abc import Sequence

from app.platform.database import Connection
from app.scoring.format_1 import Instrument
from app.scoring.packing_1 import CURRENT, pack

_INSERT = """
INSERT INTO village_sums (instrument_id, year, region, layout, families, without_card, sums)
SELECT id, $3, $4, $5, $6, 0, $7::text::numeric FROM instrument WHERE code = $1 AND version = $2
"""


async def insert_sums(
    connection: Connection, instrument: Instrument, sums: Sequence[int], *, region: str, year: int = 2025
) -> None:
    """Stores the sums of a village that has none yet. Every family has a card number."""
    values = (instrument.code, instrument.version, year, region, CURRENT.version, sums[0], pack(sums, instrument))
    await connection.execute(_INSERT, *values)
