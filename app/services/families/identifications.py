"""Identifications. Each is a stated purpose for which one caller may read one family's identity for some minutes.

The only writer of `identification`. Every stated purpose and every reading is audited.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import Family, Identification
from app.platform.encryption import Vault
from app.problems import Problem, kinds
from app.schemas.families.family import IdentificationIn, IdentificationOut
from app.schemas.families.identity import IdentityOut
from app.services.audit.queue import record
from app.services.families.earlier_identities import show_earlier
from app.services.families.families import find_family, hold_family
from app.services.families.identities import decrypt_identity
from app.services.families.purposes import read_with_purpose


async def state_purpose(
    session: AsyncSession, caller: Caller, id: UUID, content: Mapping[str, Any]
) -> IdentificationOut:
    """Lets this caller read a family's identity for some minutes. Raises faults and not-found."""
    stated, faults = read_with_purpose(content, IdentificationIn)
    if stated is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    # Locked, so that nobody erases the family meanwhile.
    family = await hold_family(session, id, caller=caller)
    identification = await add_identification(
        session, family, UUID(caller.id), purpose=stated.purpose, minutes=stated.minutes
    )
    await record(
        session,
        caller,
        "identification.create",
        region=family.region,
        subject=f"family:{id}",
        identification=str(identification.id),
        purpose=stated.purpose,
        minutes=stated.minutes,
    )
    return IdentificationOut(id=identification.id, family=id, expires_at=identification.expires_at)


async def read_identity(session: AsyncSession, caller: Caller, id: UUID, *, vault: Vault) -> IdentityOut:
    """Returns a family's identity. Raises not-found, identification-needed and VaultError.

    An identification is needed if this caller stated no purpose, or if its time is over.
    """
    family = await find_family(session, caller, id)
    live = await find_live_identification(session, id, UUID(caller.id))
    if live is None:
        raise Problem(kinds.IDENTIFICATION_NEEDED)
    subject, identification = f"family:{id}", str(live.id)
    await record(session, caller, "identity.read", region=family.region, subject=subject, identification=identification)
    identity = await decrypt_identity(session, id, vault)
    earlier = await show_earlier(session, id, vault)
    return IdentityOut.model_validate({**identity, "family": id, "identification": live.id, "earlier": earlier})


async def add_identification(
    session: AsyncSession, family: Family, caller_id: UUID, *, purpose: str, minutes: int
) -> Identification:
    """Lets a caller read a locked family's identity from now on, for the given minutes."""
    now = datetime.now(UTC)
    identification = Identification(
        id=uuid4(),
        family_id=family.id,
        region=family.region,
        caller_id=caller_id,
        purpose=purpose,
        created_at=now,
        expires_at=now + timedelta(minutes=minutes),
    )
    session.add(identification)
    await session.flush()
    return identification


async def find_live_identification(session: AsyncSession, family_id: UUID, caller_id: UUID) -> Identification | None:
    """Returns the caller's identification of the family that lasts longest, or None if none is valid now."""
    query = select(Identification).where(
        col(Identification.family_id) == family_id,
        col(Identification.caller_id) == caller_id,
        col(Identification.expires_at) > datetime.now(UTC),
    )
    live: Identification | None = await session.scalar(query.order_by(col(Identification.expires_at).desc()).limit(1))
    return live


async def drop_identifications(session: AsyncSession, families: Sequence[UUID]) -> None:
    """Deletes the identifications of locked families, with the purposes that were stated."""
    await session.execute(delete(Identification).where(col(Identification.family_id).in_(families)))


async def move_identifications(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Moves a family's identifications to the village that the family moves to."""
    await session.execute(
        update(Identification).where(col(Identification.family_id) == family_id).values(region=region)
    )
