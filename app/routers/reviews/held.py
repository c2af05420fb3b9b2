"""/v1/held-submissions: what waits for a supervisor, because it differs from what is stored or has faults."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds, language_of
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    StrictRoute,
    catalogue_of,
    latest_of,
    open_session,
    respond,
    throttle_of,
    vault_of,
)
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.intake.held import HeldKind, HeldStatus
from app.schemas.parameters import Flag
from app.schemas.reviews.held import HeldOut, HeldRowOut, SettledHeldOut, SettleHeldIn
from app.schemas.shapes import Page, RegionCode
from app.services.reviews import held, reading_held, settling_held

router = APIRouter(route_class=StrictRoute, prefix="/v1/held-submissions", tags=["Submissions"])

Id = Annotated[AnyId, Path(description="The id of what is held, from the list or from `held`")]
Reader = Annotated[Caller, require("submissions:write", "submissions:review")]


@router.get(
    "",
    operation_id="listHeld",
    summary="List conflicts and submissions with faults",
    response_model=Page[HeldRowOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_held(
    caller: Reader,
    session: SessionOf,
    region: Annotated[RegionCode | None, Query(description="A region. The list holds those in its subtree")] = None,
    kind: Annotated[HeldKind | None, Query(description="Only conflicts, or only those with faults")] = None,
    status: Annotated[HeldStatus | None, Query(description="Only those with this status")] = None,
    mine: Annotated[Flag | None, Query(description="Only what you sent (`true`), or only what others sent")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists what is kept but not stored, the oldest at the top.

    With `submissions:review` you get that of your area, and otherwise what you sent. What is of a restricted family is
    left out. Each page is audited.
    """
    wanted = held.WantedHeld(region, kind, status, mine)
    return respond(await held.list_held(session, caller, wanted, limit=limit, cursor=cursor))


@router.get(
    "/{id}",
    operation_id="getHeld",
    summary="Get a conflict or a submission with faults",
    responses=document(kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED, kinds.IDENTITY_UNREADABLE),
)
async def get_held(id: Id, caller: Reader, request: Request) -> HeldOut:
    """Returns the answers as far as they can be read, the faults, and what differs from the stored revision.

    It never returns an identity. Sensitive answers are for the sender, and for whoever holds `submissions:sensitive`.
    Each reading is audited, and counts with those of your own answers.
    """
    await throttle_of(request).admit_own_answers(caller)
    async with open_session(request) as session:
        return await reading_held.read_one(
            session,
            caller,
            id,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
            latest=latest_of(request),
            language=language_of(request.headers.get("accept-language")),
        )


@router.post(
    "/{id}/settle",
    operation_id="settleHeld",
    summary="Choose between a conflict and what is stored",
    responses=document(
        kinds.MALFORMED,
        kinds.FORBIDDEN_REGION,
        kinds.NOT_FOUND,
        kinds.HELD_CLOSED,
        kinds.FAMILY_RESTRICTED,
        kinds.REVISION_STALE,
        kinds.TOO_LARGE,
        kinds.WRONG_TYPE,
        kinds.CONTENDED,
        kinds.IDENTITY_UNREADABLE,
    ),
    openapi_extra=describe_body(SettleHeldIn),
)
async def settle_held(
    id: Id, caller: Annotated[Caller, require("submissions:review")], request: Request
) -> SettledHeldOut:
    """Makes what is held a new revision (`held`), or leaves what is stored as it is (`stored`).

    The earlier revision is kept, and the figures follow. A submission with faults can only be dismissed here, with
    `stored` and revision 0. To store it, send it repaired.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await settling_held.settle_held(
            session,
            caller,
            id,
            content,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
            latest=latest_of(request),
        )
