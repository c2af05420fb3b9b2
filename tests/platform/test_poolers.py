"""A real PgBouncer between the service and PostgreSQL: session mode works, and every other mode is refused."""

import os
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from app.config import Settings
from app.platform.database import SERVICE_ROLE, Database
from app.platform.unavailable import PoolerError
from tests.commands.test_commands import Command
from tests.platform.test_logins import logins, serving
from tests.support.factories import EVERYTHING, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.pooler import Pooler, needs_pgbouncer, pooling
from tests.support.wire import eventually

pytestmark = [pytest.mark.foreign, needs_pgbouncer]

IGNORED = {"ignore_startup_parameters": "role,statement_timeout,idle_in_transaction_session_timeout,options"}
ROUTES = ("/v1/regions", "/v1/submissions", "/v1/aggregates/63/2025")
STATE = """
SELECT current_user AS role, current_setting('statement_timeout') AS statement,
    current_setting('idle_in_transaction_session_timeout') AS idle,
    coalesce(current_setting('ikk.area', true), '') AS area, row_security_active('submission') AS bound
"""


@pytest.fixture
async def login(dsn: str, database: Database, worker_id: str) -> AsyncIterator[str]:
    """This worker's database with a login that is a member of the service's role and nothing else."""
    assert database is not None  # its fixture deletes what the test stores
    async with logins(dsn, f"ikk_test_pooled_{worker_id}_{os.getpid()}") as add:
        yield await add(member=True)


@pytest.fixture
def quick(settings: Settings) -> Settings:
    return settings.model_copy(update={"pool_size": 3, "refresh_seconds": 0.1})


async def assert_bound(client: Client) -> None:
    """Checks a connection of each pool: role, times, and that no area is left behind."""
    database: Database = client.app.state.database
    wanted = {"role": SERVICE_ROLE, "statement": "5s", "idle": "10s", "area": "", "bound": True}
    async with database.session() as session:
        assert dict((await session.execute(text(STATE))).mappings().one()) == wanted
    async with database.connection() as connection:
        assert dict(await connection.fetchrow(STATE)) == wanted


async def assert_refused(client: Client) -> None:
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    ready = await client.http.get("/health/ready", headers={"Accept-Language": "en"})
    assert (ready.status_code, ready.json()["reasons"]) == (503, ["pooler"])
    assert "session mode" in ready.json()["detail"]
    for path in ROUTES:
        assert (await client.get(path)).status_code == 503, path
    assert (await client.put(make_body())).status_code == 503
    assert (await client.get("/health/live")).status_code == 200


@pytest.mark.parametrize("ignored", [{}, IGNORED], ids=["strict", "ignoring"])
async def test_in_session_mode_everything_works(
    login: str, quick: Settings, ignored: dict[str, str], connection: Any
) -> None:
    async with pooling(login, pool_mode="session", **ignored) as pooler, serving(pooler.dsn, quick) as client:
        assert (await client.get("/health/ready")).json() == {"status": "ready"}
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        for seed in range(8):
            assert (await client.put(make_body(seed))).status_code == 201
        assert (await client.get("/v1/aggregates/63/2025")).json()["families"] == 8
        assert len((await client.get("/v1/submissions")).json()["items"]) == 8
        await assert_bound(client)
        assert await connection.fetchval("SELECT count(*) FROM submission") == 8
        await client.sign_in(scopes=EVERYTHING, regions=["64"])
        assert (await client.get("/v1/submissions")).json()["items"] == []


async def test_in_session_mode_the_next_client_of_a_session_starts_clean(login: str, quick: Settings) -> None:
    async with pooling(login, pool_mode="session", default_pool_size="8") as pooler:
        for _ in range(3):
            async with serving(pooler.dsn, quick) as client:
                assert (await client.get("/health/ready")).status_code == 200
                await assert_bound(client)
        stranger = await asyncpg.connect(pooler.dsn)
        assert await stranger.fetchval("SELECT current_user = session_user")
        await stranger.close()


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"default_pool_size": "1"},
        {"default_pool_size": "2", "server_round_robin": "1"},
        {"server_round_robin": "1"},
        {"server_reset_query_always": "1"},
        IGNORED,
    ],
    ids=["usual", "one session", "two in turns", "in turns", "always reset", "ignoring"],
)
@pytest.mark.parametrize("mode", ["transaction", "statement"])
@pytest.mark.parametrize("warm", [0, 3], ids=["alone", "beside others"])
async def test_every_other_mode_is_refused(
    login: str, quick: Settings, mode: str, changed: dict[str, str], warm: int
) -> None:
    async with pooling(login, pool_mode=mode, **changed) as pooler:
        others = [await asyncpg.connect(pooler.dsn) for _ in range(warm)]
        for each in others:
            await each.execute("SELECT 1")
        with capture_logs() as logs:
            async with serving(pooler.dsn, quick) as client:
                await assert_refused(client)
        for each in others:
            await each.close()
    told = [line for line in logs if line["event"] == "pooler refused"]
    assert len(told) == 1
    assert "pool_mode = session" in told[0]["remedy"]


async def test_sessions_that_are_not_reset_are_refused(login: str, quick: Settings) -> None:
    async with pooling(login, pool_mode="session", server_reset_query="", default_pool_size="2") as pooler:
        before = await asyncpg.connect(pooler.dsn)
        await before.fetchval("SELECT 1")  # its prepared statement stays behind
        await before.close()
        async with Database.open(pooler.dsn, quick) as database:
            with pytest.raises(PoolerError):
                async with database.connection():
                    pass


async def test_a_mode_that_changes_beside_a_running_server_is_noticed(login: str, quick: Settings) -> None:
    async with pooling(login, pool_mode="session") as pooler, serving(pooler.dsn, quick) as client:
        assert (await client.get("/health/ready")).status_code == 200
        await change_mode(pooler, login, "transaction")

        async def is_noticed() -> bool:
            return bool((await client.get("/health/ready")).json().get("reasons") == ["pooler"])

        # PgBouncer leaves each open connection its session until its next transaction has ended.
        await eventually(is_noticed)
        await assert_refused(client)
        await change_mode(pooler, login, "session")

        async def is_ready() -> bool:
            return (await client.get("/health/ready")).status_code == 200

        await eventually(is_ready)
        await assert_bound(client)


async def change_mode(pooler: Pooler, upstream: str, mode: str) -> None:
    pooler.configure(upstream, pool_mode=mode)
    await pooler.tell("RELOAD")


async def test_a_command_says_which_mode_is_needed(login: str, quick: Settings) -> None:
    async with pooling(login, pool_mode="transaction") as pooler:
        said = " ".join(Command(pooler.dsn, quick.folder).stopped("agency", "list").split())
    assert "pool_mode = session" in said


async def test_an_area_ends_with_its_transaction(login: str, quick: Settings) -> None:
    async with pooling(login, pool_mode="session") as pooler, Database.open(pooler.dsn, quick) as database:
        async with database.session([LANDASAN_ULIN_SELATAN]) as session:
            assert await session.scalar(text("SELECT current_setting('ikk.area')")) == f"{{{LANDASAN_ULIN_SELATAN}}}"
        async with database.session() as session:
            assert await session.scalar(text("SELECT current_setting('ikk.area')")) == ""
