"""Erases what is older than the settings keep it, once an hour: training interviews, events, and what is held."""

import time
from collections.abc import Awaitable
from functools import partial
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from app.platform.database import EVERYWHERE, Database
from app.services.intake.events import forget_changes
from app.services.intake.held_retention import forget_held
from app.services.intake.training import erase_training

_EVERY_SECONDS: Final = 3600.0
_TRAINING_AT_ONCE: Final = 200
_EVENTS_AT_ONCE: Final = 5000
_HELD_AT_ONCE: Final = 500


class _Step(Protocol):
    def __call__(self, session: AsyncSession, *, days: int, most: int) -> Awaitable[int]: ...


class Sweeper:
    """The sweeper of one server process. If it is interrupted, the next one goes on."""

    def __init__(self, *, training_days: int, event_days: int, held_days: int = 90) -> None:
        self._training_days = training_days
        self._event_days = event_days
        self._held_days = held_days
        self._swept = float("-inf")

    async def work(self, database: Database) -> None:
        """Sweeps if the last time is an hour ago. Each batch is a transaction of its own."""
        if time.monotonic() - self._swept < _EVERY_SECONDS:
            return
        await self.sweep(database)
        self._swept = time.monotonic()

    async def sweep(self, database: Database) -> None:
        """Erases and deletes until nothing is due, or until another process does the same."""
        await _repeat(database, erase_training, days=self._training_days, most=_TRAINING_AT_ONCE)
        await _repeat(database, forget_changes, days=self._event_days, most=_EVENTS_AT_ONCE)
        await _repeat(
            database, partial(forget_held, training_days=self._training_days), days=self._held_days, most=_HELD_AT_ONCE
        )


async def _repeat(database: Database, step: _Step, *, days: int, most: int) -> None:
    count = most
    while count == most:
        async with database.session(EVERYWHERE) as session:
            count = await step(session, days=days, most=most)
