"""Lists which regions have figures, of which years and instruments. It reads keys of sums and adds nothing up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from app.access import Caller
from app.platform.cursors import read_code
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import AFTER_DIGITS, COUNTRY, digits_of, subtree_of
from app.schemas.aggregates.available import AvailableOut, AvailableYearOut
from app.schemas.reference.region import Level, RegionNameOut
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue
from app.services.reference.regions_in_force import REGION_IN_YEAR

_FIRST_YEAR: Final = 2000
# Of each version and year, only the first village is looked for, by the primary key. OFFSET 0 keeps the planner from
# making a join of EXISTS. That could read the villages before the area is set, and row-level security showed none then.
_FOUND: Final = """EXISTS (
    SELECT FROM village_sums
    WHERE instrument_id = {id} AND village_sums.year = {year} AND basis = 'r'
    AND region >= {first} AND region < {end} AND families > 0 AND viewer.area IS NOT NULL
    OFFSET 0
)"""
_NEXT: Final = """
SELECT left(min(village.region), :digits) FROM pair CROSS JOIN LATERAL (
    SELECT region FROM village_sums
    WHERE instrument_id = pair.id AND village_sums.year = pair.year AND basis = 'r'
    AND region > {after} AND region < :end
    AND families > 0 AND viewer.area IS NOT NULL
    ORDER BY region LIMIT 1
) AS village
"""
_CODES: Final = Statement(
    """
WITH RECURSIVE viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), pair AS MATERIALIZED (
    SELECT asked.id, asked.year FROM viewer CROSS JOIN (
        SELECT id, year FROM unnest(:instrument_ids::smallint[]) AS id CROSS JOIN unnest(:years::smallint[]) AS year
    ) AS asked
    WHERE {found}
), counted AS (
    SELECT ({begin}) AS code, 1 AS position FROM viewer
    UNION ALL
    SELECT ({go_on}), counted.position + 1 FROM viewer CROSS JOIN counted
    WHERE counted.code IS NOT NULL AND counted.position < :most
)
SELECT code FROM counted WHERE code IS NOT NULL ORDER BY position
""",
    found=_FOUND.format(id="asked.id", year="asked.year", first=":first", end=":end"),
    begin=_NEXT.format(after=":start"),
    go_on=_NEXT.format(after=f"counted.code || '{AFTER_DIGITS}'"),
)
_YEARS: Final = Statement(
    """
SELECT asked.code, asked.year, asked.id, region.name FROM (
    SELECT wanted.code, year.year::int, version.id
    FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
    CROSS JOIN unnest(:codes::text[], :firsts::text[], :ends::text[]) AS wanted (code, first, last)
    CROSS JOIN unnest(:years::smallint[]) AS year (year) CROSS JOIN unnest(:instrument_ids::smallint[]) AS version (id)
    WHERE {found}
    UNION ALL
    SELECT code, :this_year::int, NULL FROM unnest(:codes::text[]) AS code
) AS asked
CROSS JOIN LATERAL ({region_in_year}) AS region
ORDER BY asked.code, asked.year DESC
""",
    found=_FOUND.format(
        id="version.id", year="year.year", first='wanted.first COLLATE "C"', end='wanted.last COLLATE "C"'
    ),
    region_in_year=REGION_IN_YEAR,
)


async def list_available(
    connection: Connection,
    caller: Caller,
    *,
    parent: str | None,
    level: Level | None,
    limit: int,
    cursor: str | None,
    catalogue: Catalogue,
    now: datetime,
) -> Page[AvailableOut]:
    """Returns a page of the regions of a level below `parent` that have figures, by code.

    Without a level it is `parent` itself, or without both the caller's own regions, also those without figures. Raises
    region-outside-caller, and the fault `missing` for a level without a parent.
    """
    if parent is not None and not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    if level is not None and parent is None:
        raise Problem(kinds.FAULTS, faults=[Fault("missing", parameter="parent")])
    sums = {
        "area": area_of(caller.regions),
        "instrument_ids": [each.id for each in catalogue],
        # A region can be in the next year already.
        "years": list(range(_FIRST_YEAR, now.year + 2)),
    }
    after = None if cursor is None else read_code(cursor)
    if level is None or parent is None:
        own = sorted(caller.regions if parent is None else [parent])
        codes = [code for code in own if after is None or code > after][: limit + 1]
    elif parent != COUNTRY and digits_of(level) <= len(parent):
        codes = []
    else:
        first, end = subtree_of(parent)
        start = first if after is None else after + AFTER_DIGITS
        named = {"first": first, "end": end, "start": start, "digits": digits_of(level), "most": limit + 1}
        codes = [row["code"] for row in await connection.fetch(*_CODES.bind(**sums, **named))]
    ranges = [subtree_of(code) for code in codes]
    found = await connection.fetch(
        *_YEARS.bind(
            **sums,
            codes=codes,
            firsts=[first for first, _ in ranges],
            ends=[end for _, end in ranges],
            this_year=now.year,
        )
    )
    grouped = [list(each) for _, each in groupby(found, key=lambda row: row["code"])]

    def shape(rows: Sequence[Mapping[str, Any]]) -> AvailableOut:
        return _make_out(rows, catalogue)

    return await Page[AvailableOut].of(grouped, limit, shape=shape, cursor=lambda rows: str(rows[0]["code"]))


def _make_out(rows: Sequence[Mapping[str, Any]], catalogue: Catalogue) -> AvailableOut:
    """Returns one region with its years. One row has no version, and gives only the name of today."""
    name = next(row["name"] for row in rows if row["id"] is None)
    years: dict[tuple[int, str], set[int]] = {}
    for row in rows:
        if row["id"] is not None:
            years.setdefault((row["year"], catalogue[row["id"]].instrument.code), set()).add(row["id"])
    shown = [
        AvailableYearOut(
            year=year,
            instrument=code,
            versions=[each.instrument.version for each in catalogue.versions(code) if each.id in ids],
        )
        for (year, code), ids in sorted(years.items(), key=lambda each: (-each[0][0], each[0][1]))
    ]
    return AvailableOut(region=RegionNameOut.named(rows[0]["code"], name), years=shown)
