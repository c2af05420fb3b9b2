"""GET /v1/submissions/{id}/answers, which returns answers to whoever sent or reviews them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from app.access import Caller
from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of, open_session, settings_of, throttle_of, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.intake.answers import SubmissionAnswersOut
from app.schemas.parameters import WHOLE
from app.services.intake.answers import read_answers

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/{id}/answers", tags=["Submissions"])


@router.get(
    "",
    operation_id="getAnswers",
    summary="Get the answers of a submission",
    responses=document(kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED, kinds.ANSWERS_CLOSED, kinds.IDENTITY_UNREADABLE),
)
async def get_answers(
    id: Annotated[AnyId, Path(description="The submission's id, which the device made")],
    caller: Annotated[Caller, require("submissions:write", "submissions:review")],
    request: Request,
    revision: Annotated[
        int | None,
        Query(ge=1, le=32767, description="An earlier revision. Without it you get what is stored now"),
        WHOLE,
    ] = None,
) -> SubmissionAnswersOut:
    """Returns the answers of a submission to its sender and to reviewers. Each reading is audited.

    The sender gets all answers and the salt, such as on a new phone, for a number of days (IKK_OWN_ANSWERS_DAYS, 30)
    after they were received, and not what somebody else corrected. Whoever corrects in the sender's place gets them
    too. With `submissions:review` you get the answers of every submission of your area. Answers to sensitive questions
    are left out without `submissions:sensitive`, and `withheld` names the questions. What names the family is never
    returned. Anything else returns 404.
    """
    await throttle_of(request).admit_own_answers(caller)
    async with open_session(request) as session:
        return await read_answers(
            session,
            caller,
            id,
            revision=revision,
            days=settings_of(request).own_answers_days,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
        )
