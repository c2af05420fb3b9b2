"""Two logins on a PostgreSQL of the distribution: an owner that migrates, and one that serves and owns nothing."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest

from app.config import Settings
from app.platform.database import SERVICE_ROLE
from tests.commands.test_commands import Command
from tests.platform.test_logins import Add, assert_works, logins, run, serving
from tests.support.databases import fresh_database
from tests.support.factories import EVERYTHING, make_body
from tests.support.postgres import BINARIES, Postgres, needs_postgresql, running_postgres

pytestmark = [pytest.mark.foreign, needs_postgresql]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as server:
        server.start({})
        yield server


@pytest.fixture
async def empty(server: Postgres) -> AsyncIterator[str]:
    await run(server.dsn, f"DO $$ BEGIN CREATE ROLE {SERVICE_ROLE} NOLOGIN; EXCEPTION WHEN OTHERS THEN END $$")
    async with fresh_database(server.dsn, "ikk_test_logins") as dsn:
        yield dsn


@pytest.fixture
async def add(empty: str) -> AsyncIterator[Add]:
    async with logins(empty, "ikk_test") as add:
        yield add


def load(owner: str, settings: Settings) -> None:
    """Everything that a server needs, as the login that owns the database and is a member of the role."""
    ikk = Command(owner, settings.folder)
    for command in (("migrate",), ("regions", "load"), ("instrument", "publish")):
        ikk.done(*command)


async def reasons(dsn: str, settings: Settings, language: str = "en") -> tuple[list[str], str]:
    async with serving(dsn, settings) as client:
        answer = await client.http.get("/health/ready", headers={"Accept-Language": language})
        return answer.json().get("reasons", []), answer.json().get("detail", "")


async def test_a_login_that_owns_nothing_serves_what_the_owner_migrated(add: Add, settings: Settings) -> None:
    owner, login = await add(owns=True, member=True), await add(member=True)
    Command(owner, settings.folder).done("migrate")
    await assert_works(login, settings, Command(login, settings.folder))


async def test_logins_that_pass_by_row_security_are_not_ready(
    empty: str, add: Add, settings: Settings, server: Postgres
) -> None:
    owner, plain = await add(owns=True, member=True), await add(member=True)
    load(owner, settings)
    assert await reasons(plain, settings) == ([], "")
    for dsn in (owner, empty, await add("BYPASSRLS", member=True), await add("SUPERUSER")):
        found, detail = await reasons(dsn, settings)
        assert found == ["login"]
        assert "can pass by row-level security" in detail
    assert "melewati keamanan per baris" in (await reasons(owner, settings, "id"))[1]
    # Whoever is a member of the owner, or of a role without limits, can become it.
    becoming = await add(member=True)
    await run(empty, "GRANT ikk_test_0 TO ikk_test_4")
    assert (await reasons(becoming, settings))[0] == ["login"]
    # Outside of the service's role, such a login reads every table.
    reading = await add(member=True)
    await run(empty, "GRANT pg_read_all_data TO ikk_test_5")
    assert (await reasons(reading, settings))[0] == ["login"]


async def test_a_role_that_row_security_does_not_bind_serves_nothing(empty: str, add: Add, settings: Settings) -> None:
    owner, login = await add(owns=True, member=True), await add(member=True)
    load(owner, settings)
    for grant, revoke in (
        (f"ALTER ROLE {SERVICE_ROLE} BYPASSRLS", f"ALTER ROLE {SERVICE_ROLE} NOBYPASSRLS"),
        (
            f"ALTER TABLE submission OWNER TO {SERVICE_ROLE}",
            f"ALTER TABLE submission OWNER TO ikk_test_0; GRANT ALL ON submission TO {SERVICE_ROLE}",
        ),
    ):
        async with serving(login, settings) as client:
            await client.sign_in(scopes=EVERYTHING, regions=["63"])
            assert (await client.put(make_body())).status_code in (200, 201)
            await run(empty, grant)
            try:
                assert "row_security" in (await client.get("/health/ready")).json()["reasons"]
                # Ready has closed every connection, and no new one is taken.
                for path in ("/v1/regions", "/v1/submissions", "/v1/aggregates/63/2025"):
                    answer = await client.get(path)
                    assert (answer.status_code, answer.json().get("reasons")) == (503, ["row_security"]), path
            finally:
                await run(empty, revoke)
            assert (await client.get("/health/ready")).status_code == 200
            assert (await client.get("/v1/submissions")).status_code == 200


def dump(dsn: str) -> str:
    assert BINARIES is not None
    return subprocess.run([str(BINARIES / "pg_dump"), dsn], capture_output=True, text=True, check=True).stdout


async def test_the_owner_dumps_and_sees_every_row(empty: str, add: Add, settings: Settings) -> None:
    owner, login = await add(owns=True, member=True), await add(member=True)
    load(owner, settings)
    async with serving(login, settings) as client:
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        sent = (await client.put(make_body())).json()["id"]
    assert sent in await asyncio.to_thread(dump, owner)
    connection: Any = await asyncpg.connect(owner)
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1
    await connection.close()
