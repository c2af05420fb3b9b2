"""/v1/submissions/reinterviews: draw interviews to repeat, and see how far second interviews agree."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import SessionOf, StrictRoute, Year, catalogue_of, open_session, settings_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.routers.reviews.versions import VersionsOf
from app.schemas.reviews.reinterviews import DrawIn, DrawOut, ReinterviewsOut
from app.schemas.shapes import RegionCode
from app.services.reviews import reinterviews as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/reinterviews", tags=["Submissions"])
Reviewer = Annotated[Caller, require("submissions:review")]


@router.post(
    "",
    operation_id="drawReinterviews",
    summary="Draw interviews to repeat",
    responses=document(kinds.MALFORMED, kinds.FORBIDDEN_REGION, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    openapi_extra=describe_body(DrawIn),
)
async def draw_reinterviews(caller: Reviewer, request: Request) -> DrawOut:
    """Draws interviews that count at random from a region, each with the same chance.

    The seed of the response draws the same sample again. Nothing is stored but one audit entry with seed and size.
    Send the second interviews with the purpose `reinterview`. They never count.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.draw_sample(
            session,
            caller,
            content,
            catalogue=catalogue_of(request),
            default=settings_of(request).default_instrument,
        )


@router.get(
    "",
    operation_id="getReinterviews",
    summary="Get the agreement of second interviews",
    responses=document(kinds.FORBIDDEN_REGION),
)
async def get_reinterviews(
    caller: Reviewer,
    versions: VersionsOf,
    session: SessionOf,
    region: Annotated[RegionCode, Query(description="A region. Second interviews in its subtree are compared")],
    year: Year,
) -> ReinterviewsOut:
    """Compares the second interview of each family with the interview of it that counts, question by question.

    Without `version`, it compares interviews of the version in force that year and of those comparable with it. The
    questions with the weakest agreement come first. Texts and the rows of rosters are not compared. Sensitive questions
    are left out without `submissions:sensitive`.
    """
    return await service.read_agreement(session, caller, region=region, year=year, versions=versions)
