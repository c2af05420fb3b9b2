"""Reads the villages of all editions from a past year to today, for `app.regions.restating`."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.models import Region, RegionChange
from app.regions.lineage import Change, LineageKind
from app.regions.restating import Listing
from app.services.reference.regions_in_force import EditionDays, read_editions

_KINDS: dict[str, LineageKind] = {"split": "split", "merge": "merge", "recode": "recode", "rename": "rename"}


@dataclass(frozen=True, slots=True)
class Listings:
    """The editions from a year's first to today's, with their changes. `in_year` of them were in force in the year."""

    editions: tuple[Listing, ...]
    changes: tuple[Change, ...]
    in_year: int


async def read_listings(session: AsyncSession, year: int, today: date) -> Listings | None:
    """Returns the editions from the first one of a year up to the one in force today. None if none is loaded.

    A year after today has today's edition only. The national list has 84,000 villages, so what follows is for threads.
    """
    until = [each for each in await read_editions(session) if each.first_day <= today]
    if not until:
        return None
    chosen = [each for each in until if each.last_day >= date(year, 1, 1)] or until[-1:]
    codes = [each.code for each in chosen]
    grouped = (
        select(col(Region.edition), func.array_agg(col(Region.code)))
        .where(col(Region.edition).in_(codes), col(Region.level) == "village")
        .group_by(col(Region.edition))
    )
    villages = {edition: frozenset(found) for edition, found in await session.execute(grouped)}
    listings = tuple(Listing(each.valid_from, villages.get(each.code, frozenset())) for each in chosen)
    in_year = sum(each.first_day <= date(year, 12, 31) for each in chosen)
    return Listings(listings, await _changes(session, chosen[1:]), max(in_year, 1))


async def _changes(session: AsyncSession, editions: list[EditionDays]) -> tuple[Change, ...]:
    days = {each.code: each.valid_from for each in editions}
    query = select(RegionChange).where(col(RegionChange.edition).in_(days))
    rows = await session.scalars(
        query.order_by(col(RegionChange.edition), col(RegionChange.old), col(RegionChange.new))
    )
    return tuple(Change(days[each.edition], each.old, each.new, _KINDS[each.kind]) for each in rows)
