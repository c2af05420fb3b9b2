"""GET /v1/submissions/{id}/revisions, which shows what corrections changed."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.access import Caller
from app.problems import kinds
from app.routers.dependencies import StrictRoute, catalogue_of, open_session, settings_of, throttle_of, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.reviews.revisions import RevisionsOut
from app.services.reviews.revisions import read_revisions

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/{id}/revisions", tags=["Submissions"])


@router.get(
    "",
    operation_id="getRevisions",
    summary="Get the revisions of a submission",
    responses=document(kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED, kinds.IDENTITY_UNREADABLE),
)
async def get_revisions(
    id: Annotated[AnyId, Path(description="The submission's id, which the device made")],
    caller: Annotated[Caller, require("submissions:write", "submissions:review")],
    request: Request,
) -> RevisionsOut:
    """Returns the latest hundred revisions of a submission, the newest first, with what each changed.

    You get those of the submissions that you review, sent, or correct in the sender's place. Sensitive answers and
    outcomes are left out without `submissions:sensitive`, but for what you sent. A correction by a right of the family
    leaves no earlier revision. Senders see which answers and facts changed between two revisions if `getAnswers`
    returns both to them. Each reading is audited, and counts towards the limit of `getAnswers`.
    """
    await throttle_of(request).admit_own_answers(caller)
    async with open_session(request) as session:
        return await read_revisions(
            session,
            caller,
            id,
            days=settings_of(request).own_answers_days,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
        )
