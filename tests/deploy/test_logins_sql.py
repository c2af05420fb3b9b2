"""The logins of `deploy/logins.sql` on a real PostgreSQL: what each may do, and what comes into the server's log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.deploy.conftest import PASSWORDS, Server
from tests.support.families import make_named_body
from tests.support.serving import Server as Api
from tests.support.serving import put, serving

pytestmark = pytest.mark.process


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
async def api(province: Server, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    """The service with the login that owns nothing."""
    async with serving(tmp_path_factory.mktemp("api"), province.dsn("ikk_api"), **province.key_ring) as server:
        yield server


async def test_it_works(api: Api) -> None:
    async with api.client() as http:
        sent = await put(http)
        assert sent.status_code == 201
        assert (await http.get(f"/v1/submissions/{sent.json()['id']}")).status_code == 200


async def test_a_second_run_changes_nothing_but_passwords(province: Server) -> None:
    again = await asyncio.to_thread(province.make_logins, API_PASSWORD="another-password-for-a-moment")
    assert again.returncode == 0, again.stderr
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(province.dsn("ikk_api"))
    assert (await asyncio.to_thread(province.make_logins)).returncode == 0
    async with connected(province.dsn("ikk_api")) as connection:
        assert await connection.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("password", ["", "short", PASSWORDS["ikk_owner"]])
async def test_weak_or_equal_passwords_are_refused(province: Server, password: str) -> None:
    refused = await asyncio.to_thread(province.make_logins, API_PASSWORD=password)
    assert refused.returncode != 0
    assert "16 characters" in refused.stderr
    async with connected(province.dsn("ikk_api")) as connection:
        assert await connection.fetchval("SELECT 1") == 1


@pytest.mark.parametrize("login", ["ikk_owner", "ikk_api"])
async def test_neither_login_is_a_superuser_or_walks_around_row_level_security(province: Server, login: str) -> None:
    async with connected(province.dsn("postgres")) as connection:
        rights = await connection.fetchrow(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls "
            "FROM pg_roles WHERE rolname = $1",
            login,
        )
    assert set(rights) == {False}


async def test_the_login_of_the_service_owns_nothing_and_is_a_member_of_one_role(province: Server) -> None:
    async with connected(province.dsn("postgres")) as connection:
        owned = "SELECT count(*) FROM pg_shdepend WHERE deptype = 'o' AND refobjid = 'ikk_api'::regrole"
        assert await connection.fetchval(owned) == 0
        member = "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'ikk_api'::regrole"
        assert [row[0] for row in await connection.fetch(member)] == ["ikk_service"]


REFUSED = (
    "SELECT * FROM submission",
    "SELECT * FROM person",
    "SELECT * FROM audit_entry",
    "SELECT * FROM audit_log",
    "DELETE FROM village_sums",
    "CREATE TABLE mine ()",
    "CREATE TEMPORARY TABLE mine ()",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "SET ROLE ikk_owner",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION ikk_owner",
    "ALTER ROLE ikk_api SUPERUSER",
    "ALTER TABLE submission DISABLE ROW LEVEL SECURITY",
    "GRANT ikk_owner TO ikk_api",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY (SELECT 1) TO PROGRAM 'true'",
    "SET log_min_messages = 'debug5'",
    "SET log_statement = 'all'",
)


@pytest.mark.parametrize("statement", REFUSED)
async def test_the_login_of_the_service_may_do_nothing_by_itself(province: Server, statement: str) -> None:
    async with connected(province.dsn("ikk_api")) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


@pytest.mark.parametrize("statement", [each for each in REFUSED if not each.startswith("SELECT * ")])
async def test_the_role_of_the_service_changes_no_table_and_no_rule(province: Server, statement: str) -> None:
    if statement == "DELETE FROM village_sums":
        statement = "TRUNCATE village_sums"
    async with connected(province.dsn("ikk_api")) as connection:
        await connection.execute("SET ROLE ikk_service")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_the_role_of_the_service_sees_a_family_only_in_an_area(province: Server, api: Api) -> None:
    async with api.client() as http:
        assert (await put(http, 2)).status_code == 201
    async with connected(province.dsn("ikk_api")) as connection:
        await connection.execute("SET ROLE ikk_service")
        for table in ("submission", "family", "family_identity", "family_key"):
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
        await connection.execute("SELECT set_config('ikk.area', '{6371}', false)")
        assert await connection.fetchval("SELECT count(*) FROM submission") == 0
        await connection.execute("SELECT set_config('ikk.area', '{6372}', false)")
        assert await connection.fetchval("SELECT count(*) FROM submission") > 0


async def test_another_login_of_the_server_does_not_reach_the_database(province: Server) -> None:
    async with connected(province.dsn("postgres")) as connection:
        await connection.execute("CREATE ROLE stranger LOGIN PASSWORD 'only-for-this-test'")
        try:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await asyncpg.connect(f"postgresql://stranger:only-for-this-test@127.0.0.1:{province.port}/ikk")
        finally:
            await connection.execute("DROP ROLE stranger")


async def test_the_log_of_postgresql_holds_no_answer_no_number_and_no_password(
    province: Server, api: Api, tmp_path: Path
) -> None:
    """The server of this test logs whatever it can. The settings of the logins keep values out all the same."""
    body = make_named_body(5)
    async with api.client() as http:
        assert (await http.put(f"/v1/submissions/{uuid4()}", json=body)).status_code == 201
    async with connected(province.dsn("ikk_owner")) as owner:
        await owner.execute("ALTER TABLE family_identity ADD CONSTRAINT never CHECK (key_id = '') NOT VALID")
        try:
            async with api.client() as http:
                assert (await http.put(f"/v1/submissions/{uuid4()}", json=make_named_body(7))).status_code == 500
        finally:
            await owner.execute("ALTER TABLE family_identity DROP CONSTRAINT never")
    for login in ("ikk_owner", "ikk_api"):
        async with connected(province.dsn(login)) as connection:
            await connection.execute("SET ROLE ikk_service")
            for statement, error in (
                ("SELECT 'zebra-6372015507850001'::int", asyncpg.InvalidTextRepresentationError),
                ("SELECT '{\"zebra\": 6372015507850001'::json", asyncpg.InvalidTextRepresentationError),
                ("SELECT 'zebra' FROM nowhere_6372015507850001", asyncpg.UndefinedTableError),
                ("INSERT INTO region SELECT * FROM region LIMIT 1", asyncpg.PostgresError),
                ("DO $$ BEGIN RAISE WARNING 'zebra'; RAISE EXCEPTION 'zebra'; END $$", asyncpg.RaiseError),
            ):
                with pytest.raises(error):
                    await connection.execute(statement)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(province.dsn("ikk_api").replace("only-for", "zebra"))
    assert "password authentication failed" in province.log
    family = body["family"]
    for said in (*PASSWORDS.values(), family["card_number"], family["address"], "zebra", "637201", "INSERT INTO sub"):
        assert said not in province.log, said
    assert "SCRAM-SHA-256$" not in province.log
