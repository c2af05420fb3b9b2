"""Loads which villages are urban and which are rural, and reads it for figures. The only writer of `village_urban`.

The code list of the ministry does not say it. BPS classifies every village in a regulation of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND
from app.models import Region, RegionEdition, VillageUrban
from app.platform.database import Connection
from app.platform.sql import Statement, in_parts
from app.regions.changes import ChangeFault, ChangeFaults
from app.regions.codes import COUNTRY, dot, level_of, subtree_of, undot
from app.services.audit.queue import record

_WORDS: Final = {"yes": True, "ya": True, "no": False, "tidak": False}
_READ: Final = Statement("SELECT code, urban FROM village_urban WHERE code >= :first::text AND code < :end::text")


@dataclass(frozen=True, slots=True)
class UrbanRow:
    """One line of a file, as it is written. Cells that are empty are empty texts."""

    line: int
    code: str = ""
    urban: str = ""


@dataclass(frozen=True, slots=True)
class Classified:
    """What loading a file did. urban, rural: villages of the file; changed: those that are new or otherwise than before

    without: villages of the latest edition of the code list that are in no file yet
    """

    urban: int
    rural: int
    changed: int
    without: int


async def load_urban(session: AsyncSession, rows: Sequence[UrbanRow], source: str) -> Classified:
    """Stores whether villages are urban. Villages that the file does not name stay as they are. Safe to repeat.

    Raises ChangeFaults with everything that is wrong, and then changes nothing.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtext("load_urban"))))
    known = await _villages(session)
    faults = list(_faults(rows, known))
    if faults:
        raise ChangeFaults(faults)
    wanted = {undot(row.code) or "": _WORDS[row.urban.lower()] for row in rows}
    stored = {each.code: (each.urban, each.source) for each in await session.scalars(select(VillageUrban))}
    new = [
        {"code": code, "urban": urban, "source": source}
        for code, urban in sorted(wanted.items())
        if stored.get(code) != (urban, source)
    ]
    adding = insert(VillageUrban)
    changed = {name: getattr(adding.excluded, name) for name in ("urban", "source")}
    for part in in_parts(new):
        await session.execute(adding.on_conflict_do_update(index_elements=["code"], set_=changed), part)
    if new:
        await record(session, COMMAND, "region.classify", villages=len(new))
    urban = sum(wanted.values())
    in_force = {code for code, latest in known.items() if latest}
    return Classified(urban, len(wanted) - urban, len(new), len(in_force - stored.keys() - wanted.keys()))


async def _villages(session: AsyncSession) -> dict[str, bool]:
    """The codes of all villages of all editions, and whether the latest edition has them."""
    latest = select(col(RegionEdition.code)).order_by(col(RegionEdition.valid_from).desc()).limit(1).scalar_subquery()
    query = (
        select(col(Region.code), func.bool_or(col(Region.edition) == latest).label("of_latest"))
        .where(col(Region.level) == "village")
        .group_by(col(Region.code))
    )
    return {row.code: row.of_latest for row in await session.execute(query)}


def _faults(rows: Sequence[UrbanRow], known: Mapping[str, bool]) -> Iterator[ChangeFault]:
    if not rows:
        yield ChangeFault(0, "the file has no village")
    lines: dict[str, int] = {}
    for row in rows:
        code = undot(row.code)
        if code is None or code == COUNTRY or level_of(code) != "village":
            yield ChangeFault(row.line, "the code must be that of a village, such as 63.72.06.1004")
        elif code not in known:
            yield ChangeFault(row.line, f"no list of regions has the village {dot(code)}")
        elif code in lines:
            yield ChangeFault(row.line, f"the village {dot(code)} stands in line {lines[code]} already")
        else:
            lines[code] = row.line
        if row.urban.lower() not in _WORDS:
            yield ChangeFault(row.line, "urban must be yes or no")


async def read_urban(connection: Connection, area: str) -> dict[str, bool]:
    """Whether the villages of an area are urban. Those that nobody loaded are left out."""
    first, end = subtree_of(area)
    return {row["code"]: row["urban"] for row in await connection.fetch(*_READ.bind(first=first, end=end))}
