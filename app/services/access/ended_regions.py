"""Counts the grants and agencies that name region codes which are about to end. It changes none of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Agency, RoleGrant


@dataclass(frozen=True, slots=True)
class Holders:
    """How many hold one of some codes. `codes` are those that somebody holds."""

    grants: int
    agencies: int
    codes: list[str]


async def count_holders(session: AsyncSession, codes: Collection[str], at: datetime) -> Holders:
    """Returns who holds these very codes at a moment or later, by a grant or as an agency that is not disabled."""
    until = col(RoleGrant.valid_until)
    live = (col(RoleGrant.ended_at).is_(None), or_(until.is_(None), until > at))
    held = list(await session.scalars(select(col(RoleGrant.region)).where(col(RoleGrant.region).in_(codes), *live)))
    agencies = await session.scalars(select(col(Agency.regions)).where(col(Agency.disabled_at).is_(None)))
    named = [found for regions in agencies if (found := set(regions).intersection(codes))]
    return Holders(len(held), len(named), sorted(set(held).union(*named)))
