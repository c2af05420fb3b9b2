"""/v1/me/second-factor, the second factor of the person who holds the token."""

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.access.oauth import counting_factors
from app.routers.dependencies import (
    SessionOf,
    StrictRoute,
    address_of,
    database_of,
    throttle_of,
    tokens_of,
    vault_of,
)
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.access.second_factor import (
    FactorConfirmIn,
    FactorOut,
    FactorProofIn,
    NewFactorOut,
    RecoveryCodesOut,
)
from app.services.access import enrolling as service

router = APIRouter(route_class=StrictRoute, prefix="/v1/me/second-factor", tags=["Access"])

Anybody = Annotated[Caller, require(None)]
_BODY: Final = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)
_PROOF: Final = (
    kinds.PEOPLE_ONLY,
    kinds.INVALID_GRANT,
    kinds.SECOND_FACTOR_REQUIRED,
    kinds.SECOND_FACTOR_WRONG,
    kinds.BUSY,
    *_BODY,
)


@router.get(
    "",
    operation_id="getSecondFactor",
    summary="Get your second factor",
    responses=document(kinds.PEOPLE_ONLY, needs="token"),
)
async def get_factor(caller: Anybody, session: SessionOf, request: Request) -> FactorOut:
    """Returns since when you have a second factor, how many recovery codes are left, and what needs one."""
    return await service.get_factor(session, caller, tokens_of(request))


@router.post(
    "",
    operation_id="beginSecondFactor",
    summary="Begin to use a second factor",
    status_code=201,
    responses=document(*_PROOF, needs="token"),
    openapi_extra=describe_body(FactorProofIn),
)
async def begin(caller: Anybody, request: Request, response: Response) -> NewFactorOut:
    """Returns a new secret for an authenticator app on your phone, as text, as a link and as a QR code.

    Send your password again. To change to another phone, also send a code of the second factor that is in use, as
    `otp`. Nothing changes until you confirm a code of the new secret, within an hour.
    """
    response.headers["Cache-Control"] = "no-store"
    content = await read_json(request)
    with counting_factors(request):
        return await service.begin_enrolment(
            caller,
            content,
            address=address_of(request),
            database=database_of(request),
            throttle=throttle_of(request),
            tokens=tokens_of(request),
            vault=vault_of(request),
        )


@router.post(
    "/confirm",
    operation_id="confirmSecondFactor",
    summary="Put the second factor in use",
    responses=document(
        kinds.PEOPLE_ONLY, kinds.SECOND_FACTOR_WRONG, kinds.SECOND_FACTOR_NOT_BEGUN, *_BODY, needs="token"
    ),
    openapi_extra=describe_body(FactorConfirmIn),
)
async def confirm(caller: Anybody, request: Request, response: Response) -> RecoveryCodesOut:
    """Puts the new secret in use and returns ten recovery codes, shown this once.

    All your sign-ins end, also this one. Sign in again with the password and the next code of the app.
    """
    response.headers["Cache-Control"] = "no-store"
    content = await read_json(request)
    with counting_factors(request):
        found = await service.confirm(
            caller, content, database=database_of(request), tokens=tokens_of(request), vault=vault_of(request)
        )
    request.app.state.metrics.second_factors.labels("enrolled").inc()
    return found


@router.post(
    "/recovery-codes",
    operation_id="renewRecoveryCodes",
    summary="Get new recovery codes",
    status_code=201,
    responses=document(kinds.NOT_FOUND, *_PROOF, needs="token"),
    openapi_extra=describe_body(FactorProofIn),
)
async def renew(caller: Anybody, request: Request, response: Response) -> RecoveryCodesOut:
    """Returns ten new recovery codes, shown this once, and ends the earlier ones. Send your password and a code."""
    response.headers["Cache-Control"] = "no-store"
    content = await read_json(request)
    with counting_factors(request):
        return await service.renew_recovery_codes(
            caller,
            content,
            address=address_of(request),
            database=database_of(request),
            throttle=throttle_of(request),
            vault=vault_of(request),
        )
