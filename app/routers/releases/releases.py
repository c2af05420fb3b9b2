"""/v1/releases, the releases of figures."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.responses import StreamingResponse

from app.access import Caller
from app.formats.negotiation import CSV
from app.formats.sheets import Sheet
from app.platform.entity_tags import strong_tag_of
from app.platform.head_requests import IS_HEAD
from app.platform.representations import REVALIDATED, UNCHANGING, keep
from app.problems import Problem, kinds
from app.routers.dependencies import Cursor, Limit, StrictRoute, Year, catalogue_of, connect, database_of, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.routers.tables import FormOf, ready, respond_with_table, tables
from app.schemas.ids import AnyId
from app.schemas.releases.metadata import ReleaseMetadataOut
from app.schemas.releases.metadata_table import COLUMNS as METADATA_COLUMNS
from app.schemas.releases.metadata_table import VARIABLE_COLUMNS, metadata_rows, variable_rows
from app.schemas.releases.release import ReleaseOut
from app.schemas.releases.village_table import COLUMNS
from app.schemas.shapes import Page, RegionCode
from app.services.aggregates.reading import pick_versions
from app.services.releases import reading, village_table
from app.services.releases.metadata import read_metadata

router = APIRouter(route_class=StrictRoute, prefix="/v1/releases", tags=["Releases"])
Reader = Annotated[Caller, require("aggregates:read", export_key=True)]
Id = Annotated[AnyId, Path(description="The release's id")]


_VILLAGES: Final = {
    "description": "\n".join(
        (
            "A table with these columns. A cell is empty where there is no figure.\n",
            *("| Column | Meaning |", "| --- | --- |"),
            *(f"| `{name}` | {english} |" for name, (_, english) in COLUMNS.items()),
        )
    ),
    "content": {CSV: {"schema": {"type": "string"}, "example": ",".join(COLUMNS) + "\r\n"}},
}


class CsvResponse(Response):
    """Documents that a response is CSV."""

    media_type = CSV


@router.get(
    "",
    operation_id="listReleases",
    summary="List releases of figures",
    response_model=Page[ReleaseOut],
    responses={**UNCHANGED, **document()},
    openapi_extra=EXPORT_KEY,
)
async def list_releases(
    caller: Reader,
    request: Request,
    instrument: Annotated[
        str | None, Query(min_length=1, max_length=40, description="Code of the instrument", examples=["ikk-29"])
    ] = None,
    year: Annotated[Year | None, Query(description="Year of the interviews")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the releases, the latest year and the highest number first. One may still be in the making.

    Everybody who does not review interviews in a region reads released figures. They are made each day from what was
    received, and protected so that no answer of a family can be computed from them.
    """
    if instrument is not None:
        pick_versions(catalogue_of(request), instrument, None)
    async with connect(request) as connection:
        page = await reading.list_releases(connection, instrument=instrument, year=year, limit=limit, cursor=cursor)
    return keep(respond(page), REVALIDATED)


@router.get(
    "/{id}",
    operation_id="getRelease",
    summary="Get a release of figures",
    response_model=ReleaseOut,
    responses={**UNCHANGED, **document(kinds.NOT_FOUND)},
    openapi_extra=EXPORT_KEY,
)
async def get_release(caller: Reader, request: Request, id: Id) -> Response:
    """Returns a release with the rules that protect its figures, and what changed since the one before.

    Read its figures with `?release=` in the paths of aggregates and profiles.
    """
    async with connect(request) as connection:
        return keep(respond(await reading.find_release(connection, id)), REVALIDATED)


@router.get(
    "/{id}/metadata",
    operation_id="getReleaseMetadata",
    summary="Get the metadata of a release",
    response_model=ReleaseMetadataOut,
    responses={200: tables(METADATA_COLUMNS), **UNCHANGED, **document(kinds.NOT_FOUND, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def get_metadata(caller: Reader, request: Request, id: Id, form: FormOf) -> Response:
    """Returns what each released figure means, in the fields that Satu Data Indonesia asks for.

    There is a row for each index, dimension and indicator: concept, definition, interpretation, formula, measure, unit,
    classification, the questions that it is made of, its sources and its status. What the instrument does not say is
    null. As CSV or as a workbook you get one row each, and a workbook has the questions as a second sheet.
    """
    async with connect(request) as connection:
        found = await read_metadata(connection, catalogue_of(request), id)
    if form is None:
        return keep(respond(found), UNCHANGING)
    sheets = [
        Sheet("metadata", tuple(METADATA_COLUMNS), metadata_rows(found), wrap=True),
        Sheet("variables", tuple(VARIABLE_COLUMNS), variable_rows(found), wrap=True),
    ]
    name = f"metadata-{found.instrument}-{found.year}"
    if found.release is not None:
        name = f"{name}-release-{found.release.number}"
    return await respond_with_table(request, form, name, ready(sheets))


@router.get(
    "/{id}/villages",
    operation_id="exportReleasedVillages",
    summary="Export the released figures of villages",
    response_class=CsvResponse,
    responses={200: _VILLAGES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND)},
    openapi_extra=EXPORT_KEY,
)
async def export_villages(
    caller: Reader,
    request: Request,
    id: Id,
    region: Annotated[RegionCode, Query(description="A region, whose villages you get")],
) -> Response:
    """Returns a row for each village and indicator of the first index, by code, for villages with figures of their own.

    A release never changes, so the `ETag` of the response stays valid. The response says what each column means.
    The response has no Content-Length. If the service cannot go on, it breaks off the connection without the end of the
    chunked body. Take the table for whole only if your client reports no error.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    database = database_of(request)
    released, plan = await village_table.open_table(database, catalogue_of(request), id, region)
    name = f"{released.instrument}-{released.year}-{released.number}-{region}.csv"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "ETag": strong_tag_of(released.digest, region, *COLUMNS),
        "Cache-Control": UNCHANGING,
        "Vary": "Authorization",
    }
    # Nothing is read of the table before its first part, so a 304 costs no more than to find the release.
    if IS_HEAD in request.scope:
        return Response(media_type=CSV, headers=headers)
    parts = village_table.write_villages(database, released, plan, region, caller.regions)
    return StreamingResponse(parts, media_type=CSV, headers=headers)
