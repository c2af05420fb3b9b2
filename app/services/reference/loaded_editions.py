"""The editions that are loaded, with their days, their counts and their whole lists."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Region, RegionChange, RegionEdition
from app.regions.codes import kind_of, level_of
from app.regions.editions import Edition, ListedRegion


@dataclass(frozen=True, slots=True)
class LoadedEdition:
    """`valid_to` is None for the last edition. `changes` counts what became of old codes on its first day."""

    code: str
    decree: str
    valid_from: date
    valid_to: date | None
    regions: int
    villages: int
    changes: int


async def list_editions(session: AsyncSession) -> list[LoadedEdition]:
    """Returns the loaded editions, the oldest first."""
    villages = func.count().filter(col(Region.level) == "village")
    counting = select(col(Region.edition), func.count(), villages).group_by(col(Region.edition))
    counts = {code: (regions, below) for code, regions, below in await session.execute(counting)}
    changing = select(col(RegionChange.edition), func.count()).group_by(col(RegionChange.edition))
    changes: dict[str, int] = {}
    for code, count in await session.execute(changing):
        changes[code] = count
    return [
        LoadedEdition(
            each.code,
            each.decree,
            each.valid_from,
            each.valid_to,
            *counts.get(each.code, (0, 0)),
            changes.get(each.code, 0),
        )
        for each in await session.scalars(select(RegionEdition).order_by(col(RegionEdition.valid_from)))
    ]


async def edition_before(session: AsyncSession, edition: Edition) -> RegionEdition | None:
    """Returns the last other edition that begins before this one."""
    begins = col(RegionEdition.valid_from)
    query = select(RegionEdition).where(begins < edition.valid_from, col(RegionEdition.code) != edition.code)
    return (await session.scalars(query.order_by(begins.desc()).limit(1))).one_or_none()


async def edition_after(session: AsyncSession, edition: Edition) -> RegionEdition | None:
    """Returns the first other edition that begins after this one."""
    begins = col(RegionEdition.valid_from)
    query = select(RegionEdition).where(begins > edition.valid_from, col(RegionEdition.code) != edition.code)
    return (await session.scalars(query.order_by(begins).limit(1))).one_or_none()


async def read_list(session: AsyncSession, code: str) -> dict[str, ListedRegion]:
    """Returns the regions of an edition by code."""
    columns = (col(Region.code), col(Region.name), col(Region.parent), col(Region.bps_code))
    rows = await session.execute(select(*columns).where(col(Region.edition) == code))
    return {
        each: ListedRegion(each, name, level_of(each), kind_of(each), parent, bps_code)
        for each, name, parent, bps_code in rows
    }
