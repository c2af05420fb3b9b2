"""GET /v1/aggregates, the index by region and year."""

import re
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from app.access import Caller
from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
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
from app.routers.requirement import EXPORT_KEY, require
from app.routers.tables import FormOf, ready, respond_with_table, shaped, tables
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut, TrendOut
from app.schemas.aggregates.available import AvailableOut
from app.schemas.aggregates.basis import BASIS_TEXT, REPORTED, Basis
from app.schemas.aggregates.card_text import CardText
from app.schemas.aggregates.fields import MOST_WITH_FIELDS, read_fields
from app.schemas.aggregates.table import COLUMNS
from app.schemas.reference.region import LevelBelow
from app.schemas.releases.release import ReleaseName
from app.schemas.shapes import Page, RegionCode
from app.scoring.versions import Versions
from app.services.aggregates import reading as service
from app.services.aggregates.available import list_available as find_available
from app.services.aggregates.tables import sheets_of
from app.services.aggregates.territory import read_trend_with_breaks

router = APIRouter(route_class=StrictRoute, prefix="/v1/aggregates", tags=["Aggregates"])

Reader = Annotated[Caller, require("aggregates:read", export_key=True)]
Region = Annotated[RegionCode, Path()]


InstrumentOf = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=40,
        description="Code of the instrument. Without it you get the default one",
        examples=["ikk-29"],
    ),
]


async def _versions(
    request: Request,
    instrument: InstrumentOf = None,
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
) -> Versions:
    return service.pick_versions(catalogue_of(request), instrument or settings_of(request).default_instrument, version)


VersionsOf = Annotated[Versions, Depends(_versions)]
BasisOf = Annotated[
    Basis | None,
    Query(description=f"{BASIS_TEXT}. Only for exact figures. Without it they are `reported`"),
]
ReleaseOf = Annotated[
    ReleaseName | None,
    Query(
        description="The release whose figures you get, by its id, or the latest one. Without it you get exact and "
        "live figures if you hold submissions:review in the region, and otherwise the latest release",
        examples=["latest"],
    ),
]


Named = Annotated[
    str | None,
    Query(
        max_length=200,
        description="More members of each row, separated by commas: `categories`, `indicators`. `region.parent` and "
        f"`dimensions` are always there. With more members, `limit` is at most {MOST_WITH_FIELDS}",
        examples=["categories,indicators"],
    ),
]


_TABLES: Final = tables(COLUMNS)
_READ_AT: Final = re.compile(rb'"as_of":"[^"]*"')
"""The time of reading, also that of the progress. It is new each time, and what was read mostly is not."""


def _respond_with_figures(body: BaseModel) -> Response:
    response = respond(body)
    return keep(response, REVALIDATED, of=_READ_AT.sub(b"", bytes(response.body)))


def _name(versions: Versions, basis: Basis | None, *parts: object) -> str:
    """Returns the name of a file. A file of reported figures has no word for its basis, as before there were two."""
    kept = [versions.code, *parts, *([] if basis in (None, REPORTED) else [basis])]
    return "-".join(map(str, kept))


@router.get(
    "",
    operation_id="listAggregates",
    summary="List the aggregates below a region",
    response_model=Page[AggregateRowOut],
    responses={200: _TABLES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def list_aggregates(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[LevelBelow, Query(description="Level of the regions to list, below the level of `parent`")],
    year: Year,
    form: FormOf,
    fields: Named = None,
    basis: BasisOf = None,
    release: ReleaseOf = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Returns one row for each region of a level below `parent`, in the order of their codes.

    A region without submissions has `families` 0. Its numbers are null and not zero. All rows count the same versions
    of the instrument as the aggregate of `parent`, so that their families add up to it. As CSV or as a workbook you get
    the whole list and no pages, up to 40,000 rows.
    """
    async with connect(request) as connection:
        below = await service.read_below(
            connection,
            caller,
            parent=parent,
            level=level,
            year=year,
            limit=limit if form is None else None,
            cursor=cursor,
            fields=read_fields(fields, limit if form is None else None),
            versions=versions,
            basis=basis,
            release=release,
        )
    if form is None:
        return _respond_with_figures(await below.make_page())
    make = shaped(below.make_whole, partial(sheets_of, catalogue=catalogue_of(request)))
    return await respond_with_table(request, form, _name(versions, basis, parent, level, year), make)


@router.get(
    "/available",
    operation_id="listAvailable",
    summary="List where figures are",
    response_model=Page[AvailableOut],
    responses={**UNCHANGED, **document(kinds.FORBIDDEN_REGION)},
    openapi_extra=EXPORT_KEY,
)
async def list_available(
    caller: Reader,
    request: Request,
    parent: Annotated[RegionCode | None, Query(description="A region. Without it you get your own regions")] = None,
    level: Annotated[
        LevelBelow | None, Query(description="List the regions of this level below `parent` that have figures")
    ] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists regions with the years, instruments and versions that have families there.

    Without parameters you get your own regions. With `parent` you get that region, and with `level` too the regions
    below it. It lists reported interviews, which include the approved ones. Ask for the figures themselves with the
    other paths.
    """
    async with connect(request) as connection:
        page = await find_available(
            connection,
            caller,
            parent=parent,
            level=level,
            limit=limit,
            cursor=cursor,
            catalogue=catalogue_of(request),
            now=datetime.now(UTC),
        )
    return keep(respond(page), REVALIDATED)


@router.get(
    "/{region}/trend",
    operation_id="getTrend",
    summary="Get the years of a region",
    response_model=TrendOut,
    responses={200: _TABLES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def get_trend(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    region: Region,
    first: Annotated[Year, Query(alias="from", description="The first year")],
    last: Annotated[Year, Query(alias="to", description="The last year, included")],
    form: FormOf,
    fields: Named = None,
    basis: BasisOf = None,
    release: Annotated[
        Literal["latest"] | None, Query(description="Released figures for those who would get exact ones")
    ] = None,
) -> Response:
    """Returns the aggregates of one region from year `from` to year `to`, both included.

    Years of versions that are comparable are one line. `break` marks a year that you cannot compare with the year
    before, or only in the dimensions and indicators that it names.
    """
    async with open_session(request) as session:
        trend = await read_trend_with_breaks(
            session,
            region,
            years=(first, last),
            caller=caller,
            versions=versions,
            catalogue=catalogue_of(request),
            fields=read_fields(fields),
            basis=basis,
            release=release,
        )
    if form is None:
        return _respond_with_figures(trend)
    sheets = sheets_of(trend.years, catalogue_of(request))
    return await respond_with_table(request, form, _name(versions, basis, region, first, last), ready(sheets))


@router.get(
    "/{region}/{year}",
    operation_id="getAggregate",
    summary="Get an aggregate",
    response_model=AggregateOut,
    responses={200: _TABLES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def get_aggregate(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    region: Region,
    year: YearInPath,
    form: FormOf,
    basis: BasisOf = None,
    release: ReleaseOf = None,
) -> Response:
    """Returns everything that is computed for one region and year.

    That is the number of families, the index by both estimators, dimensions, indicators with their denominators,
    categories and weak indicators. `index.mean` is the mean of the families' indexes. `index.of_indicators` is computed
    from the region's shares of indicators. The two differ if some indicators do not apply to every family. Without
    `version`, the figures count the families of all versions that are comparable. If a region has families of versions
    that are not, you get those with the most families, and `other_versions` names the rest.
    """
    read = partial(
        service.read_text if form is None else service.read_aggregate,
        region=region,
        year=year,
        caller=caller,
        versions=versions,
        basis=basis,
        release=release,
    )
    async with connect(request) as connection:
        found = await read(connection)
    if isinstance(found, CardText):
        # The moment of reading is new each time, and what was read mostly is not.
        return keep(Response(found.body, media_type="application/json"), REVALIDATED, of=found.figures)
    assert form is not None  # noqa: S101 (a table is made of an aggregate)
    sheets = sheets_of([found], catalogue_of(request))
    return await respond_with_table(request, form, _name(versions, basis, region, year), ready(sheets))
