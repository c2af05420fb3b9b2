"""PgBouncer with `deploy/pgbouncer.ini` before a real PostgreSQL, and the service behind it."""

import asyncio
import os
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from app.config import Settings
from app.embedded.data_folder import find_account
from tests.deploy.conftest import Server
from tests.support.programs import DEPLOY, changed, free_port, needs, started
from tests.support.serving import put, serving
from tests.support.wire import eventually

pytestmark = pytest.mark.foreign


@pytest.fixture(scope="module")
async def pooled(province: Server) -> AsyncIterator[str]:
    """The address of the service's login through PgBouncer."""
    program = needs("pgbouncer", "pgbouncer")
    folder = province.folder / "pgbouncer"
    folder.mkdir()
    connection = await asyncpg.connect(province.dsn("postgres"))
    query = """SELECT format('"%s" "%s"', rolname, rolpassword) FROM pg_authid WHERE rolname = 'ikk_api'"""
    assert query in (DEPLOY / "pgbouncer.ini").read_text("utf-8")
    (folder / "userlist.txt").write_text(await connection.fetchval(query))
    await connection.close()
    port = free_port()
    (folder / "pgbouncer.ini").write_text(
        changed(
            "pgbouncer.ini",
            {
                "port=5432": f"port={province.port}",
                "listen_port = 6432": f"listen_port = {port}",
                "/var/log/postgresql": str(folder),
                "/run/postgresql": str(folder),
                "/etc/pgbouncer": str(folder),
            },
        )
    )
    uid, gid = find_account()
    for path in (folder, *folder.iterdir()):
        os.chown(path, uid, gid)
    account = ["-u", "nobody"] if os.geteuid() == 0 else []
    url = urlsplit(province.dsn("ikk_api"))
    address = urlunsplit(url._replace(netloc=url.netloc.replace(str(province.port), str(port))))
    with started([program, *account, str(folder / "pgbouncer.ini")], folder / "output"):

        async def answers() -> bool:
            try:
                await (await asyncpg.connect(address)).close()
            except OSError:
                return False
            return True

        await eventually(answers)
        yield address


async def test_it_works(pooled: str) -> None:
    connection = await asyncpg.connect(pooled)
    assert await connection.fetchval("SELECT session_user::text || $1::text", "!") == "ikk_api!"
    await connection.close()


async def test_it_starts_without_a_warning(pooled: str, province: Server) -> None:
    assert pooled
    log = (province.folder / "pgbouncer" / "pgbouncer.log").read_text("utf-8")
    assert "process up" in log
    assert "WARNING" not in log
    assert "ERROR" not in log


async def test_nobody_administers_it_and_no_other_login_comes_in(pooled: str) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(pooled.replace("/ikk", "/pgbouncer", 1).rpartition("/")[0] + "/pgbouncer")
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(pooled.replace("ikk_api:", "ikk_owner:", 1))


def test_there_are_connections_for_the_processes_that_the_proxy_names() -> None:
    """Two pools for each process, and two connections more while it compares what the pooler gives it."""
    settings = dict(
        line.split(" = ", 1) for line in (DEPLOY / "pgbouncer.ini").read_text("utf-8").splitlines() if " = " in line
    )
    processes = (DEPLOY / "ikk-servers.conf").read_text("utf-8").count("\nserver ")
    assert int(settings["default_pool_size"]) >= processes * (2 * Settings().pool_size + 5)
    assert int(settings["max_client_conn"]) >= int(settings["default_pool_size"])
    assert float(settings["query_wait_timeout"]) >= Settings().database_timeout_seconds
    assert settings["pool_mode"] == "session"


def test_the_log_and_the_configuration_hold_no_password(pooled: str, province: Server) -> None:
    assert pooled
    for file in sorted((province.folder / "pgbouncer").iterdir()):
        if file.is_file():
            assert "only-for-this-test" not in file.read_text("utf-8")


@pytest.mark.process
async def test_the_service_works_behind_it_with_all_connections_of_two_processes(
    pooled: str, province: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one, two = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("two")
    settings = {**province.key_ring, "IKK_POOL_SIZE": str(Settings().pool_size)}
    async with (
        serving(one, pooled, **settings) as first,
        serving(two, pooled, **settings) as second,
        first.client() as http,
        second.client() as other,
    ):
        assert [(await each.get("/health/ready")).status_code for each in (http, other)] == [200, 200]
        sent = await asyncio.gather(*(put(each, seed) for seed in range(40) for each in (http, other)))
        assert {answer.status_code for answer in sent} == {201}
        read = await asyncio.gather(*(http.get(f"/v1/submissions/{each.json()['id']}") for each in sent))
        assert {answer.status_code for answer in read} == {200}
        assert (await other.get("/health/ready")).status_code == 200
