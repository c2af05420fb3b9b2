"""Reads released figures in the shapes of aggregates. Every reader of a region gets the same bytes of them."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from app.access import Caller
from app.platform.cursors import read_code
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import COUNTRY, digits_of, level_of, subtree_of
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, RegionRefOut, TrendOut
from app.schemas.aggregates.basis import Basis
from app.schemas.aggregates.breakdowns import BreakdownsOut, give_breakdowns
from app.schemas.aggregates.card_text import CardText, write_released
from app.schemas.aggregates.fields import FieldName
from app.schemas.aggregates.released import give_row, give_whole, without_figures
from app.schemas.reference.region import Level
from app.schemas.releases.release import ProgressOut
from app.schemas.shapes import Page
from app.scoring.catalogue import Catalogue, Published
from app.scoring.versions import Versions
from app.services.reference.region_refs import find_refs
from app.services.reference.regions_in_force import EDITIONS_OF_YEAR
from app.services.releases.cards import BY_GROUP, read_cards
from app.services.releases.reading import Released, choose_release, read_progress
from app.turns import in_turns

Wanted = UUID | Literal["latest"] | None
"""The release that a query names: its id, the latest one, or none. Without one, those who may get exact figures."""

# Regions of an earlier edition that have figures stand in the list too, so that it adds up to its parent.
_LISTED: Final = Statement(
    """
SELECT code FROM (
    SELECT region.code COLLATE "C" AS code FROM {editions_of_year} CROSS JOIN LATERAL (
        SELECT code FROM region
        WHERE region.edition = edition.code AND level = :level AND code > :after AND code >= :first AND code < :end
        ORDER BY code LIMIT :most
    ) AS region
    UNION
    SELECT card.region FROM (
        SELECT set_config('ikk.area', :area, true) AS area OFFSET 0
    ) AS viewer CROSS JOIN LATERAL (
        SELECT DISTINCT ON (region) region FROM release_card
        WHERE instrument = :instrument AND year = :year::smallint AND region > :after AND region >= :first
        AND region < :end AND length(region) = :digits AND viewer.area IS NOT NULL
        ORDER BY region LIMIT :most
    ) AS card
) AS listed
ORDER BY code LIMIT :most
""",
    editions_of_year=EDITIONS_OF_YEAR,
)


def reads_exact(caller: Caller, region: str, release: Wanted) -> bool:
    """Whether a caller gets exact and live figures of a region. All others, and who names a release, get released ones.

    Nobody gets anything between the two.
    """
    return release is None and caller.holds("submissions:review", region)


def refuse_choices(versions: Versions, basis: Basis | None) -> None:
    """Raises the fault `only_exact` for parameters that choose among exact figures."""
    chosen = {"basis": basis, "version": versions.named}
    faults = [Fault("only_exact", parameter=name) for name, value in chosen.items() if value is not None]
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)


async def choose_named(connection: Connection, wanted: Wanted, *, instrument: str, year: int) -> Released | None:
    """Returns the release that a query names, or the latest one. None if there is none yet. Raises a fault."""
    named = wanted if isinstance(wanted, UUID) else None
    return await choose_release(connection, named, instrument=instrument, year=year)


@dataclass(frozen=True, slots=True)
class Found:
    """Released figures of regions in a year, as they were read. bodies: by code, of those that have figures."""

    year: int
    head: Published
    released: Released | None
    bodies: Mapping[str, str]
    progress: Mapping[str, ProgressOut]
    refs: Mapping[str, RegionRefOut]

    def whole(self, region: str) -> AggregateOut:
        return give_whole(self._members(region))

    def text(self, region: str) -> CardText:
        """The JSON of the whole, without reading what is stored."""
        body = self.bodies.get(region)
        if body is None:
            body = self.whole(region).model_dump_json(exclude={"release", "progress"})
        ref = None if self.released is None else self.released.ref()
        return write_released(body, ref, self.progress[region])

    def row(self, region: str, fields: Sequence[FieldName]) -> AggregateRowOut:
        return give_row(self._members(region), fields)

    def _members(self, region: str) -> dict[str, Any]:
        body = self.bodies.get(region)
        found: dict[str, Any] = (
            without_figures(
                self.refs[region],
                self.year,
                self.head.instrument,
                self.progress[region],
                made_at=None if self.released is None else self.released.made_at,
            )
            if body is None
            else json.loads(body)
        )
        ref = None if self.released is None else self.released.ref().model_dump()
        return {**found, "release": ref, "progress": self.progress[region].model_dump()}


async def find_released(
    connection: Connection,
    regions: Sequence[str],
    *,
    year: int,
    caller: Caller,
    versions: Versions,
    wanted: Wanted,
) -> Found:
    """Reads the released figures of regions in the caller's area, and how far the interviews are."""
    released = await choose_named(connection, wanted, instrument=versions.code, year=year)
    every = {each.instrument.version: each for each in versions.every}
    head = versions.choose({}, year)[0] if released is None else every[released.version]
    bodies = {}
    if released is not None:
        bodies = await read_cards(
            connection,
            regions,
            instrument=versions.code,
            year=year,
            number=released.number,
            area=caller.regions,
        )
    progress = await read_progress(
        connection,
        regions,
        instrument=versions.code,
        ids=[each.id for each in versions.every],
        year=year,
        area=caller.regions,
    )
    return Found(year, head, released, bodies, progress, await find_refs(connection, regions, year))


async def read_released(
    connection: Connection, region: str, *, year: int, caller: Caller, versions: Versions, wanted: Wanted
) -> AggregateOut:
    """Returns the released figures of a region and year. Raises not-found and region-outside-caller."""
    found = await _find_one(connection, region, year=year, caller=caller, versions=versions, wanted=wanted)
    return found.whole(region)


async def read_released_text(
    connection: Connection, region: str, *, year: int, caller: Caller, versions: Versions, wanted: Wanted
) -> CardText:
    """Returns the JSON of the same. Raises what `read_released` raises."""
    found = await _find_one(connection, region, year=year, caller=caller, versions=versions, wanted=wanted)
    return found.text(region)


async def _find_one(
    connection: Connection, region: str, *, year: int, caller: Caller, versions: Versions, wanted: Wanted
) -> Found:
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    found = await find_released(connection, [region], year=year, caller=caller, versions=versions, wanted=wanted)
    if region not in found.refs:
        raise Problem(kinds.NOT_FOUND)
    return found


async def read_released_trend(
    connection: Connection,
    region: str,
    *,
    years: Sequence[int],
    caller: Caller,
    versions: Versions,
    catalogue: Catalogue,
    fields: Sequence[FieldName],
) -> TrendOut:
    """Returns the latest released figures of a region by year. Raises not-found and region-outside-caller."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    rows = []
    for year in years:
        found = await find_released(connection, [region], year=year, caller=caller, versions=versions, wanted="latest")
        if region not in found.refs:
            raise Problem(kinds.NOT_FOUND)
        rows.append(found.row(region, fields))
    return TrendOut.of_rows(rows, catalogue)


@dataclass(frozen=True)
class ReleasedBelow:
    """The regions below another one with their released figures, up to one more than the limit."""

    found: Found
    codes: Sequence[str]
    limit: int
    fields: Sequence[FieldName]

    async def make_page(self) -> Page[AggregateRowOut]:
        """Returns a page of one row per region, by code, including regions without figures."""
        return await Page[AggregateRowOut].of(
            self.codes, self.limit, shape=lambda code: self.found.row(code, self.fields), cursor=str
        )

    async def make_whole(self) -> list[AggregateRowOut]:
        """Returns the rows of all regions. Raises the fault `table_too_long` if they are more than the limit."""
        return [row async for row in self.rows()]

    async def rows(self) -> AsyncIterator[AggregateRowOut]:
        """Makes the rows one after another. Raises as `make_whole` does. To free very many at once takes long."""
        if len(self.codes) > self.limit:
            limits = {"limit": 40_000, "regions": self.limit}
            raise Problem(kinds.FAULTS, faults=[Fault("table_too_long", parameter="parent", limits=limits)])
        async for code in in_turns(self.codes):
            yield self.found.row(code, self.fields)


async def read_released_below(
    connection: Connection,
    caller: Caller,
    *,
    parent: str,
    level: Level,
    year: int,
    limit: int,
    cursor: str | None,
    fields: Sequence[FieldName],
    versions: Versions,
    wanted: Wanted,
) -> ReleasedBelow:
    """Reads the released figures of the regions of a level below `parent`."""
    first, end = subtree_of(parent)
    codes: list[str] = []
    if parent == COUNTRY or digits_of(level) > digits_of(level_of(parent)):
        query = _LISTED.bind(
            area=area_of(caller.regions),
            instrument=versions.code,
            year=year,
            level=level,
            digits=digits_of(level),
            first=first,
            end=end,
            after=first if cursor is None else read_code(cursor),
            most=limit + 1,
        )
        codes = [row["code"] for row in await connection.fetch(*query)]
    found = await find_released(connection, codes, year=year, caller=caller, versions=versions, wanted=wanted)
    return ReleasedBelow(found, [code for code in codes if code in found.refs], limit, fields)


async def read_breakdowns(
    connection: Connection, region: str, *, year: int, caller: Caller, versions: Versions, wanted: Wanted
) -> BreakdownsOut:
    """Returns the released breakdowns of a region and year. Raises not-found and region-outside-caller."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    refuse_choices(versions, None)
    released = await choose_named(connection, wanted, instrument=versions.code, year=year)
    refs = await find_refs(connection, [region], year)
    if region not in refs:
        raise Problem(kinds.NOT_FOUND)
    bodies: dict[str, str] = {}
    if released is not None:
        bodies = await read_cards(
            connection,
            [region],
            instrument=versions.code,
            year=year,
            number=released.number,
            area=caller.regions,
            part=BY_GROUP,
        )
    members = {"region": refs[region], "year": year, "instrument": None, "families": 0, "as_of": None, "breakdowns": []}
    if bodies:
        members = json.loads(bodies[region])
    return give_breakdowns({**members, "release": None if released is None else released.ref()})
