"""Restricts a family, and lifts a restriction.

A restricted family counts in no aggregate, and nobody reads its submissions.
"""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import raw_connection
from app.schemas.aggregates.affected import AffectedOut
from app.services.audit.queue import record
from app.services.families.families import set_restricted
from app.services.intake.counting import settle_counts
from app.services.subject_requests.fulfilment import Fulfilment, refuse_members


async def restrict_family(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Takes a family out of the aggregates (UU 27/2022 art. 40, 41). Changes nothing if it is restricted already."""
    refuse_members(work.content)
    return await _set_restricted(session, caller, work, datetime.now(UTC))


async def lift_restriction(session: AsyncSession, caller: Caller, work: Fulfilment) -> list[AffectedOut]:
    """Counts a family again in the aggregates. Changes nothing if it is not restricted."""
    refuse_members(work.content)
    return await _set_restricted(session, caller, work, None)


async def _set_restricted(
    session: AsyncSession, caller: Caller, work: Fulfilment, since: datetime | None
) -> list[AffectedOut]:
    family = work.family
    before = family.restricted_at
    if (before is None) == (since is None):
        return []
    await set_restricted(session, family, since)
    affected = (await settle_counts(await raw_connection(session), [family.id], work.catalogue)).affected
    await record(
        session,
        caller,
        "family.lift" if since is None else "family.restrict",
        region=family.region,
        subject=f"family:{family.id}",
        request=str(work.request.id),
        before={"restricted_at": before.isoformat() if before is not None else None},
        after={"restricted_at": since.isoformat() if since is not None else None},
        affected=[each.model_dump(mode="json") for each in affected],
    )
    return affected
