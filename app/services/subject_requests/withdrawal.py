"""Withdraws a family's consent, which opens a subject request to restrict the family."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.problems import Problem, kinds
from app.schemas.dated import read_dated
from app.schemas.subject_requests.withdrawal import WithdrawalIn, WithdrawnOut
from app.services.families.consents import consent_out, lock_consent, mark_withdrawn
from app.services.families.families import hold_family
from app.services.subject_requests.subject_requests import LAW_FROM, add_request, request_out


async def withdraw_consent(
    session: AsyncSession,
    caller: Caller,
    family_id: UUID,
    consent_id: UUID,
    *,
    content: Mapping[str, Any],
    latest: datetime,
) -> WithdrawnOut:
    """Withdraws a consent and opens a subject request to restrict the family.

    The clock began when the withdrawal was received. Raises faults, not-found and consent-withdrawn.
    """
    body = read_dated(content, WithdrawalIn, moment="received_at", earliest=LAW_FROM, latest=latest)
    family = await hold_family(session, family_id, caller=caller)
    consent = await lock_consent(session, family, consent_id)
    if consent is None:
        raise Problem(kinds.NOT_FOUND)
    if consent.withdrawn_at is not None:
        raise Problem(kinds.CONSENT_WITHDRAWN, withdrawn_at=consent.withdrawn_at.isoformat())
    await mark_withdrawn(session, caller, consent, body.received_at)
    request = await add_request(
        session, caller, family, kind="restrict", channel=body.channel, received_at=body.received_at
    )
    return WithdrawnOut(consent=consent_out(consent), request=request_out(request))
