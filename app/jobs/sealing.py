"""Seals the audit queue for a server process or a command, and logs the chain's head as an anchor."""

import time
from typing import TYPE_CHECKING

from app.platform.database import EVERYWHERE, Database
from app.platform.key_ring import KeyRing, StrayKeysError
from app.platform.log import log
from app.services.access.key_use import judge_ring
from app.services.audit.sealing import BATCH, StrangeChainError, measure_queue, read_head, seal_batch

if TYPE_CHECKING:
    # Commands seal too. `ikk serve` says where metrics are kept before it loads their library.
    from app.platform.metrics import Metrics


async def seal_queue(database: Database, keys: KeyRing) -> int:
    """Seals until the queue is empty or another process is sealing. Returns the count.

    Raises StrayKeysError and StrangeChainError.
    """
    if keys.waits:
        await judge_ring(database, keys)
    total = 0
    while True:
        async with database.connection() as connection, connection.transaction():
            count = await seal_batch(connection, keys)
        total += count
        if count < BATCH:
            return total


class Sealer:
    """The sealer of one server process, which runs every second."""

    def __init__(self, keys: KeyRing, metrics: "Metrics", head_seconds: float) -> None:
        self._keys = keys
        self._metrics = metrics
        self._head_seconds = head_seconds
        self._looked = float("-inf")
        self._told = 0
        """Position of the head that was logged last."""
        self._strange = False

    async def work(self, database: Database) -> None:
        """Measures the queue, seals the entries in it, and logs the head every `head_seconds`."""
        async with database.connection() as connection:
            waiting = await measure_queue(connection)
        self._metrics.audit_waiting.set(waiting.count)
        self._metrics.audit_oldest.set(waiting.seconds)
        if waiting.count:
            await self._seal(database)
        if time.monotonic() - self._looked >= self._head_seconds:
            await self.tell_head(database)

    async def finish(self, database: Database) -> None:
        """Seals once more when a server stops, so that no entry waits for the next server. It never raises."""
        try:
            await self._seal(database)
            await self.tell_head(database)
        except Exception as error:
            # Nothing is lost. The entries wait for the next server.
            log.warning("audit queue not sealed", cause=type(error).__qualname__)

    async def tell_head(self, database: Database) -> None:
        """Logs the head if it has changed. A log that is kept elsewhere then proves all entries up to it."""
        self._looked = time.monotonic()
        async with database.session(EVERYWHERE) as session:
            head = await read_head(session)
        if head.position != self._told:
            log.info("audit head", position=head.position, hash=head.hash.hex())
            self._told = head.position

    async def _seal(self, database: Database) -> None:
        try:
            self._metrics.audit_sealed.inc(await seal_queue(database, self._keys))
            self._strange = False
        except (StrayKeysError, StrangeChainError) as error:
            if not self._strange:
                log.error("audit queue not sealed", reason=str(error))
            self._strange = True
