"""GET /v1/submissions/warnings, which kader and villages have interviews with warnings."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.access import Caller
from app.problems import kinds
from app.routers.dependencies import Cursor, Limit, SessionOf, StrictRoute, Year, catalogue_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.routers.reviews.versions import VersionsOf
from app.schemas.ids import AnyId
from app.schemas.reviews.warnings import By, FlaggedOut
from app.schemas.shapes import Page, RegionCode
from app.services.reviews import warnings as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/warnings", tags=["Submissions"])


@router.get(
    "",
    operation_id="countWarnings",
    summary="Count warnings by kader or village",
    responses=document(kinds.FORBIDDEN_REGION),
)
async def count_warnings(
    caller: Annotated[Caller, require("submissions:review")],
    versions: VersionsOf,
    request: Request,
    session: SessionOf,
    region: Annotated[RegionCode, Query(description="A region. Interviews in its subtree are counted")],
    year: Year,
    by: Annotated[By, Query(description="One row for each kader, by id, or for each village, by code")] = "kader",
    round: Annotated[AnyId | None, Query(description="Only interviews of this round")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[FlaggedOut]:
    """Counts interviews and their warnings, with the mean of the index over all and over those without a warning.

    Only interviews that count are in it. A warning is no fault, and a kader with many is not yet at fault. Numbers of
    interviews are exact, as reviewers read single interviews. Warnings about sensitive answers are left out without
    `submissions:sensitive`.
    """
    return await service.count_warnings(
        session,
        caller,
        region=region,
        year=year,
        versions=versions,
        by=by,
        round=round,
        limit=limit,
        cursor=cursor,
        catalogue=catalogue_of(request),
    )
