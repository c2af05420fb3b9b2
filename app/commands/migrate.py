"""`ikk migrate` brings the database's tables to this version."""

import asyncio
from pathlib import Path

import typer

from app.commands.base import out, reach_database, read_settings, saying_why, stop
from app.platform.migrations import migrate as run_migrations

migrating = typer.Typer(add_completion=False, rich_markup_mode=None)


@migrating.command()
def migrate() -> None:
    """Brings the database's tables to this version. Safe to repeat. Makes the key ring of a new database.

    Example: `ikk migrate`
    """
    settings = read_settings()
    with saying_why(), reach_database(settings) as dsn:
        migrate_with_keys(dsn, settings.key_ring_file)
    out.print("tables are at the head of the migrations")


def migrate_with_keys(dsn: str, file: Path) -> None:
    """Migrates, and makes the key ring of a new database. Ends the command if the ring lacks keys of the database."""
    if lacking := asyncio.run(run_migrations(dsn, key_ring_file=file)):
        found = f"the key ring at {file} lacks" if file.exists() else f"there is no key ring at {file} with"
        stop(
            f"the tables are migrated, but {found} keys that the database names: {', '.join(lacking)}. "
            "Restore the right key ring (IKK_KEYS_FILE). If it is lost for good, see ikk keys init --help"
        )
