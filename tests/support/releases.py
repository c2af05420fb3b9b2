"""Releases in tests: made as a server makes them, or a row of one."""

from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from app.platform.database import EVERYWHERE, Connection, Database, raw_connection
from app.services.access.key_use import judge_ring
from app.services.releases.making import finish_release
from app.services.releases.requests import Cause, request_release


async def release(
    app: FastAPI,
    *,
    instrument: str = "ikk-29",
    year: int = 2025,
    cause: Cause = "command",
    database: Database | None = None,
) -> Any:
    """Makes a release of all interviews of a year. Returns its id, or None if there is nothing to release.

    database: that of the maker, if it is not the application's
    """
    state = app.state
    await judge_ring(state.database, state.keys)
    async with state.database.session(EVERYWHERE) as session:
        connection = await raw_connection(session)
        made = await request_release(
            connection, state.catalogue, state.keys, instrument=instrument, year=year, cause=cause
        )
    # The application's own releaser may be making it too.
    if made is not None:
        await finish_release(database or state.database, state.catalogue, state.keys, made)
    return made


async def make_release(connection: Connection, key_id: str, *, number: int = 1, year: int = 2025) -> str:
    """Adds the row of a release without any figures. Returns its id."""
    made = str(uuid4())
    rules = (
        '{"method": "fixed random rounding, additive", "families": 30, "base": 5, "sensitive_base": 10, "group": 50, '
        '"batch": 10, "version": "2025.1", "digest": "sha-256:00"}'
    )
    await connection.execute(
        "INSERT INTO release (id, instrument, year, number, cause, requested_at, key_id, rules, stage, done, villages,"
        " changed, changes, settled_rounds, digest, made_at) VALUES ($1, 'ikk-29', $2, $3, 'command', now(), $5, $4,"
        " 'country', '', 0, 0, 0, 0, 'sha-256:00', now())",
        made,
        year,
        number,
        rules,
        key_id,
    )
    return made
