"""What exact figures depend on in the database, and how that is compared without reading the figures.

Each change of a village's sums raises the counter of its row, and the counters only grow. A later statement sees at
least what an earlier one saw. So if the number of rows and the sum of their counters are the same, nothing has changed,
whatever the order in which transactions began and ended. The greatest counter would miss one that began early and ended
late.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.regions.codes import COUNTRY, subtree_of
from app.scoring.versions import Versions
from app.services.reference.regions_in_force import REGION_IN_YEAR

Place = tuple[str, int]
"""A region and a year."""

SERVER: Final = "pg_postmaster_start_time()"
"""A server that was restored from a copy may count up to the same numbers by other changes."""
_STATES: Final = Statement(
    """
SELECT asked.code, asked.year, now() AS as_of, {server} AS server, region.name, region.first_day, region.last_day,
    sums.villages, sums.changes
FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
CROSS JOIN (
    SELECT code, year::int, first, last
    FROM unnest(:codes::text[], :years::smallint[], :firsts::text[], :ends::text[]) AS place (code, year, first, last)
) AS asked
CROSS JOIN LATERAL ({region_in_year}) AS region
CROSS JOIN LATERAL (
    SELECT count(*) AS villages, coalesce(sum(changes), 0)::bigint AS changes FROM village_sums
    WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = asked.year AND basis = 'r'
    AND region >= asked.first COLLATE "C" AND region < asked.last COLLATE "C" AND viewer.area IS NOT NULL
    OFFSET 0
) AS sums
""",
    server=SERVER,
    region_in_year=REGION_IN_YEAR,
)


class ExactState(NamedTuple):
    """The state of a region and year. villages: how many rows its sums are; days: the first and the last in force"""

    server: datetime
    villages: int
    changes: int
    name: str
    days: tuple[date | None, date | None]

    @classmethod
    def of_sums(cls, rows: Sequence[Mapping[str, Any]], head: Mapping[str, Any]) -> "ExactState":
        """From rows of sums that were read, and any row of the same region and year."""
        return cls(
            head["server"],
            sum(each["villages"] for each in rows),
            sum(each["changes"] for each in rows),
            head["name"],
            (head["first_day"], head["last_day"]),
        )


async def read_states(
    connection: Connection, places: Sequence[Place], versions: Versions
) -> dict[Place, tuple[ExactState, datetime]]:
    """Returns the states of regions in years that any edition lists, and the moment of reading.

    Whoever asks must have made sure that the regions are the caller's. It sees these regions and no others.
    """
    ranges = [subtree_of(code) for code, _ in places]
    rows = await connection.fetch(
        *_STATES.bind(
            area=area_of(outermost(code for code, _ in places)),
            codes=[code for code, _ in places],
            years=[year for _, year in places],
            firsts=[first for first, _ in ranges],
            ends=[end for _, end in ranges],
            instrument_ids=[each.id for each in versions.every],
        )
    )
    return {(row["code"], row["year"]): (ExactState.of_sums([row], row), row["as_of"]) for row in rows}


def outermost(codes: Iterable[str]) -> list[str]:
    """The codes without those that lie in another one. The fewer they are, the less row-level security compares."""
    every = set(codes)
    if COUNTRY in every:
        return [COUNTRY]
    return [code for code in every if not any(code[:digits] in every for digits in (2, 4, 6) if digits < len(code))]
