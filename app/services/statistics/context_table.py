"""The stored figures of context indicators, with every revision. The only writer of `context_figure`.

A region, year and indicator has at most one current figure. A new one or a withdrawal ends it, and the revision stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import Caller
from app.models import ContextFigure
from app.platform.database import raw_connection
from app.platform.sql import Statement, in_parts
from app.statistics.indicators import Figure, Indicator
from app.turns import in_turns

Key = tuple[str, int, str]
"""Region, year and indicator."""
Outcome = Literal["created", "replaced", "unchanged"]

# The last revision of each key is looked up by index, no matter how many there are.
_LAST: Final = Statement("""
SELECT last.*
FROM unnest(:regions::text[], :years::smallint[], :indicators::text[]) AS asked (region, year, indicator)
CROSS JOIN LATERAL (
    SELECT * FROM context_figure
    WHERE region = asked.region COLLATE "C" AND year = asked.year AND indicator = asked.indicator COLLATE "C"
    ORDER BY revision DESC LIMIT 1
) AS last
""")
_UNFIT: Final = Statement("""
SELECT region, year, count(*) OVER () AS count FROM context_figure
WHERE indicator = :indicator AND current AND (
    :all::boolean OR value < :minimum OR value > :maximum OR scale(trim_scale(value)) > :decimals
    OR (category IS NOT NULL AND category <> ALL (:categories::text[]))
)
ORDER BY region, year LIMIT 10
""")


@dataclass(frozen=True, slots=True)
class Reported:
    """A figure as it was reported, with its source."""

    region: str
    year: int
    indicator: str
    figure: Figure
    status: str
    source_name: str
    source_url: str
    published_on: date | None
    retrieved_on: date | None
    note: str | None

    @property
    def key(self) -> Key:
        return self.region, self.year, self.indicator

    @property
    def content(self) -> dict[str, Any]:
        """What a revision holds of it."""
        return {
            "value": self.figure.value,
            "category": self.figure.category,
            "present": self.figure.present,
            "status": self.status,
            "source_name": self.source_name,
            "source_url": self.source_url,
            "published_on": self.published_on,
            "retrieved_on": self.retrieved_on,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a reported figure. `replaced` is the revision that was current before."""

    outcome: Outcome
    revision: int
    replaced: int | None
    received_at: datetime


async def lock_figures(session: AsyncSession, regions: Sequence[str]) -> None:
    """Waits for others who write figures in the same provinces, until the transaction ends."""
    for province in sorted({region[:2] for region in regions}):
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"context_figure {province}"))))


async def store_figures(
    session: AsyncSession, caller: Caller, reported: Sequence[Reported], now: datetime
) -> list[Stored]:
    """Stores figures of different keys, in locked regions, and returns what became of each."""
    last = await _read_last(session, [each.key for each in reported])
    stored = [_compare(each, last.get(each.key), now) async for each in in_turns(reported)]
    new = [(each, made) for each, made in zip(reported, stored, strict=True) if made.outcome != "unchanged"]
    await _end(session, [last[each.key]["id"] for each, made in new if made.outcome == "replaced"])
    for part in in_parts(new):
        await session.execute(insert(ContextFigure).inline(), [_row(caller, each, made) for each, made in part])
    return stored


async def withdraw_figure(session: AsyncSession, caller: Caller, key: Key, now: datetime) -> int | None:
    """Withdraws the current figure, in a locked region. Returns its revision, or None if there is none."""
    last = (await _read_last(session, [key])).get(key)
    if last is None or not last["current"]:
        return None
    values = {"withdrawn_at": now, "withdrawn_by_kind": caller.kind, "withdrawn_by_id": caller.id}
    await session.execute(
        update(ContextFigure).where(col(ContextFigure.id) == last["id"]).values(current=False, **values)
    )
    return int(last["revision"])


async def find_unfit(
    session: AsyncSession, before: Indicator, after: Indicator
) -> tuple[int, list[dict[str, str | int]]]:
    """Returns how many current figures do not fit the new definition, and the first of them by region and year."""
    lowest, highest = after.bounds
    query = _UNFIT.bind(
        indicator=after.code,
        all=(before.kind, before.unit) != (after.kind, after.unit),
        minimum=lowest,
        maximum=highest,
        decimals=after.decimals,
        categories=list(after.categories),
    )
    rows = await (await raw_connection(session)).fetch(*query)
    return rows[0]["count"] if rows else 0, [{"region": row["region"], "year": row["year"]} for row in rows]


async def _read_last(session: AsyncSession, keys: Sequence[Key]) -> dict[Key, Mapping[str, Any]]:
    """Returns the last revision of each key that has one."""
    connection, found = await raw_connection(session), dict[Key, Mapping[str, Any]]()
    for part in in_parts(keys):
        regions, years, indicators = ([key[position] for key in part] for position in range(3))
        rows = await connection.fetch(*_LAST.bind(regions=regions, years=years, indicators=indicators))
        found.update({(row["region"], row["year"], row["indicator"]): row for row in rows})
    return found


def _compare(reported: Reported, last: Mapping[str, Any] | None, now: datetime) -> Stored:
    if last is None:
        return Stored("created", 1, None, now)
    if not last["current"]:
        return Stored("created", last["revision"] + 1, None, now)
    if all(last[name] == value for name, value in reported.content.items()):
        return Stored("unchanged", last["revision"], None, last["received_at"])
    return Stored("replaced", last["revision"] + 1, last["revision"], now)


async def _end(session: AsyncSession, ids: Sequence[UUID]) -> None:
    ending = update(ContextFigure).where(col(ContextFigure.id) == bindparam("ended")).values(current=False)
    connection = await session.connection()
    for part in in_parts([{"ended": each} for each in ids]):
        await connection.execute(ending, part)


def _row(caller: Caller, reported: Reported, made: Stored) -> dict[str, Any]:
    region, year, indicator = reported.key
    return {
        "id": uuid4(),
        "region": region,
        "year": year,
        "indicator": indicator,
        "revision": made.revision,
        "current": True,
        **reported.content,
        "sender_kind": caller.kind,
        "sender_id": caller.id,
        "received_at": made.received_at,
    }
