"""POST /v1/receipts/verify, which says whether a text is a receipt of this service."""

from typing import Annotated

from fastapi import APIRouter, Request

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import StrictRoute, open_session, receipts_of, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.intake.receipt import ReceiptIn, VerdictOut
from app.services.intake.receipts import verify_receipt as verify

router = APIRouter(route_class=StrictRoute, prefix="/v1/receipts", tags=["Submissions"])


@router.post(
    "/verify",
    operation_id="verifyReceipt",
    summary="Verify a receipt",
    responses=document(kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    openapi_extra=describe_body(ReceiptIn),
)
async def verify_receipt(
    caller: Annotated[Caller, require("submissions:read", "submissions:write")], request: Request
) -> VerdictOut:
    """Returns whether this service signed the receipt, what it says, and what became of its interview.

    An invalid receipt returns 200 with `valid: false` and the reason. You can also verify receipts without this
    service, with the keys of `getKeys`. The state tells only whoever may read the interview.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await verify(session, caller, content, receipts=receipts_of(request), vault=vault_of(request))
