"""The regions in force. Today these are the regions of the latest edition, whose `valid_to` is null."""

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
"""Statement part to select from, with the regions in force and their edition."""

_IS_VILLAGE: Final = Statement(
    "SELECT EXISTS (SELECT FROM {regions} WHERE region.code = :code AND region.level = 'village')",
    regions=REGIONS_IN_FORCE,
)


def select_in_force() -> Select[Region, RegionEdition]:
    """Returns the ORM query for the regions in force and their edition."""
    return (
        select(Region, RegionEdition)
        .join(RegionEdition, col(RegionEdition.code) == col(Region.edition))
        .where(col(RegionEdition.valid_to).is_(None))
    )


async def find_in_force(session: AsyncSession, codes: Collection[str]) -> dict[str, Region]:
    """Returns the regions of those codes that are in force, by code."""
    found = await session.execute(select_in_force().where(col(Region.code).in_(codes)))
    return {region.code: region for region, _ in found}


async def is_village_in_force(connection: Connection, code: str) -> bool:
    return bool(await connection.fetchval(*_IS_VILLAGE.bind(code=code)))
