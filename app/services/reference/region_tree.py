"""Finds a region by any code that an edition ever had, and lists a part of the tree on a day."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import case, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.folding import APOSTROPHES, HYPHENS
from app.models import Region, RegionChange
from app.platform.cursors import read_code
from app.problems import Problem, kinds
from app.regions.codes import COUNTRY, dot, level_of, subtree_of
from app.regions.local_time import local_day, zone_of
from app.schemas.reference.region import Level, RegionOut, RelativeOut
from app.schemas.shapes import Page
from app.services.reference.regions_in_force import EditionDays, read_editions

_PLAIN_NAME: Final = func.translate(
    col(Region.name), APOSTROPHES + HYPHENS, "'" * len(APOSTROPHES) + "-" * len(HYPHENS)
)
# Nearly all names are ASCII, and need no more than this. Folding every name as a whole takes ten times as long.
_IN_ASCII: Final = func.octet_length(col(Region.name)) == func.char_length(col(Region.name))
# A loaded name is printable, so it holds no other blanks and nothing invisible.
_FOLDED_NAME: Final = func.replace(
    func.lower(
        case(
            (_IN_ASCII, func.replace(col(Region.name), "`", "'")),
            else_=func.normalize(_PLAIN_NAME, literal_column("NFKC")),
        )
    ),
    "  ",
    " ",
)
"""The name as `fold` folds it."""


async def find_region(session: AsyncSession, code: str, *, on: date | None, now: datetime) -> RegionOut:
    """Returns a region as it was on a day, by default today. Raises not-found if no edition lists the code.

    A region that was not in force then is returned as it last was before, or else as it first was after.
    """
    day = on or local_day(now, code)
    editions = {each.code: each for each in await read_editions(session)}
    rows = list(await session.scalars(select(Region).where(col(Region.code) == code)))
    if not rows:
        raise Problem(kinds.NOT_FOUND)
    rows.sort(key=lambda each: editions[each.edition].first_day)
    begun = [each for each in rows if editions[each.edition].first_day <= day]
    chosen = begun[-1] if begun else rows[0]
    return (await _shaping(session, [chosen], list(editions.values())))(chosen)


async def list_regions(
    session: AsyncSession,
    *,
    parent: str,
    level: Level | None,
    q: str | None,
    on: date | None,
    now: datetime,
    limit: int,
    cursor: str | None,
) -> Page[RegionOut]:
    """Returns a page of the regions below `parent` that were in force on a day, by default today, by code.

    With `level` or `q`, they lie anywhere below it. Without both, they are its children only. `q` is a folded part
    of a name. An unknown parent has nothing below it.
    """
    editions = await read_editions(session)
    day = on or local_day(now, parent)
    edition = next((each.code for each in editions if each.holds(day)), None)
    query = select(Region).where(col(Region.edition) == edition).order_by(col(Region.code)).limit(limit + 1)
    if level is not None:
        query = query.where(col(Region.level) == level)
    if level is None and q is None:
        query = query.where(col(Region.parent) == parent)
    elif parent != COUNTRY:
        first, end = subtree_of(parent)
        query = query.where(col(Region.code) > first, col(Region.code) < end)
    if q is not None:
        query = query.where(_FOLDED_NAME.contains(q, autoescape=True))
    if cursor is not None:
        query = query.where(col(Region.code) > read_code(cursor))
    rows = list(await session.scalars(query))
    shape = await _shaping(session, rows, editions)
    return await Page[RegionOut].of(rows, limit, shape=shape, cursor=lambda row: row.code)


async def _shaping(
    session: AsyncSession, rows: Sequence[Region], editions: Sequence[EditionDays]
) -> Callable[[Region], RegionOut]:
    """Returns what shapes these rows with the days and relatives of each. `editions` are all loaded ones."""
    codes = [each.code for each in rows]
    listing: dict[str, set[str]] = {}
    query = select(col(Region.code), col(Region.edition)).where(col(Region.code).in_(codes))
    for code, edition in await session.execute(query):
        listing.setdefault(code, set()).add(edition)
    relatives = await _relatives(session, codes, {each.code: each for each in editions})
    return lambda row: _out(row, *_days_of(row.edition, listing[row.code], editions), *relatives[row.code])


def _days_of(edition: str, listing: Collection[str], editions: Sequence[EditionDays]) -> tuple[date, date | None]:
    """Returns the first and last day of a region, over all editions in a row that list its code around `edition`."""
    at = next(position for position, each in enumerate(editions) if each.code == edition)
    first = last = at
    while first > 0 and editions[first - 1].code in listing:
        first -= 1
    while last + 1 < len(editions) and editions[last + 1].code in listing:
        last += 1
    ends = editions[last].last_day
    return editions[first].valid_from, None if ends == date.max else ends


async def _relatives(
    session: AsyncSession, codes: Collection[str], editions: Mapping[str, EditionDays]
) -> dict[str, tuple[list[RelativeOut], list[RelativeOut]]]:
    """Returns the predecessors and the successors of each code, the oldest change first."""
    named = or_(col(RegionChange.old).in_(codes), col(RegionChange.new).in_(codes))
    changes = (await session.scalars(select(RegionChange).where(named))).all()
    changes = sorted(changes, key=lambda each: (editions[each.edition].valid_from, each.old, each.new))
    names = await _names(session, {code for each in changes for code in (each.old, each.new)}, editions)
    found: dict[str, tuple[list[RelativeOut], list[RelativeOut]]] = {code: ([], []) for code in codes}
    for each in changes:
        day = editions[each.edition].valid_from
        if each.new in found:
            before = [name for begins, name in names[each.old] if begins < day]
            found[each.new][0].append(RelativeOut.of(each.old, before[-1], each.kind, day))
        if each.old in found:
            since = [name for begins, name in names[each.new] if begins >= day]
            found[each.old][1].append(RelativeOut.of(each.new, since[0], each.kind, day))
    return found


async def _names(
    session: AsyncSession, codes: Collection[str], editions: Mapping[str, EditionDays]
) -> dict[str, list[tuple[date, str]]]:
    """Returns the names of each code with the first day of the edition, the oldest first."""
    query = select(col(Region.code), col(Region.edition), col(Region.name)).where(col(Region.code).in_(codes))
    found: dict[str, list[tuple[date, str]]] = {}
    for code, edition, name in await session.execute(query):
        found.setdefault(code, []).append((editions[edition].valid_from, name))
    return {code: sorted(names) for code, names in found.items()}


def _out(
    region: Region,
    valid_from: date,
    valid_to: date | None,
    predecessors: list[RelativeOut],
    successors: list[RelativeOut],
) -> RegionOut:
    return RegionOut(
        code=region.code,
        dotted=dot(region.code),
        name=region.name,
        level=level_of(region.code),
        kind=region.kind,
        parent=region.parent,
        bps_code=region.bps_code,
        time_zone=zone_of(region.code),
        edition=region.edition,
        valid_from=valid_from,
        valid_to=valid_to,
        predecessors=predecessors,
        successors=successors,
    )
