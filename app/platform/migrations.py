"""Brings a database to the head of the migrations; also down again, for tests and for a way back."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from app.platform.database import engine_url
from app.platform.vault import Vault

ALEMBIC_INI: Final = Path(__file__).parents[2] / "alembic.ini"
_LOCK: Final = 6372061004


async def migrate(dsn: str, revision: str = "head", *, vault: Vault | None = None) -> None:
    """Runs the migrations up (or, with a revision behind, down) to `revision`; one process at a time.

    vault: needed where card numbers still lie in clear, as before revision 0002; they are sealed with it.
    """
    engine = create_async_engine(engine_url(dsn), poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            await connection.run_sync(_run, revision, vault)
    finally:
        await engine.dispose()


def configure(connection: Connection) -> Config:
    """Alembic on an open connection."""
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
