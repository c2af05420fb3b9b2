"""Reads the profile of a region and year, and those of the regions below one.

It puts side by side what other services give to the same caller. So nothing is computed twice, and what they hide is
hidden here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import raw_connection
from app.schemas.aggregates.aggregate import AggregateOut, AggregateRowOut
from app.schemas.aggregates.basis import Basis
from app.schemas.aggregates.fields import FieldName
from app.schemas.profiles.profile import ProfileOut
from app.schemas.reference.region import Level
from app.schemas.shapes import Page
from app.schemas.statistics.figure import FigureOut
from app.scoring.versions import Versions
from app.services.aggregates.reading import Below, read_aggregate, read_below
from app.services.aggregates.released import ReleasedBelow, Wanted
from app.services.statistics.case_reading import ReadReport, read_latest_cases
from app.services.statistics.context_reading import find_context
from app.turns import in_turns

_FIELDS: tuple[FieldName, ...] = ("indicators",)
"""The names and shares of the weak indicators."""


async def read_profile(
    session: AsyncSession,
    caller: Caller,
    region: str,
    *,
    year: int,
    versions: Versions,
    basis: Basis | None = None,
    release: Wanted = None,
) -> ProfileOut:
    """Returns the profile of a region and year. Raises not-found and region-outside-caller."""
    connection = await raw_connection(session)
    aggregate = await read_aggregate(
        connection, region, year=year, caller=caller, versions=versions, basis=basis, release=release
    )
    return await put_beside(session, caller, aggregate)


async def put_beside(session: AsyncSession, caller: Caller, aggregate: AggregateOut) -> ProfileOut:
    """Returns the profile with an aggregate that was read for the same caller."""
    region, year = aggregate.region.code, aggregate.year
    context = await find_context(await raw_connection(session), caller, [region], year)
    cases = await read_latest_cases(session, caller, [region], year)
    return ProfileOut.of(aggregate, aggregate.as_of, [each.out() for each in cases[region]], context.get(region, ()))


@dataclass(frozen=True)
class ProfilesBelow:
    """The profiles below a region as they were read, before they are made. Give the session back first."""

    below: Below | ReleasedBelow
    as_of: datetime
    cases: dict[str, list[ReadReport]]
    context: dict[str, list[FigureOut]]

    async def make_page(self) -> Page[ProfileOut]:
        """Returns a page of the profiles, by the code of the region."""
        page = await self.below.make_page()
        return Page[ProfileOut](items=await self._make(page.items), next=page.next)

    async def make_whole(self) -> list[ProfileOut]:
        """Returns all profiles. Raises the fault `table_too_long` if they are too many."""
        return await self._make(await self.below.make_whole())

    async def _make(self, rows: Sequence[AggregateRowOut]) -> list[ProfileOut]:
        return [self._of(row) async for row in in_turns(rows)]

    def _of(self, row: AggregateRowOut) -> ProfileOut:
        code = row.region.code
        reports = [each.out() for each in self.cases[code]]
        return ProfileOut.of(row, self.as_of, reports, self.context.get(code, ()))


async def read_profiles_below(
    session: AsyncSession,
    caller: Caller,
    *,
    parent: str,
    level: Level,
    year: int,
    limit: int | None,
    cursor: str | None,
    versions: Versions,
    now: datetime,
    basis: Basis | None = None,
    release: Wanted = None,
) -> ProfilesBelow:
    """Reads the profiles of the regions of a level below `parent`. Without a limit it is as many as a table may have.

    Raises region-outside-caller.
    """
    connection = await raw_connection(session)
    below = await read_below(
        connection,
        caller,
        parent=parent,
        level=level,
        year=year,
        limit=limit,
        cursor=cursor,
        fields=_FIELDS,
        versions=versions,
        basis=basis,
        release=release,
    )
    codes = below.codes
    context = await find_context(connection, caller, codes, year)
    cases = await read_latest_cases(session, caller, codes, year)
    return ProfilesBelow(below, now, cases, context)
