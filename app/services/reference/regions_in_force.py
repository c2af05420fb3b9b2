"""The regions in force on a day, which are those of the edition in force on it.

An edition is in force from its first day to the day before the next one begins. The oldest loaded edition also stands
for all earlier days, because nothing better is known of them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

EDITIONS: Final = """(
    SELECT code, valid_from, coalesce(valid_to, 'infinity'::date) AS last_day,
        CASE valid_from WHEN min(valid_from) OVER () THEN '-infinity'::date ELSE valid_from END AS first_day
    FROM region_edition
) AS edition"""
"""Statement part to select from, with the editions and the days on which each is in force."""

REGIONS_IN_FORCE: Final = f"""
region JOIN {EDITIONS}
ON edition.code = region.edition AND edition.first_day <= :day::date AND edition.last_day >= :day::date
"""
"""Statement part to select from, with the regions in force on `:day`, and their edition."""

EDITIONS_OF_YEAR: Final = f"""(
    SELECT code FROM {EDITIONS}
    WHERE first_day <= make_date(:year::int, 12, 31) AND last_day >= make_date(:year::int, 1, 1)
) AS edition"""  # noqa: S608 (our own statement part)
"""Statement part to select from, with the editions that were in force on any day of `:year`."""

REGION_IN_YEAR: Final = f"""
SELECT nearest.name,
    nullif(greatest(coalesce(nearest.began, nearest.first_day), nearest.opens), nearest.opens) AS first_day,
    nullif(least(nearest.last_day, nearest.closes), nearest.closes) AS last_day
FROM (
    SELECT region.name, edition.first_day, edition.last_day, calendar.opens, calendar.closes,
        min(edition.first_day) FILTER (WHERE edition.last_day >= calendar.opens) OVER () AS began
    FROM (SELECT make_date(asked.year, 1, 1) AS opens, make_date(asked.year, 12, 31) AS closes) AS calendar
    CROSS JOIN region JOIN {EDITIONS} ON edition.code = region.edition
    WHERE region.code = asked.code
    ORDER BY edition.first_day > calendar.closes,
        CASE WHEN edition.first_day <= calendar.closes THEN edition.first_day END DESC, edition.first_day
    LIMIT 1
) AS nearest
"""  # noqa: S608 (our own statement part)
"""Statement part with the name of the region `asked.code` in the year `asked.year`, as the year's last edition has it.

`first_day` and `last_day` are its first and last day in force. They are null if it was in force when the year began and
when it ended. A region that was never in force in the year has the name and the days of the nearest edition. A code
that no edition lists has no row.
"""


@dataclass(frozen=True, slots=True)
class EditionDays:
    """The days of an edition. `first_day` is date.min for the oldest edition, and `last_day` date.max for the last.

    `valid_from` is the day that the decree names.
    """

    code: str
    valid_from: date
    first_day: date
    last_day: date

    def holds(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day


async def read_editions(session: AsyncSession) -> list[EditionDays]:
    """Returns the loaded editions, the oldest first."""
    query = text(f"SELECT code, valid_from, first_day, last_day FROM {EDITIONS} ORDER BY valid_from")  # noqa: S608
    return [EditionDays(*row) for row in await session.execute(query)]
