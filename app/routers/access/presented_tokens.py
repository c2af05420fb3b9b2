"""POST /v1/token/revoke (RFC 7009) and POST /v1/token/introspect (RFC 7662)."""

from fastapi import APIRouter, Request, Response

from app.access import Caller
from app.platform.bodies import FormBody, describe_form
from app.problems import kinds
from app.routers.access.oauth import check_form, presents_credentials, prove_agency
from app.routers.dependencies import StrictRoute, database_of, tokens_of
from app.routers.documenting import document
from app.routers.requirement import Requirement, bearer_of
from app.schemas.access.token import IntrospectionOut, PresentedIn
from app.services.access import presented_tokens as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/token", tags=["Access"])

_PROBLEMS = (
    kinds.INVALID_GRANT_REQUEST,
    kinds.INVALID_CLIENT,
    kinds.WRONG_TYPE,
    kinds.TOO_LARGE,
    kinds.TOO_MANY_REQUESTS,
    kinds.BUSY,
)
_BY_TOKEN = Requirement(())


@router.post(
    "/revoke",
    operation_id="revokeToken",
    summary="Revoke a token",
    status_code=200,
    response_class=Response,
    responses={
        **document(*_PROBLEMS, kinds.ISSUER_UNAVAILABLE, needs="nothing"),
        200: {"description": "The token is not valid any more, or never was"},
    },
    openapi_extra=describe_form(PresentedIn),
)
async def revoke_token(form: FormBody, request: Request) -> Response:
    """Revokes a token (RFC 7009).

    Whoever holds a person's token may revoke it, also one from the outside issuer. Revoking a refresh token ends the
    whole sign-in. To revoke an agency's token you need the credentials of that agency, which revoke no other token. You
    also get 200 for a token that is unknown or has ended.
    """
    check_form(form, PresentedIn, "token")
    by = await prove_agency(form, request) if presents_credentials(form, request) else None
    await service.revoke_presented(form["token"], by=by, database=database_of(request), tokens=tokens_of(request))
    return Response(status_code=200, headers={"Cache-Control": "no-store"})


@router.post(
    "/introspect",
    operation_id="introspectToken",
    summary="Introspect a token",
    responses=document(kinds.UNAUTHENTICATED, *_PROBLEMS, kinds.ISSUER_UNAVAILABLE, needs="nothing"),
    response_model_exclude_none=True,
    openapi_extra=describe_form(PresentedIn),
)
async def introspect_token(form: FormBody, request: Request, response: Response) -> IntrospectionOut:
    """Returns what a token allows (RFC 7662).

    Authenticate with an agency's credentials or a bearer token. You may introspect your own tokens. You may also
    introspect the token of another caller if you hold `agencies:manage` in all its regions. For every other token the
    response is `"active": false`.
    """
    check_form(form, PresentedIn, "token")
    caller = await _asking(form, request)
    response.headers["Cache-Control"] = "no-store"
    database, tokens = database_of(request), tokens_of(request)
    return await service.introspect(form["token"], caller=caller, database=database, tokens=tokens)


async def _asking(form: FormBody, request: Request) -> Caller:
    by_token = bearer_of(request.headers) is not None
    return await _BY_TOKEN(request) if by_token else await prove_agency(form, request)
