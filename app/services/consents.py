"""Consents of a family: record one that was given outside of a submission, list them, take one back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app import problems
from app.audit import record
from app.models import Consent, Family
from app.problems import Problem
from app.rights.bodies import LAW_FROM, read_dated
from app.rights.families import lock_family
from app.rights.requests import add_request, consent_out, request_out
from app.schemas.consent import ConsentOut, ConsentsOut, WithdrawalIn, WithdrawnOut
from app.schemas.submission import ConsentIn
from app.security import Caller

_FIRST: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before it nobody was surveyed: a consent that is older has a wrong date."""


async def list_consents(session: AsyncSession, caller: Caller, family_id: UUID) -> ConsentsOut:
    """All of a family; not-found also where it lies outside the caller's regions."""
    family = await _family(session, caller, family_id)
    query = select(Consent).where(col(Consent.family_id) == family.id)
    query = query.order_by(col(Consent.given_at), col(Consent.id))
    await record(session, caller, "family.read", region=family.region, subject=f"family:{family.id}")
    return ConsentsOut(items=[consent_out(each) for each in await session.scalars(query)])


async def give_consent(
    session: AsyncSession, caller: Caller, family_id: UUID, content: Mapping[str, Any], *, latest: datetime
) -> ConsentOut:
    """Records a consent; raises faults and not-found."""
    body = read_dated(content, ConsentIn, moment="given_at", earliest=_FIRST, latest=latest)
    family = await _family(session, caller, family_id)
    consent = Consent(
        id=uuid4(),
        family_id=family.id,
        region=family.region,
        version=body.version,
        channel=body.channel,
        given_at=body.given_at.astimezone(UTC),
        recorded_at=datetime.now(UTC),
        recorded_by=UUID(caller.id),
    )
    session.add(consent)
    await session.flush()
    after = {"version": consent.version, "channel": consent.channel, "given_at": consent.given_at.isoformat()}
    await _record(session, caller, "consent.give", consent, after=after)
    return consent_out(consent)


async def withdraw_consent(
    session: AsyncSession,
    caller: Caller,
    family_id: UUID,
    consent_id: UUID,
    *,
    content: Mapping[str, Any],
    latest: datetime,
) -> WithdrawnOut:
    """Takes a consent back and opens a request to restrict the family, whose clock began when it was received.

    Raises faults, not-found and consent-withdrawn.
    """
    body = read_dated(content, WithdrawalIn, moment="received_at", earliest=LAW_FROM, latest=latest)
    family = await _family(session, caller, family_id)
    query = select(Consent).where(col(Consent.id) == consent_id, col(Consent.family_id) == family.id)
    consent: Consent | None = await session.scalar(query.with_for_update())
    if consent is None:
        raise Problem(problems.NOT_FOUND)
    if consent.withdrawn_at is not None:
        raise Problem(problems.CONSENT_WITHDRAWN, withdrawn_at=consent.withdrawn_at.isoformat())
    consent.withdrawn_at = body.received_at.astimezone(UTC)
    await session.flush()
    after = {"withdrawn_at": consent.withdrawn_at.isoformat()}
    await _record(session, caller, "consent.withdraw", consent, before={"withdrawn_at": None}, after=after)
    request = await add_request(
        session, caller, family, kind="restrict", channel=body.channel, received_at=body.received_at
    )
    return WithdrawnOut(consent=consent_out(consent), request=request_out(request))


async def _family(session: AsyncSession, caller: Caller, id: UUID) -> Family:
    """The family, which nobody erases or restricts meanwhile."""
    family = await lock_family(session, id, caller=caller, shared=True)
    if family is None:
        raise Problem(problems.NOT_FOUND)
    return family


async def _record(session: AsyncSession, caller: Caller, kind: str, consent: Consent, **change: Any) -> None:
    subject = f"family:{consent.family_id}"
    await record(session, caller, kind, region=consent.region, subject=subject, consent=str(consent.id), **change)
