"""What all routes under `/odk` share: the route class, who sends, and problems as phones read them."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, ClassVar, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from app.access import Caller
from app.formats.openrosa import MEDIA_TYPE, write_response
from app.platform.root_path import path_below
from app.problems import Language, Problem, kinds, language_of
from app.problems.phone_texts import HTTPS_ONLY, TOKEN_ENDED, WRONG_PASSWORD
from app.routers.dependencies import StrictRoute, address_of, database_of, settings_of, throttle_of
from app.routers.requirement import basic_of
from app.services.phones.proving import prove_device

ADDRESS: Final = "/odk"
_VERSION: Final = {"X-OpenRosa-Version": "1.0"}
"""A client takes a response without it for that of another kind of server."""
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="IKK", charset="UTF-8"'}
_LOCAL: Final = frozenset(("127.0.0.1", "::1", "localhost"))
_MOST_SECRET: Final = 200


class PhoneRoute(StrictRoute):
    """A route of OpenRosa. It is no part of the JSON contract, and takes the parameters that clients add."""

    strict: ClassVar[bool] = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_for_phones(request: Request) -> Response:
            response = await handle(request)
            response.headers.update(_VERSION)
            return response

        return handle_for_phones


def is_for_phones(request: Request) -> bool:
    """Whether a problem of the request is shown by a phone."""
    path = path_below(request.scope)
    return path == ADDRESS or path.startswith(f"{ADDRESS}/")


def answer_phone(request: Request, status: int, message: str, *, headers: dict[str, str] | None = None) -> Response:
    """A response whose message the phone shows."""
    language = _language(request)
    body = write_response(message, failed=status >= 300)
    told = {**_VERSION, "Content-Language": language, **(headers or {})}
    return Response(body, status, told, media_type=MEDIA_TYPE)


def answer_problem(request: Request, problem: Problem) -> Response:
    """A problem as phones read it."""
    told = problem.render(_language(request), request.state.request_id, writes=request.method == "POST")
    return answer_phone(request, problem.kind.status, str(told["detail"]), headers=problem.headers)


def _language(request: Request) -> Language:
    return language_of(request.headers.get("accept-language"))


async def _identify(request: Request) -> Caller:
    """The person behind the secret in the path, or behind the app password.

    A path that is not valid is 403 and never 401, so that no client asks for a password.
    """
    token: str | None = request.path_params.get("token")
    if token is not None:
        caller = await _prove(request, token)
        if caller is None:
            raise Problem(kinds.FORBIDDEN_SCOPE, detail=TOKEN_ENDED)
        return caller
    _refuse_plain_http(request)
    given = basic_of(request.headers)
    caller = None if given is None else await _prove(request, given[1], given[0])
    if caller is None:
        raise Problem(kinds.UNAUTHENTICATED, headers=_CHALLENGE, detail=WRONG_PASSWORD)
    return caller


async def _prove(request: Request, secret: str, username: str | None = None) -> Caller | None:
    return await prove_device(
        secret[:_MOST_SECRET],
        username,
        address=address_of(request),
        database=database_of(request),
        throttle=throttle_of(request),
    )


def _refuse_plain_http(request: Request) -> None:
    """Raises for a password that crossed a network in clear text. On this machine alone, no network is in between."""
    public = urlsplit(settings_of(request).issuer)
    local = public.scheme == "http" and public.hostname in _LOCAL and address_of(request) in _LOCAL
    if request.scope["scheme"] != "https" and not local:
        raise Problem(kinds.FORBIDDEN_SCOPE, detail=HTTPS_ONLY)


async def admit_phone(request: Request) -> Caller:
    """Counts the request of a phone, beside those that its person makes otherwise."""
    caller = await _identify(request)
    request.state.caller = caller
    request.app.state.addresses.note(caller, address_of(request))
    throttle_of(request).admit_device(caller)
    return caller


Sender = Annotated[Caller, Depends(admit_phone)]
"""The person whose phone asks, with `submissions:write` alone."""


def own_address(request: Request) -> str:
    """The public address of the service for this phone, with its secret if that was in the path."""
    token = request.path_params.get("token")
    return f"{settings_of(request).issuer}{ADDRESS}" + ("" if token is None else f"/k/{token}")
