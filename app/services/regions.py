"""Regions: load an edition, find one, list a part of the tree."""

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from app import problems
from app.database import Connection
from app.models import Region, RegionEdition
from app.problems import Fault, Problem
from app.regions import COUNTRY, Edition, digest_of, dot, level_of, read_edition, undot, zone_of
from app.schemas.region import Level, RegionOut
from app.schemas.shapes import Page


async def load_regions(session: AsyncSession, edition: Edition) -> int:
    """Loads an edition from its file; answers how many regions were written, 0 where it is there already."""
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
    # Whatever the order in which editions are loaded: each ends the day before the next begins.
    later = aliased(RegionEdition)
    following = select(func.min(later.valid_from)).where(col(later.valid_from) > RegionEdition.valid_from)
    await session.execute(update(RegionEdition).values(valid_to=following.scalar_subquery() - 1))
    raw = await (await session.connection()).get_raw_connection()
    connection: Connection = raw.driver_connection
    await connection.copy_records_to_table(
        "region",
        records=[
            (each.code, edition.code, each.name, each.level, each.kind, each.parent, each.bps_code) for each in regions
        ],
        columns=["code", "edition", "name", "level", "kind", "parent", "bps_code"],
    )
    return len(regions)


def _in_force() -> Select[Region, RegionEdition]:
    return (
        select(Region, RegionEdition)
        .join(RegionEdition, col(RegionEdition.code) == col(Region.edition))
        .where(col(RegionEdition.valid_to).is_(None))
    )


async def find_region(session: AsyncSession, code: str) -> RegionOut:
    """One region of the edition in force; raises not-found."""
    found = (await session.execute(_in_force().where(col(Region.code) == code))).one_or_none()
    if found is None:
        raise Problem(problems.NOT_FOUND)
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
    """Regions below `parent`, by code: of one level anywhere below it, else (without q) its children only.

    q: part of a name, whatever the case. An unknown parent has nothing below it.
    """
    if cursor is not None and undot(cursor) != cursor:
        raise Problem(problems.FAULTS, faults=[Fault("bad_cursor", parameter="cursor")])
    query = _in_force().order_by(col(Region.code)).limit(limit + 1)
    if level is not None:
        query = query.where(col(Region.level) == level)
    if level is None and q is None:
        query = query.where(col(Region.parent) == parent)
    elif parent != COUNTRY:
        query = query.where(col(Region.code).startswith(parent), col(Region.code) != parent)
    if q is not None:
        query = query.where(func.lower(col(Region.name)).contains(q.lower(), autoescape=True))
    if cursor is not None:
        query = query.where(col(Region.code) > cursor)
    rows = (await session.execute(query)).all()
    return Page[RegionOut](
        items=[_out(*row) for row in rows[:limit]],
        next=rows[limit - 1][0].code if len(rows) > limit else None,
    )


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
