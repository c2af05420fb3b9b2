"""POST /v1/scores, which scores answers without storing them."""

from fastapi import APIRouter, Request, Response

from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.intake.score import ScoreIn, ScoreOut
from app.services.intake.scores import score_answers

router = APIRouter(route_class=StrictRoute, prefix="/v1/scores", tags=["Submissions"])


@router.post(
    "",
    operation_id="computeScore",
    summary="Score answers without storing them",
    response_model=ScoreOut,
    responses=document(kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    openapi_extra=describe_body(ScoreIn),
    dependencies=[require("submissions:write")],
)
async def compute_score(request: Request) -> Response:
    """Returns the score that a submission with these answers would get. Needs no region, and stores nothing."""
    return Response(score_answers(await read_json(request), catalogue_of(request)), media_type="application/json")
