"""Finds families that count more than once a year, and lets each count once.

Older versions of the service counted every interview. `ikk migrate` runs this until nothing is left to do. It looks at
both bases, although only the sums of reported interviews are as old as that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.access import COMMAND
from app.platform.database import raw_connection
from app.schemas.aggregates.affected import AffectedOut
from app.scoring.catalogue import Catalogue
from app.services.audit.queue import record
from app.services.families.families import lock_families
from app.services.intake.counting import settle_counts

BATCH: Final = 500
# Interviews of people who are kept apart count beside each other, so a family that is found may stay as it is.
_FIND: Final = text("""
SELECT submission.family_id FROM submission JOIN instrument ON instrument.id = submission.instrument_id
WHERE (submission.uncounted IS NULL OR submission.in_approved) AND submission.family_id > :after
GROUP BY submission.family_id, submission.region, submission.year, instrument.code
HAVING count(*) FILTER (WHERE submission.uncounted IS NULL) > 1 OR count(*) FILTER (WHERE submission.in_approved) > 1
ORDER BY submission.family_id LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Settlement:
    """The last family of a batch, after which to go on, or None if nothing was left. The aggregates that changed."""

    last: UUID | None
    affected: Sequence[AffectedOut] = ()


async def settle_batch(session: AsyncSession, catalogue: Catalogue, *, after: UUID, most: int = BATCH) -> Settlement:
    """Locks up to `most` families that count twice, in the order of their ids, and lets each count once. Audits it."""
    found = sorted(set(await session.scalars(_FIND, {"after": after, "most": most})))
    if not found:
        return Settlement(None)
    await lock_families(session, found)
    settled = await settle_counts(await raw_connection(session), found, catalogue)
    if settled.affected:
        affected = [each.model_dump(mode="json") for each in settled.affected]
        await record(session, COMMAND, "submission.settle", affected=affected)
    return Settlement(found[-1], settled.affected)
