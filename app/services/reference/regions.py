"""Loads editions of regions, finds a region, and lists a part of their tree.

The only writer of `region` and `region_edition`.
"""

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app.models import Region, RegionEdition
from app.platform.cursors import read_code
from app.platform.database import raw_connection
from app.problems import Problem, kinds
from app.regions.codes import COUNTRY, dot, level_of, subtree_of
from app.regions.editions import EDITIONS, Edition, digest_of, read_edition
from app.regions.local_time import zone_of
from app.schemas.reference.region import Level, RegionOut
from app.schemas.shapes import Page
from app.services.reference.regions_in_force import select_in_force


async def load_shipped_regions(session: AsyncSession) -> dict[str, int]:
    """Loads all shipped editions. Returns by code what `load_regions` returns."""
    return {each.code: await load_regions(session, each) for each in EDITIONS}


async def load_regions(session: AsyncSession, edition: Edition) -> int:
    """Loads an edition from its file. Returns the number of regions written, or 0 if the edition is stored already."""
    digest = digest_of(edition)
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("load_regions"))))
    stored = await session.get(RegionEdition, edition.code)
    if stored is not None and stored.digest == digest:
        return 0
    _, regions = read_edition(edition)
    if stored is not None:
        await session.execute(delete(Region).where(col(Region.edition) == edition.code))
        await session.delete(stored)
        await session.flush()
    session.add(
        RegionEdition(
            code=edition.code,
            decree=edition.decree,
            valid_from=edition.valid_from,
            source=edition.source,
            digest=digest,
        )
    )
    await session.flush()
    # Each edition ends the day before the next one begins, no matter in which order they are loaded.
    later = aliased(RegionEdition)
    following = select(func.min(later.valid_from)).where(col(later.valid_from) > RegionEdition.valid_from)
    await session.execute(update(RegionEdition).values(valid_to=following.scalar_subquery() - 1))
    connection = await raw_connection(session)
    await connection.copy_records_to_table(
        "region",
        records=[
            (each.code, edition.code, each.name, each.level, each.kind, each.parent, each.bps_code) for each in regions
        ],
        columns=["code", "edition", "name", "level", "kind", "parent", "bps_code"],
    )
    return len(regions)


async def find_region(session: AsyncSession, code: str) -> RegionOut:
    """Returns a region of the edition in force. Raises not-found."""
    found = (await session.execute(select_in_force().where(col(Region.code) == code))).one_or_none()
    if found is None:
        raise Problem(kinds.NOT_FOUND)
    return _out(*found)


async def list_regions(
    session: AsyncSession,
    *,
    parent: str,
    level: Level | None,
    q: str | None,
    limit: int,
    cursor: str | None,
) -> Page[RegionOut]:
    """Returns a page of the regions below `parent`, by code.

    With `level` or `q`, they lie anywhere below it. Without both, they are its children only. `q` is a part of a name,
    in small or capital letters. An unknown parent has nothing below it.
    """
    query = select_in_force().order_by(col(Region.code)).limit(limit + 1)
    if level is not None:
        query = query.where(col(Region.level) == level)
    if level is None and q is None:
        query = query.where(col(Region.parent) == parent)
    elif parent != COUNTRY:
        first, end = subtree_of(parent)
        query = query.where(col(Region.code) > first, col(Region.code) < end)
    if q is not None:
        query = query.where(func.lower(col(Region.name)).contains(q.lower(), autoescape=True))
    if cursor is not None:
        query = query.where(col(Region.code) > read_code(cursor))
    rows = (await session.execute(query)).all()
    return await Page[RegionOut].of(rows, limit, shape=lambda row: _out(*row), cursor=lambda row: row[0].code)


def _out(region: Region, edition: RegionEdition) -> RegionOut:
    return RegionOut(
        code=region.code,
        dotted=dot(region.code),
        name=region.name,
        level=level_of(region.code),
        kind=region.kind,
        parent=region.parent,
        bps_code=region.bps_code,
        time_zone=zone_of(region.code),
        edition=edition.code,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
    )
