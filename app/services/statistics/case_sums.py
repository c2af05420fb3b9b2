"""Compares what is reported for a region with the sum of the regions below it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final

from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import CaseReport
from app.platform.database import raw_connection
from app.platform.sql import Statement, in_parts
from app.regions.codes import dot, parent_of
from app.services.reference.regions_in_force import REGIONS_IN_FORCE
from app.services.statistics.drafts import Draft
from app.services.statistics.whole_reports import is_whole
from app.statistics.checks import FigureWarning
from app.statistics.counts import UNITS, Breakdown, Figures, Unit, complete, read_rows
from app.statistics.periods import read_period
from app.statistics.protection import hide_small
from app.turns import in_turns

Slot = tuple[str, str, str]

_CHILDREN: Final = Statement(
    "SELECT region.parent, region.code FROM {regions} WHERE region.parent = ANY (:parents::text[])",
    regions=REGIONS_IN_FORCE,
)


async def find_differing(
    session: AsyncSession, caller: Caller, drafts: Sequence[Draft]
) -> dict[Slot, list[FigureWarning]]:
    """The warnings of stored drafts whose region or parent differs from the sum of its children.

    Only a caller of the whole parent is told, because a difference tells something of the siblings. Breakdowns whose
    small counts are hidden from the caller in one of the children are not compared. Otherwise a caller could send one
    total after another until the warning ends.
    """
    asked = {
        (region, each.period.text, each.status)
        for each in drafts
        for region in (each.region, parent_of(each.region))
        if region is not None and caller.covers(region)
    }
    wholes, parts = await _read(session, caller, asked)
    below = await _children_in_force(session, [each for each in wholes if parts.get(each)])
    units = {each: _differing(wholes[each], parts[each], below[each]) async for each in in_turns(below)}
    found: dict[Slot, list[FigureWarning]] = defaultdict(list)
    for draft in drafts:
        for region in (draft.region, parent_of(draft.region)):
            differing = units.get((region or "", draft.period.text, draft.status))
            if differing and region is not None:
                limits = {"region": dot(region), "units": differing}
                slot = draft.region, draft.period.text, draft.status
                found[slot].append(FigureWarning("differs_from_parts", "", limits))
    return found


async def _read(
    session: AsyncSession, caller: Caller, asked: Collection[Slot]
) -> tuple[dict[Slot, Figures], dict[Slot, dict[str, Figures]]]:
    """The reports of these regions, and by region what the caller may compare of those of its children."""
    wholes: dict[Slot, Figures] = {}
    parts: dict[Slot, dict[str, Figures]] = defaultdict(dict)
    others: dict[Slot, set[str]] = defaultdict(set)
    rest = col(CaseReport.period), col(CaseReport.status)
    for some in in_parts(sorted(asked)):
        own, below = tuple_(col(CaseReport.region), *rest), tuple_(col(CaseReport.parent), *rest)
        query = select(CaseReport).where(col(CaseReport.ended_at).is_(None), or_(own.in_(some), below.in_(some)))
        async for each in in_turns(await session.scalars(query)):
            if (each.region, each.period, each.status) in asked:
                wholes[each.region, each.period, each.status] = read_rows(each.counts)
            if each.parent is not None:
                slot = each.parent, each.period, each.status
                parts[slot][each.region] = read_rows(each.counts)
                if not is_whole(caller, each):
                    others[slot].add(each.region)
    async for slot, regions in in_turns(others.items()):
        away = frozenset[Breakdown]().union(*(hide_small(complete(parts[slot][each])) for each in regions))
        for region in regions:
            parts[slot][region] = {each: cells for each, cells in parts[slot][region].items() if each not in away}
    return wholes, parts


async def _children_in_force(session: AsyncSession, wholes: Collection[Slot]) -> dict[Slot, frozenset[str]]:
    """The children of each region on the last day of the period."""
    by_day: dict[date, set[str]] = defaultdict(set)
    days = {each: period.last for each in wholes if (period := read_period(each[1])) is not None}
    for (region, _, _), day in days.items():
        by_day[day].add(region)
    connection = await raw_connection(session)
    children: dict[tuple[str, date], set[str]] = defaultdict(set)
    for day, parents in by_day.items():
        for parent, code in await connection.fetch(*_CHILDREN.bind(parents=sorted(parents), day=day)):
            children[parent, day].add(code)
    return {each: frozenset(children[each[0], day]) for each, day in days.items()}


def _differing(whole: Figures, parts: Mapping[str, Figures], below: frozenset[str]) -> list[Unit]:
    """The units with a count that is below the sum of the children, or above it although all of them reported it."""
    differing = set[Unit]()
    for breakdown, cells in whole.items():
        for key, count in cells.items():
            counts = {
                region: figures[breakdown][key]
                for region, figures in parts.items()
                if key in figures.get(breakdown, {})
            }
            total = sum(counts.values())
            if total > count or (total < count and counts.keys() >= below):
                differing.add(breakdown.unit)
    return [each for each in UNITS if each in differing]
