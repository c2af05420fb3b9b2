"""A key ring that lacks keys of the database is not used: not ready, 503, and nothing stored under stray keys."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from httpx import ASGITransport, AsyncClient, Response

from app.config import Settings
from app.main import create_app
from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.key_ring import PURPOSES, SIGNING, KeyRing, make_ring, read_keys, rotate_key
from app.platform.named_keys import NAMED_IN, find_named_keys
from app.services.access.key_use import accept_loss
from app.services.access.second_factors import begin_factor
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.families import age_keys, find, make_named_body
from tests.support.people import add_person
from tests.support.releases import make_release
from tests.support.sealing import seal_all
from tests.support.wire import eventually

TABLES = ("submission", "family", "family_identity", "family_key")


@asynccontextmanager
async def starting(dsn: str, settings: Settings, file: Path) -> AsyncIterator[Client]:
    """A client of a new application with this key ring, which an agency of Kalimantan Selatan signed in to."""
    app = create_app(settings.model_copy(update={"keys_file": file}), dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        client = Client(http, app)
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        yield client


@pytest.fixture
async def stored(caller: Client, app: Any, database: Database, connection: Connection) -> dict[str, str]:
    """An interview, its audit entry, a second factor and a release under the own ring. Ids of the keys."""
    siti = await add_person(database)
    async with database.session() as session:
        await begin_factor(session, siti.id, app.state.vault, now=datetime.now(UTC))
    assert (await caller.put(make_named_body(), uuid4())).status_code == 201
    await seal_all(app)
    ring: KeyRing = app.state.keys
    await make_release(connection, ring.current("figures").id)
    return {purpose: ring.current(purpose).id for purpose in PURPOSES if purpose not in SIGNING}


def assert_keys(response: Response) -> None:
    assert response.status_code == 503, response.text
    assert (response.json()["type"], response.json()["reasons"]) == ("urn:ikk:problem:unavailable", ["keys"])
    assert int(response.headers["retry-after"]) > 0


async def count(connection: Connection) -> list[int]:
    return [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES]


async def assert_refused(client: Client, connection: Connection, own: Path) -> None:
    """Checks that nothing is stored, found, decrypted or sealed, and that what needs no key still works."""
    before = await count(connection)
    sealing = {row[0] for row in await connection.fetch("SELECT DISTINCT key_id FROM audit_log")}
    sealing |= {key.id for key in read_keys(own)}
    assert_keys(await client.get("/health/ready"))
    assert_keys(await client.put(make_named_body(7), uuid4()))
    assert_keys(await client.put(make_body(8), uuid4()))
    sent = await connection.fetchval("SELECT id FROM submission LIMIT 1")
    assert_keys(await client.put(make_named_body(), sent))
    assert_keys(await find(client, card_number=make_named_body()["family"]["card_number"]))
    assert (await client.get("/health/live")).status_code == 200
    assert (await client.get("/v1/aggregates/6372/2025")).status_code == 200
    await client.app.state.sealer.finish(client.app.state.database)
    assert await count(connection) == before
    # The tests' own application may seal entries meanwhile, but with its own key.
    used = {row[0] for row in await connection.fetch("SELECT DISTINCT key_id FROM audit_log")}
    assert used <= sealing


async def test_another_ring_at_the_start(
    stored: dict[str, str], dsn: str, settings: Settings, tmp_path: Path, connection: Connection
) -> None:
    make_ring(tmp_path / "keys.json")
    async with starting(dsn, settings, tmp_path / "keys.json") as client:
        await assert_refused(client, connection, settings.key_ring_file)
        assert set(client.app.state.keys.lacking) == set(stored.values())


@pytest.mark.parametrize("purpose", sorted({purpose for purpose, _, _ in NAMED_IN}))
async def test_a_ring_without_one_of_the_keys(
    stored: dict[str, str], app: Any, dsn: str, settings: Settings, tmp_path: Path, connection: Connection, purpose: str
) -> None:
    other = tmp_path / "keys.json"
    other.write_bytes(settings.key_ring_file.read_bytes().replace(stored[purpose].encode(), b"another-key"))
    async with starting(dsn, settings, other) as client:
        await assert_refused(client, connection, settings.key_ring_file)
        assert client.app.state.keys.lacking == (stored[purpose],)


async def test_an_older_ring_that_is_restored_while_it_runs(
    client: Client, dsn: str, settings: Settings, tmp_path: Path, connection: Connection
) -> None:
    file = tmp_path / "keys.json"
    older = settings.key_ring_file.read_bytes()
    file.write_bytes(older)
    for purpose in PURPOSES:
        rotate_key(file, purpose)
    age_keys(file)
    newer = file.read_bytes()
    async with starting(dsn, settings, file) as running:
        assert (await running.put(make_named_body(), uuid4())).status_code == 201
        assert (await running.get("/health/ready")).status_code == 200
        file.write_bytes(older)

        async def is_seen() -> bool:
            return running.app.state.keys.lacking not in (None, ())

        await eventually(is_seen, 10)
        await assert_refused(running, connection, settings.key_ring_file)
        file.write_bytes(newer)
        running.app.state.keys.look()
        assert (await running.get("/health/ready")).status_code == 200
        assert (await running.put(make_named_body(7), uuid4())).status_code == 201


async def test_a_key_that_was_accepted_as_lost_is_missed_no_more(
    stored: dict[str, str], dsn: str, settings: Settings, tmp_path: Path, database: Database
) -> None:
    make_ring(tmp_path / "keys.json")
    async with starting(dsn, settings, tmp_path / "keys.json") as client:
        assert_keys(await client.get("/health/ready"))
        async with database.session(EVERYWHERE) as session:
            named = await find_named_keys(session)
            assert named == {key: purpose for purpose, key in stored.items()}
            await accept_loss(session, named)
        assert (await client.get("/health/ready")).status_code == 200
        assert (await client.put(make_named_body(7), uuid4())).status_code == 201
        await seal_all(client.app)


async def test_all_keys_that_rows_name_are_found_without_reading_the_rows(
    database: Database, connection: Connection
) -> None:
    await connection.execute(
        "WITH added AS (INSERT INTO audit_label (kind, caller_kind, noun, key_id) SELECT 'audit.read', 'command', '', "
        "key FROM unnest('{key0,key1,key2,rare}'::text[]) AS key RETURNING id, key_id) "
        "INSERT INTO audit_entry (position, at, label, detail, hash) SELECT n, now(), id, '{}', '' "
        "FROM generate_series(1, 20000) AS n JOIN added ON key_id = CASE WHEN n = 7 THEN 'rare' ELSE 'key' || n % 3 END"
    )
    async with database.session(EVERYWHERE) as session:
        assert await find_named_keys(session) == dict.fromkeys(("key0", "key1", "key2", "rare"), "audit")
