"""/compare, two regions side by side, or two years of one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.access import Caller
from app.pages.comparison import compare as compare_figures
from app.pages.comparison import legend_of
from app.regions.codes import parent_of
from app.routers.aggregates.aggregates import BasisOf, VersionsOf
from app.routers.dependencies import Year, catalogue_of, connect, open_session
from app.routers.pages.reading import find_years, read_rules
from app.routers.pages.route import make_router, show
from app.routers.pages.session import Reader
from app.schemas.aggregates.aggregate import AggregateOut, BreakOut
from app.schemas.aggregates.basis import Basis
from app.schemas.reference.region import RegionOut
from app.schemas.releases.release import RulesOut
from app.schemas.shapes import RegionCode
from app.scoring.catalogue import Catalogue, Published
from app.scoring.versions import Versions, break_between
from app.services.aggregates.reading import read_aggregate
from app.services.reference.region_tree import find_region, list_regions

router = make_router()

_MOST: Final = 1000

Code = Annotated[RegionCode | None, Query()]
YearOf = Year | None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two columns: a region and a year, and the years that the region has figures of.

    rules: how the figures are protected. None if they are exact
    """

    card: AggregateOut
    rules: RulesOut | None
    years: Sequence[int]


@router.get("/compare")
async def compare(
    caller: Reader,
    request: Request,
    versions: VersionsOf,
    first: Code = None,
    first_year: YearOf = None,
    second: Code = None,
    second_year: YearOf = None,
    basis: BasisOf = None,
) -> Response:
    """Shows the figures of two regions and years, as GET /v1/aggregates returns them, and no difference of them.

    Without a second region it is another year of the first one.
    """
    one = await _read(request, caller, versions, basis, first or caller.regions[0], first_year)
    earlier = [year for year in one.years if year < one.card.year]
    if second is None and second_year is None and earlier:
        second_year = earlier[0]
    other = await _read(request, caller, versions, basis, second or one.card.region.code, second_year)
    catalogue = catalogue_of(request)
    pairs = compare_figures(one.card, other.card, _published(catalogue, one.card).instrument)
    return show(
        request,
        "compare.html",
        one=one,
        other=other,
        pairs=pairs,
        legend=legend_of(pairs),
        released=_list_released(one, other),
        broken=_find_break(catalogue, one.card, other.card),
        choices=await _list_choices(request, caller, {one.card.region.code, other.card.region.code}),
        kept={name: request.query_params.get(name) for name in ("instrument", "version", "basis")},
    )


async def _read(
    request: Request, caller: Caller, versions: Versions, basis: Basis | None, code: str, year: int | None
) -> Side:
    years = [each.year for each in await find_years(request, caller, code) if each.instrument == versions.code]
    wanted = year or (years[0] if years else datetime.now(UTC).year)
    async with connect(request) as connection:
        card = await read_aggregate(connection, code, year=wanted, caller=caller, versions=versions, basis=basis)
        rules = await read_rules(connection, card)
    return Side(card, rules, sorted({*years, wanted}, reverse=True))


def _list_released(*sides: Side) -> list[tuple[AggregateOut, RulesOut]]:
    """A card of each release that the sides are read from, with its rules."""
    found = {
        side.card.release.id: (side.card, side.rules)
        for side in sides
        if side.card.release is not None and side.rules is not None
    }
    return list(found.values())


def _published(catalogue: Catalogue, card: AggregateOut) -> Published:
    found = catalogue.find(card.instrument.code, card.instrument.version)
    assert found is not None  # noqa: S101 (the card was made with it)
    return found


def _find_break(catalogue: Catalogue, one: AggregateOut, other: AggregateOut) -> BreakOut | None:
    """Why the two may not be compared, as a trend says it. None if they may, or if one has no families."""
    if not one.families or not other.families:
        return None
    earlier, later = sorted((one, other), key=lambda each: each.year)
    found = break_between(_published(catalogue, earlier), _published(catalogue, later), catalogue)
    return None if found is None else BreakOut.of(found)


async def _list_choices(request: Request, caller: Caller, codes: set[str]) -> list[RegionOut]:
    """These regions with their neighbours and the regions below them, inside the reader's area, by code."""
    now, found = datetime.now(UTC), dict[str, RegionOut]()
    async with open_session(request) as session:
        for code in codes:
            found[code] = await find_region(session, code, on=None, now=now)
            above = parent_of(code)
            for parent in (code, *([above] if above is not None and caller.covers(above) else [])):
                page = await list_regions(
                    session, parent=parent, level=None, q=None, on=None, now=now, limit=_MOST, cursor=None
                )
                found |= {each.code: each for each in page.items}
    return [found[code] for code in sorted(found)]
