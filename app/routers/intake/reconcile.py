"""POST /v1/submissions/reconcile, which tells a device what became of the interviews that it holds."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import StrictRoute, open_session, respond, throttle_of, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.intake.reconcile import ReconcileIn, ReconciliationOut
from app.services.intake import reconcile as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/reconcile", tags=["Submissions"])


@router.post(
    "",
    operation_id="reconcileSubmissions",
    summary="Ask what became of many submissions",
    response_model=ReconciliationOut,
    responses=document(kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    openapi_extra=describe_body(ReconcileIn, limit=service.RECONCILE_BYTES),
)
async def reconcile(caller: Annotated[Caller, require("submissions:write")], request: Request) -> Response:
    """Returns for each of 1 to 5,000 interviews whether it is stored, and what to do next, in their order.

    It finds what you sent in every region, also where you no longer work. Of what others sent you learn only that the
    id is in use. Nothing is stored but one audit entry, which holds no ids.
    """
    await throttle_of(request).admit_reconciliation(caller)
    pairs = await service.read_pairs(await read_json(request, service.RECONCILE_BYTES))
    async with open_session(request) as session:
        told = await service.reconcile(session, caller, pairs, vault=vault_of(request))
    return respond(told)
