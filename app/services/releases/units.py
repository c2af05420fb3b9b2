"""Makes and keeps protected breakdowns. The only writer of `figure_unit`.

The breakdowns of villages are made once, in the first release after all their rounds were settled, and never anew.
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.protection.breakdowns import Unit, make_units
from app.protection.grouping import groupings_of
from app.protection.protected import ProtectedGroup
from app.regions.codes import subtree_of
from app.services.releases.exact_sums import read_settled
from app.services.releases.groups import count_groups
from app.services.releases.requests import Making
from app.services.releases.work import Work

_TRIED: Final = ""
"""The indicator of a row that names the villages whose breakdowns were made, also those that are in no unit."""
_AT_ONCE: Final = 50
"""So that other requests of the process have their turn."""
_KNOWN: Final = Statement("""
SELECT members FROM figure_unit
WHERE instrument = :instrument AND year = :year::smallint AND indicator = :tried::text AND area = :area
AND from_number < :number::int
""")
_READ: Final = Statement("""
SELECT breakdown, indicator, area, level, members, groups::text AS groups FROM figure_unit
WHERE instrument = :instrument AND year = :year::smallint AND indicator <> :tried::text
AND (area = :area::text OR area >= :first::text AND area < :end::text OR :area::text ^@ area)
AND from_number <= :number::int
ORDER BY breakdown, indicator, area, from_number
""")
_KEEP: Final = Statement("""
INSERT INTO figure_unit (instrument, year, breakdown, indicator, area, from_number, level, members, groups)
VALUES (
    :instrument, :year::smallint, :breakdown, :indicator, :area, :from_number::int, :level, :members::text[],
    :groups::jsonb
)
""")


async def make_breakdowns(work: Work, province: str) -> None:
    """Makes the breakdowns of the villages of a province that were settled since the last release."""
    connection, making = work.connection, work.making
    versions = await work.read_versions(province)
    known = await connection.fetch(
        *_KNOWN.bind(instrument=making.instrument, year=making.year, tried=_TRIED, area=province, number=making.number)
    )
    done = {village for row in known for village in row["members"]}
    settled = await read_settled(connection, making, province)
    alone = [each for each in versions.values() if each.joined is None]
    new = [each for each in alone if each.region in settled and each.region not in done]
    if not new:
        return
    villages = {each.region: each.protected for each in new}
    counts = await count_groups(connection, making, work.head.instrument, work.group, list(villages), work.secrets)
    groupings = {each.code: each for each in groupings_of(work.head.instrument)}
    for breakdown, of_villages in counts.items():
        units = make_units(
            villages,
            of_villages,
            work.plan,
            instrument=making.instrument,
            breakdown=breakdown,
            year=making.year,
            secrets=work.secrets,
            parameters=making.parameters,
            sensitive=groupings[breakdown].sensitive,
            needed=groupings[breakdown].needed,
        )
        await _keep(connection, making, units)
    # A unit without groups names them, so that they are not tried again.
    await _keep(connection, making, [Unit("", _TRIED, "province", province, tuple(villages), {})])


async def _keep(connection: Connection, making: Making, units: Sequence[Unit]) -> None:
    rows = [
        _KEEP.bind(
            instrument=making.instrument,
            year=making.year,
            breakdown=each.breakdown,
            indicator=each.indicator,
            area=each.area,
            from_number=making.number,
            level=each.level,
            members=list(each.members),
            groups=json.dumps({code: [of.answered, of.unfulfilled] for code, of in each.groups.items()}),
        )[1:]
        for each in units
    ]
    await connection.executemany(_KEEP.text, rows)


async def walk_units(
    connection: Connection, area: str, *, instrument: str, year: int, number: int
) -> AsyncIterator[Unit]:
    """The units of a release in an area, and those of larger areas that hold villages of it. It needs a transaction."""
    first, end = subtree_of(area)
    query = _READ.bind(instrument=instrument, year=year, tried=_TRIED, area=area, first=first, end=end, number=number)
    async for row in connection.cursor(*query, prefetch=_AT_ONCE):
        yield Unit(
            row["breakdown"],
            row["indicator"],
            row["level"],
            row["area"],
            tuple(row["members"]),
            {code: ProtectedGroup.from_values(*counts) for code, counts in json.loads(row["groups"]).items()},
        )
