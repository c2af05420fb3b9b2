"""POST /v1/scores: the score of answers, without storing them."""

from fastapi import APIRouter, Request

from app import problems
from app.bodies import describe_body, read_json
from app.routers.dependencies import StrictRoute, catalogue_of, document
from app.schemas.score import ScoreIn, ScoreOut
from app.security import require
from app.services.scores import score_answers

router = APIRouter(route_class=StrictRoute, prefix="/v1/scores", tags=["Submissions"])


@router.post(
    "",
    operation_id="computeScore",
    summary="Score answers without storing them",
    responses=document(problems.MALFORMED, problems.TOO_LARGE, problems.WRONG_TYPE),
    openapi_extra=describe_body(ScoreIn),
    dependencies=[require("submissions:write")],
)
async def compute_score(request: Request) -> ScoreOut:
    """What a submission with these answers would score. Nothing is stored and no region is needed."""
    return score_answers(await read_json(request), catalogue_of(request))
