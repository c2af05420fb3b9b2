"""Consents, each with the text's version, the time and the channel. The only writer of `consent`.

To withdraw a consent is a subject request (`app/services/subject_requests/withdrawal.py`).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Consent, Family
from app.platform.encryption import Vault
from app.schemas.dated import read_dated
from app.schemas.families.consent import ConsentIn, ConsentOut, ConsentsOut
from app.services.audit.queue import record
from app.services.families.families import hold_family

AGREE: Final = """
INSERT INTO consent (id, family_id, region, version, channel, given_at, recorded_at, recorded_by)
SELECT gen_random_uuid(), family_id, region, consent_version, consent_channel, consent_given_at, received_at, sent_by
FROM taken WHERE consent_version IS NOT NULL
"""
"""Statement part that stores the consents that came with `taken` submissions."""


async def list_consents(session: AsyncSession, caller: Caller, family_id: UUID) -> ConsentsOut:
    """Returns all consents of a family. Raises not-found also for a family outside the caller's regions."""
    family = await hold_family(session, family_id, caller=caller)
    await record(session, caller, "family.read", region=family.region, subject=f"family:{family.id}")
    return ConsentsOut(items=await consents_of(session, family.id))


async def give_consent(
    session: AsyncSession,
    caller: Caller,
    family_id: UUID,
    content: Mapping[str, Any],
    *,
    latest: datetime,
    vault: Vault,
) -> ConsentOut:
    """Records a consent from a body of shape ConsentIn. Raises faults and not-found."""
    body = read_dated(content, ConsentIn, moment="given_at", latest=latest)
    family = await hold_family(session, family_id, caller=caller)
    return consent_out(await add_consent(session, caller, family, body, vault=vault))


def agree_columns(consent: ConsentIn | None) -> tuple[str | None, str | None, datetime | None]:
    """Returns version, channel and time of a consent for `AGREE`, None without one."""
    return (None, None, None) if consent is None else (consent.version, consent.channel, consent.given_at)


async def add_consent(
    session: AsyncSession,
    caller: Caller,
    family: Family,
    body: ConsentIn,
    *,
    vault: Vault,
    at: datetime | None = None,
) -> Consent:
    """Records and audits a consent of a locked family, `at` a moment or now."""
    consent = Consent(
        id=uuid4(),
        family_id=family.id,
        region=family.region,
        version=body.version,
        channel=body.channel,
        given_at=body.given_at.astimezone(UTC),
        recorded_at=datetime.now(UTC) if at is None else at,
        recorded_by=UUID(caller.id),
    )
    session.add(consent)
    await session.flush()
    after = {
        "version_mark": vault.consent_marks(family.id, consent.version)[0],
        "channel": consent.channel,
        "given_at": consent.given_at.isoformat(),
    }
    await _record(session, caller, "consent.give", consent, after=after)
    return consent


async def mark_withdrawn(session: AsyncSession, caller: Caller, consent: Consent, at: datetime) -> None:
    """Marks a locked consent as withdrawn, and audits that."""
    consent.withdrawn_at = at.astimezone(UTC)
    await session.flush()
    after = {"withdrawn_at": consent.withdrawn_at.isoformat()}
    await _record(session, caller, "consent.withdraw", consent, before={"withdrawn_at": None}, after=after)


async def lock_consent(session: AsyncSession, family: Family, id: UUID) -> Consent | None:
    """Returns a consent of the family, locked until the transaction ends, or None."""
    query = select(Consent).where(col(Consent.id) == id, col(Consent.family_id) == family.id)
    consent: Consent | None = await session.scalar(query.with_for_update())
    return consent


async def consents_of(session: AsyncSession, family_id: UUID) -> list[ConsentOut]:
    """Returns all consents of a family, the oldest first, including withdrawn ones."""
    query = select(Consent).where(col(Consent.family_id) == family_id)
    query = query.order_by(col(Consent.given_at), col(Consent.id))
    return [consent_out(each) for each in await session.scalars(query)]


async def move_consents(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Moves a family's consents to the village that the family moves to."""
    await session.execute(update(Consent).where(col(Consent.family_id) == family_id).values(region=region))


async def move_consents_to(
    session: AsyncSession, family_id: UUID, other: Family, *, received_at: Sequence[datetime]
) -> None:
    """Moves the consents that came with a family's submissions, received at these moments, to another family."""
    change = update(Consent).where(col(Consent.family_id) == family_id, col(Consent.recorded_at).in_(received_at))
    change = change.values(family_id=other.id, region=other.region)
    await session.execute(change.execution_options(synchronize_session=False))


async def has_consent(session: AsyncSession, family_id: UUID, body: ConsentIn) -> bool:
    """Whether a consent of the family is recorded with the same version, channel and time, also if it was withdrawn."""
    same = select(col(Consent.id)).where(
        col(Consent.family_id) == family_id,
        col(Consent.version) == body.version,
        col(Consent.channel) == body.channel,
        col(Consent.given_at) == body.given_at.astimezone(UTC),
    )
    return await session.scalar(same.limit(1)) is not None


def consent_out(consent: Consent) -> ConsentOut:
    return ConsentOut(family=consent.family_id, **consent.model_dump(exclude={"family_id", "region"}))


async def _record(session: AsyncSession, caller: Caller, kind: str, consent: Consent, **change: Any) -> None:
    subject = f"family:{consent.family_id}"
    await record(session, caller, kind, region=consent.region, subject=subject, consent=str(consent.id), **change)
