"""Reads the whole aggregate of a region and year, one row per region below a region, or the years of a region.

What tells of few families, or of sensitive outcomes below the regency, is hidden from a reader without the scope
`submissions:sensitive` in that region.

The numbers come from the sums of villages, never from submissions. A region is the sum of the villages whose codes
begin with its own code.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from app.access import Caller
from app.platform.cursors import read_code
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import AFTER_DIGITS, level_of, subtree_of
from app.schemas.aggregates.aggregate import AggregateOut, AggregateSummaryOut, InstrumentRefOut, RegionRefOut, TrendOut
from app.schemas.reference.region import Level
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue, Published
from app.scoring.disclosure import Figures, disclose
from app.scoring.estimate import add, estimate
from app.scoring.packing import unpack
from app.services.reference.regions_in_force import REGIONS_IN_FORCE

_ADDED: Final = "sum(families) AS families, sum(without_card) AS without_card, sum(sums) AS sums"
# The years are a list and not a range. So PostgreSQL enters the index once per year and reads only the villages of this
# region.
_YEARS: Final = Statement(
    """
SELECT region.name, now() AS as_of, sums.year, sums.layout, sums.families, sums.without_card, sums.sums::text
FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
CROSS JOIN {regions}
LEFT JOIN LATERAL (
    SELECT year, layout, {sums} FROM village_sums
    WHERE instrument_id = :instrument_id AND year = ANY (:years::smallint[]) AND region >= :first AND region < :end
    AND viewer.area IS NOT NULL
    GROUP BY year, layout
) AS sums ON true
WHERE region.code = :region
""",
    sums=_ADDED,
    regions=REGIONS_IN_FORCE,
)
_BELOW: Final = Statement(
    """
WITH viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), page AS (
    SELECT region.code, region.name
    FROM {regions}
    WHERE region.level = :level AND region.code >= :first AND region.code < :end AND region.code > :after
    ORDER BY region.code LIMIT :most
)
SELECT page.code, page.name, sums.layout, sums.families, sums.without_card, sums.sums::text
FROM viewer CROSS JOIN page
LEFT JOIN LATERAL (
    SELECT layout, {sums} FROM village_sums
    WHERE instrument_id = :instrument_id AND year = :year
    AND region >= page.code AND region < page.code || '{after_digits}'
    AND viewer.area IS NOT NULL
    GROUP BY layout
) AS sums ON true
ORDER BY page.code
""",
    sums=_ADDED,
    regions=REGIONS_IN_FORCE,
    after_digits=AFTER_DIGITS,
)


def pick_instrument(catalogue: Catalogue, code: str, version: str | None) -> Published:
    """Returns the instrument that a query names, in its latest version if the query names none. Raises faults."""
    published = catalogue.latest(code) if version is None else catalogue.find(code, version)
    if published is None:
        raise Problem(
            kinds.FAULTS,
            faults=[Fault("unknown_instrument", parameter="instrument" if version is None else "version")],
        )
    return published


async def read_aggregate(
    connection: Connection, region: str, *, year: int, caller: Caller, published: Published
) -> AggregateOut:
    """Returns the whole aggregate of a region and year. Raises not-found and region-outside-caller.

    If nobody was surveyed, its numbers are null and its families 0.
    """
    name, as_of, sums = await _read_years(connection, region, [year], caller, published)
    figures = _figures(sums[year], region, caller, published)
    return AggregateOut.whole_of(RegionRefOut.of(region, name), year, figures, as_of)


async def read_trend(
    connection: Connection, region: str, *, years: tuple[int, int], caller: Caller, published: Published
) -> TrendOut:
    """Returns the years of a region from the first to the last, both included.

    Raises faults, not-found and region-outside-caller.
    """
    first, last = years
    if first > last:
        raise Problem(kinds.FAULTS, faults=[Fault("bad_period", parameter="from")])
    every = range(first, last + 1)
    name, _, sums = await _read_years(connection, region, list(every), caller, published)
    ref = RegionRefOut.of(region, name)
    return TrendOut(
        region=ref,
        instrument=InstrumentRefOut.of(published.instrument),
        basis="reported",
        years=[AggregateSummaryOut.of(ref, year, _figures(sums[year], region, caller, published)) for year in every],
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
    """Returns a page of one row per region of a level below `parent`, by code, including regions without families.

    Raises region-outside-caller.
    """
    if not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    first, end = subtree_of(parent)
    query = _BELOW.bind(
        area=area_of(caller.regions),
        instrument_id=published.id,
        year=year,
        level=level,
        first=first,
        end=end,
        after=first if cursor is None else read_code(cursor),
        most=limit + 1,
    )
    rows: Sequence[Sequence[Mapping[str, Any]]] = [
        list(each) for _, each in groupby(await connection.fetch(*query), key=itemgetter("code"))
    ]

    def summary(rows: Sequence[Mapping[str, Any]]) -> AggregateSummaryOut:
        ref = RegionRefOut.of(rows[0]["code"], rows[0]["name"])
        return AggregateSummaryOut.of(ref, year, _figures(rows, ref.code, caller, published))

    return await Page[AggregateSummaryOut].of(rows, limit, shape=summary, cursor=lambda rows: str(rows[0]["code"]))


def _figures(rows: Sequence[Mapping[str, Any]], region: str, caller: Caller, published: Published) -> Figures:
    """Returns what the caller gets of a region's packed sums, of which there is a row for each layout."""
    instrument = published.instrument
    kept = [each for each in rows if each["layout"] is not None]
    sums = add((unpack(each["sums"], each["families"], instrument, each["layout"]) for each in kept), instrument)
    return disclose(
        estimate(sums, instrument, without_card=sum(each["without_card"] for each in kept)),
        instrument,
        below_regency=level_of(region) in ("district", "village"),
        sensitive=caller.holds("submissions:sensitive", region),
    )


async def _read_years(
    connection: Connection, region: str, years: Sequence[int], caller: Caller, published: Published
) -> tuple[str, datetime, Mapping[int, list[Mapping[str, Any]]]]:
    """Returns the name of the region, the moment of reading, and the rows with packed sums by year."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    first, end = subtree_of(region)
    query = _YEARS.bind(
        area=area_of(caller.regions),
        instrument_id=published.id,
        years=years,
        region=region,
        first=first,
        end=end,
    )
    rows = await connection.fetch(*query)
    if not rows:
        raise Problem(kinds.NOT_FOUND)
    sums = defaultdict[int, list[Mapping[str, Any]]](list)
    for row in rows:
        sums[row["year"]].append(row)
    return rows[0]["name"], rows[0]["as_of"], sums
