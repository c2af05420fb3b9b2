"""Reads case statistics as a reader may have them, with small counts and what gives them away hidden.

The sender of a report gets it whole. The scope `submissions:sensitive` gives all counts above a village. For everybody
else `app/statistics/protection.py` decides, which looks at the siblings of a region too. So this service reads reports
outside of the caller's area, and returns nothing of them.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller, span_of
from app.models import CaseReport
from app.platform.cursors import read_code
from app.platform.database import EVERYWHERE, area_of, raw_connection
from app.platform.sql import Statement, in_parts
from app.problems import Problem, kinds
from app.regions.codes import COUNTRY, parent_of, subtree_of
from app.schemas.reference.region import Level, RegionNameOut
from app.schemas.shapes import Page
from app.schemas.statistics.case_report import (
    CaseReportOut,
    CaseReportsOut,
    CountOut,
    PeriodReportOut,
    RegionCasesOut,
)
from app.services.audit.queue import record
from app.services.reference.regions_in_force import EDITIONS_OF_YEAR, REGION_IN_YEAR
from app.services.statistics.whole_reports import is_whole, sent_by
from app.statistics.counts import Breakdown, Figures, read_rows
from app.statistics.periods import Period
from app.statistics.protection import Hidden, ReportId, holds_small, protect

_NAME: Final = Statement(
    """
SELECT region.name FROM (SELECT :region::text AS code, :year::int AS year) AS asked
CROSS JOIN LATERAL ({region_in_year}) AS region
""",
    region_in_year=REGION_IN_YEAR,
)
_BELOW: Final = Statement(
    """
SELECT asked.code, region.name
FROM (
    SELECT DISTINCT region.code, :year::int AS year
    FROM {editions_of_year} CROSS JOIN LATERAL (
        SELECT code FROM region
        WHERE region.edition = edition.code AND level = :level AND code > :after AND code >= :first AND code < :end
        ORDER BY code LIMIT :most
    ) AS region
    ORDER BY region.code LIMIT :most
) AS asked
CROSS JOIN LATERAL ({region_in_year}) AS region
ORDER BY asked.code
""",
    editions_of_year=EDITIONS_OF_YEAR,
    region_in_year=REGION_IN_YEAR,
)


@dataclass(frozen=True, slots=True)
class ReadReport:
    """A current report with what of it the reader gets. `hidden` are breakdowns of `figures` that are not shown."""

    row: CaseReport
    figures: Figures
    hidden: Hidden
    own: bool

    def out(self) -> PeriodReportOut:
        """As the reader gets it."""
        return PeriodReportOut.model_validate(
            {
                **self.row.model_dump(
                    include={"status", "through", "source", "note", "revision", "received_at", "period", "granularity"}
                ),
                "own": self.own,
                "counts": CountOut.rows_of(self.figures, self.hidden),
            }
        )


async def read_cases(
    session: AsyncSession, caller: Caller, regions: Collection[str], year: int
) -> dict[str, list[ReadReport]]:
    """Returns what the caller gets of the reports of these regions for a year, of all periods and both statuses.

    They come by region, in the order of period and status. A region without reports has an empty list. It audits the
    reading of small counts. Regions outside of the transaction's area have nothing.
    """
    wanted: list[CaseReport] = []
    for part in in_parts(sorted(regions)):
        wanted += await session.scalars(_current(year).where(col(CaseReport.region).in_(part)))
    whole = {_id(each) for each in wanted if is_whole(caller, each)}
    rows = wanted if len(whole) == len(wanted) else await _read_groups(session, caller, regions, year)
    known = {_id(each) for each in rows if is_whole(caller, each)}
    figures, hidden = await asyncio.to_thread(_protect, wanted, rows, known)
    found: dict[str, list[ReadReport]] = {each: [] for each in sorted(regions)}
    for row in sorted(wanted, key=lambda each: (each.region, each.period, each.status)):
        which, own = _id(row), sent_by(caller, row)
        away = frozenset[Breakdown]() if which in whole else hidden[which]
        found[row.region].append(ReadReport(row, figures[which], away, own))
    await _record(session, caller, year, [each for some in found.values() for each in some if _id(each.row) in whole])
    return found


async def read_latest_cases(
    session: AsyncSession, caller: Caller, regions: Collection[str], year: int
) -> dict[str, list[ReadReport]]:
    """Like `read_cases`, of the latest year up to this one in which a region reported something."""
    latest: dict[int, list[str]] = {}
    for part in in_parts(sorted(regions)):
        named = select(col(CaseReport.region), func.max(CaseReport.year)).where(
            col(CaseReport.ended_at).is_(None), col(CaseReport.year) <= year, col(CaseReport.region).in_(part)
        )
        for region, last in await session.execute(named.group_by(col(CaseReport.region))):
            latest.setdefault(last, []).append(region)
    found: dict[str, list[ReadReport]] = {each: [] for each in sorted(regions)}
    for last, some in sorted(latest.items()):
        found |= await read_cases(session, caller, some, last)
    return found


def _current(year: int) -> Any:
    return select(CaseReport).where(col(CaseReport.ended_at).is_(None), col(CaseReport.year) == year)


def _id(row: CaseReport) -> ReportId:
    return ReportId(row.region, row.period, "verified" if row.status == "verified" else "provisional")


def _protect(
    wanted: Sequence[CaseReport], rows: Sequence[CaseReport], known: Collection[ReportId]
) -> tuple[dict[ReportId, Figures], Mapping[ReportId, Hidden]]:
    figures: dict[ReportId, Figures] = {_id(each): read_rows(each.counts) for each in (*rows, *wanted)}
    protected = any(_id(each) not in known for each in wanted)
    return figures, protect(figures, known) if protected else {}


async def _read_groups(session: AsyncSession, caller: Caller, regions: Collection[str], year: int) -> list[CaseReport]:
    """The reports of the regions, their siblings, their ancestors and the siblings of those, in the whole country."""
    parents = sorted({above for region in regions for above in _ancestors(region)})
    await _see(session, EVERYWHERE)
    rows: list[CaseReport] = []
    if COUNTRY in parents or COUNTRY in regions:
        rows += await session.scalars(_current(year).where(col(CaseReport.region) == COUNTRY))
    for first in range(0, len(parents), _PARENTS_AT_ONCE):
        part = parents[first : first + _PARENTS_AT_ONCE]
        rows += await session.scalars(_current(year).where(col(CaseReport.parent).in_(part)))
    await _see(session, caller.regions)
    return rows


def _ancestors(region: str) -> Iterable[str]:
    above = parent_of(region)
    while above is not None:
        yield above
        above = parent_of(above)


async def _see(session: AsyncSession, regions: Sequence[str]) -> None:
    """Sets the area of the rest of the transaction."""
    await session.execute(select(func.set_config("ikk.area", area_of(regions), True)))


async def _record(session: AsyncSession, caller: Caller, year: int, read: Sequence[ReadReport]) -> None:
    """Audits that the caller got small counts, which are hidden from others."""
    small = [each.row.region for each in read if holds_small(each.figures)]
    if small:
        await record(session, caller, "statistics.read", region=span_of(small), year=year, count=len(small))


async def find_reports(session: AsyncSession, caller: Caller, region: str, period: Period) -> CaseReportsOut:
    """Returns the reports of both statuses for a region and period. Raises region-outside-caller and not-found."""
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    connection = await raw_connection(session)
    name = await connection.fetchval(*_NAME.bind(region=region, year=period.year))
    if name is None:
        raise Problem(kinds.NOT_FOUND)
    read = (await read_cases(session, caller, [region], period.year))[region]
    outs = {each.row.status: each.out() for each in read if each.row.period == period.text}
    shown = {status: CaseReportOut.model_validate(out.model_dump()) for status, out in outs.items()}
    return CaseReportsOut(
        region=RegionNameOut.named(region, name),
        period=period.text,
        granularity=period.granularity,
        verified=shown.get("verified"),
        provisional=shown.get("provisional"),
    )


_PAGE_ROWS: Final = 20_000
_PARENTS_AT_ONCE: Final = 5
"""A district has up to some fifty villages. Other requests have their turn between statements."""
NamedRegion = tuple[str, str]
"""A code and the name in the year."""


async def list_below(
    session: AsyncSession, *, parent: str, level: Level, year: int, most: int, cursor: str | None
) -> list[NamedRegion]:
    """Returns the regions of a level below `parent` that were in force on a day of the year, by code."""
    first, end = subtree_of(parent)
    after = first if cursor is None else read_code(cursor)
    connection = await raw_connection(session)
    query = _BELOW.bind(year=year, level=level, first=first, end=end, after=after, most=most)
    return [(row["code"], row["name"]) for row in await connection.fetch(*query)]


async def list_cases(
    session: AsyncSession, caller: Caller, *, parent: str, level: Level, year: int, limit: int, cursor: str | None
) -> Page[RegionCasesOut]:
    """Returns a page of the regions below `parent` with their reports of a year. Raises region-outside-caller.

    A page with many counts has fewer regions than the limit, because writing it takes time.
    """
    if not caller.covers(parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    rows = await list_below(session, parent=parent, level=level, year=year, most=limit + 1, cursor=cursor)
    read = await read_cases(session, caller, [code for code, _ in rows[:limit]], year)
    kept = _fitting([sum(len(each.row.counts) for each in read[code]) for code, _ in rows[:limit]])

    def shape(row: NamedRegion) -> RegionCasesOut:
        reports = [each.out() for each in read[row[0]]]
        return RegionCasesOut(region=RegionNameOut.named(*row), year=year, reports=reports)

    return await Page[RegionCasesOut].of(rows[: kept + 1], kept, shape=shape, cursor=lambda row: row[0])


def _fitting(lengths: Sequence[int]) -> int:
    """Returns how many regions a page has, from their rows of counts. It has at least one, if there is any."""
    fitting = sum(total <= _PAGE_ROWS for total in accumulate(lengths))
    return max(fitting, min(1, len(lengths)))
