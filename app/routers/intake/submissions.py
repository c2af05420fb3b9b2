"""/v1/submissions: send a submission, get one, list them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path, Query, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds, language_of
from app.problems.warning_texts import WarningCode
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    StrictRoute,
    Year,
    catalogue_of,
    connect,
    intake_of,
    latest_of,
    receipts_of,
    vault_of,
)
from app.routers.documenting import document
from app.routers.intake.front import error_of
from app.routers.intake.sent_at import Ahead
from app.routers.requirement import require
from app.schemas.ids import AnyId, MadeId
from app.schemas.intake.correction import RevisionOut
from app.schemas.intake.purpose import Purpose
from app.schemas.intake.submission import SubmissionIn, SubmissionOut, SubmissionRowOut, SubmissionStatus
from app.schemas.kept import KeptOut
from app.schemas.parameters import Flag
from app.schemas.shapes import Page, RegionCode
from app.services.intake import reading
from app.services.intake.correcting import IF_MATCH
from app.services.intake.listing import Wanted
from app.services.intake.listing import list_submissions as list_page
from app.services.intake.taking import Kept

router = APIRouter(route_class=StrictRoute, prefix="/v1/submissions", tags=["Submissions"])

Id = Annotated[AnyId, Path(description="The submission's id, which the device made")]
IfMatch = Annotated[
    str | None,
    Header(
        alias=IF_MATCH,
        description="The revision that you correct, in quotes. Send it together with `correction`",
        examples=['"1"'],
    ),
]
Reader = Annotated[Caller, require("submissions:read", "submissions:write")]


@router.put(
    "/{id}",
    operation_id="putSubmission",
    summary="Send or correct a submission",
    status_code=201,
    response_model=SubmissionOut,
    response_description="The submission is stored and scored. The response holds the receipt",
    responses={
        200: {
            "model": SubmissionOut | RevisionOut,
            "description": "You sent the same content before, and the response holds the same receipt. Or you "
            "corrected the submission, and it holds the receipt of the new revision",
        },
        202: {"model": KeptOut, "description": "It has faults and is kept apart, as you asked with `keep=faulty`"},
        **document(
            kinds.MALFORMED,
            kinds.FORBIDDEN_REGION,
            kinds.CONFLICT,
            kinds.CORRECTED,
            kinds.REVISION_STALE,
            kinds.IF_MATCH_MISSING,
            kinds.REQUEST_OPEN,
            kinds.ROUND_CLOSED,
            kinds.ROUND_SETTLED,
            kinds.FAMILY_RESTRICTED,
            kinds.SUBMISSION_ERASED,
            kinds.TOO_LARGE,
            kinds.WRONG_TYPE,
            kinds.CONTENDED,
            kinds.TOO_MANY_HELD,
        ),
    },
    openapi_extra=describe_body(SubmissionIn),
)
async def put_submission(
    id: Annotated[
        MadeId, Path(description="A UUID that your device makes, one for each interview. Not the nil or max UUID")
    ],
    caller: Annotated[Caller, require("submissions:write", "submissions:review")],
    request: Request,
    ahead: Ahead,
    if_match: IfMatch = None,
    keep: Annotated[
        Literal["faulty"] | None,
        Query(description="`faulty` keeps a new submission that has faults, instead of refusing it"),
    ] = None,
) -> Response:
    """Stores the answers of one family, scores them and returns a receipt.

    If you get no receipt, send the submission again under the same id. The service stores it once, no matter how many
    times you send it. If it has faults, the response lists all of them and the service stores nothing.

    To correct what is stored, send all of it anew, with `If-Match` and `correction`. The sender can do so while the
    round is open, or after a supervisor returned it. A supervisor of the area can do so with `submissions:review` at
    any time. The earlier revision is kept, and the submission is accepted anew. Other content without `If-Match`, or
    with that of an earlier revision, replaces nothing. If you had sent the submission, the service keeps it as a
    conflict until a supervisor chooses, and `held` has its receipt.

    With `keep=faulty`, a new submission that can be read but has faults is kept apart: the response is 202, with its
    faults and a receipt. It counts nowhere until it is repaired. What the family refused is never kept.
    """
    if (tried := error_of(request)) is not None:
        raise tried
    content = await read_json(request)
    given = request.headers.getlist(IF_MATCH)
    intake, latest = intake_of(request), latest_of(request)
    if keep is not None:
        language = language_of(request.headers.get("accept-language"))
        kept = await intake.put_or_keep(
            content, given, id=id, caller=caller, latest=latest, ahead=ahead, language=language
        )
        if isinstance(kept, Kept):
            request.app.state.metrics.submissions.labels("held").inc()
            return Response(kept.text, 202, {"Content-Language": language}, media_type="application/json")
        taken = kept
    else:
        taken = await intake.put(content, given, id=id, caller=caller, latest=latest, ahead=ahead)
    outcome = "stored" if taken.new else "corrected" if taken.corrected else "resent"
    request.app.state.metrics.submissions.labels(outcome).inc()
    return Response(taken.text, 201 if taken.new else 200, media_type="application/json")


@router.get(
    "/{id}",
    operation_id="getSubmission",
    summary="Get a submission",
    responses=document(kinds.NOT_FOUND, kinds.FAMILY_RESTRICTED),
)
async def get_submission(id: Id, caller: Reader, request: Request) -> SubmissionOut:
    """Returns the receipt, score and warnings of a stored submission. It does not return the answers.

    With `submissions:write` alone you get only what you sent. Anything else returns 404. The sender gets the content
    hash and every outcome, until a correction at the family's request. Other readers get no hash and no signature. They
    get sensitive outcomes only with `submissions:sensitive` in the region. Otherwise `score.withheld` is true, and the
    score follows from the visible outcomes alone.
    """
    async with connect(request) as connection:
        return await reading.find_submission(
            connection,
            id,
            caller=caller,
            catalogue=catalogue_of(request),
            vault=vault_of(request),
            receipts=receipts_of(request),
        )


@router.get(
    "",
    operation_id="listSubmissions",
    summary="List submissions",
    response_model=Page[SubmissionRowOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_submissions(
    caller: Reader,
    request: Request,
    session: SessionOf,
    region: Annotated[
        RegionCode | None, Query(description="A region. The list holds the submissions in its subtree")
    ] = None,
    year: Annotated[Year | None, Query(description="Calendar year of the interview, in the time of the region")] = None,
    status: Annotated[SubmissionStatus | None, Query(description="Only submissions with this status")] = None,
    purpose: Annotated[Purpose | None, Query(description="Only submissions with this purpose")] = None,
    counts: Annotated[
        Flag | None, Query(description="Only what counts in the aggregates (`true`), or only what does not (`false`)")
    ] = None,
    moved: Annotated[
        Flag | None,
        Query(
            description="Only what came with a number that was known in another village. Needs `submissions:read`, and "
            "leaves out what you sent"
        ),
    ] = None,
    mine: Annotated[
        Flag | None,
        Query(description="Only what you sent, with its receipts (`true`), or only what others sent (`false`)"),
    ] = None,
    code: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Only the submission whose receipt has this code. Capitals, blanks and hyphens do not matter",
        ),
    ] = None,
    flagged: Annotated[
        Flag | None,
        Query(description="Only what has a warning that you may see (`true`), or only what has none (`false`)"),
    ] = None,
    warning: Annotated[WarningCode | None, Query(description="Only what has this warning, if you may see it")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists submissions in the order of region, year and time of receipt.

    Without `region` you get the submissions of all your regions. With `submissions:write` alone you get only what you
    sent. Sensitive outcomes are withheld as in `getSubmission`. A family counts once a year in each village and
    instrument: `counts=false` lists the interviews that do not count, and `uncounted` says why. Receipts have their
    content hash and signature with `mine=true` alone, as in `getSubmission`, and not while the family is restricted.
    """
    page = await list_page(
        session,
        caller,
        Wanted(region, year, status, purpose, counts, moved, mine, code, flagged, warning),
        limit=limit,
        cursor=cursor,
        catalogue=catalogue_of(request),
        vault=vault_of(request),
        receipts=receipts_of(request),
    )
    return Response(page, media_type="application/json")
