"""Regions: load an edition, find one, list a part of the tree."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from app import problems
from app.models import Region, RegionEdition
from app.problems import Problem
from app.regions import COUNTRY, Edition, digest_of, dot, read_edition, zone_of
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
        await session.execute(delete(Region).where(Region.edition == edition.code))  # type: ignore[arg-type]
        await session.delete(stored)
        await session.flush()
    await session.execute(
        update(RegionEdition)
        .where(RegionEdition.valid_to.is_(None))  # type: ignore[union-attr]
        .where(RegionEdition.valid_from < edition.valid_from)  # type: ignore[arg-type]
        .values(valid_to=edition.valid_from - timedelta(days=1))
    )
    session.add(
        RegionEdition(
            code=edition.code,
            decree=edition.decree,
            valid_from=edition.valid_from,
            valid_to=edition.valid_to,
            source=edition.source,
            digest=digest,
        )
    )
    await session.flush()
    raw = await (await session.connection()).get_raw_connection()
    await raw.driver_connection.copy_records_to_table(  # type: ignore[union-attr]
        "region",
        records=[
            (each.code, edition.code, each.name, each.level, each.kind, each.parent, each.bps_code) for each in regions
        ],
        columns=["code", "edition", "name", "level", "kind", "parent", "bps_code"],
    )
    return len(regions)


def _in_force() -> "select[tuple[Region, RegionEdition]]":  # type: ignore[type-arg]
    return (
        select(Region, RegionEdition)
        .join(RegionEdition, RegionEdition.code == Region.edition)  # type: ignore[arg-type]
        .where(RegionEdition.valid_to.is_(None))  # type: ignore[union-attr]
    )


async def find_region(session: AsyncSession, code: str) -> RegionOut:
    """One region of the edition in force; raises not-found."""
    found = (await session.execute(_in_force().where(Region.code == code))).one_or_none()  # type: ignore[arg-type]
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
    query = _in_force().order_by(Region.code).limit(limit + 1)  # type: ignore[arg-type]
    if level is not None:
        query = query.where(Region.level == level)  # type: ignore[arg-type]
    if level is None and q is None:
        query = query.where(Region.parent == parent)  # type: ignore[arg-type]
    elif parent != COUNTRY:
        query = query.where(Region.code.startswith(parent), Region.code != parent)  # type: ignore[attr-defined]
    if q is not None:
        query = query.where(func.lower(Region.name).contains(q.lower(), autoescape=True))
    if cursor is not None:
        query = query.where(Region.code > cursor)  # type: ignore[arg-type]
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
        level=region.level,  # type: ignore[arg-type]
        kind=region.kind,
        parent=region.parent,
        bps_code=region.bps_code,
        time_zone=zone_of(region.code),
        edition=edition.code,
        valid_from=edition.valid_from,
        valid_to=edition.valid_to,
    )
