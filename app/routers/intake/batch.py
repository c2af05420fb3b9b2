"""POST /v1/submissions/batch, which takes many submissions at once."""

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response

from app.access import Caller
from app.platform.bodies import describe_content, media_type_of, read_body
from app.problems import kinds, language_of
from app.routers.dependencies import (
    StrictRoute,
    catalogue_of,
    database_of,
    intake_of,
    latest_of,
    throttle_of,
)
from app.routers.documenting import document
from app.routers.intake.sent_at import Ahead
from app.routers.requirement import require
from app.schemas.intake.batch import BatchOut
from app.services.intake.batch import BATCH_BYTES, Taker, split_batch, take_batch, write_batch

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions/batch", tags=["Submissions"])

_JSON: Final = "application/json"
_LINES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")
_CONTENT: Final = {
    _JSON: {"schema": {"$ref": "#/components/schemas/BatchIn"}},
    _LINES[0]: {"schema": {"type": "string"}},
}


@router.post(
    "",
    operation_id="sendBatch",
    summary="Send many submissions",
    response_model=BatchOut,
    response_description="What became of each. It is a 200 even if all were refused",
    responses=document(kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE),
    openapi_extra=describe_content(_CONTENT, BATCH_BYTES),
)
async def send_batch(
    caller: Annotated[Caller, require("submissions:write")], request: Request, ahead: Ahead
) -> Response:
    """Takes 1 to 500 interviews, one after another in their order. Each has its own outcome, as with PUT.

    Send JSON, or one interview a line as NDJSON. An interview has at most 64 KiB. One that is refused stops no other.
    If you get no response, or a `status` of 500 or more, send again the same batch or what was refused. What is
    stored already returns the same receipt. Of several interviews of one family, the latest counts.
    """
    await throttle_of(request).admit_batch(caller)
    body = await read_body(request, _JSON, BATCH_BYTES, also=_LINES)
    sent = await split_batch(body, by_lines=media_type_of(request) != _JSON)
    language = language_of(request.headers.get("accept-language"))
    taker = Taker(
        database=database_of(request),
        intake=intake_of(request),
        caller=caller,
        catalogue=catalogue_of(request),
        latest=latest_of(request),
        language=language,
        ahead=ahead,
    )
    entries = await take_batch(taker, sent)
    for entry in entries:
        if entry.submission is not None:
            request.app.state.metrics.submissions.labels("stored" if entry.status == 201 else "resent").inc()
    text = await write_batch(entries)
    return Response(text, headers={"Content-Language": language}, media_type=_JSON)
