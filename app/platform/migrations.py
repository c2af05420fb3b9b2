"""Brings a database to the head of the migrations. It can also go back, for tests and for a rollback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from app.platform.database import ENGINE_URL
from app.platform.database_address import read_address
from app.platform.encryption import Vault
from app.platform.key_ring import make_ring, read_keys
from app.platform.named_keys import find_lacking, find_named_keys

ALEMBIC_INI: Final = Path(__file__).parents[2] / "alembic.ini"
_LOCK: Final = 6372061004
_CONNECT_SECONDS: Final = 60.0


async def migrate(dsn: str, revision: str = "head", *, key_ring_file: Path | None = None) -> list[str]:
    """Runs the migrations up to `revision`, or down to it if it is an earlier one. One process runs them at a time.

    If the database names no key yet, this makes the key ring. Returns the ids of keys that the database names and the
    ring lacks. Databases from before revision 0002 hold card numbers in clear text. To migrate one, name a key ring
    that encrypts them. Raises KeyRingError if the file is no key ring.
    """
    engine = make_owner_engine(dsn)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            vault, lacking = (None, []) if key_ring_file is None else await _open_vault(connection, key_ring_file)
            await connection.run_sync(_run, revision, vault)
            return lacking
    finally:
        await engine.dispose()


async def _open_vault(connection: AsyncConnection, file: Path) -> tuple[Vault | None, list[str]]:
    """The vault of a key ring, which is made or completed here. It is None if the ring lacks keys that rows name."""
    if lacking := find_lacking(await find_named_keys(connection), read_keys(file)):
        return None, lacking
    ring = make_ring(file)
    ring.settle(ring.newest(), ())
    return Vault(ring), []


def make_owner_engine(dsn: str) -> AsyncEngine:
    """An engine that connects as the login itself, without the service's role. Raises AddressError."""
    address = read_address(dsn)

    async def connect() -> Any:
        timeout = address.connect_seconds or _CONNECT_SECONDS
        return await asyncpg.connect(**address.arguments({"application_name": "ikk"}), timeout=timeout)

    return create_async_engine(ENGINE_URL, async_creator=connect, poolclass=NullPool)


@asynccontextmanager
async def owner_session(engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
    """A transaction of the login itself, which sees every region. It commits when the block ends."""
    async with engine.begin() as connection:
        yield AsyncSession(connection)


def configure(connection: Connection) -> Config:
    """The configuration that runs Alembic on an open connection."""
    config = Config(ALEMBIC_INI)
    config.attributes["connection"] = connection
    return config


def _run(connection: Connection, revision: str, vault: Vault | None) -> None:
    current = connection.execute(text("SELECT to_regclass('alembic_version')")).scalar()
    config = configure(connection)
    config.attributes["vault"] = vault
    if revision == "head" or current is None:
        command.upgrade(config, revision)
    else:
        command.downgrade(config, revision)
