"""Which regions are in force. Today's rule: those of the latest edition, whose `valid_to` is null."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Region, RegionEdition
from app.platform.database import Connection
from app.platform.sql import Statement

REGIONS_IN_FORCE: Final = """
region JOIN region_edition ON region_edition.code = region.edition AND region_edition.valid_to IS NULL
"""
"""Statement part, to select from: the regions in force, with their edition."""

_IS_VILLAGE: Final = Statement(
    "SELECT EXISTS (SELECT FROM {regions} WHERE region.code = :code AND region.level = 'village')",
    regions=REGIONS_IN_FORCE,
)


def select_in_force() -> Select[Region, RegionEdition]:
    """The same as an ORM query."""
    return (
        select(Region, RegionEdition)
        .join(RegionEdition, col(RegionEdition.code) == col(Region.edition))
        .where(col(RegionEdition.valid_to).is_(None))
    )


async def find_in_force(session: AsyncSession, codes: Collection[str]) -> dict[str, Region]:
    """Those of the codes that are in force, with their regions."""
    found = await session.execute(select_in_force().where(col(Region.code).in_(codes)))
    return {region.code: region for region, _ in found}


async def is_village_in_force(connection: Connection, code: str) -> bool:
    return bool(await connection.fetchval(*_IS_VILLAGE.bind(code=code)))
