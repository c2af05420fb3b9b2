"""GET /v1/submissions/{id}/answers, which returns answers to whoever sent them."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.access import Caller
from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of, open_session, settings_of, throttle_of, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.intake.answers import SubmissionAnswersOut
from app.services.intake.answers import read_own_answers

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/{id}/answers", tags=["Submissions"])


@router.get(
    "",
    operation_id="getAnswers",
    summary="Get back the answers that you sent",
    responses=document(kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED, kinds.ANSWERS_CLOSED, kinds.IDENTITY_UNREADABLE),
)
async def get_answers(
    id: Annotated[AnyId, Path(description="The submission's id, which the device made")],
    caller: Annotated[Caller, require("submissions:write")],
    request: Request,
) -> SubmissionAnswersOut:
    """Returns the answers and the salt of a submission to its sender, such as to a new phone. Each reading is audited.

    They are returned for a number of days (IKK_OWN_ANSWERS_DAYS, 30) after the submission was received, and not after a
    correction. What names the family is never returned. What others sent returns 404.
    """
    await throttle_of(request).admit_own_answers(caller)
    async with open_session(request) as session:
        return await read_own_answers(
            session,
            caller,
            id,
            days=settings_of(request).own_answers_days,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
        )
