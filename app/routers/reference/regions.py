"""GET /v1/regions, the tree of Kemendagri codes on a day."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.schemas.moments import Day
from app.schemas.reference.region import Level, RegionOut
from app.schemas.searched import NamePart
from app.schemas.shapes import Page, RegionCode
from app.services.reference import region_tree as service

On = Annotated[Day | None, Query(description="The day, at the region. Without it you get today")]

router = APIRouter(
    route_class=StrictRoute, prefix="/v1/regions", tags=["Reference"], dependencies=[require(None, export_key=True)]
)


@router.get(
    "",
    operation_id="listRegions",
    summary="List regions",
    response_model=Page[RegionOut],
    responses={**UNCHANGED, **document(needs="token")},
    openapi_extra=EXPORT_KEY,
)
async def list_regions(
    session: SessionOf,
    parent: Annotated[RegionCode, Query(description="Code of the region above. `ID` is the country")] = "ID",
    level: Annotated[
        Level | None, Query(description="List the regions of this level in the whole subtree of `parent`")
    ] = None,
    q: Annotated[
        NamePart | None,
        Query(
            description="Part of the name. Capitals, blanks and kinds of apostrophes and hyphens make no difference",
            examples=["landasan"],
        ),
    ] = None,
    on: On = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the regions that were in force on a day, by default today, in the order of their codes.

    Without `level` and `q` you get the regions directly below `parent`. With either of them, you search the whole
    subtree. Names repeat, as 98 villages are called Sidomulyo. Always identify a region by its code, not by its name.
    """
    page = await service.list_regions(
        session, parent=parent, level=level, q=q, on=on, now=datetime.now(UTC), limit=limit, cursor=cursor
    )
    return keep(respond(page), REVALIDATED)


@router.get(
    "/{code}",
    operation_id="getRegion",
    summary="Get a region",
    response_model=RegionOut,
    responses={**UNCHANGED, **document(kinds.NOT_FOUND, needs="token")},
    openapi_extra=EXPORT_KEY,
)
async def get_region(session: SessionOf, code: Annotated[RegionCode, Path()], on: On = None) -> Response:
    """Returns one region by its Kemendagri code, as it was on a day, by default today.

    Every code that an edition ever listed stays readable. If the region was not in force on the day, you get it as it
    last was before, or else as it first was after. `valid_from` and `valid_to` are its days, and `successors` names the
    regions that follow it. BPS codes differ for some regions.
    """
    return keep(respond(await service.find_region(session, code, on=on, now=datetime.now(UTC))), REVALIDATED)
