"""Rate limits on accounts, addresses and callers. Server processes share them through PostgreSQL.

Reasons and measured costs are in docs/decisions/0009-limits-on-postgresql.md.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import replace
from typing import Final

from app.access import Caller
from app.config import Settings
from app.platform.database import Database, UnavailableError
from app.platform.key_ring import KeyRing
from app.platform.log import log
from app.platform.throttle.callers import HOUR, MINUTE, CallerLimits, ChargedLimit, forget_uses
from app.platform.throttle.failed_sign_ins import Attempt, SignIns, forget_failures

_SETTLE_SECONDS: Final = 1.0
_STRANGE_SECONDS: Final = 15.0
_SWEEP_SECONDS: Final = 60.0

__all__ = ["Attempt", "Throttle"]


class Throttle:
    """The limits of one server process, at `app.state.throttle`. It counts in the database while it is `working`."""

    def __init__(self, settings: Settings, keys: KeyRing) -> None:
        self._requests = CallerLimits(settings)
        self._identity_reads = ChargedLimit("identity", settings.identity_reads_per_hour, HOUR)
        self._batches = ChargedLimit("batch", settings.batches_per_minute, MINUTE)
        self._reconciliations = ChargedLimit("reconcile", settings.reconciliations_per_minute, MINUTE)
        self._own_answers = ChargedLimit("answers", settings.own_answers_per_hour, HOUR)
        self._sign_ins = SignIns(settings, keys)

    def admit(self, caller: Caller) -> None:
        """Counts a request. Raises too-many-requests (429). It does no I/O and takes about a microsecond."""
        self._requests.admit(caller)

    def admit_device(self, caller: Caller) -> None:
        """Counts a request of a phone apart from its person's others. Raises too-many-requests (429)."""
        self._requests.admit(replace(caller, id=f"device {caller.token_id}"))

    async def admit_identity_read(self, caller: Caller) -> None:
        """Counts a read of an identity, an export or a search. Raises too-many-requests (429) and UnavailableError."""
        await self._identity_reads.admit(caller)

    async def admit_batch(self, caller: Caller) -> None:
        """Counts a batch of submissions. Raises too-many-requests (429) and UnavailableError."""
        await self._batches.admit(caller)

    async def admit_reconciliation(self, caller: Caller) -> None:
        """Counts a reconciliation. Raises too-many-requests (429) and UnavailableError."""
        await self._reconciliations.admit(caller)

    async def admit_own_answers(self, caller: Caller) -> None:
        """Counts a reading of answers by their sender. Raises too-many-requests (429) and UnavailableError."""
        await self._own_answers.admit(caller)

    def signing_in(self, account: str, address: str) -> AbstractAsyncContextManager[Attempt]:
        """A block in which one secret of an account is compared. Only a few run at once. See `SignIns.signing_in`."""
        return self._sign_ins.signing_in(account, address)

    async def count_wrong_key(self, key: str, address: str) -> None:
        """Counts an export key that did not match. Raises too-many-requests (429)."""
        await self._sign_ins.count_wrong_key(key, address)

    @asynccontextmanager
    async def working(self, database: Database) -> AsyncIterator[None]:
        """Settles with the other processes while the block runs, and once more when it ends."""
        charged = (self._identity_reads, self._batches, self._reconciliations, self._own_answers)
        for each in (self._sign_ins, *charged):
            each.database = database
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
                # Until the database is back, each process counts alone. Hardly anything else works without it either.
                await asyncio.sleep(_SETTLE_SECONDS)
            except Exception:
                # The tables may be missing, for example. That is no reason to log an error every second.
                log.exception("limits not settled")
                await asyncio.sleep(_STRANGE_SECONDS)


async def sweep(database: Database) -> None:
    """Deletes counts that no longer limit anybody."""
    async with database.connection() as connection:
        await forget_uses(connection)
        await forget_failures(connection)
