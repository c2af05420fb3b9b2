"""Lists a family's consents, and records one that was given outside of an interview.

Withdrawing a consent is a subject request: `app/services/subject_requests/withdrawal.py`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.schemas.dated import read_dated
from app.schemas.families.consent import ConsentIn, ConsentOut, ConsentsOut
from app.services.audit.record import record
from app.services.families.consents import add_consent, consent_out, consents_of
from app.services.families.families import hold_family

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Nobody was surveyed earlier: an older consent has a wrong date."""


async def list_consents(session: AsyncSession, caller: Caller, family_id: UUID) -> ConsentsOut:
    """All of a family; not-found also where it lies outside the caller's regions."""
    family = await hold_family(session, family_id, caller=caller)
    await record(session, caller, "family.read", region=family.region, subject=f"family:{family.id}")
    return ConsentsOut(items=await consents_of(session, family.id))


async def give_consent(
    session: AsyncSession, caller: Caller, family_id: UUID, content: Mapping[str, Any], *, latest: datetime
) -> ConsentOut:
    """Records a consent; raises faults and not-found."""
    body = read_dated(content, ConsentIn, moment="given_at", earliest=_FIRST, latest=latest)
    family = await hold_family(session, family_id, caller=caller)
    return consent_out(await add_consent(session, caller, family, body))
