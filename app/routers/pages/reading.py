"""What pages read, from the services that the routes of the API call, with the same caller."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from fastapi import Request

from app.access import Caller
from app.pages.region import value_of
from app.platform.database import Connection
from app.regions.codes import level_of, parent_of
from app.routers.dependencies import catalogue_of, connect, open_session, settings_of
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, TrendOut, TrendYearOut
from app.schemas.aggregates.available import AvailableOut, AvailableYearOut
from app.schemas.aggregates.basis import Basis
from app.schemas.reference.region import Level, RegionNameOut, RegionOut
from app.schemas.releases.release import RulesOut
from app.schemas.shapes import Page
from app.scoring.instrument import Instrument
from app.scoring.versions import Versions
from app.services.aggregates import reading as aggregates
from app.services.aggregates.available import list_available
from app.services.reference import region_tree
from app.services.reference.standing import find_names
from app.services.releases.reading import find_release

_BELOW: Final[dict[Level, Level]] = {
    "country": "province",
    "province": "regency",
    "regency": "district",
    "district": "village",
}
MOST_YEARS: Final = 12
"""The most years of a line, of the latest."""
MOST_AREAS: Final = 100
"""The most of the reader's own regions that a page names."""
MOST_CARDS: Final = 12
"""The most regions whose figures the start page shows."""


@dataclass(frozen=True, slots=True)
class Above:
    """A region above another one. within: whether the reader may look at its page."""

    code: str
    name: str
    within: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A region in a year with the regions above it, the highest first."""

    region: RegionOut
    above: Sequence[Above]


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a region's page.

    years: those with families, the latest first; rules: how the figures are protected. None if they are exact
    """

    card: AggregateOut
    instrument: Instrument
    trend: TrendOut | None
    below: Sequence[AggregateRowOut]
    years: Sequence[AvailableYearOut]
    rules: RulesOut | None


async def read_rules(connection: Connection, card: AggregateOut) -> RulesOut | None:
    """How the figures of a card are protected. None if they are exact, or not released yet."""
    return None if card.release is None else (await find_release(connection, card.release.id)).rules


async def find_place(request: Request, caller: Caller, code: str, year: int) -> Place:
    """The region with its names as they were at the end of the year. Raises not-found."""
    day, above = date(year, 12, 31), _above(code)
    async with open_session(request) as session:
        region = await region_tree.find_region(session, code, on=day, now=datetime.now(UTC))
        names = await find_names(session, above, day)
    found = [Above(each, names.get(each, each), caller.covers(each)) for each in above]
    return Place(region, found)


def _above(code: str) -> list[str]:
    found: list[str] = []
    parent = parent_of(code)
    while parent is not None:
        found.insert(0, parent)
        parent = parent_of(parent)
    return found


async def read_figures(
    request: Request, caller: Caller, code: str, year: int, versions: Versions, basis: Basis | None
) -> Figures:
    """The card, the trend and the regions below, as the API has them. Raises not-found and region-outside-caller."""
    catalogue = catalogue_of(request)
    below = None
    async with connect(request) as connection:
        card = await aggregates.read_aggregate(
            connection, code, year=year, caller=caller, versions=versions, basis=basis
        )
        rules = await read_rules(connection, card)
        (own,) = (await _available(request, connection, caller, code)).items
        years = own.years
        surveyed = sorted({each.year for each in years if each.instrument == versions.code} | {year})[-MOST_YEARS:]
        trend = await aggregates.read_trend(
            connection,
            code,
            years=(min(surveyed), max(surveyed)),
            caller=caller,
            versions=versions,
            catalogue=catalogue,
            basis=basis,
        )
        if (level := _BELOW.get(level_of(code))) is not None:
            below = await aggregates.read_below(
                connection,
                caller,
                parent=code,
                level=level,
                year=year,
                limit=None,
                cursor=None,
                fields=(),
                versions=versions,
                basis=basis,
            )
    rows = [] if below is None else await below.make_whole()
    published = catalogue.find(card.instrument.code, card.instrument.version)
    assert published is not None  # noqa: S101 (the card was made with it)
    return Figures(card, published.instrument, trend, rows, years, rules)


async def find_latest(request: Request, caller: Caller, code: str) -> tuple[int, str] | None:
    """The year and the instrument with which a region's page begins. None without figures. Raises what it may not see.

    It is the latest year of the usual instrument, or of another one if the region has only that.
    """
    default = settings_of(request).default_instrument
    async with connect(request) as connection:
        (own,) = (await _available(request, connection, caller, code)).items
        if not own.years:
            return None
        instrument = default if any(each.instrument == default for each in own.years) else own.years[0].instrument
        latest = await _read_latest(request, connection, caller, own, instrument)
    return None if latest is None else (latest.year, instrument)


async def _read_latest(
    request: Request, connection: Connection, caller: Caller, available: AvailableOut, instrument: str
) -> TrendYearOut | None:
    """The latest year of a region whose index is shown, or the latest one if none is.

    A round that has just begun has few families, and its figure is mostly hidden.
    """
    years = [each.year for each in available.years if each.instrument == instrument][:MOST_YEARS]
    if not years:
        return None
    catalogue = catalogue_of(request)
    trend = await aggregates.read_trend(
        connection,
        available.region.code,
        years=(min(years), max(years)),
        caller=caller,
        versions=aggregates.pick_versions(catalogue, instrument, None),
        catalogue=catalogue,
    )
    shown = [each for each in trend.years if each.families and value_of(each.indices[0]) is not None]
    return (shown or trend.years)[-1]


async def find_years(request: Request, caller: Caller, code: str) -> Sequence[AvailableYearOut]:
    """The years with figures of a region, the latest first. Raises region-outside-caller."""
    async with connect(request) as connection:
        (own,) = (await _available(request, connection, caller, code)).items
    return own.years


async def _available(request: Request, connection: Connection, caller: Caller, code: str | None) -> Page[AvailableOut]:
    return await list_available(
        connection,
        caller,
        parent=code,
        level=None,
        limit=MOST_AREAS,
        cursor=None,
        catalogue=catalogue_of(request),
        now=datetime.now(UTC),
    )


@dataclass(frozen=True, slots=True)
class Area:
    """One of the reader's own regions, with its latest figures if it has any."""

    region: RegionNameOut
    latest: TrendYearOut | None


async def read_areas(request: Request, caller: Caller) -> tuple[Sequence[Area], bool]:
    """The reader's own regions, and whether there are more of them. The first ones come with their latest figures."""
    default = settings_of(request).default_instrument
    found: list[Area] = []
    async with connect(request) as connection:
        own = await _available(request, connection, caller, None)
        for each in own.items:
            latest = await _read_latest(request, connection, caller, each, default) if len(found) < MOST_CARDS else None
            found.append(Area(each.region, latest))
    return found, own.next is not None
