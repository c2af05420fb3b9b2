"""/v1/releases, the releases of figures."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, StrictRoute, Year, connect, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.schemas.ids import AnyId
from app.schemas.releases.release import ReleaseOut
from app.schemas.shapes import Page
from app.services.releases import reading

router = APIRouter(
    route_class=StrictRoute,
    prefix="/v1/releases",
    tags=["Releases"],
    dependencies=[require("aggregates:read", export_key=True)],
)


@router.get(
    "",
    operation_id="listReleases",
    summary="List releases of figures",
    response_model=Page[ReleaseOut],
    responses=UNCHANGED,
    openapi_extra=EXPORT_KEY,
)
async def list_releases(
    request: Request,
    instrument: Annotated[
        str | None, Query(min_length=1, max_length=40, description="Code of the instrument", examples=["ikk-29"])
    ] = None,
    year: Year | None = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the releases, the latest year and the highest number first. One may still be in the making.

    Everybody who does not review interviews in a region reads released figures. They are made each day from what was
    received, and protected so that no answer of a family can be computed from them.
    """
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
async def get_release(request: Request, id: Annotated[AnyId, Path(description="The release's id")]) -> Response:
    """Returns a release with the rules that protect its figures, and what changed since the one before.

    Read its figures with `?release=` in the paths of aggregates and profiles.
    """
    async with connect(request) as connection:
        return keep(respond(await reading.find_release(connection, id)), REVALIDATED)
