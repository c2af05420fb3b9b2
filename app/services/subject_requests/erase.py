"""Erases a family with its identity, answers and consents. Its open subject requests end with it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import SubjectRequest
from app.platform.database import raw_connection
from app.schemas.aggregates.affected import AffectedOut
from app.services.audit.queue import record
from app.services.families.families import delete_family
from app.services.intake.counting import settle_counts
from app.services.intake.submission_table import erase_rows, submissions_of
from app.services.subject_requests.fulfilment import Fulfilment, refuse_members
from app.services.subject_requests.held import erase_held_of
from app.services.subject_requests.subject_requests import close_request


async def erase_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Deletes all of a family (UU 27/2022 art. 8, 43). Returns the aggregates that changed. Raises faults.

    Only its random id remains, in subject requests and the audit log, and so do the ids of its submissions. If a device
    sends one of them again, it learns of the erasure and the service stores nothing.
    """
    refuse_members(work.content)
    family = work.family
    submissions = await submissions_of(session, family)
    affected = (await settle_counts(await raw_connection(session), [], work.catalogue, gone=submissions)).affected
    held = await erase_held_of(session, family, work.vault)
    await erase_rows(session, submissions)
    await _end_requests(session, caller, work.request)
    await delete_family(session, family)
    await record(
        session,
        caller,
        "family.erase",
        region=family.region,
        subject=f"family:{family.id}",
        request=str(work.request.id),
        submissions=[str(each.id) for each in submissions],
        held_found=[str(each) for each in held],
        affected=[each.model_dump(mode="json") for each in affected],
    )
    return affected


async def _end_requests(session: AsyncSession, caller: Caller, served: SubjectRequest) -> None:
    """Refuses the family's other open subject requests, as nothing is left with which to serve them."""
    query = select(SubjectRequest).where(
        col(SubjectRequest.family_id) == served.family_id,
        col(SubjectRequest.status) == "open",
        col(SubjectRequest.id) != served.id,
    )
    for request in list(await session.scalars(query.order_by(col(SubjectRequest.id)).with_for_update())):
        await close_request(session, caller, request, status="refused", reason="family_erased")
