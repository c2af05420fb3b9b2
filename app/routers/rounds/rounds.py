"""/v1/rounds, the rounds of interviews: plan one, see how far it is, close it and settle it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.access import Caller
from app.platform.bodies import LARGEST_BYTES, describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    StrictRoute,
    Year,
    catalogue_of,
    open_session,
    respond,
)
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.ids import AnyId
from app.schemas.rounds.round import RoundChangeOut, RoundIn, RoundOut, RoundRowOut, RoundVillageOut
from app.schemas.rounds.states import RoundStatus
from app.schemas.shapes import Page, RegionCode
from app.services.rounds import reading
from app.services.rounds import rounds as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/rounds", tags=["Rounds"])

Supervisor = Annotated[Caller, require("submissions:review")]
Reader = Annotated[Caller, require("submissions:read", "submissions:review", "submissions:write")]
ReaderOfChanges = Annotated[Caller, require("submissions:read", "submissions:review")]
Id = Annotated[AnyId, Path(description="The round's id")]
_BODY = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.post(
    "",
    operation_id="createRound",
    summary="Plan a round",
    status_code=201,
    responses=document(kinds.FORBIDDEN_REGION, kinds.ROUND_OVERLAP, kinds.CONTENDED, *_BODY),
    openapi_extra=describe_body(RoundIn, limit=LARGEST_BYTES),
)
async def create_round(caller: Supervisor, request: Request) -> RoundOut:
    """Plans a round of interviews in villages that you supervise.

    An interview names no round. It belongs to the round of its village, its instrument and its day. Two rounds of one
    instrument cannot have a village in common on a day. If you get no response, list the rounds before you send again.
    """
    content = await read_json(request, LARGEST_BYTES)
    async with open_session(request) as session:
        return await service.create_round(session, caller, content, catalogue_of(request))


@router.get(
    "",
    operation_id="listRounds",
    summary="List rounds",
    response_model=Page[RoundRowOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_rounds(
    caller: Reader,
    session: SessionOf,
    region: Annotated[
        RegionCode | None, Query(description="A region. The list holds rounds with villages in its subtree")
    ] = None,
    year: Annotated[Year | None, Query(description="Only rounds of this calendar year")] = None,
    status: Annotated[RoundStatus | None, Query(description="Only rounds with this status")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the rounds with villages in your regions, by year."""
    page = await reading.list_rounds(
        session, caller, region=region, year=year, status=status, limit=limit, cursor=cursor
    )
    return respond(page)


@router.get("/{id}", operation_id="getRound", summary="Get a round", responses=document(kinds.NOT_FOUND))
async def get_round(id: Id, caller: Reader, session: SessionOf) -> RoundOut:
    """Returns the round with the counts of its villages in your regions together.

    With `submissions:write` alone you get how many families are expected and how many were interviewed. The other
    counts are null.
    """
    return await reading.find_round(session, caller, id)


@router.put(
    "/{id}",
    operation_id="putRound",
    summary="Change a round",
    responses=document(
        kinds.NOT_FOUND,
        kinds.FORBIDDEN_REGION,
        kinds.ROUND_OVERLAP,
        kinds.ROUND_SETTLED,
        kinds.CONTENDED,
        *_BODY,
    ),
    openapi_extra=describe_body(RoundIn, limit=LARGEST_BYTES),
)
async def put_round(id: Id, caller: Supervisor, request: Request) -> RoundOut:
    """Puts this round in place of the stored one. Send all of it.

    Until it opens, you can change everything. After that the instrument, its version, the design and the first day
    stay. The last day can be today or later, but it stays in a round that somebody closed. A round that ended with its
    last day opens again with a later one. You can add villages, and leave out villages without interviews. A settled
    round stays as it is. You have to supervise all its villages, before and after the change.
    """
    content = await read_json(request, LARGEST_BYTES)
    async with open_session(request) as session:
        return await service.change_round(session, caller, id, content, catalogue_of(request))


@router.get(
    "/{id}/villages",
    operation_id="listRoundVillages",
    summary="List the villages of a round",
    response_model=Page[RoundVillageOut],
    responses=document(kinds.NOT_FOUND),
)
async def list_villages(
    id: Id, caller: Reader, session: SessionOf, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """Lists the villages of the round that lie in your regions, by code, each with its counts."""
    return respond(await reading.list_villages(session, caller, id, limit=limit, cursor=cursor))


@router.post(
    "/{id}/close",
    operation_id="closeRound",
    summary="Close a round",
    responses=document(
        kinds.NOT_FOUND, kinds.FORBIDDEN_REGION, kinds.ROUND_PLANNED, kinds.ROUND_SETTLED, kinds.CONTENDED
    ),
)
async def close_round(id: Id, caller: Supervisor, session: SessionOf) -> RoundOut:
    """Closes an open round before the end of its last day. It does not open again.

    Interviews that arrive later are stored and count. They get the warning `received_late`. A round that is closed
    already stays as it is.
    """
    return await service.close_round(session, caller, id)


@router.post(
    "/{id}/settle",
    operation_id="settleRound",
    summary="Settle a round",
    responses=document(kinds.NOT_FOUND, kinds.FORBIDDEN_REGION, kinds.ROUND_OPEN, kinds.ROUND_SETTLED, kinds.CONTENDED),
)
async def settle_round(id: Id, caller: Supervisor, session: SessionOf) -> RoundOut:
    """Settles a closed round for good, and returns its counts at that moment.

    From then on only a supervisor or a family's right changes what counts in it, and each change is listed. What
    arrives later is stored, and counts once a supervisor approves it.
    """
    return await service.settle_round(session, caller, id)


@router.get(
    "/{id}/changes",
    operation_id="listRoundChanges",
    summary="List what changed in a settled round",
    response_model=Page[RoundChangeOut],
    responses=document(kinds.NOT_FOUND),
)
async def list_changes(
    id: Id, caller: ReaderOfChanges, session: SessionOf, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """Lists the changes to interviews of the round since it was settled, the first one first."""
    return respond(await reading.list_changes(session, caller, id, limit=limit, cursor=cursor))
