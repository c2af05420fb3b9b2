"""Which regions were in force on a day of a year, and what is wrong with the others."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.regions.local_time import local_day
from app.services.reference.regions_in_force import EDITIONS_OF_YEAR
from app.services.reference.standing import Standing, find_standings

RegionYear = tuple[str, int]

_IN_FORCE: Final = Statement(
    """
SELECT DISTINCT region.code FROM {editions_of_year} JOIN region ON region.edition = edition.code
WHERE region.code = ANY (:codes::text[])
""",
    editions_of_year=EDITIONS_OF_YEAR,
)


def latest_year(region: str, now: datetime) -> int:
    """The year of today at a region."""
    return local_day(now, region).year


async def find_absent(
    connection: Connection, asked: Collection[RegionYear], now: datetime
) -> Mapping[RegionYear, Standing]:
    """Returns how each region stands that was in force on no day of its year. Later years are those of today."""
    absent: list[RegionYear] = []
    for year in sorted({year for _, year in asked}):
        codes = sorted({code for code, each in asked if each == year})
        found = {row["code"] for row in await connection.fetch(*_IN_FORCE.bind(year=year, codes=codes))}
        absent += [(code, year) for code in codes if code not in found]
    days = {(code, year): min(date(year, 12, 31), local_day(now, code)) for code, year in absent}
    standings = await find_standings(connection, [(code, day) for (code, _), day in days.items()])
    return {each: standings[each[0], day] for each, day in days.items()}
