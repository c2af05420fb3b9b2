"""GET /v1/aggregates, the index by region and year."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.access import Caller
from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, StrictRoute, Year, catalogue_of, connect, respond, settings_of
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import require
from app.schemas.aggregates.aggregate import AggregateOut, AggregateSummaryOut, TrendOut
from app.schemas.parameters import WHOLE
from app.schemas.shapes import Page, RegionCode
from app.scoring.versions import Versions
from app.services.aggregates import reading as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/aggregates", tags=["Aggregates"])

Reader = Annotated[Caller, require("aggregates:read")]
Region = Annotated[RegionCode, Path()]
_CHOSEN_BY: Final = "Authorization, Accept"
Below = Literal["province", "regency", "district", "village"]


async def _versions(
    request: Request,
    instrument: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=40,
            description="Code of the instrument. Without it you get the default one",
            examples=["ikk-29"],
        ),
    ] = None,
    version: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=20,
            examples=["2025.2"],
            description="Version of the instrument. Without it the figures of a year count the families of all "
            "versions whose figures are comparable, and `versions` names them",
        ),
    ] = None,
    basis: Annotated[
        Literal["reported"],
        Query(description="`reported` counts every family once, as it was last interviewed in the year"),
    ] = "reported",
) -> Versions:
    return service.pick_versions(catalogue_of(request), instrument or settings_of(request).default_instrument, version)


VersionsOf = Annotated[Versions, Depends(_versions)]


@router.get(
    "",
    operation_id="listAggregates",
    summary="List the aggregates below a region",
    response_model=Page[AggregateSummaryOut],
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION)},
)
async def list_aggregates(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[Below, Query(description="Level of the regions to list, below the level of `parent`")],
    year: Year,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Returns one row for each region of a level below `parent`, in the order of their codes.

    A region without submissions has `families` 0. Its numbers are null and not zero. All rows count the same versions
    of the instrument as the aggregate of `parent`, so that their families add up to it.
    """
    async with connect(request) as connection:
        page = await service.list_aggregates(
            connection,
            caller,
            parent=parent,
            level=level,
            year=year,
            limit=limit,
            cursor=cursor,
            versions=versions,
        )
    return keep(respond(page), REVALIDATED, vary=_CHOSEN_BY)


@router.get(
    "/{region}/trend",
    operation_id="getTrend",
    summary="Get the years of a region",
    response_model=TrendOut,
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND)},
)
async def get_trend(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    region: Region,
    first: Annotated[Year, Query(alias="from", description="The first year")],
    last: Annotated[Year, Query(alias="to", description="The last year, included")],
) -> Response:
    """Returns the aggregates of one region from year `from` to year `to`, both included.

    Years of versions that are comparable are one line. `break` marks a year that you cannot compare with the year
    before, or only in the dimensions and indicators that it names.
    """
    async with connect(request) as connection:
        trend = await service.read_trend(
            connection,
            region,
            years=(first, last),
            caller=caller,
            versions=versions,
            catalogue=catalogue_of(request),
        )
    return keep(respond(trend), REVALIDATED, vary=_CHOSEN_BY)


@router.get(
    "/{region}/{year}",
    operation_id="getAggregate",
    summary="Get an aggregate",
    response_model=AggregateOut,
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND)},
)
async def get_aggregate(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    region: Region,
    year: Annotated[
        int,
        Path(
            ge=2000,
            le=2100,
            description="A calendar year, in the time of the region",
            examples=[2025],
            json_schema_extra={"format": "year"},
        ),
        WHOLE,
    ],
) -> Response:
    """Returns everything that is computed for one region and year.

    That is the number of families, the index by both estimators, dimensions, indicators with their denominators,
    categories and weak indicators. `index.mean` is the mean of the families' indexes. `index.of_indicators` is computed
    from the region's shares of indicators. The two differ if some indicators do not apply to every family. Without
    `version`, the figures count the families of all versions that are comparable. If a region has families of versions
    that are not, you get those with the most families, and `other_versions` names the rest.
    """
    async with connect(request) as connection:
        aggregate = await service.read_aggregate(connection, region, year=year, caller=caller, versions=versions)
    # The time of reading is new each time, and what was read mostly is not.
    figures = aggregate.model_dump_json(exclude={"as_of"}).encode("utf-8")
    return keep(respond(aggregate), REVALIDATED, of=figures, vary=_CHOSEN_BY)
