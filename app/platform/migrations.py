"""Brings a database to the head of the migrations. It can also go back, for tests and for a rollback."""

from pathlib import Path
from typing import Any, Final

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from app.platform.database import ENGINE_URL
from app.platform.database_address import read_address
from app.platform.encryption import Vault

ALEMBIC_INI: Final = Path(__file__).parents[2] / "alembic.ini"
_LOCK: Final = 6372061004
_CONNECT_SECONDS: Final = 60.0


async def migrate(dsn: str, revision: str = "head", *, vault: Vault | None = None) -> None:
    """Runs the migrations up to `revision`, or down to it if it is an earlier one. One process runs them at a time.

    Databases from before revision 0002 hold card numbers in clear text. To migrate one, pass a `vault` that encrypts
    them.
    """
    engine = make_owner_engine(dsn)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_run, revision, vault)
    finally:
        await engine.dispose()


def make_owner_engine(dsn: str) -> AsyncEngine:
    """An engine that connects as the login itself, without the service's role. Raises AddressError."""
    address = read_address(dsn)

    async def connect() -> Any:
        timeout = address.connect_seconds or _CONNECT_SECONDS
        return await asyncpg.connect(**address.arguments({"application_name": "ikk"}), timeout=timeout)

    return create_async_engine(ENGINE_URL, async_creator=connect, poolclass=NullPool)


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
