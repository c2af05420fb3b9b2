"""Reads the names and days of regions as they were in a year."""

from collections.abc import Sequence
from typing import Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.schemas.aggregates.aggregate import RegionRefOut
from app.services.reference.regions_in_force import REGION_IN_YEAR
from app.turns import in_turns

_REFS: Final = Statement(
    """
SELECT asked.code, region.* FROM (
    SELECT code, :year::int AS year FROM unnest(:codes::text[]) AS code
) AS asked CROSS JOIN LATERAL ({region_in_year}) AS region
""",
    region_in_year=REGION_IN_YEAR,
)


async def find_refs(connection: Connection, regions: Sequence[str], year: int) -> dict[str, RegionRefOut]:
    """Returns the regions as they were in a year, by code. A code that no edition lists is left out."""
    rows = await connection.fetch(*_REFS.bind(codes=list(regions), year=year))
    return {
        row["code"]: RegionRefOut.of(row["code"], row["name"], row["first_day"], row["last_day"])
        async for row in in_turns(rows)
    }
