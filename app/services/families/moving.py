"""Moves a family to another village with everything that hangs on it, after a correction of its region."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.models import Family
from app.services.families.consents import move_consents
from app.services.families.earlier_identities import move_earlier
from app.services.families.families import set_region
from app.services.families.identifications import move_identifications
from app.services.families.identities import move_identity


async def move_family(session: AsyncSession, family: Family, region: str) -> None:
    """Moves a locked family to another village, with its identities, consents and identifications.

    Its keys follow with `set_keys`, and its subject requests with `move_requests`.
    """
    await set_region(session, family, region)
    for move in (move_identity, move_earlier, move_consents, move_identifications):
        await move(session, family.id, region)
