"""/v1/families: find families, get one without its identity, state a purpose, read the identity."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import (
    Cursor,
    Limit,
    SessionOf,
    catalogue_of,
    open_session,
    respond,
    settings_of,
    vault_of,
)
from app.routers.documenting import document
from app.routers.watching import IdentityReader, Officer, WatchedRoute
from app.schemas.families.family import FamilyOut, FamilySearchIn, FoundFamiliesOut, IdentificationIn, IdentificationOut
from app.schemas.families.identity import IdentityOut, UnsettledIdentityOut
from app.schemas.ids import AnyId
from app.schemas.shapes import Page, RegionCode
from app.schemas.subject_requests.settlement import SettledOut, SettlementIn
from app.services.families import finding, identifications
from app.services.families.unsettled import list_unsettled
from app.services.subject_requests.settling import settle_identity

router = APIRouter(route_class=WatchedRoute, prefix="/v1/families", tags=["Families"])

Id = Annotated[AnyId, Path(description="The family's random id")]
IdentificationId = Annotated[AnyId, Path(description="The id of the stated purpose, from the response to it")]

_BODY = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.get(
    "/earlier-identities",
    operation_id="listEarlierIdentities",
    summary="List the earlier identities to settle",
    response_model=Page[UnsettledIdentityOut],
    responses=document(kinds.FORBIDDEN_REGION),
)
async def list_earlier_identities(
    caller: Officer,
    session: SessionOf,
    region: Annotated[RegionCode | None, Query(description="A region. The list holds those in its subtree")] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response:
    """Lists the identities that were kept aside and that you still have to settle, the oldest at the top.

    Without `region` you get those of all your regions. The list names nobody. Each page is audited.
    """
    return respond(await list_unsettled(session, caller, region=region, limit=limit, cursor=cursor))


@router.post(
    "/find",
    operation_id="findFamilies",
    summary="Find families by a card number or NIK",
    responses=document(*_BODY),
    openapi_extra=describe_body(FamilySearchIn),
)
async def find_families(caller: IdentityReader, request: Request) -> FoundFamiliesOut:
    """Finds the families in your regions that have a card number (No KK) or a NIK.

    Each search is audited with its purpose, but without the number. Searches, exports and reads of identities have an
    hourly limit of their own.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await finding.find_families(session, caller, content, vault=vault_of(request))


@router.get(
    "/{id}",
    operation_id="getFamily",
    summary="Get a family without its identity",
    responses=document(kinds.NOT_FOUND),
)
async def get_family(id: Id, caller: Officer, session: SessionOf, request: Request) -> FamilyOut:
    """Returns a family's region, submissions and consents, and whether it is restricted. Each reading is audited."""
    return await finding.read_family(session, caller, id, catalogue=catalogue_of(request))


@router.post(
    "/{id}/identifications",
    operation_id="createIdentification",
    summary="State the purpose for reading an identity",
    status_code=201,
    responses=document(*_BODY, kinds.NOT_FOUND),
    openapi_extra=describe_body(IdentificationIn),
)
async def create_identification(id: Id, caller: Officer, request: Request) -> IdentificationOut:
    """States your purpose, so that you, and nobody else, may read the family's identity until `expires_at`.

    If the service asks for a second person, that person approves it first, and its minutes count from then.
    """
    content, approval = await read_json(request), settings_of(request).identification_approval
    async with open_session(request) as session:
        return await identifications.state_purpose(
            session, caller, id, content, vault=vault_of(request), approval=approval
        )


@router.get(
    "/{id}/identifications/{identification}",
    operation_id="getIdentification",
    summary="Get a stated purpose",
    responses=document(kinds.NOT_FOUND, kinds.IDENTITY_UNREADABLE),
)
async def get_identification(
    id: Id, identification: IdentificationId, caller: Officer, session: SessionOf, request: Request
) -> IdentificationOut:
    """Returns a stated purpose with its letter and note, for example to the person who is to approve it."""
    return await identifications.read_identification(session, caller, id, identification, vault=vault_of(request))


@router.post(
    "/{id}/identifications/{identification}/approve",
    operation_id="approveIdentification",
    summary="Approve a stated purpose",
    responses=document(
        kinds.NOT_FOUND, kinds.OWN_IDENTIFICATION, kinds.IDENTIFICATION_NOT_WAITING, kinds.IDENTITY_UNREADABLE
    ),
)
async def approve_identification(
    id: Id, identification: IdentificationId, caller: Officer, session: SessionOf, request: Request
) -> IdentificationOut:
    """Approves the purpose that somebody else stated, whose minutes count from now. Send no body.

    Nobody approves their own. A purpose waits for 24 hours. Purposes wait only if the operator has set
    IKK_IDENTIFICATION_APPROVAL.
    """
    return await identifications.approve_identification(session, caller, id, identification, vault=vault_of(request))


@router.get(
    "/{id}/identity",
    operation_id="getIdentity",
    summary="Read the identity of a family",
    responses=document(kinds.NOT_FOUND, kinds.IDENTIFICATION_NEEDED, kinds.IDENTITY_UNREADABLE),
)
async def get_identity(id: Id, caller: IdentityReader, session: SessionOf, request: Request) -> IdentityOut:
    """Returns the names, NIK, card numbers and address, as the family told them.

    You must have stated a purpose that has not expired yet. Each reading is audited with that purpose.
    """
    return await identifications.read_identity(session, caller, id, vault=vault_of(request))


@router.post(
    "/{id}/earlier-identities/{earlier}/settle",
    operation_id="settleIdentity",
    summary="Settle whose an earlier identity is",
    responses=document(*_BODY, kinds.NOT_FOUND, kinds.IDENTITY_UNREADABLE),
    openapi_extra=describe_body(SettlementIn),
)
async def settle(
    id: Id,
    earlier: Annotated[AnyId, Path(description="The earlier identity, from `GET /v1/families/{id}`")],
    caller: Officer,
    request: Request,
) -> SettledOut:
    """Settles whether an identity that was replaced belongs to the same family or to another one.

    With `another`, the earlier identity and its submissions go to a new family in the same village. The card number
    stays with the identity in use. An identity that cannot be decrypted can only be settled as `same`.
    """
    content = await read_json(request)
    async with open_session(request) as session:
        return await settle_identity(
            session, caller, id, earlier, content=content, catalogue=catalogue_of(request), vault=vault_of(request)
        )
