"""Statements that set the caller's area find the same rows, whatever plan PostgreSQL makes of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from app.access import Caller
from app.platform.database import Connection, Database
from app.schemas.reference.region import Level
from app.services.aggregates.available import list_available
from tests.routers.pages.test_region import survey
from tests.support.factories import LANDASAN_ULIN_SELATAN, Client

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MANY = """
INSERT INTO village_sums (instrument_id, year, basis, region, layout, families, without_card, sums)
SELECT instrument_id, 2000 + number % 60, 'r', region, 100 + number / 60, 1, 0, 1
FROM (SELECT * FROM village_sums LIMIT 1) AS one CROSS JOIN generate_series(1, 20000) AS number
"""
"""So many sums that PostgreSQL would rather read them all once than look for each year."""


@pytest.fixture
async def surveyed(connection: Connection) -> AsyncIterator[None]:
    for year in (2024, 2025):
        await survey(connection, LANDASAN_ULIN_SELATAN, 40, year=year)
    await connection.execute(MANY)
    await connection.execute("ANALYZE village_sums")
    await connection.execute("DELETE FROM village_sums WHERE layout >= 100")
    yield
    await connection.execute("DELETE FROM village_sums; ANALYZE village_sums")


@pytest.mark.parametrize("off", ["", "nestloop", "material", "hashjoin", "indexscan"])
@pytest.mark.parametrize(("parent", "level"), [("6372", None), ("63", "regency"), ("6372", "village")])
async def test_regions_with_figures_are_listed(
    caller: Client, database: Database, surveyed: None, parent: str, level: Level | None, off: str
) -> None:
    reader = Caller("person", str(uuid4()), {}, ("63",), 2**40)
    asked: dict[str, Any] = {"parent": parent, "level": level, "limit": 9, "cursor": None, "now": NOW}
    used = await database.open_apart({f"enable_{off}": "off"} if off else {})
    try:
        page = await list_available(used, reader, catalogue=caller.app.state.catalogue, **asked)
    finally:
        await used.close()
    (only,) = page.items
    assert [each.year for each in only.years] == [2025, 2024]
