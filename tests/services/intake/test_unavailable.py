"""A database that is gone, silent, slow or not there yet: 503, nothing half done, and recovery by itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient, Response

from app.config import Settings
from app.main import create_app
from app.platform.database import Connection, Database
from app.scoring.catalogue import Catalogue
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, make_agency, make_body
from tests.support.people import add_person, me, refresh, sign_in
from tests.support.wire import Line, eventually

READS = (
    "/v1/submissions/5a5f2a56-35f0-4cd2-a7b4-1f6b6dd37b6a",
    "/v1/submissions",
    "/v1/regions",
    "/v1/aggregates/63/2025",
    "/v1/aggregates?parent=63&level=regency&year=2025",
    "/v1/aggregates/63/trend?from=2024&to=2025",
)


@pytest.fixture
async def line(dsn: str, database: Database) -> AsyncIterator[Line]:
    """The line to this worker's database, not open yet."""
    assert database is not None  # its fixture deletes what the test stores
    found = Line(dsn)
    yield found
    await found.close()


@asynccontextmanager
async def serving(dsn: str, settings: Settings, **changed: Any) -> AsyncIterator[Client]:
    """A client of a new application on this database, signed in as an agency of Kalimantan Selatan."""
    quick = {"database_timeout_seconds": 1, "refresh_seconds": 0.1, "pool_size": 3, **changed}
    app = create_app(settings.model_copy(update=quick), dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        client = Client(http, app)
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        yield client


@pytest.fixture
async def far(line: Line, settings: Settings) -> AsyncIterator[Client]:
    """A signed-in client of an application whose line to the database is open and can be cut."""
    await line.restore()
    async with serving(line.dsn, settings) as client:
        yield client


def assert_unavailable(answer: Response, *also: str) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["type"].removeprefix("urn:ikk:problem:") in ("unavailable", *also)
    assert answer.headers["x-request-id"]


async def rows(connection: Connection) -> int:
    counted: int = await connection.fetchval("SELECT count(*) FROM submission")
    return counted


async def test_it_works(far: Client, connection: Connection) -> None:
    assert (await far.put(make_body())).status_code == 201
    assert (await far.get("/v1/submissions")).status_code == 200
    assert await rows(connection) == 1


async def test_a_submission_sent_while_the_database_is_gone_is_503(
    far: Client, line: Line, connection: Connection
) -> None:
    await far.put(make_body(1))
    line.cut()
    for _ in range(5):
        assert_unavailable(await far.put(make_body(2)))
    assert await rows(connection) == 1


@pytest.mark.parametrize("path", READS)
async def test_a_read_while_the_database_is_gone_is_503(far: Client, line: Line, path: str) -> None:
    async def answers() -> bool:
        return (await far.http.get(path)).status_code in (200, 404)

    # On a busy machine, the first read can take longer than the service waits for the database here.
    await eventually(answers)
    line.cut()
    assert_unavailable(await far.http.get(path))
    assert_unavailable(await far.http.get(path))


async def test_a_token_asked_while_the_database_is_gone_is_503(far: Client, line: Line, database: Database) -> None:
    async with database.session() as session:
        secret = await make_agency(session, "cut-off", scopes=["audit:read"], regions=["63"])
    form = {"grant_type": "client_credentials", "client_id": "cut-off", "client_secret": secret}
    del far.http.headers["Authorization"]
    assert (await far.http.post("/v1/token", data=form)).status_code == 200
    line.cut()
    assert_unavailable(await far.http.post("/v1/token", data=form))
    await line.restore()
    assert (await far.http.post("/v1/token", data=form)).status_code == 200


async def test_the_process_is_live_but_not_ready_while_the_database_is_gone(far: Client, line: Line) -> None:
    assert (await far.get("/health/ready")).status_code == 200
    line.cut()
    assert (await far.get("/health/live")).status_code == 200
    assert_unavailable(await far.get("/health/ready"))
    await line.restore()
    assert (await far.get("/health/ready")).status_code == 200


async def test_scoring_goes_on_while_the_database_is_gone(far: Client, line: Line) -> None:
    line.cut()
    body = make_body()
    question = {name: body[name] for name in ("instrument", "version", "answers")}
    assert (await far.http.post("/v1/scores", json=question)).status_code == 200


async def test_once_the_database_is_back_submissions_are_taken_again(
    far: Client, line: Line, connection: Connection
) -> None:
    uuid = uuid4()
    await asyncio.gather(*(far.put(make_body(seed)) for seed in range(6)))  # every connection of the pool is in use
    line.cut()
    assert_unavailable(await far.put(make_body(9), uuid))
    await line.restore()
    assert (await far.put(make_body(9), uuid)).status_code == 201
    assert (await far.get("/v1/submissions")).status_code == 200
    assert await rows(connection) == 7


async def test_a_database_that_falls_silent_is_503_in_time(far: Client, line: Line, connection: Connection) -> None:
    assert (await far.put(make_body(1))).status_code == 201
    line.stalled = True
    async with asyncio.timeout(30):
        assert_unavailable(await far.put(make_body(2)))
        assert_unavailable(await far.get(f"/v1/submissions/{uuid4()}"))
    line.cut()
    await line.restore()
    assert (await far.put(make_body(2))).status_code == 201
    assert await rows(connection) == 2


async def test_a_submission_cut_off_before_the_database_had_it_is_stored_by_the_resend(
    far: Client, line: Line, connection: Connection
) -> None:
    uuid = uuid4()
    assert (await far.put(make_body(1))).status_code == 201
    line.break_off("before the statement", uuid.bytes)
    assert_unavailable(await far.put(make_body(2), uuid))
    await line.restore()
    assert (await far.put(make_body(2), uuid)).status_code == 201
    assert await rows(connection) == 2


async def test_a_submission_cut_off_after_the_database_had_it_is_stored_once(
    far: Client, line: Line, connection: Connection
) -> None:
    uuid = uuid4()
    assert (await far.put(make_body(1))).status_code == 201
    line.break_off("before the answer", uuid.bytes)
    assert_unavailable(await far.put(make_body(2), uuid))
    await line.restore()
    assert (await far.put(make_body(2), uuid)).status_code == 200
    assert await rows(connection) == 2
    assert (await far.get("/v1/aggregates/63/2025")).json()["families"] == 2


async def test_a_server_started_while_the_database_is_down_works_once_it_is_up(
    line: Line, settings: Settings, connection: Connection
) -> None:
    async with serving(line.dsn, settings) as client:
        assert (await client.get("/health/live")).status_code == 200
        assert_unavailable(await client.get("/health/ready"))
        assert_unavailable(await client.put(make_body()))
        await line.restore()

        async def is_ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await eventually(is_ready)
        assert (await client.put(make_body())).status_code == 201
        assert await rows(connection) == 1


async def test_until_a_late_database_was_read_no_instrument_is_called_unknown(line: Line, settings: Settings) -> None:
    async with serving(line.dsn, settings, refresh_seconds=60) as client:
        body = make_body()
        question = {name: body[name] for name in ("instrument", "version", "answers")}
        assert_unavailable(await client.http.post("/v1/scores", json=question))
        await line.restore()
        seen = set()

        async def is_taken() -> bool:
            seen.add((await client.put(body)).status_code)
            return 201 in seen

        await eventually(is_taken)
        assert seen <= {201, 503}


@pytest.mark.parametrize("path", ["/v1/submissions/{id}", "/v1/submissions"])
async def test_what_was_scored_with_an_instrument_this_process_has_yet_to_see_is_503(
    dsn: str, database: Database, settings: Settings, path: str
) -> None:
    assert database is not None
    async with serving(dsn, settings, refresh_seconds=60) as client:
        sent = await client.put(make_body())
        address = path.format(id=sent.json()["id"])
        assert (await client.get(address)).status_code == 200
        before = client.app.state.catalogue
        client.app.state.catalogue = Catalogue()
        client.app.state.catalogue.loaded = True
        assert_unavailable(await client.get(address))
        client.app.state.catalogue = before
        assert (await client.get(address)).status_code == 200


@pytest.fixture
async def locked(dsn: str) -> AsyncIterator[Any]:
    """A transaction of another session, with which a test holds locks. It is rolled back after the test."""
    other = await asyncpg.connect(dsn)
    transaction = other.transaction()
    await transaction.start()
    yield other
    await other.close()


async def test_a_lock_that_is_held_too_long_is_503_and_stores_nothing(
    dsn: str, settings: Settings, connection: Connection, locked: Any
) -> None:
    async with serving(dsn, settings) as client:
        assert (await client.put(make_body(1))).status_code == 201
        await locked.execute("SELECT 1 FROM village_sums WHERE region = $1 FOR UPDATE", LANDASAN_ULIN_SELATAN)
        uuid = uuid4()
        assert_unavailable(await client.put(make_body(2), uuid))
        assert await rows(connection) == 1
        await locked.execute("ROLLBACK")
        assert (await client.put(make_body(2), uuid)).status_code == 201
        assert (await client.get("/v1/aggregates/63/2025")).json()["families"] == await rows(connection) == 2


async def test_a_table_that_is_locked_too_long_is_503_for_readers(dsn: str, settings: Settings, locked: Any) -> None:
    async with serving(dsn, settings) as client:
        await locked.execute("LOCK TABLE submission IN ACCESS EXCLUSIVE MODE")
        assert_unavailable(await client.get("/v1/submissions"))
        assert_unavailable(await client.get(f"/v1/submissions/{uuid4()}"))
        await locked.execute("ROLLBACK")
        assert (await client.get("/v1/submissions")).status_code == 200


async def test_more_waiting_than_there_are_connections_is_503_for_the_rest(
    dsn: str, settings: Settings, connection: Connection, locked: Any
) -> None:
    async with serving(dsn, settings) as client:
        assert (await client.put(make_body(12))).status_code == 201
        await locked.execute("SELECT 1 FROM village_sums FOR UPDATE")
        ids = [uuid4() for _ in range(12)]
        for answer in await asyncio.gather(*(client.put(make_body(seed), uuid) for seed, uuid in enumerate(ids))):
            assert_unavailable(answer, "contended")
        await locked.execute("ROLLBACK")
        again = await asyncio.gather(*(client.put(make_body(seed), uuid) for seed, uuid in enumerate(ids)))
        assert {answer.status_code for answer in again} == {201}
        assert await rows(connection) == 13


async def test_who_signs_in_while_the_database_is_gone_gets_503(far: Client, line: Line, database: Database) -> None:
    await add_person(database)
    del far.http.headers["Authorization"]
    token = (await sign_in(far)).json()["refresh_token"]
    line.cut()
    for answer in (await sign_in(far), await refresh(far, token)):
        assert_unavailable(answer)
    await line.restore()
    assert (await refresh(far, token)).status_code == 200


async def test_what_was_revoked_stays_so_while_the_database_is_gone(
    far: Client, line: Line, database: Database
) -> None:
    await add_person(database)
    del far.http.headers["Authorization"]
    gone, kept = [(await sign_in(far)).json()["access_token"] for _ in range(2)]
    await far.http.post("/v1/token/revoke", data={"token": gone})
    line.cut()
    assert (await me(far, gone)).status_code == 401
    assert (await me(far, kept)).status_code == 200
