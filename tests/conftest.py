"""Fixtures that give every test a real PostgreSQL, on the server of DATABASE_URL if set, otherwise the embedded one.

Each worker has its own database, a copy of a shared one, which is migrated and has regions and instruments.
Tests commit like the service does. What a test stored is deleted after it (docs/decisions/0007-tests-commit.md).
"""

import gc
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import asyncpg
import pytest
import structlog
from argon2 import PasswordHasher
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from hypothesis import settings as drawing

from app import embedded
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.config import Settings
from app.main import create_app
from app.platform import log, secrets
from app.platform.database import Connection, Database
from app.platform.key_ring import Key, KeyRing, make_ring
from app.platform.migrations import migrate
from app.platform.recent import Recent
from app.regions.editions import CURRENT
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.services.access.key_use import judge_ring
from app.services.reference import instruments
from app.services.reference.instruments import publish_instrument
from app.services.reference.regions import load_regions
from app.services.statistics.indicators import load_shipped_indicators
from tests.support.databases import fresh_database, template
from tests.support.factories import EVERYTHING, PROJECT, Client
from tests.support.serving import Server, serving
from tests.support.small_regions import CHANGED, FIRST, SPLIT, WHOLE, load_edition, serving_regions

drawing.register_profile("unhurried", deadline=None)
"""How long an example takes says more about what else the machine does than about the service."""
drawing.load_profile("unhurried")
_REAL_HASHER = secrets._hasher
gc.disable()
"""While the tests are collected, next to nothing becomes garbage, and to look for it takes long."""


def pytest_collection_finish() -> None:
    """Takes what is loaded out of the garbage collector's sight, as a server does, because it is large."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def hashing_with(hasher: PasswordHasher) -> Iterator[None]:
    """Makes the service hash secrets and passwords with this hasher inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(secrets, "_hasher", hasher)
        secrets.decoy.cache_clear()
        secrets.decoy()
        yield
    secrets.decoy.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2id at its lowest cost. Tests of the real cost use the fixture `real_hashes`."""
    with hashing_with(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)):
        yield


@pytest.fixture(scope="session", autouse=True)
def instruments_read_once() -> Iterator[None]:
    """Applications of this worker share what they read from published files, which nothing changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(instruments, "read_instrument", lru_cache(read_instrument))
        yield


@pytest.fixture(scope="session", autouse=True)
def plain_tracebacks() -> None:
    """Plain tracebacks, because structlog's default ones show all variables, which takes seconds for each."""
    structlog.dev.ConsoleRenderer.get_active().exception_formatter = structlog.dev.plain_traceback


@pytest.fixture(autouse=True)
def no_output_left_behind() -> Iterator[None]:
    """A test that configured the log leaves no output to the next one, which is closed by then."""
    yield
    log._output = None


@pytest.fixture
def real_hashes() -> Iterator[None]:
    """Argon2id at the cost that the service uses."""
    with hashing_with(_REAL_HASHER):
        yield


@pytest.fixture(scope="session")
def server_dsn() -> Iterator[str]:
    """DSN of a running PostgreSQL server on which tests may create databases."""
    configured = Settings().database_url
    if configured is not None:
        yield configured
        return
    folder = embedded.choose_folder(PROJECT / ".ikk").with_name("postgres-tests")
    # The applications of all workers share this server, each with pools of its own.
    options = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "300"}
    with embedded.running(folder, options=options) as dsn:
        yield dsn


@pytest.fixture
async def empty_dsn(server_dsn: str, worker_id: str) -> AsyncIterator[str]:
    """An empty database for one test."""
    async with fresh_database(server_dsn, f"ikk_test_empty_{worker_id}_{os.getpid()}") as dsn:
        yield dsn


@pytest.fixture
async def migrated_dsn(server_dsn: str, worker_id: str, tables: str) -> AsyncIterator[str]:
    """A database for one test, with all tables and no rows."""
    async with fresh_database(server_dsn, f"ikk_test_migrated_{worker_id}_{os.getpid()}", tables) as dsn:
        yield dsn


@pytest.fixture(scope="session")
async def dsn(server_dsn: str, worker_id: str, filled: str) -> AsyncIterator[str]:
    """This worker's database, migrated and with regions and shipped instruments loaded."""
    async with fresh_database(server_dsn, f"ikk_test_{worker_id}_{os.getpid()}", filled) as address:
        await make_view(address)
        yield address


@pytest.fixture(scope="session")
async def tables(server_dsn: str, testrun_uid: str) -> AsyncIterator[str]:
    """The name of a migrated database without rows. One worker makes it and all copy it."""

    async def fill(dsn: str) -> None:
        await migrate(dsn)

    async with template(server_dsn, f"ikk_test_tables_{testrun_uid[:8]}", "template0", fill) as name:
        yield name


@pytest.fixture(scope="session")
async def published(server_dsn: str, testrun_uid: str, tables: str, settings: Settings) -> AsyncIterator[str]:
    """The name of a database to copy like `tables`, with the shipped instruments."""

    async def fill(dsn: str) -> None:
        async with Database.open(dsn, settings) as database, database.session() as session:
            for file in sorted(SHIPPED_INSTRUMENTS.glob("*.toml")):
                await publish_instrument(session, file.read_bytes())
            await load_shipped_indicators(session)

    async with template(server_dsn, f"ikk_test_published_{testrun_uid[:8]}", tables, fill) as name:
        yield name


@pytest.fixture(scope="session")
async def filled(server_dsn: str, testrun_uid: str, published: str, settings: Settings) -> AsyncIterator[str]:
    """The name of a database to copy like `published`, with regions."""

    # A busy machine takes its time to load 91,600 regions.
    patient = settings.model_copy(update={"database_timeout_seconds": 120})

    async def fill(dsn: str) -> None:
        async with Database.open(dsn, patient) as database, database.session() as session:
            await load_regions(session, CURRENT)

    async with template(server_dsn, f"ikk_test_filled_{testrun_uid[:8]}", published, fill) as name:
        yield name


async def make_view(dsn: str) -> None:
    """Creates a view of all audit entries, sealed or not, because the application seals them once a second."""
    told = "at, kind, caller_kind, caller_id, region, subject, request_id, detail"
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        f"CREATE VIEW audited AS SELECT {told} FROM audit_queue UNION ALL SELECT {told} FROM audit_log"
    )
    await connection.close()


@pytest.fixture(scope="session")
async def changed_regions(server_dsn: str, testrun_uid: str, published: str, settings: Settings) -> AsyncIterator[str]:
    """The name of a database to copy like `published`, with a dozen regions that changed on the day SPLIT."""

    async def fill(dsn: str) -> None:
        async with Database.open(dsn, settings) as database:
            for first, text in ((FIRST, WHOLE), (SPLIT, CHANGED)):
                await load_edition(database, text, first)

    async with template(server_dsn, f"ikk_test_changed_{testrun_uid[:8]}", published, fill) as name:
        yield name


@pytest.fixture
async def regions(server_dsn: str, worker_id: str, changed_regions: str, settings: Settings) -> AsyncIterator[Client]:
    """An application whose villages changed on the day SPLIT, for one test."""
    name = f"ikk_test_regions_{worker_id}_{os.getpid()}"
    async with fresh_database(server_dsn, name, changed_regions) as dsn, serving_regions(settings, dsn) as client:
        yield client


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    found = Settings(folder=tmp_path_factory.mktemp("ikk"), database_timeout_seconds=5, release_hour=None)
    make_ring(found.key_ring_file)
    return found


@pytest.fixture(scope="session")
async def app(settings: Settings, dsn: str) -> AsyncIterator[FastAPI]:
    """The application on this worker's database, with its lifespan running."""
    application = create_app(settings, dsn)
    # Otherwise it would release settled rounds at any moment of a test. Tests ask for releases themselves.
    application.state.releaser._catalogue = Catalogue()
    async with application.router.lifespan_context(application):
        yield application


# The sealer's lock first (app/services/audit/sealing.py), because a server's sealer locks the tables in another order.
_EMPTY = """
SELECT pg_advisory_xact_lock(6372061005);
ALTER TABLE audit_entry DISABLE TRIGGER refuse_change; ALTER TABLE audit_label DISABLE TRIGGER refuse_change;
DELETE FROM audit_entry; DELETE FROM audit_label; DELETE FROM audit_queue;
ALTER TABLE audit_entry ENABLE TRIGGER refuse_change; ALTER TABLE audit_label ENABLE TRIGGER refuse_change;
DELETE FROM held_submission; DELETE FROM round; DELETE FROM round_change; DELETE FROM phone_instance;
DELETE FROM device;
DELETE FROM release; DELETE FROM figure_version; DELETE FROM figure_unit; DELETE FROM release_card;
DELETE FROM village_urban;
DELETE FROM subject_request; DELETE FROM family; DELETE FROM submission; DELETE FROM village_sums;
DELETE FROM erased_submission; DELETE FROM change_event;
DELETE FROM second_factor; DELETE FROM recovery_code; DELETE FROM token_area;
DELETE FROM sign_in; DELETE FROM role_grant; DELETE FROM person; DELETE FROM revocation;
DELETE FROM case_report;
DELETE FROM export_key; DELETE FROM agency_secret; DELETE FROM agency;
DELETE FROM context_figure; DELETE FROM context_indicator WHERE sender_kind <> 'command';
DELETE FROM lost_key; DELETE FROM blocked_outsider;
DELETE FROM failed_sign_in; DELETE FROM familiar_place; DELETE FROM request_use; DELETE FROM address_use;
"""


@pytest.fixture(scope="session")
async def owner(dsn: str) -> AsyncIterator[Any]:
    """A connection as the owner of the tables, to whom row-level security does not apply."""
    connection = await asyncpg.connect(dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def database(app: FastAPI, owner: Any) -> AsyncIterator[Database]:
    """The application's database. What a test stores in it is deleted afterwards, except in reference tables."""
    found: Database = app.state.database
    yield found
    await owner.execute(_EMPTY)
    # The rows of the next test count their changes from 1 again. The service never deletes such rows.
    app.state.cards._exact._kept = Recent(2**20)
    # Commands of the test may have used another ring. Their rows are gone now.
    if app.state.keys.waits:
        await judge_ring(found, app.state.keys)


@pytest.fixture
async def connection(database: Database, owner: Any) -> Connection:
    """The owner's connection, with which tests look into the tables and see every region."""
    assert database is not None
    return owner


@pytest.fixture
async def client(app: FastAPI, database: Database) -> AsyncIterator[Client]:
    """An HTTP client of the application, without a token until `client.sign_in(…)`."""
    transport = ASGITransport(app=app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://ikk.test") as http:
        yield Client(http, app)


@pytest.fixture
async def caller(client: Client) -> Client:
    """A client signed in as an agency of Kalimantan Selatan (63) with every scope."""
    await client.sign_in(scopes=EVERYTHING, regions=["63"])
    return client


@pytest.fixture
def key(client: Client) -> Key:
    """The key with which the application signs tokens."""
    ring: KeyRing = client.app.state.keys
    return ring.current("signing")


@pytest.fixture(scope="module")
async def running_server(
    dsn: str, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Server]:
    # The same key ring as the application on this database, because both seal one audit log.
    ring = {"IKK_KEYS_FILE": str(settings.key_ring_file)}
    async with serving(tmp_path_factory.mktemp("serve"), dsn, **ring) as server:
        yield server


@pytest.fixture
async def server(running_server: Server, database: Database) -> Server:
    """A running server on this worker's database. The fixture `database` deletes what the test stores."""
    assert database is not None
    return running_server


@pytest.fixture
async def http(server: Server) -> AsyncIterator[AsyncClient]:
    async with server.client() as client:
        yield client


@pytest.fixture
async def other(dsn: str) -> AsyncIterator[Any]:
    """Another database session, with which a test holds locks."""
    session = await asyncpg.connect(dsn)
    yield session
    await session.close()


@pytest.fixture(scope="session")
def ikk29() -> Instrument:
    return read_instrument((SHIPPED_INSTRUMENTS / "ikk-29-2025.1.toml").read_bytes())


@pytest.fixture(scope="session")
def ketahanan24() -> Instrument:
    return read_instrument((SHIPPED_INSTRUMENTS / "ketahanan-24-2016.1.toml").read_bytes())
