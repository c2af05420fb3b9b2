"""Stores from which addresses callers came, every few seconds, and forgets it after the time in the settings."""

import time
from typing import Final

from app.platform.addresses import Addresses
from app.platform.database import Database
from app.platform.log import log
from app.services.audit.addresses import forget_addresses, store_addresses

_EVERY_SECONDS: Final = 5.0
_SWEEP_SECONDS: Final = 3600.0


class AddressKeeper:
    """The keeper of one server process. What it could not store it tries again the next time."""

    def __init__(self, addresses: Addresses, days: int) -> None:
        self._addresses = addresses
        self._days = days
        self._stored = self._swept = float("-inf")

    async def work(self, database: Database) -> None:
        """Stores what was counted, every five seconds. Every hour it deletes what is older than the settings allow."""
        now = time.monotonic()
        if now - self._stored < _EVERY_SECONDS:
            return
        self._stored = now
        await self.store(database)
        if now - self._swept >= _SWEEP_SECONDS:
            async with database.connection() as connection:
                await forget_addresses(connection, days=self._days)
            self._swept = now

    async def finish(self, database: Database) -> None:
        """Stores once more when a server stops. It never raises."""
        try:
            await self.store(database)
        except Exception as error:
            log.warning("addresses not stored", cause=type(error).__qualname__)

    async def store(self, database: Database) -> None:
        """Stores what was counted since the last time. Raises UnavailableError, and nothing is lost then."""
        taken = self._addresses.take()
        if not taken:
            return
        try:
            async with database.connection() as connection:
                await store_addresses(connection, taken)
        except BaseException:
            self._addresses.give_back(taken)
            raise
