"""Reads what a release is made from: the exact sums of villages, and who is counted in them.

Only the steps that protect figures read this.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.protection.exact import ExactVillage, exact_village
from app.protection.parameters import Parameters
from app.protection.villages import hides_each
from app.regions.codes import AFTER_DIGITS
from app.scoring.catalogue import Published
from app.scoring.packing import unpack
from app.scoring.sums import add, reorder
from app.services.releases.members import Member
from app.services.releases.requests import Making

_NEXT: Final = Statement("""
SELECT left(min(village.region), :digits::int) FROM unnest(:instrument_ids::smallint[]) AS version (id)
CROSS JOIN LATERAL (
    SELECT region FROM village_sums WHERE instrument_id = version.id AND year = :year::smallint AND basis = 'r'
    AND region > :after::text ORDER BY region LIMIT 1
) AS village
""")
_SUMS: Final = Statement("""
SELECT region, basis::text AS basis, instrument_id, layout, families, sums::text AS sums, changes FROM village_sums
WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = :year::smallint
AND region >= :first::text AND region < :end::text
ORDER BY region
""")
# What is approved counts from the settlement of all rounds of a village on.
_SETTLED: Final = Statement("""
SELECT region FROM round_village JOIN round ON round.id = round_village.round_id
WHERE round.instrument = :instrument AND round.year = :year::smallint AND region >= :first::text AND region < :end::text
GROUP BY region HAVING bool_and(round_village.settled_at IS NOT NULL)
""")
_MEMBERS: Final = Statement("""
SELECT region, family_id, outcomes, index_units, carded FROM submission
WHERE region = ANY (:regions::text[]) AND year = :year::smallint
AND instrument_id = ANY (:instrument_ids::smallint[])
AND CASE WHEN :approved::boolean THEN in_approved ELSE uncounted IS NULL AND purpose = 'interview' END
ORDER BY region
""")


@dataclass(frozen=True, slots=True)
class VillageNow:
    """The exact sums of a village as they are now. counted: families by version; changes: its change counter."""

    region: str
    settled: bool
    exact: ExactVillage
    counted: Mapping[str, int]
    changes: int

    @property
    def basis(self) -> str:
        """The letter of the basis of the village's figures."""
        return "a" if self.settled else "r"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a place now. exact: None if no family of it counts any more

    counted: families by version; joined: the villages, if it is of several; changes: their change counters
    parts: the families of each of several villages
    """

    place: str
    exact: ExactVillage | None
    basis: str
    counted: Mapping[str, int]
    members: Sequence[Member]
    joined: Sequence[str] | None = None
    changes: int = 0
    parts: Sequence[int] = ()

    def is_small(self, parameters: Parameters) -> bool:
        """Whether it has fewer families than figures need, or too few beside those of one of its villages."""
        if self.exact is None or self.exact.families < parameters.families:
            return True
        return self.joined is not None and not hides_each(self.parts, parameters)


async def next_area(connection: Connection, making: Making, ids: Sequence[int], digits: int) -> str | None:
    """The first region with codes of so many digits after what is done that has sums, or None."""
    after = making.done + AFTER_DIGITS if making.done else ""
    query = _NEXT.bind(digits=digits, instrument_ids=ids, year=making.year, after=after)
    found: str | None = await connection.fetchval(*query)
    return found


async def read_villages(
    connection: Connection, making: Making, head: Published, group: Sequence[Published], area: str
) -> list[VillageNow]:
    """The villages of an area that have families, by code. The transaction must see every region."""
    by_id = {each.id: each for each in group}
    span = {"year": making.year, "first": area, "end": area + AFTER_DIGITS}
    rows = await connection.fetch(*_SUMS.bind(instrument_ids=list(by_id), **span))
    settled = await read_settled(connection, making, area)
    found = []
    for region, of_region in groupby(rows, key=itemgetter("region")):
        every = list(of_region)
        own = [row for row in every if row["basis"] == ("a" if region in settled else "r")]
        exact, counted = _add_up(region, own, by_id, head)
        if exact.families:
            changes = sum(row["changes"] for row in every)
            found.append(VillageNow(region, region in settled, exact, counted, changes))
    return found


async def read_settled(connection: Connection, making: Making, area: str) -> set[str]:
    """The villages of an area all of whose rounds of the year are settled."""
    span = {"year": making.year, "first": area, "end": area + AFTER_DIGITS}
    return {row["region"] for row in await connection.fetch(*_SETTLED.bind(instrument=making.instrument, **span))}


def _add_up(
    region: str, rows: Sequence[Mapping[str, Any]], by_id: Mapping[int, Published], head: Published
) -> tuple[ExactVillage, dict[str, int]]:
    latest = head.instrument
    counted: dict[str, int] = {}
    parts = []
    for row in rows:
        instrument = by_id[row["instrument_id"]].instrument
        parts.append(reorder(unpack(row["sums"], row["families"], instrument, row["layout"]), instrument, latest))
        counted[instrument.version] = counted.get(instrument.version, 0) + row["families"]
    return exact_village(region, add(parts, latest), latest), {name: n for name, n in counted.items() if n}


async def read_counted(
    connection: Connection, making: Making, ids: Sequence[int], villages: Sequence[VillageNow]
) -> dict[str, list[Member]]:
    """For each village, the families that are counted with their outcomes."""
    found: dict[str, list[Member]] = {each.region: [] for each in villages}
    for approved in (False, True):
        regions = [each.region for each in villages if each.settled is approved]
        query = _MEMBERS.bind(regions=regions, year=making.year, instrument_ids=ids, approved=approved)
        for row in await connection.fetch(*query) if regions else ():
            member = Member(row["family_id"].bytes, row["outcomes"], row["index_units"], row["carded"])
            found[row["region"]].append(member)
    return found
