"""/regions/{code}/{year}, the page of a region."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response

from app.pages.legend import figures_of, make_legend
from app.pages.region import Direction, Order, SortKey, sort_rows, view_indices
from app.routers.aggregates.aggregates import BasisOf, VersionsOf
from app.routers.dependencies import YearInPath, open_session, settings_of
from app.routers.pages.reading import find_latest, find_place, read_figures
from app.routers.pages.route import go_to, make_router, show
from app.routers.pages.session import Reader
from app.schemas.shapes import RegionCode
from app.scoring.disclosure import FEW_FAMILIES
from app.services.profiles.reading import put_beside
from app.statistics.code_lists import CODE_LISTS

router = make_router()

Region = Annotated[RegionCode, Path()]


@router.get("/regions/{code}")
async def find_region(caller: Reader, request: Request, code: Region) -> Response:
    """Leads to the latest year of a region that has figures, or to this year if there is none."""
    latest = await find_latest(request, caller, code)
    if latest is None:
        return go_to(request, f"/regions/{code}/{datetime.now(UTC).year}")
    year, instrument = latest
    usual = settings_of(request).default_instrument
    return go_to(request, f"/regions/{code}/{year}", instrument=None if instrument == usual else instrument)


@router.get("/regions/{code}/{year}")
async def show_region(
    caller: Reader,
    request: Request,
    code: Region,
    year: YearInPath,
    versions: VersionsOf,
    basis: BasisOf = None,
    sort: Annotated[SortKey | None, Query(description="The column by which the table is sorted")] = None,
    direction: Annotated[Direction | None, Query()] = None,
) -> Response:
    """The index of a region and year with everything that explains it. It shows what GET /v1/aggregates returns."""
    figures = await read_figures(request, caller, code, year, versions, basis)
    place = await find_place(request, caller, code, year)
    async with open_session(request) as session:
        profile = await put_beside(session, caller, figures.card)
    order = Order.of(sort, direction)
    indices = view_indices(figures.card, figures.trend, figures.instrument)
    whole = not figures.card.protected and caller.holds("submissions:sensitive", code)
    return show(
        request,
        "region.html",
        place=place,
        card=figures.card,
        instrument=figures.instrument,
        rules=figures.rules,
        indices=indices,
        legend=make_legend(figures_of(indices)),
        profile=profile,
        lists=CODE_LISTS,
        least=1 if whole else max(FEW_FAMILIES, figures.instrument.disclosure.families),
        below=sort_rows(figures.below, order),
        order=order,
        years=sorted(each.year for each in figures.years if each.instrument == versions.code),
        others=sorted({each.instrument for each in figures.years if each.year == year} - {versions.code}),
        kept={name: request.query_params.get(name) for name in ("instrument", "version", "basis")},
    )
