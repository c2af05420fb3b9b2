"""GET /v1/aggregates: the index of regions and years."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from app import problems
from app.routers.dependencies import (
    CatalogueOf,
    ConnectionOf,
    Cursor,
    Limit,
    SettingsOf,
    Year,
    document,
)
from app.schemas.aggregate import AggregateOut, AggregateSummaryOut, TrendOut
from app.schemas.shapes import Page, RegionCode
from app.scoring.catalogue import Published
from app.security import Caller, require
from app.services import aggregates as service

router = APIRouter(prefix="/v1/aggregates", tags=["Aggregates"])

Reader = Annotated[Caller, Depends(require("aggregates:read"))]
Region = Annotated[RegionCode, Path()]
Below = Literal["province", "regency", "district", "village"]


async def _published(
    catalogue: CatalogueOf,
    settings: SettingsOf,
    instrument: Annotated[
        str | None, Query(max_length=40, description="Default: the service's default instrument")
    ] = None,
    version: Annotated[str | None, Query(max_length=20, description="Default: the latest version")] = None,
    basis: Annotated[Literal["reported"], Query(description="reported: every accepted submission counts")] = "reported",
) -> Published:
    return service.pick_instrument(catalogue, instrument or settings.default_instrument, version)


PublishedOf = Annotated[Published, Depends(_published)]


@router.get(
    "",
    operation_id="listAggregates",
    summary="One row per region below a region",
    responses=document(problems.FORBIDDEN_REGION),
)
async def list_aggregates(
    caller: Reader,
    published: PublishedOf,
    connection: ConnectionOf,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[Below, Query(description="Level of the rows, below the parent's")],
    year: Annotated[Year, Query()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[AggregateSummaryOut]:
    """Regions of one level below `parent`, by code. A region nobody surveyed has families 0 and nulls, never zeros."""
    return await service.list_aggregates(
        connection,
        caller,
        parent=parent,
        level=level,
        year=year,
        limit=limit,
        cursor=cursor,
        published=published,
    )


@router.get(
    "/{region}/trend",
    operation_id="getTrend",
    summary="The years of one region",
    responses=document(problems.FORBIDDEN_REGION, problems.NOT_FOUND),
)
async def get_trend(
    caller: Reader,
    published: PublishedOf,
    connection: ConnectionOf,
    region: Region,
    first: Annotated[Year, Query(alias="from")],
    last: Annotated[Year, Query(alias="to")],
) -> TrendOut:
    """From the first to the last year, both included, of one instrument: years are comparable only within it."""
    return await service.read_trend(connection, region, years=(first, last), caller=caller, published=published)


@router.get(
    "/{region}/{year}",
    operation_id="getAggregate",
    summary="One region and year, whole",
    response_model=AggregateOut,
    responses=document(problems.FORBIDDEN_REGION, problems.NOT_FOUND),
)
async def get_aggregate(
    caller: Reader,
    published: PublishedOf,
    connection: ConnectionOf,
    region: Region,
    year: Annotated[int, Path(ge=2000, le=2100)],
) -> Response:
    """Families, the index by both estimators, dimensions, indicators with their denominators, categories and weak
    indicators. `index.mean` is the mean of families' indexes, `index.of_indicators` is computed from the region's
    shares; they differ where indicators do not apply to all."""
    found = await service.read_aggregate(connection, region, year=year, caller=caller, published=published)
    return Response(found.model_dump_json(), media_type="application/json")
