"""The catalogue of context indicators: the shipped ones and those that an office adds.

The only writer of `context_indicator`.
"""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from app.access import COMMAND, Caller
from app.models import ContextIndicator
from app.platform.database import Connection
from app.platform.sql import Statement
from app.problems import Problem, fault_in, kinds, read_shape
from app.schemas.shapes import Page
from app.schemas.statistics.indicator import IndicatorIn, IndicatorOut
from app.services.audit.queue import record
from app.services.statistics.context_table import find_unfit
from app.statistics.indicators import (
    SHIPPED_INDICATORS,
    Indicator,
    check_definition,
    misplaced_members,
    read_definition,
    write_definition,
)

_ALL: Final = Statement("SELECT code, definition FROM context_indicator ORDER BY code")
_SOME: Final = Statement(
    "SELECT code, definition FROM context_indicator WHERE code = ANY (:codes::text[]) ORDER BY code FOR SHARE"
)


async def load_shipped_indicators(session: AsyncSession) -> list[str]:
    """Stores the shipped indicators. Returns the codes of those that are new or changed.

    An indicator that somebody changed here stays as it is, and so does one whose stored figures would no longer fit.
    """
    shipped: Mapping[str, Any] = tomllib.loads(SHIPPED_INDICATORS.read_text("utf-8"), parse_float=Decimal)
    stored = {each.code: each for each in await session.scalars(select(ContextIndicator))}
    changed = []
    for code, content in shipped.items():
        definition = _read(content)
        found = stored.get(code)
        if found is None or (found.sender_kind == COMMAND.kind and found.definition != write_definition(definition)):
            with suppress(Problem):
                await _store(session, COMMAND, Indicator(code, definition))
                changed.append(code)
    return changed


async def put_indicator(
    session: AsyncSession, caller: Caller, code: str, content: Mapping[str, Any]
) -> tuple[IndicatorOut, bool]:
    """Adds or changes an indicator from a body of shape IndicatorIn. Returns it, and whether it is new.

    Raises faults, and indicator-in-use if stored figures would no longer fit.
    """
    indicator = Indicator(code, _read(content))
    found = await session.get(ContextIndicator, code)
    if found is not None and found.definition == write_definition(indicator.definition):
        return IndicatorOut.of(indicator, found.changed_at), False
    changed_at = await _store(session, caller, indicator)
    await record(session, caller, "indicator.define", indicator=code)
    return IndicatorOut.of(indicator, changed_at), found is None


async def list_indicators(session: AsyncSession) -> Page[IndicatorOut]:
    """Returns all indicators by code, on one page."""
    rows = await session.scalars(select(ContextIndicator).order_by(col(ContextIndicator.code)))
    items = [IndicatorOut.of(Indicator(each.code, read_definition(each.definition)), each.changed_at) for each in rows]
    return Page[IndicatorOut](items=items, next=None)


async def read_indicators(connection: Connection) -> dict[str, Indicator]:
    """Returns all indicators by code."""
    return _by_code(await connection.fetch(*_ALL.bind()))


async def hold_indicators(connection: Connection, codes: list[str]) -> dict[str, Indicator]:
    """Returns these indicators by code. Nobody can change them until the transaction ends."""
    return _by_code(await connection.fetch(*_SOME.bind(codes=codes)))


def _by_code(rows: list[Mapping[str, Any]]) -> dict[str, Indicator]:
    return {row["code"]: Indicator(row["code"], read_definition(row["definition"])) for row in rows}


def _read(content: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a definition from a body. Raises faults."""
    body, faults = read_shape(IndicatorIn, content)
    if body is None:
        raise Problem(kinds.FAULTS, faults=faults)
    definition = body.definition_of()
    missing, strange = misplaced_members(definition)
    faults += [fault_in(IndicatorIn, "missing", (name,)) for name in missing]
    faults += [fault_in(IndicatorIn, "unknown_member", (name,)) for name in strange]
    faults = faults or check_definition(definition)
    if faults:
        raise Problem(kinds.FAULTS, faults=faults)
    return definition


async def _store(session: AsyncSession, caller: Caller, indicator: Indicator) -> datetime:
    """Stores a definition and returns the moment. Raises indicator-in-use."""
    query = select(ContextIndicator).where(col(ContextIndicator.code) == indicator.code).with_for_update()
    found: ContextIndicator | None = await session.scalar(query.execution_options(populate_existing=True))
    if found is not None:
        before = Indicator(found.code, read_definition(found.definition))
        count, examples = await find_unfit(session, before, indicator)
        if count:
            raise Problem(kinds.INDICATOR_IN_USE, figures=count, examples=examples)
    now = datetime.now(UTC)
    values = {
        "definition": write_definition(indicator.definition),
        "sender_kind": caller.kind,
        "sender_id": caller.id,
        "changed_at": now,
    }
    added = insert(ContextIndicator).values(code=indicator.code, **values)
    await session.execute(added.on_conflict_do_update(index_elements=["code"], set_=values))
    return now
