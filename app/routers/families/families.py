"""Families: find by a number, look at without who they are, state why they must be identified, read who they are."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request

from app.access import Caller
from app.platform.bodies import describe_body, read_json
from app.problems import kinds
from app.routers.dependencies import SessionOf, StrictRoute, catalogue_of, open_session, vault_of
from app.routers.documenting import document
from app.routers.requirement import require
from app.schemas.families.family import FamilyOut, FamilySearchIn, FoundFamiliesOut, IdentificationIn, IdentificationOut
from app.schemas.families.identity import IdentityOut
from app.services.families import finding, identifying

router = APIRouter(route_class=StrictRoute, prefix="/v1/families", tags=["Families"])

Officer = Annotated[Caller, require("families:identify")]
Id = Annotated[UUID, Path(description="The family's random id")]

_BODY = (kinds.MALFORMED, kinds.TOO_LARGE, kinds.WRONG_TYPE)


@router.post(
    "/find",
    operation_id="findFamilies",
    summary="Find families by a number",
    responses=document(*_BODY),
    openapi_extra=describe_body(FamilySearchIn),
)
async def find_families(caller: Officer, request: Request) -> FoundFamiliesOut:
    """Families of the caller's regions that a No KK or a NIK belongs to. The search is put on record with its
    purpose, without the number."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await finding.find_families(session, caller, content, vault=vault_of(request))


@router.get(
    "/{id}",
    operation_id="getFamily",
    summary="Get a family, without who it is",
    responses=document(kinds.NOT_FOUND),
)
async def get_family(id: Id, caller: Officer, session: SessionOf, request: Request) -> FamilyOut:
    """Its region, submissions, consents, and whether it is restricted."""
    return await finding.read_family(session, caller, id, catalogue=catalogue_of(request))


@router.post(
    "/{id}/identifications",
    operation_id="createIdentification",
    summary="State why a family must be identified",
    status_code=201,
    responses=document(*_BODY, kinds.NOT_FOUND),
    openapi_extra=describe_body(IdentificationIn),
)
async def create_identification(id: Id, caller: Officer, request: Request) -> IdentificationOut:
    """Opens the family's identity to this caller, and to nobody else, until `expires_at`."""
    content = await read_json(request)
    async with open_session(request) as session:
        return await identifying.state_purpose(session, caller, id, content)


@router.get(
    "/{id}/identity",
    operation_id="getIdentity",
    summary="Read who a family is",
    responses=document(kinds.NOT_FOUND, kinds.IDENTIFICATION_NEEDED, kinds.IDENTITY_UNREADABLE),
)
async def get_identity(id: Id, caller: Officer, session: SessionOf, request: Request) -> IdentityOut:
    """Names, NIK, No KK and address, as told. Needs a purpose that this caller stated and whose time is not over;
    every reading is put on record with it."""
    return await identifying.read_identity(session, caller, id, vault=vault_of(request))
