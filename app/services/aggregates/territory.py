"""Says in a trend where the area of a region changed, and restates a past year on the regions of today."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Final

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import raw_connection
from app.problems import Problem, kinds
from app.protection.plan import Plan
from app.protection.uncertainty import CENSUS, Design
from app.regions.codes import level_of
from app.regions.restating import RegionBreak, Restated, changed_between, restate
from app.schemas.aggregates.aggregate import TrendOut
from app.schemas.aggregates.basis import Basis
from app.schemas.aggregates.fields import FieldName
from app.schemas.aggregates.restated import RestatedAggregateOut
from app.schemas.releases.region_break import RegionBreakOut, RestatedOut
from app.scoring.catalogue import Catalogue
from app.scoring.versions import Versions
from app.services.aggregates.reading import read_trend
from app.services.aggregates.released import Wanted, choose_named, refuse_choices
from app.services.reference.listings import Listings, read_listings
from app.services.reference.region_refs import find_refs
from app.services.reference.regions_in_force import read_editions
from app.services.releases.gathered import Gathered
from app.services.releases.reading import find_surveyed
from app.services.releases.rendering import make_region
from app.services.releases.versions import read_versions_of

_CHOSEN: Final = Design("purposive")
"""Villages of another year stand for no others of today. A village that is made of whole ones is counted whole."""


async def read_trend_with_breaks(
    session: AsyncSession,
    region: str,
    *,
    years: tuple[int, int],
    caller: Caller,
    versions: Versions,
    catalogue: Catalogue,
    fields: Sequence[FieldName],
    basis: Basis | None,
    release: Wanted,
) -> TrendOut:
    """Returns the years of a region, and where its area changed. Raises what `read_trend` raises."""
    trend = await read_trend(
        await raw_connection(session),
        region,
        years=years,
        caller=caller,
        versions=versions,
        catalogue=catalogue,
        fields=fields,
        basis=basis,
        release=release,
    )
    return trend.with_breaks(await find_breaks(session, region, [each.year for each in trend.years]))


async def find_breaks(session: AsyncSession, region: str, years: Sequence[int]) -> dict[int, RegionBreakOut]:
    """Returns by year how the area of a region differs from that of the year before it in the list.

    Each year stands for its last day. A year in which nothing changed is left out.
    """
    editions = await read_editions(session)
    found = {}
    for earlier, later in pairwise(years):
        ends = date(earlier, 12, 31), date(later, 12, 31)
        if not any(ends[0] < each.first_day <= ends[1] for each in editions):
            continue
        listings = await read_listings(session, earlier, ends[1])
        if listings is not None and (known := await to_thread.run_sync(_find_break, region, listings)) is not None:
            found[later] = RegionBreakOut.of(known)
    return found


def _find_break(region: str, listings: Listings) -> RegionBreak | None:
    return changed_between(region, listings.editions[listings.in_year - 1 :], listings.changes)


async def read_restated(
    session: AsyncSession,
    region: str,
    *,
    year: int,
    caller: Caller,
    versions: Versions,
    catalogue: Catalogue,
    wanted: Wanted,
    now: datetime,
) -> RestatedAggregateOut:
    """Returns the released figures of a past year for a region as it is today.

    They are the sums of whole villages of that year. If one of them was split towards another region, or nobody knows,
    there are none. Raises not-found, region-outside-caller and the fault `unknown_release`.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    refuse_choices(versions, None)
    listings = await read_listings(session, year, now.date())
    restated = None if listings is None else await to_thread.run_sync(_restate, region, listings)
    connection = await raw_connection(session)
    refs = await find_refs(connection, [region], now.year)
    if restated is None or region not in refs:
        raise Problem(kinds.NOT_FOUND)
    released = await choose_named(connection, wanted, instrument=versions.code, year=year)
    figures, without = None, list[str]()
    if released is not None and restated.villages:
        head = catalogue.find(released.instrument, released.version)
        assert head is not None  # noqa: S101 (the release was made with it)
        own = await read_versions_of(
            connection,
            Plan.of(head.instrument),
            restated.villages,
            instrument=versions.code,
            year=year,
            number=released.number,
        )
        there = {village for each in own for village in each.villages}
        ids = [each.id for each in versions.every]
        surveyed = await find_surveyed(connection, restated.villages, ids=ids, year=year)
        without = [each for each in surveyed if each not in there]
        if own:
            gathered = Gathered(Plan.of(head.instrument), own)
            design = _design_of(region, restated.villages, there)
            figures = make_region(refs[region], year, head.instrument, versions.every, gathered, design)
    ref = None if released is None else released.ref()
    return RestatedAggregateOut.of(refs[region], year, RestatedOut.of(restated), ref, figures, without)


def _design_of(region: str, villages: Sequence[str], there: Collection[str]) -> Design:
    """A village of today is counted whole if all the villages that it is made of have figures, which are `there`."""
    return CENSUS if level_of(region) == "village" and set(there) == set(villages) else _CHOSEN


def _restate(region: str, listings: Listings) -> Restated | None:
    every = restate(listings.editions, listings.changes, level=level_of(region), in_year=listings.in_year)
    return every.get(region)
