"""Takes and withdraws figures of context indicators."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.platform.database import raw_connection
from app.problems import Fault, Problem, kinds, read_shape
from app.problems.wording import Year
from app.schemas.statistics.figure import FigureIn, StoredFigureOut
from app.services.audit.queue import record
from app.services.statistics.context_reading import find_figure, unknown_indicator
from app.services.statistics.context_table import Key, Reported, lock_figures, store_figures, withdraw_figure
from app.services.statistics.indicators import hold_indicators, read_indicators
from app.services.statistics.region_years import find_absent, latest_year
from app.statistics.indicators import check_figure


async def put_figure(session: AsyncSession, caller: Caller, key: Key, content: Mapping[str, Any]) -> StoredFigureOut:
    """Stores a figure from a body of shape FigureIn, unless the current one has the same content.

    Raises region-outside-caller and faults.
    """
    region, year, code = key
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    now = datetime.now(UTC)
    await lock_figures(session, [region])
    body, faults = read_shape(FigureIn, content)
    faults = [*await _key_faults(session, key, now), *faults]
    connection = await raw_connection(session)
    indicator = (await hold_indicators(connection, [code])).get(code)
    if indicator is None:
        faults.append(unknown_indicator(await read_indicators(connection)))
    elif body is not None:
        faults += check_figure(indicator, body.figure)
    if body is None or faults:
        raise Problem(kinds.FAULTS, faults=faults)
    (stored,) = await store_figures(session, caller, [reported_from(key, body)], now)
    if stored.outcome != "unchanged":
        detail: dict[str, Any] = {"indicator": code, "year": year, "revision": stored.revision}
        await record(session, caller, "context.report", region=region, **detail)
    figure = await find_figure(connection, caller, key)
    return StoredFigureOut(**dict(figure), outcome=stored.outcome, replaced=stored.replaced)


async def _key_faults(session: AsyncSession, key: Key, now: datetime) -> list[Fault]:
    region, year, _ = key
    if year > (latest := latest_year(region, now)):
        return [Fault("year_ahead", parameter="year", limits={"maximum": Year(latest)})]
    absent = await find_absent(await raw_connection(session), [(region, year)], now)
    return [
        replace(each.fault("", unknown="not_in_force"), pointer=None, parameter="region") for each in absent.values()
    ]


def reported_from(key: Key, body: FigureIn) -> Reported:
    """Returns what a valid body reports."""
    region, year, indicator = key
    source = body.source
    return Reported(
        *(region, year, indicator, body.figure, body.status),
        source_name=source.name,
        source_url=source.url,
        published_on=source.published_on,
        retrieved_on=source.retrieved_on,
        note=body.note,
    )


async def withdraw(session: AsyncSession, caller: Caller, key: Key) -> None:
    """Withdraws the current figure. Its revisions stay stored. Raises region-outside-caller and not-found."""
    region, year, indicator = key
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    await lock_figures(session, [region])
    revision = await withdraw_figure(session, caller, key, datetime.now(UTC))
    if revision is None:
        raise Problem(kinds.NOT_FOUND)
    detail: dict[str, Any] = {"indicator": indicator, "year": year, "revision": revision}
    await record(session, caller, "context.withdraw", region=region, **detail)
