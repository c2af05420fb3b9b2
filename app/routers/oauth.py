"""What the token endpoints share: their forms, an agency's credentials, and refusals in the words of RFC 6749."""

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import unquote_plus

from fastapi import Request
from pydantic import BaseModel

from app import problems
from app.problems import Problem
from app.routers.dependencies import open_session, signing_in
from app.security import Caller, Tokens
from app.services.agencies import find_credentials
from app.services.agency_tokens import caller_of, refuse_token

_KINDS = {"invalid_client": problems.INVALID_CLIENT, "invalid_grant": problems.INVALID_GRANT}


def refusal(error: str) -> Problem:
    """The problem that carries an error code of RFC 6749 section 5.2."""
    headers = {"WWW-Authenticate": 'Basic realm="ikk"'} if error == "invalid_client" else {}
    return Problem(_KINDS.get(error, problems.INVALID_GRANT_REQUEST), headers=headers, error=error)


def check_form(form: Mapping[str, str], shape: type[BaseModel], *needed: str) -> None:
    """Refuses a form with members of no meaning here, or without those needed."""
    if set(form) - set(shape.model_fields) or any(name not in form for name in needed):
        raise refusal("invalid_request")


def tokens_of(request: Request) -> Tokens:
    tokens: Tokens = request.app.state.tokens
    return tokens


def presents_credentials(form: Mapping[str, str], request: Request) -> bool:
    """Whether the request tries to prove an agency: by a header or by the form.

    A name without a secret proves nothing: apps that have none send it along (RFC 6749 section 3.2.1), in the form or
    in a header, and it is ignored.
    """
    authorization = request.headers.get("authorization")
    named_only = authorization is None or _basic_of(authorization)[1:] == ("",)
    return not named_only or "client_secret" in form


def _basic_of(authorization: str) -> tuple[str, ...]:
    """Client id and secret of a Basic header (RFC 6749 section 2.3.1); nothing for another or a broken header."""
    kind, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ()
    client_id, found, secret = decoded.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if found and kind.lower() == "basic" else ()


async def prove_agency(form: Mapping[str, str], request: Request) -> Caller:
    """The agency whose credentials the request carries; refuses others with `invalid_client`, and puts that on record.

    No connection is held while secrets are compared.
    """
    client_id, secret = _credentials(form, request.headers.get("authorization"))
    async with signing_in(request, client_id) as attempt:
        async with open_session(request) as session:
            credentials = await find_credentials(session, client_id)
        agency = await credentials.match(secret)
        if agency is None:
            async with open_session(request) as session:
                await refuse_token(session, credentials.agency, reason="secret")
            raise refusal("invalid_client")
        attempt.succeed()
    return caller_of(agency)


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    """Client id and secret from the Basic header or the form, never both."""
    basic = _basic_of(authorization) if authorization is not None else ()
    if basic and "client_secret" not in form:
        client_id, secret = basic
        if form.get("client_id", client_id) == client_id:
            return client_id, secret
    elif authorization is None and "client_id" in form and "client_secret" in form:
        return form["client_id"], form["client_secret"]
    raise refusal("invalid_request")
