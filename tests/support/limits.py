"""The application with other limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.config import Settings
from app.platform.database import Database
from app.platform.throttle import Throttle


@asynccontextmanager
async def limited(app: FastAPI, settings: Settings, database: Database) -> AsyncIterator[None]:
    """A block in which the application has the limits of these settings."""
    state, usual = app.state, app.state.throttle
    state.throttle = Throttle(settings, state.keys)
    try:
        async with state.throttle.working(database):
            yield
    finally:
        state.throttle = usual
