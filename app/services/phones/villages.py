"""The list of villages for the form on a phone: those in force where its person interviews families."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from app.formats.csv import write_table
from app.platform.database import Connection
from app.platform.sql import Statement
from app.regions.codes import COUNTRY, subtree_of
from app.regions.local_time import local_day
from app.services.reference.regions_in_force import REGIONS_IN_FORCE

FILE: Final = "villages.csv"
"""The name by which forms refer to the list."""
_HEADING: Final = ("name", "label")
_VILLAGES: Final = Statement(
    """
SELECT region.code, region.name, district.name AS district
FROM unnest(:firsts::text[], :ends::text[]) AS area (first, "end")
JOIN ({regions}) ON region.code >= area.first AND region.code < area."end"
LEFT JOIN region AS district ON district.code = region.parent AND district.edition = region.edition
WHERE region.level = 'village'
ORDER BY region.code
""",
    regions=REGIONS_IN_FORCE,
)


class VillageList(NamedTuple):
    """The file, and its MD5 in hexadecimal digits, by which a phone knows whether it has changed."""

    content: bytes
    md5: str


async def list_villages(connection: Connection, regions: Sequence[str]) -> VillageList:
    """Returns the villages in the subtrees of these regions, with columns `name` (the code) and `label`."""
    ranges = [subtree_of(each) for each in regions]
    firsts, ends = [first for first, _ in ranges], [end for _, end in ranges]
    today = local_day(datetime.now(UTC), COUNTRY)
    rows = await connection.fetch(*_VILLAGES.bind(firsts=firsts, ends=ends, day=today))
    table = [(row["code"], ", ".join(filter(None, (row["name"], row["district"])))) for row in rows]
    content = write_table(_HEADING, table, for_programs=True).encode("utf-8")
    return VillageList(content, hashlib.md5(content, usedforsecurity=False).hexdigest())
