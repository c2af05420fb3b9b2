"""Starts the jobs of a server process with its application, and ends them with it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from app.jobs.catalogue import refresh
from app.jobs.handed_over import close_exports
from app.jobs.held_clocks import show_held
from app.jobs.request_clocks import show_clocks
from app.jobs.revocations import RevocationReader
from app.platform.database import Database, UnavailableError
from app.platform.log import log
from app.platform.secrets import decoy


@asynccontextmanager
async def working(app: FastAPI) -> AsyncIterator[None]:
    """Runs all jobs while the block runs. When it ends, it seals the audit queue once more."""
    state = app.state
    # Otherwise the first request for an account that does not exist would take longer than later ones.
    await asyncio.to_thread(decoy)
    await refresh(state.database, state.catalogue)
    revocations = RevocationReader(state.tokens)
    # Revocations apply, and the key ring is judged, from the first request on. If this fails, the loop logs why.
    for step in (revocations.work, state.key_watch.work):
        with suppress(Exception):
            await step(state.database)
    each_second = [revocations.work, state.key_watch.work, state.sealer.work]
    each_second += [state.address_keeper.work, state.sweeper.work, state.releaser.work]
    steps = (_keep_fresh(app), _every_second(state.database, *each_second))
    tasks = [asyncio.create_task(each) for each in steps]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await state.address_keeper.finish(state.database)
        await state.sealer.finish(state.database)


async def _keep_fresh(app: FastAPI) -> None:
    """Reads instruments that are published after the start, or were not read because the database was down.

    Closes handed-over exports, and counts subject requests and what is held as often.
    """
    state, seconds = app.state, app.state.settings.refresh_seconds
    while True:
        await close_exports(state.database)
        await show_clocks(state.database, state.metrics)
        await show_held(state.database, state.metrics, days=state.settings.held_days)
        await asyncio.sleep(seconds if state.catalogue.loaded else min(seconds, 1.0))
        await refresh(state.database, state.catalogue)


Step = Callable[[Database], Awaitable[None]]


async def _every_second(database: Database, *steps: Step) -> None:
    """Runs the steps each second, side by side, so that none waits for another."""
    await asyncio.gather(*(_repeat(step, database) for step in steps))


async def _repeat(step: Step, database: Database) -> None:
    """Runs a step each second. It logs a failing step once, and tries it again."""
    failing = False
    while True:
        try:
            await step(database)
            failing = False
        except Exception as error:
            if not failing:
                cause = error.__cause__ if isinstance(error, UnavailableError) else error
                log.warning("step failed", step=step.__qualname__, cause=type(cause or error).__qualname__)
            failing = True
        await asyncio.sleep(1)
