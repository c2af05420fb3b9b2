"""POST /v1/token (RFC 6749) for agencies and people, and POST /v1/token/password for people."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request, Response

from app.platform.bodies import FormBody, describe_form
from app.platform.tokens import Issued
from app.problems import kinds
from app.routers.access.oauth import check_form, counting_factors, presents_credentials, prove_agency
from app.routers.dependencies import StrictRoute, address_of, database_of, settings_of, throttle_of, tokens_of, vault_of
from app.routers.documenting import document
from app.schemas.access.token import PasswordIn, TokenIn, TokenOut
from app.services.access import passwords, people_tokens, refreshing
from app.services.access.agency_tokens import issue_agency_token
from app.services.access.people_tokens import Ticket
from app.services.access.refusals import refusal

router = APIRouter(route_class=StrictRoute, prefix="/v1/token", tags=["Access"])

_ATTEMPT: Final = (kinds.WRONG_TYPE, kinds.TOO_LARGE, kinds.TOO_MANY_REQUESTS, kinds.BUSY)

_FACTOR: Final = (kinds.SECOND_FACTOR_REQUIRED, kinds.SECOND_FACTOR_WRONG)

Form = Mapping[str, str]


@router.post(
    "",
    operation_id="createToken",
    summary="Get an access token",
    responses=document(
        kinds.INVALID_GRANT_REQUEST, kinds.INVALID_GRANT, *_FACTOR, kinds.INVALID_CLIENT, *_ATTEMPT, needs="nothing"
    ),
    response_model_exclude_none=True,
    openapi_extra=describe_form(TokenIn),
)
async def create_token(form: FormBody, request: Request, response: Response) -> TokenOut:
    """Returns an OAuth 2 access token (RFC 6749).

    Agencies use the grant type `client_credentials`. People use `password` and then `refresh_token`. The token is a JWT
    (ES256) that holds your scopes and regions. Send `scope` to get fewer scopes. A refresh token is valid once, and the
    response holds the next one. If the response was lost, send the same refresh token again within a minute. If it is
    sent later, or after the next one was used, the whole sign-in ends. Problems have the member `error` of RFC 6749.

    If a person has a second factor, the right password alone returns `second-factor-required` (`error` is
    `mfa_required`). Send the same form with `otp`. If a person has none but needs one for some scopes, the token lacks
    these scopes and `second_factor_needed_for` names them.
    """
    check_form(form, TokenIn, "grant_type")
    grant = _GRANTS.get(form["grant_type"])
    if grant is None:
        raise refusal("unsupported_grant_type")
    response.headers["Cache-Control"] = "no-store"
    return await grant(form, request)


def _token_out(issued: Issued, refresh_token: str | None = None) -> TokenOut:
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
    asked, database, tokens = _asked(form), database_of(request), tokens_of(request)
    return _token_out(await issue_agency_token(agency, asked=asked, database=database, tokens=tokens))


async def _of_person(form: Form, request: Request) -> TokenOut:
    _check_public(form, request, "username", "password")
    with counting_factors(request):
        ticket = await people_tokens.sign_in(
            form["username"],
            form["password"],
            form.get("otp"),
            address=address_of(request),
            asked=_asked(form),
            days=settings_of(request).sign_in_days,
            database=database_of(request),
            tokens=tokens_of(request),
            throttle=throttle_of(request),
            vault=vault_of(request),
        )
    if "mfa" in ticket.issued.caller.amr:
        request.app.state.metrics.second_factors.labels("accepted").inc()
    return _of_ticket(ticket)


async def _of_refresh_token(form: Form, request: Request) -> TokenOut:
    _check_public(form, request, "refresh_token")
    ticket = await refreshing.refresh(
        form["refresh_token"],
        asked=_asked(form),
        database=database_of(request),
        tokens=tokens_of(request),
        throttle=throttle_of(request),
    )
    return _of_ticket(ticket)


def _of_ticket(ticket: Ticket) -> TokenOut:
    needed_for = " ".join(ticket.withheld) or None
    return _token_out(ticket.issued, ticket.refresh_token).model_copy(update={"second_factor_needed_for": needed_for})


def _check_public(form: Form, request: Request, *needed: str) -> None:
    """Refuses a form that lacks a member, and credentials of an agency, because people's apps have none."""
    check_form(form, TokenIn, *needed)
    if presents_credentials(form, request):
        raise refusal("invalid_request")


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
    responses=document(kinds.INVALID_GRANT_REQUEST, kinds.INVALID_GRANT, *_FACTOR, *_ATTEMPT, needs="nothing"),
    openapi_extra=describe_form(PasswordIn),
)
async def set_password(form: FormBody, request: Request) -> None:
    """Sets a person's password and ends all sign-ins of that person.

    Send `code`, the one-time code from the administrator, or `password`, the old password. In a code only letters and
    digits count. The new password has 10 to 128 characters of any script. It needs no particular kinds of characters.
    The service refuses a password that is easy to guess, such as names, places and clubs with a year. With the old
    password, also send `otp` if you have a second factor.
    """
    with counting_factors(request):
        await passwords.change_password(
            form,
            address=address_of(request),
            database=database_of(request),
            tokens=tokens_of(request),
            throttle=throttle_of(request),
            vault=vault_of(request),
        )
