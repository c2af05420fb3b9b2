"""Writes a migration from the difference between models and database: `make migration MESSAGE="…"`."""

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command

from app import embedded
from app.platform.migrations import configure, make_owner_engine, migrate

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"


async def write_migration(dsn: str, message: str) -> None:
    """Migrates a database to the head, compares it with the models, and writes the difference as a migration."""
    await migrate(dsn)
    engine = make_owner_engine(dsn)
    # A number, because Alembic's own table has room for 32 characters. The file's name holds the day and the message.
    number = len(list(VERSIONS.glob("*.py"))) + 1
    async with engine.begin() as connection:
        await connection.run_sync(
            lambda open_connection: command.revision(
                configure(open_connection), message, autogenerate=True, rev_id=f"{number:04}"
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
