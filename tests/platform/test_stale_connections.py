"""Connections that PostgreSQL ended, and plans that no longer fit its tables: 503 at most, then it works again."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.platform.database import Database, UnavailableError
from app.platform.migrations import migrate
from app.platform.unavailable import PoolerError
from tests.platform.test_logins import serving
from tests.support.factories import EVERYTHING, Client, make_body
from tests.support.postgres import Postgres, needs_postgresql, running_postgres
from tests.support.wire import eventually

READS = ("/v1/regions", "/v1/submissions", "/v1/aggregates/63/2025")
WORKING = {200, 503}


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"pool_size": 4, "refresh_seconds": 0.1})


@pytest.fixture
async def busy(dsn: str, database: Database, quick: Settings) -> AsyncIterator[Client]:
    """A client of an application of its own, all of whose connections are open and know every statement."""
    assert database is not None  # its fixture deletes what the test stores
    async with serving(dsn, quick) as client:
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        assert (await client.put(make_body())).status_code == 201
        assert await statuses(client) == {200}
        yield client


async def statuses(client: Client) -> set[int]:
    """The statuses of many reads at once, so that every connection of both pools is used."""
    answers = await asyncio.gather(*(client.get(path) for path in READS * 8))
    return {answer.status_code for answer in answers}


async def assert_recovers(client: Client) -> None:
    """Checks that reads give nothing but 200 and 503, and soon only 200."""
    seen: set[int] = set()

    async def works() -> bool:
        found = await statuses(client)
        seen.update(found)
        return found == {200}

    await eventually(works)
    assert seen <= WORKING
    assert (await client.put(make_body(2))).status_code == 201


@pytest.mark.parametrize(
    ("there", "back"),
    [
        ("ALTER TABLE submission ALTER year TYPE bigint", "ALTER TABLE submission ALTER year TYPE smallint"),
        ("ALTER TABLE region ALTER name TYPE varchar(200)", "ALTER TABLE region ALTER name TYPE varchar"),
    ],
)
async def test_a_column_of_another_type_is_503_at_most(busy: Client, connection: Any, there: str, back: str) -> None:
    await connection.execute(there)
    try:
        await assert_recovers(busy)
    finally:
        await connection.execute(back)
    await assert_recovers(busy)


async def test_a_plan_for_other_tables_is_503_in_a_transaction_and_made_anew_outside_one(
    dsn: str, quick: Settings, connection: Any
) -> None:
    await connection.execute("CREATE TABLE kept (word integer); GRANT ALL ON kept TO ikk_service")
    try:
        async with Database.open(dsn, quick) as database:

            async def read() -> None:
                async with database.session() as session:
                    await session.execute(text("SELECT * FROM kept"))

            async def read_bare() -> None:
                async with database.connection() as bare:
                    await bare.fetch("SELECT * FROM kept")

            await read()
            await read_bare()
            await connection.execute("ALTER TABLE kept ALTER word TYPE text")
            with pytest.raises(UnavailableError):
                await read()
            await read_bare()
            await read()
    finally:
        await connection.execute("DROP TABLE kept")


async def test_connections_that_were_ended_are_503_at_most(busy: Client, connection: Any) -> None:
    ended = await connection.fetchval(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
        "WHERE application_name = 'ikk' AND datname = current_database()"
    )
    assert ended > 2
    await assert_recovers(busy)


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as server:
        server.start({})
        yield server


@pytest.mark.foreign
@needs_postgresql
async def test_a_restart_of_the_server_is_503_at_most(server: Postgres, quick: Settings) -> None:
    await migrate(server.dsn)
    async with Database.open(server.dsn, quick) as database:

        async def works() -> bool:
            try:
                async with database.session() as session, database.connection() as bare:
                    return bool(await session.scalar(text("SELECT 1")) and await bare.fetchval("SELECT 1"))
            except UnavailableError:
                return False

        assert await works()
        server.stop()
        assert not await works()
        await asyncio.to_thread(server.start, {})
        await eventually(works)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("SELECT $1::int", ()),
        ("SELECT $1::int", (1, 2)),
        ("SELECT $1::int", ("one",)),
        ("SELECT $1::int", (2**40,)),
        ("SELECT $1::timestamptz", ("now",)),
        ("SELECT 1 / $1::int", (0,)),
        ("SELECT 'x' || $1::text::int", ("x",)),
        ("SELECT nothing FROM nowhere", ()),
        ("SELEC 1", ()),
    ],
)
async def test_a_wrong_statement_is_an_error_of_ours_and_not_a_database_that_is_gone(
    database: Database, statement: str, values: tuple[Any, ...]
) -> None:
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresError)):
        async with database.connection() as bare:
            await bare.fetch(statement, *values)
    async with database.connection() as bare:
        assert await bare.fetchval("SELECT 1") == 1


@pytest.mark.parametrize(
    ("statement", "value"),
    [
        ("SELECT (:value)::int", "one"),
        ("SELECT (:value)::int", 2**40),
        ("SELECT (:value)::timestamptz", "now"),
        ("SELECT 1 / (:value)::int", 0),
        ("SELECT nothing FROM nowhere WHERE 1 = :value", 1),
    ],
)
async def test_a_wrong_statement_of_a_session_is_an_error_of_ours(
    database: Database, statement: str, value: object
) -> None:
    with pytest.raises(DBAPIError):
        async with database.session() as session:
            await session.execute(text(statement), {"value": value})


@pytest.mark.parametrize("error", [FileNotFoundError, PermissionError, KeyError, ValueError])
async def test_an_error_of_our_own_inside_a_transaction_stays_what_it_is(
    database: Database, error: type[Exception]
) -> None:
    with pytest.raises(error):
        async with database.session():
            raise error("keys.json")
    with pytest.raises(error):
        async with database.connection():
            raise error("keys.json")


async def test_a_connection_that_ended_inside_the_block_is_gone(database: Database, connection: Any) -> None:
    async def use_bare() -> None:
        async with database.connection() as bare:
            await connection.execute("SELECT pg_terminate_backend($1)", bare.get_server_pid())
            await bare.fetchval("SELECT 1")
            await bare.fetchval("SELECT 1")

    async def use_session() -> None:
        async with database.session() as session:
            number = await session.scalar(text("SELECT pg_backend_pid()"))
            await connection.execute("SELECT pg_terminate_backend($1)", number)
            await session.execute(text("SELECT 1"))

    for use in (use_bare, use_session):
        with pytest.raises(UnavailableError):
            await use()


async def test_a_connection_of_ours_that_the_driver_closed_is_gone(database: Database) -> None:
    async def use() -> None:
        async with database.connection() as bare:
            bare.terminate()
            await bare.fetchval("SELECT 1")

    with pytest.raises(UnavailableError):
        await use()


async def test_a_pool_that_closes_is_gone(dsn: str, quick: Settings) -> None:
    async with Database.open(dsn, quick) as database:
        pass
    with pytest.raises(UnavailableError):
        async with database.connection():
            pass


async def test_a_connection_in_use_when_others_are_distrusted_is_closed_when_it_comes_back(
    busy: Client, connection: Any
) -> None:
    """Closed and not only dropped, because a dropped one stays open until Python collects it."""
    database: Database = busy.app.state.database
    pid = text("SELECT pg_backend_pid()")
    async with database.session() as held:
        old = (await held.execute(pid)).scalar_one()
        async with database.connection() as bare:
            bare_pid = await bare.fetchval("SELECT pg_backend_pid()")
        database._connector.distrust(PoolerError())
        assert (await held.execute(pid)).scalar_one() == old
    async with database.session() as after:
        assert (await after.execute(pid)).scalar_one() != old
    async with database.connection() as bare:
        assert await bare.fetchval("SELECT pg_backend_pid()") != bare_pid

    async def gone() -> bool:
        return not await connection.fetch("SELECT FROM pg_stat_activity WHERE pid = $1", old)

    await eventually(gone)
