"""Limits on what one account, address or caller may do, across server processes through PostgreSQL.

Reasons and measured costs: docs/decisions/0009-limits-on-postgresql.md.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Final

from app.access import Caller
from app.config import Settings
from app.platform.database import Database, UnavailableError
from app.platform.key_ring import KeyRing
from app.platform.log import log
from app.platform.throttle.callers import CallerLimits, forget_uses
from app.platform.throttle.sign_ins import Attempt, SignIns, forget_failures

_SETTLE_SECONDS: Final = 1.0
_STRANGE_SECONDS: Final = 15.0
_SWEEP_SECONDS: Final = 60.0

__all__ = ["Attempt", "Throttle"]


class Throttle:
    """One per server process, at `app.state.throttle`; counts in the database as long as it is `working`."""

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self._requests = CallerLimits(settings)
        self._sign_ins = SignIns(settings, keys)

    def admit(self, caller: Caller) -> None:
        """Counts a request of the caller; raises too-many-requests (429). No input or output: about a microsecond."""
        self._requests.admit(caller)

    def signing_in(self, account: str, address: str) -> AbstractAsyncContextManager[Attempt]:
        """A block in which one secret of an account is compared, at most so many at a time; see `SignIns`."""
        return self._sign_ins.signing_in(account, address)

    @asynccontextmanager
    async def working(self, database: Database) -> AsyncIterator[None]:
        """Settles with the other processes while the block runs, and once more at its end."""
        self._sign_ins.database = database
        settling = asyncio.create_task(self._keep_settling(database))
        try:
            yield
        finally:
            settling.cancel()
            with suppress(asyncio.CancelledError):
                await settling
            with suppress(UnavailableError):
                await self._requests.settle(database)

    async def _keep_settling(self, database: Database) -> None:
        sweep_at = 0.0
        while True:
            await self._requests.wait(_SETTLE_SECONDS)
            try:
                await self._requests.settle(database)
                if time.monotonic() >= sweep_at:
                    await sweep(database)
                    sweep_at = time.monotonic() + _SWEEP_SECONDS
            except UnavailableError:
                # Until it is back each process counts for itself, and hardly anything else can be done.
                await asyncio.sleep(_SETTLE_SECONDS)
            except Exception:
                # As where the tables are not there yet: no reason to say so every second.
                log.exception("limits not settled")
                await asyncio.sleep(_STRANGE_SECONDS)


async def sweep(database: Database) -> None:
    """Deletes what no longer limits anybody."""
    async with database.connection() as connection:
        await forget_uses(connection)
        await forget_failures(connection)
