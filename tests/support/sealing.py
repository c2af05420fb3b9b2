"""Seals the audit log's queue at once, for tests that read the audit log."""

from fastapi import FastAPI

from app.jobs.sealing import seal_queue
from app.services.audit.sealing import measure_queue
from tests.support.wire import eventually


async def seal_all(app: FastAPI) -> None:
    """Returns as soon as the queue is empty, whether this call or a running server sealed its entries."""

    async def is_empty() -> bool:
        await seal_queue(app.state.database, app.state.keys)
        async with app.state.database.connection() as connection:
            return (await measure_queue(connection)).count == 0

    await eventually(is_empty)
