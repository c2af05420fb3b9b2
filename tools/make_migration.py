"""Writes a migration from what the models say and an up-to-date database does not: `make migration MESSAGE="…"`."""

import asyncio
import re
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from sqlalchemy.ext.asyncio import create_async_engine

from app import embedded
from app.database import engine_url
from app.migrate import configure, migrate


async def write_migration(dsn: str, message: str) -> None:
    """Migrates a database to the head, compares it with the models and writes the difference down."""
    await migrate(dsn)
    engine = create_async_engine(engine_url(dsn))
    name = f"{datetime.now(UTC):%Y_%m_%d}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}"
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda open_connection: command.revision(
                configure(open_connection), message, autogenerate=True, rev_id=name
            )
        )
    await engine.dispose()


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Say what it does: make migration MESSAGE="adds what"')
    with tempfile.TemporaryDirectory(prefix="ikk-") as folder:
        Path(folder).chmod(0o755)
        with embedded.running(Path(folder) / "postgres") as dsn:
            asyncio.run(write_migration(dsn, sys.argv[1]))


if __name__ == "__main__":
    main()
