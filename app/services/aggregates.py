"""Aggregates: a region and year whole, a row per region below one, the years of a region.

Read from the villages' sums, never from submissions: a region is the sum of the villages whose codes begin with its
own.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from app import problems
from app.database import Connection, area_of
from app.problems import Fault, Problem
from app.regions import COUNTRY, undot
from app.schemas.aggregate import AggregateOut, AggregateSummaryOut, InstrumentRefOut, RegionRefOut, TrendOut
from app.schemas.region import Level
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue, Published
from app.scoring.estimate import estimate, unpack
from app.security import Caller

# ":" is the character after "9": a code's subtree is the range from the code to the code and ":". The years are a list
# and not a range, so that the index is entered once a year and each time reads the region's villages only.
_YEARS: Final = """
SELECT region.name, now() AS as_of, sums.year, sums.sums::text
FROM (SELECT set_config('ikk.area', $6, true) AS area OFFSET 0) AS scope
CROSS JOIN region
JOIN region_edition ON region_edition.code = region.edition AND region_edition.valid_to IS NULL
LEFT JOIN LATERAL (
    SELECT year, sum(sums) AS sums FROM village_sums
    WHERE instrument_id = $1 AND year = ANY ($2::smallint[]) AND region >= $4 AND region < $5
    AND scope.area IS NOT NULL
    GROUP BY year
) AS sums ON true
WHERE region.code = $3
"""
_BELOW: Final = """
WITH scope AS MATERIALIZED (SELECT set_config('ikk.area', $8, true) AS area), page AS (
    SELECT region.code, region.name
    FROM region
    JOIN region_edition ON region_edition.code = region.edition AND region_edition.valid_to IS NULL
    WHERE region.level = $3 AND region.code >= $4 AND region.code < $5 AND region.code > $6
    ORDER BY region.code LIMIT $7
)
SELECT page.code, page.name, sums.sums::text
FROM scope CROSS JOIN page
LEFT JOIN LATERAL (
    SELECT sum(sums) AS sums FROM village_sums
    WHERE instrument_id = $1 AND year = $2 AND region >= page.code AND region < page.code || ':'
    AND scope.area IS NOT NULL
) AS sums ON true
ORDER BY page.code
"""


def pick_instrument(catalogue: Catalogue, code: str, version: str | None) -> Published:
    """The published instrument that a query names; its latest version where it names none; raises faults."""
    published = catalogue.latest(code) if version is None else catalogue.find(code, version)
    if published is None:
        raise Problem(
            problems.FAULTS,
            faults=[Fault("unknown_instrument", parameter="instrument" if version is None else "version")],
        )
    return published


async def read_aggregate(
    connection: Connection, region: str, *, year: int, caller: Caller, published: Published
) -> AggregateOut:
    """One region and year, whole; nulls and families 0 where nobody was surveyed. Raises not-found."""
    name, as_of, sums = await _read_years(connection, region, [year], caller, published)
    instrument = published.instrument
    result = estimate(unpack(sums.get(year), instrument), instrument)
    return AggregateOut.whole_of(RegionRefOut.of(region, name), year, instrument, result, as_of)


async def read_trend(
    connection: Connection, region: str, *, years: tuple[int, int], caller: Caller, published: Published
) -> TrendOut:
    """The years of one region from the first to the last, both included; raises not-found, faults."""
    first, last = years
    if first > last:
        raise Problem(problems.FAULTS, faults=[Fault("bad_period", parameter="from")])
    every = range(first, last + 1)
    name, _, sums = await _read_years(connection, region, list(every), caller, published)
    instrument = published.instrument
    ref = RegionRefOut.of(region, name)
    return TrendOut(
        region=ref,
        instrument=InstrumentRefOut.of(instrument),
        basis="reported",
        years=[
            AggregateSummaryOut.of(ref, year, instrument, estimate(unpack(sums.get(year), instrument), instrument))
            for year in every
        ],
    )


async def list_aggregates(
    connection: Connection,
    caller: Caller,
    *,
    parent: str,
    level: Level,
    year: int,
    limit: int,
    cursor: str | None,
    published: Published,
) -> Page[AggregateSummaryOut]:
    """One row per region of a level below `parent`, by code, also those without families."""
    if not caller.covers(parent):
        raise Problem(problems.FORBIDDEN_REGION)
    if cursor is not None and undot(cursor) != cursor:
        raise Problem(problems.FAULTS, faults=[Fault("bad_cursor", parameter="cursor")])
    low, high = _range_of(parent)
    rows = await connection.fetch(
        _BELOW, published.id, year, level, low, high, cursor or low, limit + 1, area_of(caller.regions)
    )
    instrument = published.instrument
    return Page[AggregateSummaryOut](
        items=[
            AggregateSummaryOut.of(
                RegionRefOut.of(row["code"], row["name"]),
                year,
                instrument,
                estimate(unpack(row["sums"], instrument), instrument),
            )
            for row in rows[:limit]
        ],
        next=rows[limit - 1]["code"] if len(rows) > limit else None,
    )


async def _read_years(
    connection: Connection, region: str, years: Sequence[int], caller: Caller, published: Published
) -> tuple[str, datetime, dict[int, str]]:
    """Name of the region, when it was read, and its packed sums by year."""
    if not caller.covers(region):
        raise Problem(problems.FORBIDDEN_REGION)
    rows = await connection.fetch(_YEARS, published.id, years, region, *_range_of(region), area_of(caller.regions))
    if not rows:
        raise Problem(problems.NOT_FOUND)
    sums = {row["year"]: row["sums"] for row in rows if row["year"] is not None}
    return rows[0]["name"], rows[0]["as_of"], sums


def _range_of(region: str) -> tuple[str, str]:
    return ("0", ":") if region == COUNTRY else (region, region + ":")
