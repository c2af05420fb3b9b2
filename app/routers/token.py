"""POST /v1/token: an access token for an agency's credentials (RFC 6749 section 4.4)."""

import base64
import binascii
from urllib.parse import unquote_plus

from fastapi import APIRouter, Request, Response

from app import problems
from app.bodies import FormBody, describe_body
from app.problems import Problem
from app.routers.dependencies import StrictRoute, document, open_session, settings_of
from app.schemas.token import TokenIn, TokenOut
from app.security import Tokens
from app.services.agencies import find_credentials

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["Access"])


@router.post(
    "/token",
    operation_id="createToken",
    summary="Get an access token",
    responses=document(
        problems.INVALID_GRANT_REQUEST,
        problems.INVALID_CLIENT,
        problems.WRONG_TYPE,
        problems.TOO_LARGE,
        needs="nothing",
    ),
    openapi_extra=describe_body(TokenIn, "application/x-www-form-urlencoded"),
)
async def create_token(form: FormBody, request: Request, response: Response) -> TokenOut:
    """OAuth 2 client credentials. The token is a JWT (ES256) that carries the agency's scopes and regions; ask for
    fewer scopes with `scope`. Errors carry the member `error` of RFC 6749 too."""
    client_id, secret = _credentials(form, request.headers.get("authorization"))
    async with open_session(request) as session:
        credentials = await find_credentials(session, client_id)
    agency = await credentials.match(secret)
    if agency is None:
        raise Problem(
            problems.INVALID_CLIENT,
            headers={"WWW-Authenticate": 'Basic realm="ikk"'},
            error="invalid_client",
        )
    asked = form.get("scope", "").split() or agency.scopes
    if not set(asked) <= set(agency.scopes):
        raise Problem(problems.INVALID_GRANT_REQUEST, error="invalid_scope")
    response.headers["Cache-Control"] = "no-store"
    tokens: Tokens = request.app.state.tokens
    return TokenOut(
        access_token=tokens.issue(str(agency.id), asked, agency.regions),
        expires_in=settings_of(request).token_seconds,
        scope=" ".join(asked),
    )


def _credentials(form: dict[str, str], authorization: str | None) -> tuple[str, str]:
    """Client id and secret from the Basic header or the form, never both."""
    if set(form) - set(TokenIn.model_fields) or "grant_type" not in form:
        raise Problem(problems.INVALID_GRANT_REQUEST, error="invalid_request")
    if form["grant_type"] != "client_credentials":
        raise Problem(problems.INVALID_GRANT_REQUEST, error="unsupported_grant_type")
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() == "basic" and "client_secret" not in form:
        try:
            decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise Problem(problems.INVALID_GRANT_REQUEST, error="invalid_request") from None
        client_id, secret = (unquote_plus(part) for part in decoded.partition(":")[::2])
        if form.get("client_id", client_id) == client_id:
            return client_id, secret
    elif authorization is None and "client_id" in form and "client_secret" in form:
        return form["client_id"], form["client_secret"]
    raise Problem(problems.INVALID_GRANT_REQUEST, error="invalid_request")
