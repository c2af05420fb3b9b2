"""Passes returned submissions from a kader who has left to another one."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import Person, Submission
from app.platform.database import inside
from app.platform.sql import in_parts
from app.problems import Fault, Problem, kinds, read_shape
from app.regions.codes import lies_in
from app.schemas.reviews.review import HandoverIn, HandoverOut
from app.services.access.grants import areas_given, grants_now
from app.services.audit.queue import record
from app.services.intake.contention import contended_if_held_up
from app.services.intake.submission_table import assign

_SCOPE = "submissions:review"


async def hand_over(session: AsyncSession, caller: Caller, content: Mapping[str, Any]) -> HandoverOut:
    """Lets another kader correct all returned submissions of the caller's area that one was to correct. Audits it.

    All of them pass, or none. Raises faults for somebody who may not send from all their villages, and
    region-outside-caller.
    """
    asked, faults = read_shape(HandoverIn, content)
    if asked is None:
        raise Problem(kinds.FAULTS, faults=faults)
    if asked.region is not None and not caller.holds(_SCOPE, asked.region):
        raise Problem(kinds.FORBIDDEN_REGION)
    if asked.from_person == asked.to_person:
        raise Problem(kinds.FAULTS, faults=[Fault("same_person", pointer="/to")])
    regions = caller.areas.get(_SCOPE, ()) if asked.region is None else [asked.region]
    with contended_if_held_up():
        query = select(col(Submission.id), col(Submission.region)).where(
            func.coalesce(col(Submission.assigned_to), col(Submission.sent_by)) == asked.from_person,
            col(Submission.review) == "returned",
            inside(col(Submission.region), regions),
        )
        # In the order of ids, as whoever locks several of them.
        found = (await session.execute(query.order_by(col(Submission.id)).with_for_update(key_share=True))).all()
        if found:
            await _refuse(session, asked.to_person, {each.region for each in found})
        for part in in_parts([each.id for each in found]):
            await assign(session, part, asked.to_person)
    await record(
        session,
        caller,
        "submission.handover",
        region=span_of(regions),
        subject=f"person:{asked.to_person}",
        person=str(asked.from_person),
        count=len(found),
    )
    return HandoverOut(passed=len(found))


async def _refuse(session: AsyncSession, person: UUID, villages: set[str]) -> None:
    """Raises a fault if the person is not active or may not send from one of the villages."""
    found = await session.get(Person, person)
    area = areas_given(await grants_now(session, person)).get("submissions:write", ())
    active = found is not None and found.disabled_at is None and not found.training
    if not active or any(not lies_in(each, area) for each in villages):
        raise Problem(kinds.FAULTS, faults=[Fault("not_a_kader", pointer="/to")])
