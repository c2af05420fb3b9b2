"""`ikk migrate` brings the database's tables to this version."""

import asyncio

import typer

from app.commands.base import out, reach_database, read_settings, saying_why
from app.platform.encryption import Vault
from app.platform.key_ring import KeyRing
from app.platform.migrations import migrate as run_migrations

migrating = typer.Typer(add_completion=False, rich_markup_mode=None)


@migrating.command()
def migrate() -> None:
    """Brings the database's tables to this version. Safe to repeat.

    Example: `ikk migrate`
    """
    settings = read_settings()
    with saying_why(), reach_database(settings) as dsn:
        asyncio.run(run_migrations(dsn, vault=Vault(KeyRing(settings.key_ring_file))))
    out.print("tables are at the head of the migrations")
