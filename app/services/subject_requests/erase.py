"""Erases a family: who it is, what it answered, what it agreed to. Its open requests end with it."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import SubjectRequest
from app.schemas.aggregates.affected import AffectedOut
from app.services.aggregates.sums import take_all_out
from app.services.audit.record import record
from app.services.families.families import delete_family
from app.services.intake.submission_row import erase_rows, submissions_of
from app.services.subject_requests.clock import close_request
from app.services.subject_requests.fulfilment import Fulfilment, refuse_members


async def erase_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Deletes all of a family but its random id in requests and the audit log (UU 27/2022 art. 8, 43).

    The ids of its submissions are kept: a device that sends one again is told, and nothing of it is stored.
    """
    refuse_members(work.content)
    family = work.family
    submissions = await submissions_of(session, family)
    counted = [] if family.restricted_at is not None else submissions
    affected = await take_all_out(counted, work.catalogue).store(session)
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
        affected=[each.model_dump(mode="json") for each in affected],
    )
    return affected


async def _end_requests(session: AsyncSession, caller: Caller, served: SubjectRequest) -> None:
    """Ends what else the family asked for, as nothing is left that it could be done with."""
    query = select(SubjectRequest).where(
        col(SubjectRequest.family_id) == served.family_id,
        col(SubjectRequest.status) == "open",
        col(SubjectRequest.id) != served.id,
    )
    for request in list(await session.scalars(query.order_by(col(SubjectRequest.id)).with_for_update())):
        await close_request(session, caller, request, status="refused", reason="family_erased")
