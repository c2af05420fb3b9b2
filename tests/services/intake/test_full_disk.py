"""A full disk: PostgreSQL raises its own error when the service writes the sums."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from app.platform.database import Connection
from tests.support.factories import Client, make_body


@pytest.fixture
async def full(dsn: str, client: Client) -> AsyncIterator[Connection]:
    """Makes PostgreSQL raise `disk_full` (53100) on every write to the sums, until `DROP FUNCTION … CASCADE`."""
    owner = await asyncpg.connect(dsn)
    await owner.execute("""
        CREATE FUNCTION run_full() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;
        CREATE TRIGGER run_full BEFORE INSERT OR UPDATE ON village_sums EXECUTE FUNCTION run_full();
    """)
    yield owner
    await owner.execute("DROP FUNCTION IF EXISTS run_full CASCADE")
    await owner.close()


async def test_a_full_disk_is_503_stores_nothing_and_is_over_when_there_is_room(
    caller: Client, connection: Connection, full: Connection
) -> None:
    uuid = uuid4()
    answer = await caller.put(make_body(), uuid)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:ikk:problem:unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0
    assert await connection.fetchval("SELECT count(*) FROM family") == 0
    await full.execute("DROP FUNCTION run_full CASCADE")
    assert (await caller.put(make_body(), uuid)).status_code == 201
