"""Reads the whole aggregate of a region and year, one row per region below a region, or the years of a region.

What tells of few families, or of sensitive outcomes below the regency, is hidden from a reader without the scope
`submissions:sensitive` in that region.

The numbers come from the sums of villages, never from submissions. A region is the sum of the villages whose codes
begin with its own code. The sums of all versions of an instrument are read, and `app/scoring/versions.py` decides which
of them a figure counts.
"""

from collections import Counter, defaultdict
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
from app.schemas.aggregates.aggregate import AggregateOut, AggregateSummaryOut, RegionRefOut, TrendOut
from app.schemas.reference.region import Level
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue
from app.scoring.disclosure import Figures, disclose
from app.scoring.estimate import Estimate, add, estimate
from app.scoring.packing import unpack
from app.scoring.versions import Families, Group, Taken, Versions
from app.services.reference.regions_in_force import REGIONS_IN_FORCE

_ADDED: Final = "sum(families) AS families, sum(without_card) AS without_card, sum(sums) AS sums"
# The years are a list and not a range. So PostgreSQL enters the index once per year and reads only the villages of this
# region.
_YEARS: Final = Statement(
    """
SELECT region.name, now() AS as_of, sums.year, sums.instrument_id, sums.layout, sums.families, sums.without_card,
    sums.sums::text
FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
CROSS JOIN {regions}
LEFT JOIN LATERAL (
    SELECT instrument_id, year, layout, {sums} FROM village_sums
    WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = ANY (:years::smallint[])
    AND region >= :first AND region < :end
    AND viewer.area IS NOT NULL
    GROUP BY instrument_id, year, layout
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
SELECT page.code, page.name, sums.instrument_id, sums.layout, sums.families, sums.without_card, sums.sums::text
FROM viewer CROSS JOIN page
LEFT JOIN LATERAL (
    SELECT instrument_id, layout, {sums} FROM village_sums
    WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = :year
    AND region >= page.code AND region < page.code || '{after_digits}'
    AND viewer.area IS NOT NULL
    GROUP BY instrument_id, layout
) AS sums ON true
ORDER BY page.code
""",
    sums=_ADDED,
    regions=REGIONS_IN_FORCE,
    after_digits=AFTER_DIGITS,
)


Rows = Sequence[Mapping[str, Any]]
"""Packed sums of a region and year, a row for each version of the instrument and layout. Their members are null if the
database has none."""


def pick_versions(catalogue: Catalogue, code: str, version: str | None) -> Versions:
    """Returns the versions of the instrument that a query names, and the one that it asks for. Raises faults."""
    named = None if version is None else catalogue.find(code, version)
    if catalogue.latest(code) is None or (version is not None and named is None):
        raise Problem(
            kinds.FAULTS,
            faults=[Fault("unknown_instrument", parameter="instrument" if version is None else "version")],
        )
    return Versions.of(catalogue, code, named)


async def read_aggregate(
    connection: Connection, region: str, *, year: int, caller: Caller, versions: Versions
) -> AggregateOut:
    """Returns the whole aggregate of a region and year. Raises not-found and region-outside-caller.

    If nobody was surveyed, its numbers are null and its families 0.
    """
    name, as_of, sums = await _read_years(connection, region, [year], caller, versions)
    figures = _figures(sums[year], region, year, caller, versions)
    return AggregateOut.whole_of(RegionRefOut.of(region, name), year, figures, as_of)


async def read_trend(
    connection: Connection,
    region: str,
    *,
    years: tuple[int, int],
    caller: Caller,
    versions: Versions,
    catalogue: Catalogue,
) -> TrendOut:
    """Returns the years of a region from the first to the last, both included.

    Raises faults, not-found and region-outside-caller.
    """
    first, last = years
    if first > last:
        raise Problem(kinds.FAULTS, faults=[Fault("bad_period", parameter="from")])
    every = range(first, last + 1)
    name, _, sums = await _read_years(connection, region, list(every), caller, versions)
    figures = {year: _figures(sums[year], region, year, caller, versions) for year in every}
    return TrendOut.of(RegionRefOut.of(region, name), figures, catalogue)


async def list_aggregates(
    connection: Connection,
    caller: Caller,
    *,
    parent: str,
    level: Level,
    year: int,
    limit: int,
    cursor: str | None,
    versions: Versions,
) -> Page[AggregateSummaryOut]:
    """Returns a page of one row per region of a level below `parent`, by code, including regions without families.

    All rows count the versions that the aggregate of `parent` counts, so that they add up to it. Raises
    region-outside-caller.
    """
    if not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    group = await _choose_group(connection, parent, year, caller, versions)
    first, end = subtree_of(parent)
    query = _BELOW.bind(
        area=area_of(caller.regions),
        instrument_ids=[each.id for each in versions.every],
        year=year,
        level=level,
        first=first,
        end=end,
        after=first if cursor is None else read_code(cursor),
        most=limit + 1,
    )
    rows = [list(each) for _, each in groupby(await connection.fetch(*query), key=itemgetter("code"))]

    def summary(rows: Rows) -> AggregateSummaryOut:
        ref = RegionRefOut.of(rows[0]["code"], rows[0]["name"])
        return AggregateSummaryOut.of(ref, year, _figures(rows, ref.code, year, caller, versions, group))

    return await Page[AggregateSummaryOut].of(rows, limit, shape=summary, cursor=lambda rows: str(rows[0]["code"]))


async def _choose_group(connection: Connection, parent: str, year: int, caller: Caller, versions: Versions) -> Group:
    """Returns the versions that the rows below a region count. It reads nothing if there is no choice."""
    if versions.named is not None or len(versions.groups) == 1:
        return versions.choose({}, year)
    rows = await _fetch_years(connection, parent, [year], caller, versions)
    return versions.choose(_count(rows), year)


def _count(rows: Rows) -> Families:
    """Returns the families by the id of the version. Layouts of one version are added up."""
    families = Counter[int]()
    for row in rows:
        if row["layout"] is not None:
            families[row["instrument_id"]] += row["families"]
    return families


def _figures(
    rows: Rows, region: str, year: int, caller: Caller, versions: Versions, group: Group | None = None
) -> Figures:
    """Returns what the caller gets of a region's packed sums. Without a group, the region's own families choose it."""
    families = _count(rows)
    taken = versions.take(group or versions.choose(families, year), families, year)
    return disclose(
        _estimate(rows, taken),
        taken,
        below_regency=level_of(region) in ("district", "village"),
        sensitive=caller.holds("submissions:sensitive", region),
    )


def _estimate(rows: Rows, taken: Taken) -> Estimate:
    """Returns the statistics of the versions that a figure counts. Their sums are the same fields, and so add up."""
    instrument, ids = taken.instrument, taken.ids
    kept = [each for each in rows if each["layout"] is not None and each["instrument_id"] in ids]
    sums = add((unpack(each["sums"], each["families"], instrument, each["layout"]) for each in kept), instrument)
    return estimate(sums, instrument, without_card=sum(each["without_card"] for each in kept))


async def _fetch_years(
    connection: Connection, region: str, years: Sequence[int], caller: Caller, versions: Versions
) -> Rows:
    first, end = subtree_of(region)
    query = _YEARS.bind(
        area=area_of(caller.regions),
        instrument_ids=[each.id for each in versions.every],
        years=years,
        region=region,
        first=first,
        end=end,
    )
    rows: Rows = await connection.fetch(*query)
    return rows


async def _read_years(
    connection: Connection, region: str, years: Sequence[int], caller: Caller, versions: Versions
) -> tuple[str, datetime, Mapping[int, Rows]]:
    """Returns the name of the region, the moment of reading, and the rows with packed sums by year."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    rows = await _fetch_years(connection, region, years, caller, versions)
    if not rows:
        raise Problem(kinds.NOT_FOUND)
    sums = defaultdict[int, list[Mapping[str, Any]]](list)
    for row in rows:
        sums[row["year"]].append(row)
    return rows[0]["name"], rows[0]["as_of"], sums
