"""Reads the whole aggregate of a region and year, one row per region below a region, or the years of a region.

Exact and live figures are for those who review interviews in the region. All others get released ones
(`released.py`). What tells of sensitive outcomes is hidden from a reviewer without the scope `submissions:sensitive`.

The numbers come from the sums of villages, never from submissions. A region is the sum of the villages whose codes
begin with its own code. The sums of all versions of an instrument are read, and `app/scoring/versions.py` decides which
of them a figure counts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from app.access import Caller
from app.platform.cursors import read_code
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.problems.wording import Year
from app.regions.codes import AFTER_DIGITS, digits_of, subtree_of
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, RegionRefOut, TrendOut
from app.schemas.aggregates.basis import REPORTED, Basis
from app.schemas.aggregates.card_text import CardText, write_exact
from app.schemas.aggregates.fields import FieldName
from app.schemas.aggregates.table import rows_per_region
from app.schemas.reference.region import Level
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue
from app.scoring.disclosure import Figures, disclose
from app.scoring.instrument import Instrument
from app.scoring.packing import unpack
from app.scoring.region import Estimate, estimate
from app.scoring.sums import add, reorder
from app.scoring.versions import Families, Group, Taken, Versions
from app.services.aggregates.exact_state import SERVER, ExactState
from app.services.aggregates.released import (
    ReleasedBelow,
    Wanted,
    read_released,
    read_released_below,
    read_released_text,
    read_released_trend,
    reads_exact,
    refuse_choices,
)
from app.services.aggregates.sums import BASES
from app.services.reference.regions_in_force import EDITIONS_OF_YEAR, REGION_IN_YEAR
from app.turns import in_turns

MOST_ROWS: Final = 40_000
"""The longest table of a list. That is every village of the largest regency with all fields, or of most provinces."""

_ADDED: Final = "sum(families) AS families, sum(without_card) AS without_card, sum(sums) AS sums"
# The years are a list and not a range. So PostgreSQL enters the index once per year and reads only the villages of this
# region.
_YEARS: Final = Statement(
    """
SELECT now() AS as_of, asked.year, region.*, sums.instrument_id, sums.layout, sums.basis,
    sums.families, sums.without_card, sums.sums::text, sums.villages, sums.changes, {server} AS server
FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
CROSS JOIN (SELECT :region::text AS code, year::int FROM unnest(:years::smallint[]) AS year) AS asked
CROSS JOIN LATERAL ({region_in_year}) AS region
LEFT JOIN LATERAL (
    SELECT instrument_id, layout, basis::text, {sums}, count(*) AS villages, sum(changes)::bigint AS changes
    FROM village_sums
    WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = asked.year
    AND basis = ANY (:bases::text[]::"char"[])
    AND region >= :first AND region < :end
    AND viewer.area IS NOT NULL
    GROUP BY instrument_id, layout, basis
) AS sums ON true
ORDER BY asked.year
""",
    sums=_ADDED,
    server=SERVER,
    region_in_year=REGION_IN_YEAR,
)
_FIRST_COUNTED: Final = """
SELECT min(village.region) FROM unnest(:instrument_ids::smallint[]) AS version (id) CROSS JOIN LATERAL (
    SELECT region FROM village_sums
    WHERE instrument_id = version.id AND year = :year AND basis = 'r'
    AND region > {after} AND region < :end
    AND viewer.area IS NOT NULL
    ORDER BY region LIMIT 1
) AS village
"""
# A region has a row if it was in force on a day of the year, or if villages below it have sums. So a list always adds
# up to its parent. `counted` steps from one region with sums to the next by index. What is approved is reported too, so
# lists of both bases have the same rows.
_BELOW: Final = Statement(
    """
WITH RECURSIVE viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), listed AS (
    SELECT region.code
    FROM {editions_of_year} CROSS JOIN LATERAL (
        SELECT code FROM region
        WHERE region.edition = edition.code AND level = :level AND code > :after AND code >= :first AND code < :end
        ORDER BY code LIMIT :most
    ) AS region
), counted AS (
    SELECT left(({first_counted}), :digits) AS code FROM viewer
    UNION ALL
    SELECT left(({next_counted}), :digits) FROM viewer CROSS JOIN counted WHERE counted.code IS NOT NULL
), asked AS (
    SELECT code, :year::int AS year FROM listed
    UNION
    SELECT code, :year::int FROM (
        SELECT code COLLATE "C" FROM counted WHERE code COLLATE "C" > :after AND length(code) = :digits LIMIT :most
    ) AS counted
    ORDER BY code LIMIT :most
)
SELECT asked.code, region.*, sums.instrument_id, sums.layout, sums.basis, sums.families, sums.without_card,
    sums.sums::text
FROM viewer CROSS JOIN asked CROSS JOIN LATERAL ({region_in_year}) AS region
LEFT JOIN LATERAL (
    SELECT instrument_id, layout, basis::text, {sums} FROM village_sums
    WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = :year
    AND basis = ANY (:bases::text[]::"char"[])
    AND region >= asked.code AND region < asked.code || '{after_digits}'
    AND viewer.area IS NOT NULL
    GROUP BY instrument_id, layout, basis
) AS sums ON true
ORDER BY asked.code
""",
    sums=_ADDED,
    first_counted=_FIRST_COUNTED.format(after=":start"),
    next_counted=_FIRST_COUNTED.format(after=f"counted.code || '{AFTER_DIGITS}'"),
    editions_of_year=EDITIONS_OF_YEAR,
    region_in_year=REGION_IN_YEAR,
    after_digits=AFTER_DIGITS,
)


Rows = Sequence[Mapping[str, Any]]
"""Packed sums of a region and year, a row for each version of the instrument, layout and basis. Their members are null
if the database has none. Approved figures are read with the reported ones, which decide what is hidden."""


def pick_versions(catalogue: Catalogue, code: str, version: str | None) -> Versions:
    """Returns the versions of the instrument that a query names, and the one that it asks for. Raises faults."""
    named = None if version is None else catalogue.find(code, version)
    if catalogue.latest(code) is None or (version is not None and named is None):
        parameter = "instrument" if version is None else "version"
        limits = {"options": catalogue.names()}
        raise Problem(kinds.FAULTS, faults=[Fault("unknown_instrument", parameter=parameter, limits=limits)])
    return Versions.of(catalogue, code, named)


async def read_aggregate(
    connection: Connection,
    region: str,
    *,
    year: int,
    caller: Caller,
    versions: Versions,
    basis: Basis | None = None,
    release: Wanted = None,
) -> AggregateOut:
    """Returns the whole aggregate of a region and year. Raises faults, not-found and region-outside-caller.

    If nobody was surveyed, its numbers are null and its families 0.
    """
    if reads_exact(caller, region, release):
        exact = await read_exact(connection, region, year=year, caller=caller, versions=versions, basis=basis)
        return exact.aggregate
    refuse_choices(versions, basis)
    return await read_released(connection, region, year=year, caller=caller, versions=versions, wanted=release)


async def read_text(
    connection: Connection,
    region: str,
    *,
    year: int,
    caller: Caller,
    versions: Versions,
    basis: Basis | None = None,
    release: Wanted = None,
) -> CardText:
    """Returns the JSON of what `read_aggregate` returns. It does not read the stored JSON of released figures."""
    if reads_exact(caller, region, release):
        exact = await read_exact(connection, region, year=year, caller=caller, versions=versions, basis=basis)
        return exact.text
    refuse_choices(versions, basis)
    return await read_released_text(connection, region, year=year, caller=caller, versions=versions, wanted=release)


@dataclass(frozen=True, slots=True)
class Exact:
    """Exact figures of a region and year, and what they depend on as it was when they were read."""

    aggregate: AggregateOut
    state: ExactState

    @property
    def text(self) -> CardText:
        return write_exact(self.aggregate)


async def read_exact(
    connection: Connection,
    region: str,
    *,
    year: int,
    caller: Caller,
    versions: Versions,
    basis: Basis | None = None,
) -> Exact:
    """Reads exact and live figures for a caller who gets them. Raises not-found and region-outside-caller."""
    basis = basis or REPORTED
    rows = (await _read_years(connection, region, [year], caller, versions, basis))[year]
    figures = _figures(rows, region, year, caller, versions, basis)
    aggregate = AggregateOut.whole_of(_ref(region, rows), year, figures, rows[0]["as_of"], basis)
    return Exact(aggregate, ExactState.of_sums(_of_basis(rows, basis), rows[0]))


_PERIOD: Final = {"example_from": Year(2023), "example_to": Year(2025)}


async def read_trend(
    connection: Connection,
    region: str,
    *,
    years: tuple[int, int],
    caller: Caller,
    versions: Versions,
    catalogue: Catalogue,
    fields: Sequence[FieldName] = (),
    basis: Basis | None = None,
    release: Wanted = None,
) -> TrendOut:
    """Returns the years of a region from the first to the last, both included.

    Raises faults, not-found and region-outside-caller.
    """
    first, last = years
    if first > last:
        raise Problem(kinds.FAULTS, faults=[Fault("bad_period", parameter="from", limits=_PERIOD)])
    every = list(range(first, last + 1))
    if not reads_exact(caller, region, release):
        refuse_choices(versions, basis)
        return await read_released_trend(
            connection, region, years=every, caller=caller, versions=versions, catalogue=catalogue, fields=fields
        )
    basis = basis or REPORTED
    by_year = await _read_years(connection, region, every, caller, versions, basis)
    figures = {year: _figures(rows, region, year, caller, versions, basis) for year, rows in by_year.items()}
    regions = {year: _ref(region, rows) for year, rows in by_year.items()}
    return TrendOut.of(regions, figures, catalogue, fields, basis)


@dataclass(frozen=True)
class Below:
    """The regions below another one as they were read, up to one more than the limit, before their rows are made.

    Making them takes time, so give the connection back first.
    """

    rows: Sequence[Rows]
    limit: int
    year: int
    caller: Caller
    versions: Versions
    group: Group
    fields: Sequence[FieldName]
    basis: Basis

    @property
    def codes(self) -> Sequence[str]:
        """The codes of the regions, in order."""
        return [str(rows[0]["code"]) for rows in self.rows]

    async def make_page(self) -> Page[AggregateRowOut]:
        """Returns a page of one row per region, by code, including regions without families."""
        return await Page[AggregateRowOut].of(
            self.rows, self.limit, shape=self._make_row, cursor=lambda rows: str(rows[0]["code"])
        )

    async def make_whole(self) -> list[AggregateRowOut]:
        """Returns the rows of all regions. Raises the fault `table_too_long` if they are more than the limit."""
        if len(self.rows) > self.limit:
            limits = {"limit": MOST_ROWS, "regions": self.limit}
            raise Problem(kinds.FAULTS, faults=[Fault("table_too_long", parameter="parent", limits=limits)])
        return [self._make_row(rows) async for rows in in_turns(self.rows)]

    def _make_row(self, rows: Rows) -> AggregateRowOut:
        ref = _ref(rows[0]["code"], rows)
        if rows[0]["layout"] is None:
            return self._without_families.model_copy(update={"region": ref})
        return self._compute_row(ref, rows)

    @cached_property
    def _without_families(self) -> AggregateRowOut:
        """Returns what all regions without families have, under the name of any of them."""
        return self._compute_row(_ref(self.rows[0][0]["code"], self.rows[0]), ())

    def _compute_row(self, ref: RegionRefOut, rows: Rows) -> AggregateRowOut:
        figures = _figures(rows, ref.code, self.year, self.caller, self.versions, self.basis, self.group)
        return AggregateRowOut.row_of(ref, self.year, figures, self.fields, self.basis)


async def read_below(
    connection: Connection,
    caller: Caller,
    *,
    parent: str,
    level: Level,
    year: int,
    limit: int | None,
    cursor: str | None,
    fields: Sequence[FieldName],
    versions: Versions,
    basis: Basis | None = None,
    release: Wanted = None,
) -> Below | ReleasedBelow:
    """Reads the regions of a level below `parent`. Without a limit it is as many as a table may have.

    All rows count the versions that the aggregate of `parent` counts, and every region has a row that was in force on
    a day of the year. So they add up to it, whatever was split or merged. Raises region-outside-caller.
    """
    if not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    if not reads_exact(caller, parent, release):
        refuse_choices(versions, basis)
        return await read_released_below(
            connection,
            caller,
            parent=parent,
            level=level,
            year=year,
            limit=limit or MOST_ROWS // rows_per_region(versions.every[0].instrument, fields),
            cursor=cursor,
            fields=fields,
            versions=versions,
            wanted=release,
        )
    basis = basis or REPORTED
    group = await _choose_group(connection, parent, year, caller, versions, basis)
    if limit is None:
        limit = MOST_ROWS // rows_per_region(group[0].instrument, fields)
    first, end = subtree_of(parent)
    after = first if cursor is None else read_code(cursor)
    query = _BELOW.bind(
        area=area_of(caller.regions),
        bases=_letters(basis),
        instrument_ids=[each.id for each in versions.every],
        year=year,
        level=level,
        digits=digits_of(level),
        first=first,
        end=end,
        after=after,
        start=first if cursor is None else after + AFTER_DIGITS,
        most=limit + 1,
    )
    rows = _grouped(await connection.fetch(*query), "code")
    return Below(rows, limit, year, caller, versions, group, fields, basis)


def _grouped(rows: Rows, column: str) -> list[Rows]:
    """Returns the rows of each region or year together. They come sorted."""
    return [list(each) for _, each in groupby(rows, key=itemgetter(column))]


def _ref(code: str, rows: Rows) -> RegionRefOut:
    return RegionRefOut.of(code, rows[0]["name"], rows[0]["first_day"], rows[0]["last_day"])


async def _choose_group(
    connection: Connection, parent: str, year: int, caller: Caller, versions: Versions, basis: Basis
) -> Group:
    """Returns the versions that the rows below a region count. It reads nothing if there is no choice."""
    if versions.named is not None or len(versions.groups) == 1:
        return versions.choose({}, year)
    rows = await _fetch_years(connection, parent, [year], caller, versions, basis)
    return versions.choose(_count(_of_basis(rows, basis)), year)


def _count(rows: Rows) -> Families:
    """Returns the families by the id of the version. Layouts of one version are added up."""
    families = Counter[int]()
    for row in rows:
        if row["layout"] is not None:
            families[row["instrument_id"]] += row["families"]
    return families


def _figures(
    rows: Rows, region: str, year: int, caller: Caller, versions: Versions, basis: Basis, group: Group | None = None
) -> Figures:
    """Returns what the caller gets of a region's packed sums. Without a group, the region's own families choose it."""
    own = _of_basis(rows, basis)
    families = _count(own)
    apart = {} if basis == REPORTED else _find_apart(rows, versions)
    taken = versions.take(group or versions.choose(families, year), families, year, apart)
    return disclose(
        _estimate(own, taken),
        taken,
        sensitive=caller.holds("submissions:sensitive", region),
    )


def _letters(basis: Basis) -> list[str]:
    """Returns the bases that are read for figures of one of them."""
    return [BASES[each] for each in dict.fromkeys((REPORTED, basis))]


def _of_basis(rows: Rows, basis: Basis) -> Rows:
    """Returns the rows of a region and year that have families of a basis, or that had some once."""
    return [row for row in rows if row["basis"] == BASES[basis]]


def _find_apart(rows: Rows, versions: Versions) -> dict[int, int]:
    """Returns how many more families are reported than approved, by the id of each version whose sums differ.

    Where an approved interview is not the latest one of its family, the sums differ without a family more or less.
    """
    found = dict[int, int]()
    for each in versions.every:
        of_version = [row for row in rows if row["instrument_id"] == each.id]
        reported, approved = (
            add([_sums(row, each.instrument, each.instrument) for row in _of_basis(of_version, basis)], each.instrument)
            for basis in BASES
        )
        if reported != approved:
            found[each.id] = reported[0] - approved[0]
    return found


def _estimate(rows: Rows, taken: Taken) -> Estimate:
    """Returns the statistics of the versions that a figure counts. Their sums are the same fields, and so add up."""
    instrument = taken.instrument
    by_id = {each.version.id: each.version.instrument for each in taken.versions}
    kept = [each for each in rows if each["layout"] is not None and each["instrument_id"] in by_id]
    sums = add((_sums(each, by_id[each["instrument_id"]], instrument) for each in kept), instrument)
    return estimate(sums, instrument, without_card=sum(each["without_card"] for each in kept))


def _sums(row: Mapping[str, Any], instrument: Instrument, latest: Instrument) -> Sequence[int]:
    return reorder(unpack(row["sums"], row["families"], instrument, row["layout"]), instrument, latest)


async def _fetch_years(
    connection: Connection, region: str, years: Sequence[int], caller: Caller, versions: Versions, basis: Basis
) -> Rows:
    first, end = subtree_of(region)
    query = _YEARS.bind(
        area=area_of(caller.regions),
        bases=_letters(basis),
        instrument_ids=[each.id for each in versions.every],
        years=years,
        region=region,
        first=first,
        end=end,
    )
    rows: Rows = await connection.fetch(*query)
    return rows


async def _read_years(
    connection: Connection, region: str, years: Sequence[int], caller: Caller, versions: Versions, basis: Basis
) -> dict[int, Rows]:
    """Returns by year the rows with the region's name and days, the moment of reading and the packed sums."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    rows = await _fetch_years(connection, region, years, caller, versions, basis)
    if not rows:
        raise Problem(kinds.NOT_FOUND)
    return {each[0]["year"]: each for each in _grouped(rows, "year")}
