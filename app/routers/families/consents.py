"""/v1/families/{id}/consents: list, record and withdraw a family's consents."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import SessionOf, latest_of, open_session, vault_of
from app.routers.documenting import document
from app.routers.watching import Officer, WatchedRoute
from app.schemas.families.consent import ConsentIn, ConsentOut, ConsentsOut
from app.schemas.ids import AnyId
from app.schemas.subject_requests.withdrawal import WithdrawalIn, WithdrawnOut
from app.services.families import consents as service
from app.services.subject_requests.withdrawal import withdraw_consent as withdraw_consent_of

router = APIRouter(route_class=WatchedRoute, prefix="/v1/families/{id}/consents", tags=["Rights"])

FamilyId = Annotated[AnyId, Path(description="The family's random id")]
ConsentId = Annotated[AnyId, Path(description="The id of the consent, from the list of consents")]

_BODY = (kinds.MALFORMED, kinds.NOT_FOUND, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.get(
    "",
    operation_id="listConsents",
    summary="List a family's consents",
    responses=document(kinds.NOT_FOUND),
)
async def list_consents(id: FamilyId, caller: Officer, session: SessionOf) -> ConsentsOut:
    """Lists what the family agreed to, when and how, oldest first. The list includes withdrawn consents."""
    return await service.list_consents(session, caller, id)


@router.post(
    "",
    operation_id="createConsent",
    summary="Record a family's consent",
    status_code=201,
    responses=document(*_BODY),
    openapi_extra=describe_body(ConsentIn),
)
async def give_consent(id: FamilyId, caller: Officer, request: Request) -> ConsentOut:
    """Records a consent given outside an interview. A consent given in an interview comes with the submission."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await service.give_consent(
            session, caller, id, content, latest=latest_of(request), vault=vault_of(request)
        )


@router.post(
    "/{consent}/withdraw",
    operation_id="withdrawConsent",
    summary="Withdraw a consent",
    responses=document(*_BODY, kinds.CONSENT_WITHDRAWN),
    openapi_extra=describe_body(WithdrawalIn),
)
async def withdraw_consent(id: FamilyId, consent: ConsentId, caller: Officer, request: Request) -> WithdrawnOut:
    """Marks the consent as withdrawn, and opens a subject request to restrict the family.

    The subject request is due 3 × 24 hours after `received_at`.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await withdraw_consent_of(session, caller, id, consent, content=content, latest=latest_of(request))
