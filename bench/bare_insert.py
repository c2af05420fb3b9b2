"""The bare FastAPI application with one INSERT of the body's bytes through asyncpg, in its own table.

Run it with `python -m bench.bare_insert PORT`, and the address of the database in DATABASE_URL. The pool has its
default settings, and the server options are those of `ikk serve`.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI, Request


def create_bare_insert(dsn: str) -> FastAPI:
    """An application whose PUT takes a JSON object, stores its bytes under the id and returns a small one."""

    @asynccontextmanager
    async def connected(app: FastAPI) -> AsyncIterator[None]:
        async with asyncpg.create_pool(dsn) as pool:
            await pool.execute("CREATE TABLE IF NOT EXISTS bare_body (id uuid PRIMARY KEY, body bytea NOT NULL)")
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=connected)

    @app.put("/v1/submissions/{id}", status_code=201)
    async def put_submission(id: UUID, body: dict[str, Any], request: Request) -> dict[str, Any]:
        pool = request.app.state.pool
        await pool.execute("INSERT INTO bare_body (id, body) VALUES ($1, $2)", id, await request.body())
        return {"id": str(id), "status": "accepted", "members": len(body)}

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_bare_insert(os.environ["DATABASE_URL"]),
        host="127.0.0.1",
        port=int(sys.argv[1]),
        log_config=None,
        access_log=False,
        server_header=False,
    )
