"""Databases that tests make on their server and drop again."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg


def database_named(dsn: str, name: str) -> str:
    """The DSN of another database on the same server."""
    return urlunsplit(urlsplit(dsn)._replace(path="/" + name))


@asynccontextmanager
async def template(
    server_dsn: str, name: str, source: str, fill: Callable[[str], Awaitable[None]]
) -> AsyncIterator[str]:
    """The name of a database that workers share as a source of copies. The first makes it, the last drops it."""
    making, using = (f"hashtext('{name} {lock}')" for lock in ("made", "used"))
    owner = await asyncpg.connect(server_dsn)
    try:
        await owner.execute(f"SELECT pg_advisory_lock({making})")
        if not await owner.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name):
            await owner.execute(f"CREATE DATABASE {name} TEMPLATE {source} ENCODING 'UTF8'")
            await fill(database_named(server_dsn, name))
        await owner.execute(f"SELECT pg_advisory_lock_shared({using}), pg_advisory_unlock({making})")
        yield name
        await owner.execute(f"SELECT pg_advisory_unlock_shared({using}), pg_advisory_lock({making})")
        if await owner.fetchval(f"SELECT pg_try_advisory_lock({using})"):
            await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await owner.close()


@asynccontextmanager
async def fresh_database(server_dsn: str, name: str, source: str = "template0") -> AsyncIterator[str]:
    """A database of this name, empty or a copy. It is dropped at the end, even if somebody is still connected."""
    owner = await asyncpg.connect(server_dsn)
    try:
        await owner.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await owner.execute(f"CREATE DATABASE {name} TEMPLATE {source} STRATEGY FILE_COPY ENCODING 'UTF8'")
        yield database_named(server_dsn, name)
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await owner.close()
