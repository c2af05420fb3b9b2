"""Released figures in other forms: ranks of regions, breakdowns by groups of families, and restated years."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.aggregates.aggregates import InstrumentOf, Reader, Region, ReleaseOf
from app.routers.dependencies import (
    Cursor,
    Limit,
    StrictRoute,
    Year,
    YearInPath,
    catalogue_of,
    connect,
    open_session,
    respond,
    settings_of,
)
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY
from app.schemas.aggregates.breakdowns import BreakdownsOut
from app.schemas.aggregates.ranks import RankOut
from app.schemas.aggregates.restated import RestatedAggregateOut
from app.schemas.reference.region import LevelBelow
from app.schemas.shapes import Page, RegionCode
from app.scoring.versions import Versions
from app.services.aggregates.ranks import list_ranks as find_ranks
from app.services.aggregates.reading import pick_versions
from app.services.aggregates.released import read_breakdowns
from app.services.aggregates.territory import read_restated

router = APIRouter(route_class=StrictRoute, prefix="/v1/aggregates", tags=["Aggregates"])


async def _every_version(request: Request, instrument: InstrumentOf = None) -> Versions:
    """The versions of the instrument. A release decides which of them count."""
    return pick_versions(catalogue_of(request), instrument or settings_of(request).default_instrument, None)


EveryVersion = Annotated[Versions, Depends(_every_version)]


@router.get(
    "/ranks",
    operation_id="listRanks",
    summary="List the ranks of regions",
    response_model=Page[RankOut],
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION)},
    openapi_extra=EXPORT_KEY,
)
async def list_ranks(
    caller: Reader,
    versions: EveryVersion,
    request: Request,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[LevelBelow, Query(description="Level of the regions to rank, below the level of `parent`")],
    year: Year,
    figure: Annotated[
        str,
        Query(
            min_length=1,
            max_length=60,
            description="What they are ranked by: `index`, or the code of a dimension or indicator of the first index. "
            "`index` is `index.mean` if that is the headline of the index, as in `ikk-29`. Otherwise it is "
            "`index.of_indicators`",
            examples=["index"],
        ),
    ] = "index",
    release: ReleaseOf = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Returns the rank of each region among all regions of a level below `parent`, by code, from released figures.

    Equal values share a rank. `low` and `high` say between which ranks a region truly lies. If its interval holds
    several ranks, do not say that it is better or worse than the regions in it. A region whose figure has no standard
    error has a rank without `low` and `high`, and no other region is surely above or below it.
    """
    async with connect(request) as connection:
        page = await find_ranks(
            connection,
            caller,
            parent=parent,
            level=level,
            year=year,
            figure=figure,
            limit=limit,
            cursor=cursor,
            versions=versions,
            wanted=release,
        )
    return keep(respond(page), REVALIDATED)


@router.get(
    "/{region}/{year}/breakdowns",
    operation_id="getBreakdowns",
    summary="Get the breakdowns of a region",
    response_model=BreakdownsOut,
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND)},
    openapi_extra=EXPORT_KEY,
)
async def get_breakdowns(
    caller: Reader,
    versions: EveryVersion,
    request: Request,
    region: Region,
    year: YearInPath,
    release: ReleaseOf = None,
) -> Response:
    """Returns the indicators of the first index by groups of families, such as by the sex of the head.

    These are released figures for everybody. They are made once, in the first release after all rounds of the villages
    were settled. The groups add up to the released figures of the region at that time. An indicator without groups has
    too few answers in some group here, or some village of the region is only in the table of a larger one. Look at the
    region above.
    """
    async with connect(request) as connection:
        found = await read_breakdowns(connection, region, year=year, caller=caller, versions=versions, wanted=release)
    return keep(respond(found), REVALIDATED)


@router.get(
    "/{region}/{year}/restated",
    operation_id="getRestatedAggregate",
    summary="Get a past year of a region as it is today",
    response_model=RestatedAggregateOut,
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND)},
    openapi_extra=EXPORT_KEY,
)
async def get_restated(
    caller: Reader,
    versions: EveryVersion,
    request: Request,
    region: Region,
    year: YearInPath,
    release: ReleaseOf = None,
) -> Response:
    """Returns the released figures of a past year for a region of today, as the sum of whole villages of that year.

    A part of a village is never estimated. If a village was split between this region and another one, or nobody knows
    what became of it, there are no figures and `restated` says why. `GET /v1/aggregates/{region}/{year}` gives the
    figures of the region as it was.
    """
    async with open_session(request) as session:
        found = await read_restated(
            session,
            region,
            year=year,
            caller=caller,
            versions=versions,
            catalogue=catalogue_of(request),
            wanted=release,
            now=datetime.now(UTC),
        )
    return keep(respond(found), REVALIDATED)
