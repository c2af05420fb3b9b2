"""Reads how the villages of a release were chosen: all of them, a sample of them, or some on purpose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.protection.uncertainty import CENSUS, Design
from app.regions.codes import COUNTRY, subtree_of
from app.services.reference.regions_in_force import EDITIONS_OF_YEAR
from app.services.releases.requests import Making

_CHOSEN: Final = Design("purposive")
_DESIGNS: Final = Statement("""
SELECT round_village.region, min(round.design) AS design FROM round_village
JOIN round ON round.id = round_village.round_id
WHERE round.instrument = :instrument AND round.year = :year::smallint
AND round_village.region >= :first::text AND round_village.region < :end::text
GROUP BY round_village.region HAVING count(DISTINCT round.design) = 1
""")
_VILLAGES: Final = Statement(
    """
SELECT left(village.code, 6) AS district, count(DISTINCT village.code)::int AS villages
FROM {editions_of_year} CROSS JOIN LATERAL (
    SELECT code FROM region WHERE region.edition = edition.code AND level = 'village'
    AND code >= :first::text AND code < :end::text
) AS village
GROUP BY 1
""",
    editions_of_year=EDITIONS_OF_YEAR,
)
_REGENCY_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Designs:
    """The design of each village that a round names, and how many villages each district has."""

    by_village: Mapping[str, str]
    by_district: Mapping[str, int]

    def of(self, region: str, villages: Sequence[str]) -> Design:
        """The design of a region with these villages, also those that have figures only together.

        A round interviews all families of its villages. So a region is counted whole only if all its villages are
        there, but for those with too few families. Otherwise its villages stand for no others, unless a sample was
        drawn.
        """
        found = {self.by_village.get(each) for each in villages}
        if found == {"sample"}:
            return Design("sample", self._count_strata(region))
        inside = [each for each in self.by_village if region == COUNTRY or each.startswith(region)]
        counted_all = all(self.by_village[each] == "census" for each in inside)
        if found == {"census"} and counted_all and len(inside) >= self._count(region):
            return CENSUS
        return _CHOSEN

    def _count(self, region: str) -> int:
        return sum(count for each, count in self.by_district.items() if region == COUNTRY or each.startswith(region))

    def _count_strata(self, region: str) -> dict[str, int]:
        """By regency, the villages that lie in it and in the region."""
        found: dict[str, int] = {}
        for district, count in self.by_district.items():
            if region == COUNTRY or district.startswith(region) or region.startswith(district):
                regency = district[:_REGENCY_DIGITS]
                found[regency] = found.get(regency, 0) + count
        return found


async def read_designs(connection: Connection, making: Making, area: str) -> Designs:
    """Reads the designs of the villages of an area. The transaction must see every region."""
    first, end = subtree_of(area)
    rows = await connection.fetch(*_DESIGNS.bind(instrument=making.instrument, year=making.year, first=first, end=end))
    counted = await connection.fetch(*_VILLAGES.bind(year=making.year, first=first, end=end))
    return Designs(
        {row["region"]: row["design"] for row in rows}, {row["district"]: row["villages"] for row in counted}
    )
