"""Database logins that are not superusers: migrating and serving with them, and the errors if they lack a right."""

import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg
import pytest
from httpx import ASGITransport, AsyncClient

from app import embedded
from app.config import Settings
from app.main import create_app
from app.platform.database import SERVICE_ROLE
from app.platform.migrations import migrate
from tests.commands.test_commands import Command
from tests.support.databases import fresh_database
from tests.support.factories import EVERYTHING, Client, make_body

PASSWORD = "only-for-this-test"
Add = Callable[..., Awaitable[str]]


def as_login(dsn: str, name: str) -> str:
    """The DSN of the same database with another login."""
    url = urlsplit(dsn)
    where = url.netloc.rpartition("@")[2]
    return urlunsplit(url._replace(netloc=f"{quote(name)}:{PASSWORD}@{where}"))


@asynccontextmanager
async def logins(dsn: str, prefix: str) -> AsyncIterator[Add]:
    """Makes logins on a server. Drops them afterwards, with what they own in this database."""
    administrator = await asyncpg.connect(dsn)
    names: list[str] = []

    async def add(rights: str = "", *, owns: bool = False, member: bool = False) -> str:
        name = f"{prefix}_{len(names)}"
        names.append(name)
        await administrator.execute(f"CREATE ROLE {name} LOGIN {rights} PASSWORD '{PASSWORD}'")
        if owns:
            await administrator.execute(f"ALTER DATABASE {urlsplit(dsn).path[1:]} OWNER TO {name}")
        if member:
            await administrator.execute(f"GRANT {SERVICE_ROLE} TO {name}")
        return as_login(dsn, name)

    try:
        yield add
        for name in names:
            await administrator.execute(f"REASSIGN OWNED BY {name} TO CURRENT_USER")
            await administrator.execute(f"DROP OWNED BY {name}")
            await administrator.execute(f"DROP ROLE {name}")
    finally:
        await administrator.close()


@pytest.fixture
async def add_login(empty_dsn: str, dsn: str, worker_id: str) -> AsyncIterator[Add]:
    """Makes logins on the tests' server, which has the service's role because this worker's database was migrated."""
    assert dsn != empty_dsn
    async with logins(empty_dsn, f"ikk_test_{worker_id}_{os.getpid()}") as add:
        yield add


@asynccontextmanager
async def serving(dsn: str, settings: Settings) -> AsyncIterator[Client]:
    app = create_app(settings, dsn)
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        yield Client(http, app)


async def assert_works(dsn: str, settings: Settings, ikk: Command) -> None:
    """Checks that all commands and a server work on the database with this login."""
    ikk.done("regions", "load")
    ikk.done("instrument", "publish")
    ikk.done("agency", "create", "dp3a", "--name", "DP3A", "--scope", "aggregates:read", "--region", "63")
    ikk.done("person", "create", "rahmat", "--name", "Rahmat", "--role", "operator", "--region", "ID")
    assert "all as they were sealed" in ikk.done("audit", "verify")
    async with serving(dsn, settings) as client:
        await client.sign_in(scopes=EVERYTHING, regions=["63"])
        sent = await client.put(make_body())
        assert sent.status_code == 201
        assert (await client.get(f"/v1/submissions/{sent.json()['id']}")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200


@pytest.fixture(scope="module")
def new_server() -> Iterator[str]:
    """A server for this module. Roles belong to a whole server, and the tests' server already has ours."""
    # Not tmp_path, because no other account may enter it, and root's server runs under another.
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="ikk-test-") as base:
        Path(base).chmod(0o755)
        with embedded.running(Path(base) / "postgres", options={"fsync": "off"}) as dsn:
            yield dsn


@pytest.mark.process
async def test_it_works_with_the_owner_of_the_database_who_may_make_roles(new_server: str, settings: Settings) -> None:
    await run(new_server, f"DROP ROLE IF EXISTS {SERVICE_ROLE}")
    async with fresh_database(new_server, "first") as dsn, logins(dsn, "maker") as add:
        owner = await add("CREATEDB CREATEROLE", owns=True)
        ikk = Command(owner, settings.folder)
        ikk.done("migrate")
        await assert_works(owner, settings, ikk)


@pytest.mark.process
async def test_a_login_that_may_not_make_the_role_is_told_what_an_administrator_has_to_run(
    new_server: str, settings: Settings
) -> None:
    await run(new_server, f"DROP ROLE IF EXISTS {SERVICE_ROLE}")
    async with fresh_database(new_server, "second") as dsn, logins(dsn, "modest") as add:
        ikk = Command(await add(owns=True), settings.folder)
        sentence = f"CREATE ROLE {SERVICE_ROLE} NOLOGIN; GRANT {SERVICE_ROLE} TO modest_0"
        assert sentence in " ".join(ikk.stopped("migrate").split())
        await run(dsn, sentence)
        ikk.done("migrate")
        ikk.done("agency", "list")


@pytest.mark.process
async def test_a_second_database_of_the_server_uses_the_same_role(new_server: str, settings: Settings) -> None:
    async with fresh_database(new_server, "third") as dsn, fresh_database(new_server, "fourth") as other:
        await migrate(dsn)
        async with logins(other, "second") as add:
            ikk = Command(await add("CREATEROLE", owns=True, member=True), settings.folder)
            ikk.done("migrate")
            ikk.done("agency", "list")


async def run(dsn: str, statements: str) -> None:
    connection: Any = await asyncpg.connect(dsn)
    await connection.execute(statements)
    await connection.close()


async def test_the_owner_of_the_database_needs_no_more_than_to_be_a_member(add_login: Add, settings: Settings) -> None:
    ikk = Command(await add_login(owns=True, member=True), settings.folder)
    ikk.done("migrate")
    ikk.done("agency", "list")


async def test_a_member_who_owns_nothing_serves_what_another_login_migrated(add_login: Add, settings: Settings) -> None:
    owner, server = await add_login(owns=True), await add_login(member=True)
    Command(owner, settings.folder).done("migrate")
    ikk = Command(server, settings.folder)
    await assert_works(server, settings, ikk)
    ikk.done("migrate")


async def test_a_login_that_is_no_member_is_told_so_by_commands_and_by_the_server(
    add_login: Add, settings: Settings
) -> None:
    owner = await add_login("CREATEDB", owns=True)
    ikk = Command(owner, settings.folder)
    ikk.done("migrate")
    assert f"GRANT {SERVICE_ROLE} TO" in " ".join(ikk.stopped("regions", "load").split())
    async with serving(owner, settings) as client:
        answer = await client.get("/health/ready")
        assert (answer.status_code, answer.json()["reasons"]) == (503, ["role"])


async def test_a_login_that_may_not_make_tables_is_told_so(add_login: Add, settings: Settings) -> None:
    stranger = await add_login(member=True)
    assert "as the login that owns the database" in " ".join(
        Command(stranger, settings.folder).stopped("migrate").split()
    )
