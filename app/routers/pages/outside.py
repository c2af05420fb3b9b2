"""/sign-in/outside, the sign-in of people of the outside issuer, and the address to which it sends them back."""

import json
from time import time
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response

from app.pages.addresses import START
from app.platform.outside_issuer import OutsideIssuer
from app.platform.outside_sign_in import Begun, RefusedSignInError, authorization_address, begin, exchange
from app.problems import Problem, kinds
from app.routers.dependencies import settings_of, tokens_of
from app.routers.pages.route import PageRoute, go_away, go_to, make_router, show
from app.routers.pages.session import (
    ENTERS,
    LARGEST_TOKEN,
    begin_session,
    find_reader,
    forget_outside,
    keep_outside,
    outside_of,
)
from app.routers.pages.sign_in import local, show_form

_SECONDS: Final = 600
_FAILED: Final = "The sign-in at your office did not work. Please try once more."
_NO_FIGURES: Final = "Your office’s account has no role that may look at figures. Ask your administrator for one."
_TOO_LARGE: Final = (
    "Your office’s sign-in says more of you than a browser can keep. Please tell the operator of this service."
)


class ReturnRoute(PageRoute):
    """A page to which another service sends the browser. RFC 6749 section 4.1.2: what it does not know is ignored."""

    strict = False


router = make_router()
returning = make_router(ReturnRoute)


def _issuer(request: Request) -> OutsideIssuer:
    issuer = tokens_of(request).outside
    if issuer is None or settings_of(request).oidc_client_id is None:
        raise Problem(kinds.NOT_FOUND)
    return issuer


@router.get("/sign-in/outside")
async def begin_outside(request: Request, next: Annotated[str | None, Query(max_length=500)] = None) -> Response:
    """Sends the browser to the issuer. It keeps what proves that the answer is for this sign-in."""
    issuer, begun = _issuer(request), begin()
    response = go_away(await authorization_address(issuer, settings_of(request), begun))
    kept = {"until": int(time()) + _SECONDS, "next": local(next), "begun": [begun.state, begun.nonce, begun.verifier]}
    keep_outside(request, response, json.dumps(kept), seconds=_SECONDS)
    return response


@returning.get("/sign-in/outside/return")
async def end_outside(request: Request) -> Response:
    """Begins a session with the access token of the issuer. Sent twice, it goes on with the session that is there."""
    issuer, kept = _issuer(request), _read(request)
    try:
        if kept is None:
            raise RefusedSignInError
        token = await exchange(issuer, settings_of(request), Begun(*kept["begun"]), dict(request.query_params))
    except RefusedSignInError:
        if await find_reader(request) is not None:
            return go_to(request, START)
        response = show_form(request, 400, START, told=_FAILED)
    else:
        response = await _admit(request, token, kept["next"])
    forget_outside(request, response)
    return response


async def _admit(request: Request, token: str, back: str) -> Response:
    caller = await tokens_of(request).look_up(token)
    if caller is None or not caller.scopes & set(ENTERS):
        return show_form(request, 403, back, told=_NO_FIGURES)
    if len(token) > LARGEST_TOKEN:
        return show_form(request, 403, back, told=_TOO_LARGE)
    # A redirect would still count as the issuer's, and the browser would not send the strict cookie along.
    response = show(request, "go-on.html", back=back)
    begin_session(request, response, token, max(int(caller.expires - time()), 1))
    return response


def _read(request: Request) -> dict[str, Any] | None:
    """What `begin_outside` has kept, if the browser still has it unchanged and in time."""
    text = outside_of(request)
    kept: dict[str, Any] | None = None if text is None else json.loads(text)
    return kept if kept is not None and kept["until"] > time() else None
