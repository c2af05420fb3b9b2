"""Erases a family: who it is, what it answered, what it agreed to. Its open requests end with it."""

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.audit import record
from app.models import ErasedSubmission, Family, SubjectRequest, Submission
from app.rights.bodies import refuse_members
from app.rights.families import Fulfilment, submissions_of
from app.rights.requests import close_request
from app.rights.sums import add_to_sums, without
from app.schemas.subject_request import AffectedOut
from app.security import Caller


async def erase_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Deletes all of a family but its random id in requests and the audit log (UU 27/2022 art. 8, 43).

    The ids of its submissions are kept: a device that sends one again is told, and nothing of it is stored.
    """
    refuse_members(work.content)
    family = work.family
    submissions = await submissions_of(session, family)
    counted = [] if family.restricted_at is not None else submissions
    affected = await add_to_sums(session, without(counted, work.catalogue), work.catalogue)
    if submissions:
        now = datetime.now(UTC)
        await session.execute(insert(ErasedSubmission), [{"id": each.id, "erased_at": now} for each in submissions])
        await session.execute(delete(Submission).where(col(Submission.family_id) == family.id))
    await _end_requests(session, caller, work.request)
    # Last, as it waits for whoever is just adding a key or a consent. Those, and the identity, go with the family.
    await session.execute(delete(Family).where(col(Family.id) == family.id))
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
