"""The round that an interview belongs to, by its village, instrument and day. The only reader of it for intake."""

from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import RoundVillage

ROUND_OF_GIVEN: Final = """
SELECT round_village.late_from <= now() AS late, round_village.settled_at IS NOT NULL AS settled FROM round_village
WHERE round_village.region = given.region AND round_village.instrument = given.instrument
AND round_village.opens_at <= given.surveyed_at AND round_village.ends_at > given.surveyed_at
ORDER BY round_village.opens_at DESC LIMIT 1
"""
"""Statement part with the round of what is `given`, and whether it is late and the round settled."""


class RoundState(NamedTuple):
    """Whether a round is closed in a village, and whether it is settled there."""

    closed: bool
    settled: bool


async def find_round(session: AsyncSession, region: str, instrument: str, surveyed_at: datetime) -> RoundState | None:
    """Returns the state of the round that an interview belongs to, or None if it belongs to none."""
    closed: Any = col(RoundVillage.late_from) <= func.now()
    query = select(closed, col(RoundVillage.settled_at).is_not(None)).where(
        col(RoundVillage.region) == region,
        col(RoundVillage.instrument) == instrument,
        col(RoundVillage.opens_at) <= surveyed_at,
        col(RoundVillage.ends_at) > surveyed_at,
    )
    found = (await session.execute(query.order_by(col(RoundVillage.opens_at).desc()).limit(1))).one_or_none()
    return None if found is None else RoundState(*found)
