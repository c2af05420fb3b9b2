"""Identifying a family: a caller states a purpose, then reads the identity. Both are audited."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.vault import Vault
from app.problems import Problem, kinds
from app.schemas.families.family import IdentificationIn, IdentificationOut
from app.schemas.families.identity import IdentityOut
from app.services.audit.record import record
from app.services.families.families import hold_family
from app.services.families.finding import find_family
from app.services.families.identifications import add_identification, find_live_identification
from app.services.families.identities import decrypt_identity
from app.services.families.purposes import read_with_purpose


async def state_purpose(
    session: AsyncSession, caller: Caller, id: UUID, content: Mapping[str, Any]
) -> IdentificationOut:
    """Opens a family's identity to this caller for some minutes; raises faults and not-found."""
    stated, faults = read_with_purpose(content, IdentificationIn)
    if stated is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    # Held, so that nobody erases it meanwhile.
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
    """A family's identity; raises identification-needed where this caller stated no purpose, or its time is over."""
    family = await find_family(session, caller, id)
    live = await find_live_identification(session, id, UUID(caller.id))
    if live is None:
        raise Problem(kinds.IDENTIFICATION_NEEDED)
    subject, identification = f"family:{id}", str(live.id)
    await record(session, caller, "identity.read", region=family.region, subject=subject, identification=identification)
    identity = await decrypt_identity(session, id, vault)
    return IdentityOut.model_validate({**identity, "family": id, "identification": live.id})
