"""The profile of a region: the index beside case figures and context indicators."""

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.formats.sheets import Sheet, notes_sheet
from app.platform.representations import REVALIDATED, keep
from app.problems import kinds
from app.routers.aggregates.aggregates import BasisOf, ReleaseOf, VersionsOf
from app.routers.dependencies import Cursor, StrictRoute, Year, YearInPath, open_session, respond
from app.routers.documenting import UNCHANGED, document
from app.routers.requirement import EXPORT_KEY, require
from app.routers.tables import FormOf, ready, respond_with_table, shaped, tables
from app.schemas.aggregates.fields import MOST_WITH_FIELDS
from app.schemas.parameters import WHOLE
from app.schemas.profiles.profile import ProfileOut
from app.schemas.profiles.table import COLUMNS, profile_rows
from app.schemas.reference.region import LevelBelow
from app.schemas.shapes import Page, RegionCode
from app.services.profiles import reading as service

router = APIRouter(route_class=StrictRoute, tags=["Profiles"])

Reader = Annotated[Caller, require("aggregates:read", export_key=True)]
_TABLES: Final = tables(COLUMNS)
_NOTES: Final = (
    (
        "Jangan menjumlahkan angka verified dan provisional. Sel kosong berarti tidak dilaporkan atau disembunyikan.",
        "Do not add up verified and provisional figures. An empty cell was not reported, or is hidden.",
    ),
)


def _sheets(profiles: Iterable[ProfileOut]) -> list[Sheet]:
    rows = chain.from_iterable(map(profile_rows, profiles))
    return [Sheet("profile", tuple(COLUMNS), rows, {"source": 40, "url": 40}), notes_sheet(COLUMNS, _NOTES)]


@router.get(
    "/v1/regions/{code}/profile/{year}",
    operation_id="getProfile",
    summary="Get the profile of a region",
    response_model=ProfileOut,
    responses={200: _TABLES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.NOT_FOUND, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def get_profile(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    code: Annotated[RegionCode, Path()],
    year: YearInPath,
    form: FormOf,
    basis: BasisOf = None,
    release: ReleaseOf = None,
) -> Response:
    """Returns the index of a region and year beside its case figures and context indicators.

    Each part names its source, its status and how fresh it is. The index and its weak indicators follow the rules of
    GET /v1/aggregates/{region}/{year}, and case figures those of GET /v1/statistics/cases/{region}/{period}. So what is
    hidden there is hidden here. Cases and context indicators without a figure of the year show the latest one from
    before, with its own year.
    """
    async with open_session(request) as session:
        profile = await service.read_profile(
            session, caller, code, year=year, versions=versions, basis=basis, release=release
        )
    if form is not None:
        return await respond_with_table(request, form, f"profile-{code}-{year}", ready(_sheets([profile])))
    # The time of reading is new each time, and what was read mostly is not.
    figures = profile.model_dump_json(exclude={"index": {"as_of"}}).encode("utf-8")
    return keep(respond(profile), REVALIDATED, of=figures)


@router.get(
    "/v1/profiles",
    operation_id="listProfiles",
    summary="List the profiles below a region",
    response_model=Page[ProfileOut],
    responses={200: _TABLES, **UNCHANGED, **document(kinds.FORBIDDEN_REGION, kinds.BUSY)},
    openapi_extra=EXPORT_KEY,
)
async def list_profiles(
    caller: Reader,
    versions: VersionsOf,
    request: Request,
    parent: Annotated[RegionCode, Query()],
    level: Annotated[LevelBelow, Query(description="Level of the regions to list, below the level of `parent`")],
    year: Year,
    form: FormOf,
    basis: BasisOf = None,
    release: ReleaseOf = None,
    limit: Annotated[
        int, Query(ge=1, le=MOST_WITH_FIELDS, description="The most items that a page may have"), WHOLE
    ] = 100,
    cursor: Cursor = None,
) -> Response:
    """Returns the profile of each region of a level below `parent`, in the order of their codes.

    All of them count the same versions of the instrument as `parent` does. As CSV or as a workbook you get the whole
    list and no pages.
    """
    async with open_session(request) as session:
        below = await service.read_profiles_below(
            session,
            caller,
            parent=parent,
            level=level,
            year=year,
            limit=limit if form is None else None,
            cursor=cursor,
            versions=versions,
            now=datetime.now(UTC),
            basis=basis,
            release=release,
        )
    if form is None:
        page = await below.make_page()
        figures = page.model_dump_json(exclude={"items": {"__all__": {"index": {"as_of"}}}}).encode("utf-8")
        return keep(respond(page), REVALIDATED, of=figures)
    return await respond_with_table(
        request, form, f"profiles-{parent}-{level}-{year}", shaped(below.make_whole, _sheets)
    )
