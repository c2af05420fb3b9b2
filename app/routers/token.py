"""POST /v1/token (RFC 6749) and /v1/token/password: access tokens for agencies and people, and people's passwords."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from app import problems
from app.bodies import FormBody, describe_body
from app.routers.dependencies import StrictRoute, document, open_session, settings_of, signing_in
from app.routers.oauth import check_form, presents_credentials, prove_agency, refusal, tokens_of
from app.schemas.token import PasswordIn, TokenIn, TokenOut
from app.security import Caller
from app.security.tokens import Issued
from app.services import passwords, sign_in
from app.services.agency_tokens import issue_token
from app.throttle import Throttle

router = APIRouter(route_class=StrictRoute, prefix="/v1/token", tags=["Access"])

FORM: Final = "application/x-www-form-urlencoded"
_ATTEMPT: Final = (problems.WRONG_TYPE, problems.TOO_LARGE, problems.TOO_MANY_REQUESTS, problems.BUSY)

Form = Mapping[str, str]


@router.post(
    "",
    operation_id="createToken",
    summary="Get an access token",
    responses=document(
        problems.INVALID_GRANT_REQUEST, problems.INVALID_GRANT, problems.INVALID_CLIENT, *_ATTEMPT, needs="nothing"
    ),
    response_model_exclude_none=True,
    openapi_extra=describe_body(TokenIn, FORM),
)
async def create_token(form: FormBody, request: Request, response: Response) -> TokenOut:
    """OAuth 2: `client_credentials` for agencies, `password` and `refresh_token` for people. The token is a JWT (ES256)
    that carries the caller's scopes and regions; ask for fewer scopes with `scope`. A refresh token is good once: the
    answer holds the next one, and one that comes a second time ends the sign-in. Errors carry `error` of RFC 6749."""
    check_form(form, TokenIn, "grant_type")
    answer_grant = _GRANTS.get(form["grant_type"])
    if answer_grant is None:
        raise refusal("unsupported_grant_type")
    response.headers["Cache-Control"] = "no-store"
    return await answer_grant(form, request)


def _answer(issued: Issued, refresh_token: str | None = None) -> TokenOut:
    return TokenOut(
        access_token=issued.token,
        expires_in=issued.expires_in,
        scope=" ".join(issued.scopes),
        refresh_token=refresh_token,
    )


def _asked(form: Form) -> list[str]:
    return form.get("scope", "").split()


async def _of_agency(form: Form, request: Request) -> TokenOut:
    agency = await prove_agency(form, request)
    async with open_session(request) as session:
        outcome = await issue_token(session, UUID(agency.id), tokens_of(request), asked=_asked(form))
    if not isinstance(outcome, Issued):
        raise refusal(outcome.error)
    return _answer(outcome)


async def _of_person(form: Form, request: Request) -> TokenOut:
    check_form(form, TokenIn, "username", "password")
    if presents_credentials(form, request):
        raise refusal("invalid_request")
    async with signing_in(request, _account(form)) as attempt:
        async with open_session(request) as session:
            account = await sign_in.find_account(session, form["username"])
        person = await account.match(form["password"])
        if person is None:
            await _refuse(request, account, "password")
            raise refusal("invalid_grant")
        attempt.succeed()
    async with open_session(request) as session:
        days = settings_of(request).sign_in_days
        outcome = await sign_in.begin_sign_in(session, person, tokens_of(request), days=days, asked=_asked(form))
    return _ticket(outcome)


async def _of_refresh_token(form: Form, request: Request) -> TokenOut:
    check_form(form, TokenIn, "refresh_token")
    if presents_credentials(form, request):
        raise refusal("invalid_request")
    async with open_session(request) as session:
        outcome = await sign_in.go_on(session, form["refresh_token"], tokens_of(request), asked=_asked(form))
        # Within the transaction: of what is refused with 429 nothing is stored, and the refresh token stays good.
        _admit(outcome, request)
    return _ticket(outcome)


def _admit(outcome: sign_in.Ticket | sign_in.Refused, request: Request) -> None:
    """Counts a refresh, which compares no slow secret, like any request; what is refused, apart from the person's own,
    as whoever has an old token must not use up what its owner may ask."""
    throttle: Throttle = request.app.state.throttle
    if isinstance(outcome, sign_in.Ticket):
        throttle.admit(outcome.issued.caller)
    elif outcome.sign_in is not None:
        throttle.admit(Caller("person", str(outcome.sign_in), {}, (), 0))


def _ticket(outcome: sign_in.Ticket | sign_in.Refused) -> TokenOut:
    if isinstance(outcome, sign_in.Refused):
        raise refusal(outcome.error)
    return _answer(outcome.issued, outcome.refresh_token)


def _account(form: Form) -> str:
    """The name under which failures are counted: apart from agencies' of the same name."""
    return f"person:{form['username'].strip()}"


async def _refuse(request: Request, account: sign_in.Account, grant: str) -> None:
    person = account.person.id if account.person is not None else None
    async with open_session(request) as session:
        await sign_in.refuse_sign_in(session, person, grant=grant, reason="proof")


_GRANTS: Final[Mapping[str, Callable[[Form, Request], Awaitable[TokenOut]]]] = {
    "client_credentials": _of_agency,
    "password": _of_person,
    "refresh_token": _of_refresh_token,
}


@router.post(
    "/password",
    operation_id="setPassword",
    summary="Set or change a password",
    status_code=204,
    responses=document(problems.INVALID_GRANT_REQUEST, problems.INVALID_GRANT, *_ATTEMPT, needs="nothing"),
    openapi_extra=describe_body(PasswordIn, FORM),
)
async def set_password(form: FormBody, request: Request) -> None:
    """With `code`, the one-time code from the administrator, or with `password`, the old one. Ends all sign-ins of the
    person. 10 to 128 characters, any writing, no rules on kinds of characters; refused where easy to guess."""
    asked = passwords.read_change(form)
    async with signing_in(request, _account(form)) as attempt:
        async with open_session(request) as session:
            account = await sign_in.find_account(session, asked.username)
        person = account.person
        if not await passwords.proves(asked, person) or person is None:
            await _refuse(request, account, "new_password")
            raise refusal("invalid_grant")
        attempt.succeed()
        passwords.check_names(asked, person)
        hashed = await passwords.make_hash(asked)
    async with open_session(request) as session:
        done = await passwords.set_password(session, person, asked, hashed=hashed)
    if not done:
        await _refuse(request, account, "new_password")
        raise refusal("invalid_grant")
