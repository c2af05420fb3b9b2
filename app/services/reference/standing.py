"""How region codes stand on a day: in force, ended or not yet in force. Says which codes hold their area instead."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import Connection, raw_connection
from app.platform.sql import Statement, in_parts
from app.problems import Fault
from app.problems.fault_texts import FaultCode
from app.regions.codes import dot
from app.regions.lineage import Change, predecessors_on, successors_on
from app.regions.local_time import local_day
from app.services.reference.regions_in_force import EDITIONS, REGIONS_IN_FORCE

_LISTED: Final = Statement(
    """
SELECT region.code, region.level, region.edition, edition.first_day, edition.last_day
FROM region JOIN {editions} ON edition.code = region.edition
WHERE region.code = ANY (:codes::text[])
ORDER BY edition.first_day
""",
    editions=EDITIONS,
)
_CHANGES: Final = Statement(
    """
SELECT edition.valid_from AS day, region_change.old, region_change.new, region_change.kind
FROM region_change JOIN {editions} ON edition.code = region_change.edition
""",
    editions=EDITIONS,
)
_NAMES: Final = Statement(
    "SELECT region.code, region.name FROM {regions} WHERE region.code = ANY (:codes::text[]) ORDER BY region.code",
    regions=REGIONS_IN_FORCE,
)

CodeOnDay = tuple[str, date]


_NONE_KNOWN: Final = ("belum diketahui", "none is known")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a code stands on a day. `edition` is None if it is not in force, and `level` if no edition lists it.

    `ended` is its last day in force, if it ended before. `begins` is its first day, if it was never in force before.
    `instead` are codes with names: the successors of a code that ended, or the predecessors of one that begins later.
    """

    level: str | None = None
    edition: str | None = None
    ended: date | None = None
    begins: date | None = None
    instead: tuple[tuple[str, str], ...] = ()

    def fault(self, pointer: str, *, unknown: FaultCode) -> Fault:
        """Returns the fault of a code that is not in force. `unknown` is the one of a code that no edition lists."""
        names = [f"{dot(code)} {name}" for code, name in self.instead] or _NONE_KNOWN
        instead = [{"code": code, "dotted": dot(code), "name": name} for code, name in self.instead]
        if self.ended is not None:
            limits = {"last_day": self.ended, "successors": names}
            members: dict[str, Any] = {"last_day": self.ended.isoformat(), "successors": instead}
            return Fault("region_ended", pointer=pointer, limits=limits, members=members)
        if self.begins is not None:
            limits = {"first_day": self.begins, "predecessors": names}
            members = {"first_day": self.begins.isoformat(), "predecessors": instead}
            return Fault("region_not_yet", pointer=pointer, limits=limits, members=members)
        return Fault(unknown, pointer=pointer)


_UNKNOWN: Final = Standing()


async def find_standings(connection: Connection, asked: Collection[CodeOnDay]) -> dict[CodeOnDay, Standing]:
    """Returns how each code stands on its day."""
    listed: dict[str, list[Mapping[str, Any]]] = {}
    for row in await connection.fetch(*_LISTED.bind(codes=sorted({code for code, _ in asked}))):
        listed.setdefault(row["code"], []).append(row)
    found = {(code, day): _stand(listed.get(code, ()), day) for code, day in asked}
    if any(each.level is not None and each.edition is None for each in found.values()):
        changes = [Change(**row) for row in await connection.fetch(*_CHANGES.bind())]
        found = {key: await _with_relatives(connection, *key, each, changes) for key, each in found.items()}
    return found


async def standings_in(session: AsyncSession, asked: Collection[CodeOnDay]) -> dict[CodeOnDay, Standing]:
    """Returns the same within a transaction."""
    return await find_standings(await raw_connection(session), asked)


async def find_names(session: AsyncSession, codes: Collection[str], day: date) -> dict[str, str]:
    """Returns the names of the codes that are in force on a day."""
    connection, found = await raw_connection(session), dict[str, str]()
    for part in in_parts(sorted(codes)):
        found.update([tuple(row) for row in await connection.fetch(*_NAMES.bind(codes=list(part), day=day))])
    return found


async def find_ended(session: AsyncSession, named: Sequence[tuple[str, str]], now: datetime) -> list[Fault]:
    """Returns a fault for each pair of a pointer and a code that is in force neither now nor in a later edition."""
    days = {code: local_day(now, code) for _, code in named}
    standings: dict[CodeOnDay, Standing] = {}
    for part in in_parts(list(days.items())):
        standings.update(await standings_in(session, part))
    wrong = [(where, each) for where, code in named if (each := standings[code, days[code]]).edition is None]
    return [each.fault(where, unknown="not_in_force") for where, each in wrong if each.begins is None]


def _stand(listed: Sequence[Mapping[str, Any]], day: date) -> Standing:
    if not listed:
        return _UNKNOWN
    for row in listed:
        if row["first_day"] <= day <= row["last_day"]:
            return Standing(row["level"], row["edition"])
    before = [row["last_day"] for row in listed if row["last_day"] < day]
    if before:
        return Standing(listed[0]["level"], ended=max(before))
    return Standing(listed[0]["level"], begins=min(row["first_day"] for row in listed))


async def _with_relatives(
    connection: Connection, code: str, day: date, standing: Standing, changes: Sequence[Change]
) -> Standing:
    if standing.ended is not None:
        codes = successors_on(code, standing.ended, day, changes)
    elif standing.begins is not None:
        codes = predecessors_on(code, standing.begins, day, changes)
    else:
        return standing
    rows = await connection.fetch(*_NAMES.bind(codes=sorted(codes), day=day)) if codes else []
    instead = tuple((row["code"], row["name"]) for row in rows)
    return Standing(standing.level, ended=standing.ended, begins=standing.begins, instead=instead)
