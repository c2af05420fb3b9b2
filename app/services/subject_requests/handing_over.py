"""Hands a family's export over, and closes its subject request a day after that.

To read an export needs what reading the identity needs: a purpose that this caller stated for this family.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND, Caller
from app.models import Family, SubjectRequest
from app.platform.database import Database
from app.platform.encryption import Vault
from app.problems import Problem, kinds
from app.schemas.aggregates.affected import AffectedOut
from app.schemas.subject_requests.export import FamilyExportOut
from app.scoring.catalogue import Catalogue
from app.services.families.families import lock_family
from app.services.families.identifications import require_identification
from app.services.subject_requests.export import make_export
from app.services.subject_requests.exported_submissions import Part
from app.services.subject_requests.fulfilment import Fulfilment, refuse_members
from app.services.subject_requests.subject_requests import OPENS_FOR, close_request, closed_problem, hand_over, is_over


async def close_export(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Changes nothing, as the export was handed over already (UU 27/2022 art. 32). Raises faults."""
    refuse_members(work.content)
    return []


async def export_family(
    database: Database, caller: Caller, id: UUID, *, part: Part, catalogue: Catalogue, vault: Vault
) -> FamilyExportOut:
    """Returns all of a family for an open subject request to export.

    Raises not-found, request-closed, request-expired, identification-needed and VaultError. Closes a subject request
    whose export was handed over a day ago.
    """
    async with database.session(caller.regions) as session:
        request, family = await _lock_export(session, caller, id)
        if is_over(request):
            await close_request(session, COMMAND, request, status="done")
            whole = None
        else:
            live = await require_identification(session, caller, family)
            await hand_over(session, request)
            whole = await make_export(
                session, caller, request, family, part=part, identification=live, catalogue=catalogue, vault=vault
            )
    if whole is None:
        # Raised after the commit, so that the subject request stays closed.
        raise closed_problem(request)
    return whole


async def _lock_export(session: AsyncSession, caller: Caller, id: UUID) -> tuple[SubjectRequest, Family]:
    """Returns an open subject request to export and its family, both locked."""
    found: SubjectRequest | None = await session.get(SubjectRequest, id)
    if found is None or found.kind != "export":
        raise Problem(kinds.NOT_FOUND)
    family = await lock_family(session, found.family_id, caller=caller, shared=True)
    if family is None:
        raise Problem(kinds.NOT_FOUND)
    request = await session.get_one(SubjectRequest, id, with_for_update=True, populate_existing=True)
    if request.status != "open":
        raise closed_problem(request)
    if request.handed_over_at is None and request.received_at + OPENS_FOR < datetime.now(UTC):
        raise Problem(kinds.REQUEST_EXPIRED, due_at=request.due_at.isoformat())
    return request, family
