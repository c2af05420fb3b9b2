"""Identifications: a caller's stated purpose, which opens one family's identity to that caller for some minutes.

The only writer of `identification`. Every stated purpose and every reading is audited.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Family, Identification


async def add_identification(
    session: AsyncSession, family: Family, caller_id: UUID, *, purpose: str, minutes: int
) -> Identification:
    """Opens a locked family's identity to a caller, from now for so many minutes."""
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
    """The caller's identification of the family that lasts longest; None where none is live."""
    query = select(Identification).where(
        col(Identification.family_id) == family_id,
        col(Identification.caller_id) == caller_id,
        col(Identification.expires_at) > datetime.now(UTC),
    )
    live: Identification | None = await session.scalar(query.order_by(col(Identification.expires_at).desc()).limit(1))
    return live


async def move_identifications(session: AsyncSession, family_id: UUID, region: str) -> None:
    """Has them follow their family to another village."""
    await session.execute(
        update(Identification).where(col(Identification.family_id) == family_id).values(region=region)
    )
