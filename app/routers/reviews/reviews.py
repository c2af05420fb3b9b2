"""/v1/submissions/{id}/review: move the review of a submission."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of, open_session, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.reviews.review import ReviewedOut, ReviewIn
from app.services.reviews import moves

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions", tags=["Submissions"])


@router.post(
    "/{id}/review",
    operation_id="reviewSubmission",
    summary="Move the review of a submission",
    responses=document(
        kinds.MALFORMED,
        kinds.NOT_FOUND,
        kinds.FAMILY_RESTRICTED,
        kinds.REVIEW_CONFLICT,
        kinds.OWN_SUBMISSION,
        kinds.TOO_LARGE,
        kinds.WRONG_TYPE,
        kinds.CONTENDED,
    ),
    openapi_extra=describe_body(ReviewIn),
)
async def review_submission(
    id: Annotated[AnyId, Path(description="The submission's id, which the device made")],
    caller: Annotated[Caller, require("submissions:review")],
    request: Request,
) -> ReviewedOut:
    """Moves the review of one submission of your area, and changes the figures of both bases with it.

    An accepted submission moves to `in_review`, and from there to `approved`, `returned` or `rejected`. From these it
    moves back to `in_review`. `returned` and `rejected` need a comment, so that the sender learns why. Nobody approves
    what they sent. What was sent for training is not reviewed. Each move is audited.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await moves.review(
            session, id, content, moves.Reviewing(caller, catalogue_of(request), vault_of(request))
        )
