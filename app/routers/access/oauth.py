"""What the token endpoints share, which is their forms and the agency credentials in a header or a form."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from urllib.parse import unquote_plus

from fastapi import Request
from pydantic import BaseModel

from app.access import Caller
from app.problems import Problem, ProblemKind, kinds
from app.routers.dependencies import address_of, database_of, throttle_of
from app.services.access import agency_tokens as service
from app.services.access.refusals import refusal

_COUNTED: Final[Mapping[ProblemKind, str]] = {
    kinds.SECOND_FACTOR_REQUIRED: "asked",
    kinds.SECOND_FACTOR_WRONG: "wrong",
}


def check_form(form: Mapping[str, str], shape: type[BaseModel], *needed: str) -> None:
    """Refuses a form that has a member its shape does not know, or lacks a needed one. Raises `invalid_request`."""
    if set(form) - set(shape.model_fields) or any(name not in form for name in needed):
        raise refusal("invalid_request")


@contextmanager
def counting_factors(request: Request) -> Iterator[None]:
    """Counts that a code of a second factor was asked for or was wrong inside the block."""
    try:
        yield
    except Problem as problem:
        if problem.kind in _COUNTED:
            request.app.state.metrics.second_factors.labels(_COUNTED[problem.kind]).inc()
        raise


def presents_credentials(form: Mapping[str, str], request: Request) -> bool:
    """Whether the request presents an agency's credentials, in a header or in the form.

    A name without a secret proves nothing and is ignored. Apps without a secret send their name along (RFC 6749 section
    3.2.1), in the form or in a header.
    """
    authorization = request.headers.get("authorization")
    named_only = authorization is None or _basic_of(authorization)[1:] == ("",)
    return not named_only or "client_secret" in form


def _basic_of(authorization: str) -> tuple[str, ...]:
    """Client id and secret of a Basic header (RFC 6749 section 2.3.1), or an empty tuple for any other header."""
    kind, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ()
    client_id, found, secret = decoded.partition(":")
    return (unquote_plus(client_id), unquote_plus(secret)) if found and kind.lower() == "basic" else ()


async def prove_agency(form: Mapping[str, str], request: Request) -> Caller:
    """The agency whose credentials the request presents. Raises what the service's `prove_agency` raises."""
    client_id, secret = _credentials(form, request.headers.get("authorization"))
    return await service.prove_agency(
        client_id, secret, address=address_of(request), database=database_of(request), throttle=throttle_of(request)
    )


def _credentials(form: Mapping[str, str], authorization: str | None) -> tuple[str, str]:
    """Client id and secret from either the Basic header or the form. Raises `invalid_request` for both or neither."""
    basic = _basic_of(authorization) if authorization is not None else ()
    if basic and "client_secret" not in form:
        client_id, secret = basic
        if form.get("client_id", client_id) == client_id:
            return client_id, secret
    elif authorization is None and "client_id" in form and "client_secret" in form:
        return form["client_id"], form["client_secret"]
    raise refusal("invalid_request")
