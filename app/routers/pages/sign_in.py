"""/sign-in and /sign-out, the session of somebody who looks at pages, and /set-password for a one-time code."""

from typing import Annotated, Final

from fastapi import Query, Request, Response

from app.pages.addresses import START, is_page_to_return_to
from app.platform.bodies import FormBody
from app.problems import Problem, ProblemKind, kinds
from app.routers.access.oauth import counting_factors
from app.routers.dependencies import address_of, database_of, settings_of, throttle_of, tokens_of, vault_of
from app.routers.pages.route import go_to, language_of_page, make_router, show
from app.routers.pages.session import (
    ENTERS,
    SCOPES_OF_A_SESSION,
    begin_session,
    end_session,
    find_reader,
    is_own_form,
    session_of,
)
from app.services.access import passwords, people_tokens
from app.services.access.people_tokens import Ticket
from app.services.access.presented_tokens import revoke_presented

router = make_router()

_DAYS: Final = 1
"""The session ends with its token. The sign-in behind it has no refresh token that anybody knows."""
_ASKS_FOR_CODE: Final = "Your password is right. Type it once more, together with the code of your authenticator app."
_SHOWN_IN_FORM: Final[tuple[ProblemKind, ...]] = (
    kinds.INVALID_GRANT,
    kinds.SECOND_FACTOR_WRONG,
    kinds.TOO_MANY_REQUESTS,
    kinds.FAULTS,
)

_NEEDS_FACTOR: Final = (
    "Your account needs a second factor before it may look at figures. Set one up in your app, or ask your "
    "administrator."
)
_NO_FIGURES: Final = (
    "This account has no role that may look at figures. Ask your administrator for one, such as supervisor or analyst."
)
_STALE: Final = "This form is no longer valid. Please fill it in once more."

Next = Annotated[str | None, Query(max_length=500)]


@router.get("/sign-in")
async def show_sign_in(request: Request, next: Next = None) -> Response:
    """The form to sign in. Somebody who is signed in already goes on to the page."""
    back = local(next)
    held = session_of(request)
    if held is not None and await find_reader(request) is not None:
        return go_to(request, back)
    told = "Your session has ended. Please sign in again." if held is not None else None
    response = show_form(request, 200, back, told=told)
    if held is not None:
        end_session(request, response)
    return response


@router.post("/sign-in")
async def sign_in(form: FormBody, request: Request) -> Response:
    """Begins a session, with the same accounts, limits and audit entries as the token endpoint."""
    back = local(form.get("next"))
    if not is_own_form(request, form.get("form", "")):
        return show_form(request, 403, back, told=_STALE)
    username = form.get("username", "")
    try:
        ticket = await _issue(form, request)
    except Problem as problem:
        return _show_refusal(request, problem, back, username=username)
    token, seconds = ticket.issued.token, ticket.issued.expires_in
    if not ticket.issued.caller.scopes & set(ENTERS):
        await _revoke(request, token)
        return show_form(request, 403, back, username=username, told=_NEEDS_FACTOR)
    response = go_to(request, back)
    if (earlier := session_of(request)) is not None:
        await _revoke(request, earlier)
    begin_session(request, response, token, seconds)
    return response


async def _issue(form: FormBody, request: Request) -> Ticket:
    with counting_factors(request):
        ticket = await people_tokens.sign_in(
            form.get("username", ""),
            form.get("password", ""),
            form.get("otp") or None,
            address=address_of(request),
            asked=(),
            days=_DAYS,
            database=database_of(request),
            tokens=tokens_of(request),
            throttle=throttle_of(request),
            vault=vault_of(request),
            within=SCOPES_OF_A_SESSION,
        )
    if "mfa" in ticket.issued.caller.amr:
        request.app.state.metrics.second_factors.labels("accepted").inc()
    return ticket


def _show_refusal(request: Request, problem: Problem, back: str, *, username: str) -> Response:
    """The form again, with what was wrong. Raises the problem if no form can mend it."""
    status, asked = problem.kind.status, problem.kind is kinds.SECOND_FACTOR_REQUIRED
    if asked:
        return show_form(request, status, back, username=username, told=_ASKS_FOR_CODE, asks_for_code=True)
    if problem.members.get("error") == "invalid_scope":
        return show_form(request, 403, back, username=username, told=_NO_FIGURES)
    if problem.kind not in _SHOWN_IN_FORM:
        raise problem
    response = show_form(request, status, back, username=username, refused=_render(request, problem))
    response.headers.update(problem.headers)
    return response


def show_form(
    request: Request,
    status: int,
    back: str,
    *,
    username: str = "",
    told: str | None = None,
    refused: dict[str, object] | None = None,
    asks_for_code: bool = False,
) -> Response:
    """The form to sign in. told: a text of ours, refused: a problem in words"""
    return show(
        request,
        "sign-in.html",
        status,
        back=back,
        username=username,
        told=told,
        refused=refused,
        asks_for_code=asks_for_code,
        outside=settings_of(request).oidc_client_id is not None,
    )


def _render(request: Request, problem: Problem) -> dict[str, object]:
    return problem.render(language_of_page(request), request.state.request_id, writes=False)


def local(path: str | None) -> str:
    """The page to go to after the sign-in. Whatever is not one of our pages becomes the start page."""
    return path if path is not None and is_page_to_return_to(path) else START


@router.post("/sign-out")
async def sign_out(form: FormBody, request: Request) -> Response:
    """Ends the session. Sent twice, or with a session that has ended, it does no more."""
    if not is_own_form(request, form.get("form", "")):
        return show_form(request, 403, START, told=_STALE)
    response = go_to(request, "/sign-in")
    if (token := session_of(request)) is not None:
        await _revoke(request, token)
    end_session(request, response)
    return response


async def _revoke(request: Request, token: str) -> None:
    await revoke_presented(token, by=None, database=database_of(request), tokens=tokens_of(request))


@router.get("/set-password")
async def show_set_password(request: Request) -> Response:
    """The form in which somebody new exchanges the one-time code for a password."""
    return show(request, "set-password.html", username="", told=None, refused=None)


@router.post("/set-password")
async def set_password(form: FormBody, request: Request) -> Response:
    """Sets a password with a one-time code, as POST /v1/token/password does."""
    username = form.get("username", "")
    if not is_own_form(request, form.get("form", "")):
        return show(request, "set-password.html", 403, username=username, told=_STALE, refused=None)
    named = {name: form[name] for name in ("username", "code", "new_password") if form.get(name)}
    try:
        await passwords.change_password(
            named,
            address=address_of(request),
            database=database_of(request),
            tokens=tokens_of(request),
            throttle=throttle_of(request),
            vault=vault_of(request),
        )
    except Problem as problem:
        if problem.kind not in (*_SHOWN_IN_FORM, kinds.INVALID_CODE):
            raise
        refused = _render(request, problem)
        return show(request, "set-password.html", problem.kind.status, username=username, told=None, refused=refused)
    response = show_form(request, 200, START, username=username, told="Your password is set. You can sign in now.")
    end_session(request, response)
    return response
