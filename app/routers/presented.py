"""POST /v1/token/revoke (RFC 7009) and /v1/token/introspect (RFC 7662): what becomes of a token, and what it says."""

from fastapi import APIRouter, Request, Response

from app import problems
from app.bodies import FormBody, describe_body
from app.routers.dependencies import StrictRoute, document, open_session
from app.routers.oauth import check_form, presents_credentials, prove_agency, refusal, tokens_of
from app.routers.token import FORM
from app.schemas.token import IntrospectionOut, PresentedIn
from app.security import Caller
from app.security.callers import Requirement, bearer_of
from app.services import presented

router = APIRouter(route_class=StrictRoute, prefix="/v1/token", tags=["Access"])

_PROBLEMS = (
    problems.INVALID_GRANT_REQUEST,
    problems.INVALID_CLIENT,
    problems.WRONG_TYPE,
    problems.TOO_LARGE,
    problems.TOO_MANY_REQUESTS,
    problems.BUSY,
)
_BY_TOKEN = Requirement(None)


@router.post(
    "/revoke",
    operation_id="revokeToken",
    summary="Revoke a token",
    status_code=200,
    response_class=Response,
    responses={**document(*_PROBLEMS, needs="nothing"), 200: {"description": "It is good no more, or never was"}},
    openapi_extra=describe_body(PresentedIn, FORM),
)
async def revoke_token(form: FormBody, request: Request) -> Response:
    """RFC 7009. Whoever holds a person's token may revoke it; a refresh token ends the whole sign-in. An agency's token
    needs that agency's credentials. 200 also for a token that is unknown, ended or of an outside issuer."""
    check_form(form, PresentedIn, "token")
    by = await prove_agency(form, request) if presents_credentials(form, request) else None
    held = await tokens_of(request).look_up(form["token"])
    async with open_session(request) as session:
        error = await presented.revoke_presented(session, form["token"], held, by=by)
    if error is not None:
        raise refusal(error)
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


@router.post(
    "/introspect",
    operation_id="introspectToken",
    summary="Ask what a token says",
    responses=document(problems.UNAUTHENTICATED, *_PROBLEMS, problems.ISSUER_UNAVAILABLE, needs="nothing"),
    response_model_exclude_none=True,
    openapi_extra=describe_body(PresentedIn, FORM),
)
async def introspect_token(form: FormBody, request: Request, response: Response) -> IntrospectionOut:
    """RFC 7662. With an agency's credentials or a bearer token. Everybody may ask about their own tokens; who holds
    `agencies:manage` in all the regions of a token, about others' too. All else is answered `"active": false`."""
    check_form(form, PresentedIn, "token")
    caller = await _asking(form, request)
    held = await tokens_of(request).look_up(form["token"])
    response.headers["Cache-Control"] = "no-store"
    async with open_session(request) as session:
        return await presented.introspect(session, form["token"], held, caller=caller, tokens=tokens_of(request))


async def _asking(form: FormBody, request: Request) -> Caller:
    by_token = bearer_of(request.headers) is not None
    return await _BY_TOKEN(request) if by_token else await prove_agency(form, request)
