"""What a server process does besides answering: keeps what it knows fresh, and seals the audit log."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI

from app.background.hearing import Hearing
from app.database import EVERYWHERE, Database, UnavailableError
from app.security.secrets import decoy
from app.services.instruments import UnreadableInstrumentError, refresh_catalogue
from app.services.subject_requests import count_requests
from app.telemetry import log


@asynccontextmanager
async def working(app: FastAPI) -> AsyncIterator[None]:
    """All of it, as long as the block; in the end the audit queue is sealed once more."""
    # Else the first request for an account that does not exist would take longer than others.
    await asyncio.to_thread(decoy)
    await _refresh(app)
    hearing = Hearing(app.state.tokens)
    # What was revoked before is not good for a moment after a start. Where this fails, the loop says why.
    with suppress(Exception):
        await hearing.work(app.state.database)
    steps = (_keep_fresh(app, app.state.settings.refresh_seconds), _every_second(app, hearing))
    tasks = [asyncio.create_task(each) for each in steps]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await app.state.sealer.finish(app.state.database)


async def _refresh(app: FastAPI) -> None:
    """A server whose database is down or not migrated runs all the same, and says so at /health/ready."""
    try:
        async with app.state.database.session() as session:
            await refresh_catalogue(session, app.state.catalogue)
    except UnavailableError:
        log.warning("catalogue not refreshed: database unavailable")
    except UnreadableInstrumentError as error:
        log.error("instruments this version cannot read", instruments=str(error))
    except Exception:
        log.exception("catalogue not refreshed")


async def _keep_fresh(app: FastAPI, seconds: float) -> None:
    """Takes in instruments that are published while the server runs, and at start-up with the database down."""
    while True:
        await show_clocks(app)
        await asyncio.sleep(seconds if app.state.catalogue.loaded else min(seconds, 1.0))
        await _refresh(app)


async def show_clocks(app: FastAPI) -> None:
    """Shows in the metrics how many requests of families are open, and how many of them overdue."""
    try:
        async with app.state.database.session(EVERYWHERE) as session:
            counts = await count_requests(session)
    except Exception as error:
        log.warning("requests not counted", cause=type(error).__qualname__)
    else:
        for state, count in zip(("open", "overdue"), counts, strict=True):
            app.state.metrics.subject_requests.labels(state).set(count)


async def _every_second(app: FastAPI, hearing: Hearing) -> None:
    """What a server does all the time, side by side, so that no step waits for another."""
    steps = (hearing.work, app.state.sealer.work)
    await asyncio.gather(*(_repeat(step, app.state.database) for step in steps))


async def _repeat(step: Callable[[Database], Awaitable[None]], database: Database) -> None:
    """Takes a step each second. One that fails is told of once, and tried again."""
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
