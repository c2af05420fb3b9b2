"""Runs migrations on the connection that `ikk migrate` or a test passes in. It never opens one itself."""

from typing import Literal

from alembic import context
from sqlalchemy import Connection
from sqlmodel import AutoString, SQLModel

import app.models  # noqa: F401 (fills the metadata)

connection: Connection | None = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("Use `ikk migrate` (make migration for a new one): it knows the database.")

# A migration waits briefly for its lock and then gives up. Otherwise all traffic would queue behind it.
connection.exec_driver_sql("SET LOCAL lock_timeout = '5s'")


def render_type(kind: str, entry: object, _: object) -> str | Literal[False]:
    """Writes `sa.String()` for SQLModel's own string type, so that a migration does not need its import."""
    return "sa.String()" if kind == "type" and isinstance(entry, AutoString) else False


context.configure(connection=connection, target_metadata=SQLModel.metadata, compare_type=True, render_item=render_type)
with context.begin_transaction():
    context.run_migrations()
