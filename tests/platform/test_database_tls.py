"""TLS to a real PostgreSQL: what each `sslmode` asks for is given, or there is no connection. Never clear text."""

from collections.abc import Iterator

import asyncpg
import pytest
from sqlalchemy import text

from app.config import Settings
from app.platform.database import Database, UnavailableError
from app.platform.migrations import make_owner_engine, migrate
from tests.commands.test_commands import Command
from tests.support.certificates import Authority
from tests.support.postgres import Postgres, give, needs_postgresql, running_postgres

pytestmark = [pytest.mark.foreign, needs_postgresql]

ACCESS = """
local all all trust
hostssl all clerk 127.0.0.0/8 cert
host all all 127.0.0.0/8 trust
"""
SECURE = "SELECT coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false)"
ENCRYPTED, CLEAR = [True] * 3, [False] * 3
HOST, OTHER = "127.0.0.1", "127.0.0.2"
"""The address in the server's certificate, and another one of the same server."""


class Place:
    """Addresses of a server with TLS and of one without, with certificates of two authorities."""

    def __init__(self, secure: Postgres, plain: Postgres) -> None:
        self.secure, self.plain = secure, plain
        self.ours, self.strange = Authority(secure.folder, "ours"), Authority(secure.folder, "strange")
        certificate, key = self.ours.sign("server", HOST)
        self.clerk = self.ours.sign("clerk")
        give(key)
        access = secure.folder / "access"
        access.write_text(ACCESS)
        tls = {"ssl": "on", "ssl_cert_file": certificate, "ssl_key_file": key, "ssl_ca_file": self.ours.file}
        addresses = {"listen_addresses": f"{HOST},{OTHER}", "hba_file": str(access)}
        secure.start({**addresses, **{name: str(value) for name, value in tls.items()}})
        plain.start({"listen_addresses": HOST})

    def dsn(self, query: str, *, host: str = HOST, user: str = "postgres", server: Postgres | None = None) -> str:
        query = query.format(ours=self.ours.file, strange=self.strange.file, crt=self.clerk[0], key=self.clerk[1])
        return f"postgresql://{user}@{host}:{(server or self.secure).port}/ikk?{query}"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with running_postgres() as secure, running_postgres() as plain:
        yield Place(secure, plain)


@pytest.fixture(scope="module")
async def tables(place: Place) -> None:
    for dsn in (place.secure.dsn, place.plain.dsn):
        await migrate(dsn)
    owner = await asyncpg.connect(place.secure.dsn)
    await owner.execute("CREATE ROLE clerk LOGIN IN ROLE ikk_service")
    await owner.close()


async def seen(dsn: str, settings: Settings) -> list[bool]:
    """Whether the connections of both pools and of migrations are encrypted."""
    engine = make_owner_engine(dsn)
    async with (
        Database.open(dsn, settings) as database,
        database.session() as session,
        database.connection() as connection,
        engine.connect() as owner,
    ):
        # The view hides the session of the login from the service's role.
        await session.execute(text("RESET ROLE"))
        await connection.execute("RESET ROLE")
        found = await session.scalar(text(SECURE)), await connection.fetchval(SECURE), await owner.scalar(text(SECURE))
    return list(found)


@pytest.mark.parametrize(
    "query",
    [
        "sslmode=prefer",
        "sslmode=require",
        "ssl=true",
        "ssl=require&channel_binding=prefer&application_name=ikk-uji&connect_timeout=5&target_session_attrs=read-write",
        "sslmode=require&sslrootcert={ours}",
        "sslmode=verify-ca&sslrootcert={ours}",
        "sslmode=verify-full&sslrootcert={ours}&ssl_min_protocol_version=TLSv1.3",
    ],
)
@pytest.mark.usefixtures("tables")
async def test_both_pools_and_migrations_are_encrypted(place: Place, settings: Settings, query: str) -> None:
    assert await seen(place.dsn(query), settings) == ENCRYPTED


@pytest.mark.usefixtures("tables")
async def test_a_client_certificate_logs_in(place: Place, settings: Settings) -> None:
    query = "sslmode=verify-full&sslrootcert={ours}&sslcert={crt}&sslkey={key}"
    assert await seen(place.dsn(query, user="clerk"), settings) == ENCRYPTED
    with pytest.raises(UnavailableError):
        await seen(place.dsn("sslmode=require", user="clerk"), settings)


@pytest.mark.parametrize(
    "query",
    [
        "sslmode=require&sslrootcert={strange}",
        "sslmode=verify-ca&sslrootcert={strange}",
        "sslmode=verify-full&sslrootcert={strange}",
        "sslrootcert=system",
        "sslrootcert=system&sslmode=verify-full",
    ],
)
@pytest.mark.usefixtures("tables")
async def test_a_server_of_another_authority_is_refused(place: Place, settings: Settings, query: str) -> None:
    await assert_refused(place.dsn(query), settings)


@pytest.mark.usefixtures("tables")
async def test_a_server_of_another_name_is_refused_by_verify_full_only(place: Place, settings: Settings) -> None:
    assert await seen(place.dsn("sslmode=verify-ca&sslrootcert={ours}", host=OTHER), settings) == [
        True,
        True,
        True,
    ]
    await assert_refused(place.dsn("sslmode=verify-full&sslrootcert={ours}", host=OTHER), settings)


@pytest.mark.parametrize(
    "query", ["sslmode=require", "ssl=true", "sslmode=verify-ca&sslrootcert={ours}", "sslrootcert=system"]
)
@pytest.mark.usefixtures("tables")
async def test_a_server_without_tls_is_refused(place: Place, settings: Settings, query: str) -> None:
    await assert_refused(place.dsn(query, server=place.plain), settings)


@pytest.mark.usefixtures("tables")
async def test_clear_text_is_used_only_where_it_was_allowed(place: Place, settings: Settings) -> None:
    assert await seen(place.dsn("sslmode=disable"), settings) == CLEAR
    assert await seen(place.dsn("sslmode=prefer", server=place.plain), settings) == CLEAR


@pytest.mark.usefixtures("tables")
async def test_a_command_says_that_the_server_is_refused(place: Place, settings: Settings) -> None:
    ikk = Command(place.dsn("sslmode=require", server=place.plain), settings.folder)
    for command in (("agency", "list"), ("migrate",)):
        assert "cannot be reached" in ikk.stopped(*command)


async def assert_refused(dsn: str, settings: Settings) -> None:
    """Checks that neither pool nor a migration gets a connection."""
    async with Database.open(dsn, settings) as database:
        with pytest.raises(UnavailableError):
            async with database.connection():
                pass
        with pytest.raises(UnavailableError):
            async with database.session() as session:
                await session.execute(text("SELECT 1"))
    with pytest.raises(OSError, match=r"(?i)ssl|certificate"):
        await migrate(dsn)
