"""Loads editions of the region codes: once, again if the file changed, and a newer edition beside the old one."""

from dataclasses import replace
from datetime import UTC, date, datetime

from app.config import Settings
from app.platform.database import Connection, Database
from app.regions.editions import CURRENT, Edition
from app.services.reference.region_tree import find_region
from app.services.reference.regions import load_regions
from tests.support.factories import Client, make_body

COUNT = 91_600
# The file of an edition is found by its code with "-" for "/". This code therefore has the same file, and stands for a
# newer decree that changes no region.
NEWER = replace(CURRENT, code="300.2.2-2430-2025", valid_from=date(2026, 7, 1))
LANDASAN = "6372061004"


async def load(database: Database, edition: Edition = CURRENT) -> int:
    async with database.session() as session:
        return await load_regions(session, edition)


async def test_loading_again_writes_nothing(database: Database, connection: Connection) -> None:
    before = await connection.fetch("SELECT xmin::text FROM region_edition")
    assert await load(database) == 0
    assert await connection.fetch("SELECT xmin::text FROM region_edition") == before
    assert await connection.fetchval("SELECT count(*) FROM region") == COUNT


async def test_editions_replace_and_follow_one_another(migrated_dsn: str, settings: Settings) -> None:
    async with Database.open(migrated_dsn, settings) as database, database.connection() as connection:
        assert await load(database) == COUNT
        await _a_changed_file_replaces_its_rows(database, connection)
        await _a_newer_edition_closes_the_older_one(database, connection)


async def _a_changed_file_replaces_its_rows(database: Database, connection: Connection) -> None:
    await connection.execute("UPDATE region_edition SET digest = 'sha-256:of-another-file'")
    await connection.execute("UPDATE region SET name = 'Old name' WHERE code = $1", LANDASAN)
    await connection.execute("DELETE FROM region WHERE code = '6372021005'")
    assert await load(database) == COUNT
    assert await connection.fetchval("SELECT count(*) FROM region") == COUNT
    assert await connection.fetchval("SELECT name FROM region WHERE code = $1", LANDASAN) == "Landasan Ulin Selatan"
    assert await connection.fetchval("SELECT count(*) FROM region_edition") == 1


async def _a_newer_edition_closes_the_older_one(database: Database, connection: Connection) -> None:
    assert await load(database, NEWER) == COUNT
    rows = await connection.fetch("SELECT code, valid_to FROM region_edition ORDER BY valid_from")
    assert [tuple(row) for row in rows] == [(CURRENT.code, date(2026, 6, 30)), (NEWER.code, None)]
    async with database.session() as session:
        found = await find_region(session, LANDASAN, on=None, now=datetime(2026, 7, 1, tzinfo=UTC))
    assert (found.edition, found.valid_from, found.valid_to) == (NEWER.code, CURRENT.valid_from, None)
    assert await load(database, NEWER) == 0
    assert await load(database) == 0


async def test_a_submission_has_the_edition_of_the_day_of_its_interview(caller: Client, connection: Connection) -> None:
    newer = "a-later-decree"
    assert (await caller.put(make_body(1))).status_code == 201
    await connection.execute("UPDATE region_edition SET valid_to = '2025-07-31' WHERE code = $1", CURRENT.code)
    await connection.execute(
        "INSERT INTO region_edition VALUES ($1, 'decree', '2025-08-01', NULL, 'test', 'test')", newer
    )
    await connection.execute(
        "INSERT INTO region SELECT code, $1, name, level, kind, parent, bps_code FROM region WHERE code = $2",
        newer,
        LANDASAN,
    )
    try:
        # The last moment of the old edition, and the first one of the new edition at the region.
        for seed, surveyed_at in enumerate(("2025-07-31T23:59:59+08:00", "2025-07-31T16:00:00Z"), start=2):
            assert (await caller.put(make_body(seed, surveyed_at=surveyed_at))).status_code == 201
        rows = (await caller.get("/v1/submissions", region=LANDASAN)).json()["items"]
        assert [each["edition"] for each in rows] == [CURRENT.code, CURRENT.code, newer]
        aggregate = (await caller.get(f"/v1/aggregates/{LANDASAN}/2025")).json()
        assert aggregate["families"] == 3
    finally:
        await connection.execute("DELETE FROM region WHERE edition = $1", newer)
        await connection.execute("DELETE FROM region_edition WHERE code = $1", newer)
        await connection.execute("UPDATE region_edition SET valid_to = NULL WHERE code = $1", CURRENT.code)
