"""Move the reviews of submissions, read their history, and pass returned ones to another kader."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of, open_session, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.reviews.review import (
    HandoverIn,
    HandoverOut,
    ReviewAllIn,
    ReviewedAllOut,
    ReviewedOut,
    ReviewHistoryOut,
    ReviewIn,
)
from app.services.reviews import moves
from app.services.reviews.handover import hand_over
from app.services.reviews.history import read_history

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions", tags=["Submissions"])


Id = Annotated[AnyId, Path(description="The submission's id, which the device made")]
Reviewer = Annotated[Caller, require("submissions:review")]


@router.post(
    "/reviews",
    operation_id="reviewSubmissions",
    summary="Move the reviews of many submissions",
    responses=document(
        kinds.MALFORMED,
        kinds.FORBIDDEN_REGION,
        kinds.NOT_FOUND,
        kinds.FAMILY_RESTRICTED,
        kinds.REVIEW_CONFLICT,
        kinds.OWN_SUBMISSION,
        kinds.TOO_LARGE,
        kinds.WRONG_TYPE,
        kinds.CONTENDED,
    ),
    openapi_extra=describe_body(ReviewAllIn),
)
async def review_submissions(caller: Reviewer, request: Request) -> ReviewedAllOut:
    """Moves the reviews of up to 10,000 submissions of your area at once, as `reviewSubmission` moves one.

    Either all of them move, or none. Then the problem says how many are in the way, and names up to a hundred. A filter
    leaves out restricted families and what was sent for training.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await moves.review_all(
            session, content, moves.Reviewing(caller, catalogue_of(request), vault_of(request))
        )


@router.post(
    "/handover",
    operation_id="handOverSubmissions",
    summary="Pass returned submissions to another kader",
    responses=document(kinds.MALFORMED, kinds.FORBIDDEN_REGION, kinds.TOO_LARGE, kinds.WRONG_TYPE, kinds.CONTENDED),
    openapi_extra=describe_body(HandoverIn),
)
async def hand_over_submissions(caller: Reviewer, request: Request) -> HandoverOut:
    """Passes all returned submissions of your area that one person was to correct to another kader of their villages.

    The other kader finds them with `mine=true` and `status=returned`, reads their answers and corrects them.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await hand_over(session, caller, content)


@router.get(
    "/{id}/reviews",
    operation_id="getReviews",
    summary="Get the history of a submission's review",
    responses=document(kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED, kinds.IDENTITY_UNREADABLE),
)
async def get_reviews(
    id: Id, caller: Annotated[Caller, require("submissions:write", "submissions:review")], request: Request
) -> ReviewHistoryOut:
    """Returns the latest hundred moves of a review with the comments, the newest first. Each reading is audited.

    You get those of the submissions that you review, sent, or correct in the sender's place.
    """
    async with open_session(request) as session:
        return await read_history(session, caller, id, catalogue=catalogue_of(request), vault=vault_of(request))


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
    id: Id,
    caller: Reviewer,
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
