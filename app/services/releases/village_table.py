"""Streams the released figures of villages by indicator as CSV, in constant memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

from app.platform.database import Database, area_of
from app.problems import Problem, kinds
from app.protection.plan import Plan
from app.regions.codes import subtree_of
from app.schemas.releases.village_table import COLUMNS, VillageWriter
from app.scoring.catalogue import Catalogue
from app.services.reference.region_refs import find_refs
from app.services.releases.reading import Released, find_made
from app.services.releases.versions import read_page

_AT_ONCE: Final = 100
"""Villages in one part. Other requests have their turn between two."""


async def open_table(database: Database, catalogue: Catalogue, id: UUID, region: str) -> tuple[Released, Plan]:
    """A release that is made, and the plan of its figures. Raises not-found, also for a region that its year lacks."""
    async with database.connection() as connection:
        released = await find_made(connection, id)
        if released is None or not await find_refs(connection, [region], released.year):
            raise Problem(kinds.NOT_FOUND)
    head = catalogue.find(released.instrument, released.version)
    if head is None:
        raise Problem(kinds.NOT_FOUND)
    return released, Plan.of(head.instrument)


async def write_villages(
    database: Database, released: Released, plan: Plan, region: str, area: Sequence[str]
) -> AsyncIterator[bytes]:
    """Yields the table of the villages in a region that have figures of their own, by code."""
    yield (",".join(COLUMNS) + "\r\n").encode()
    writer = VillageWriter(plan)
    first, end = subtree_of(region)
    after: str | None = first
    while after is not None:
        async with database.connection() as connection:
            page, after = await read_page(
                connection,
                plan,
                instrument=released.instrument,
                year=released.year,
                number=released.number,
                after=after,
                end=end,
                limit=_AT_ONCE,
                area=area_of(area),
            )
        yield "".join([writer.write(each.place, each.values, each.read) for each in page]).encode()
        await asyncio.sleep(0)
