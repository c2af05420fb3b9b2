"""Stores the submissions of all requests of a process in batches, one after another, on a connection of its own.

A request waits for the commit of its batch. While one batch is stored, the next one gathers, so the more requests come
the larger the batches are. A lone submission is stored at once. If a batch fails, each of its submissions is stored
alone, so that a bad one fails alone. If the connection is lost, each is tried once more. The statement then finds what
was stored after all.

Submissions that have something in common come into different batches, in the order in which they came.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import asyncpg

from app.platform.database import Database, UnavailableError
from app.platform.encryption import Vault
from app.platform.log import log
from app.platform.own_connection import OwnConnection
from app.problems import Problem, kinds
from app.scoring.catalogue import Catalogue
from app.services.intake.drafts import Draft
from app.services.intake.storing import PATIENCE, Held, Late, Locked, Outcome, Stored, Storing

_MOST: Final = 32
"""Submissions in one batch. While PostgreSQL stores one, the server checks those of the next, so neither waits long."""
_ATTEMPTS: Final = 10
"""The second is for a family that is known already. Each further one follows from what others did meanwhile."""
_KNOWN_SHARE: Final = 0.05
"""From this share of known families on, those of a batch are looked for before their identities are encrypted."""
_REMEMBERED: Final = 500
"""The share is about that of so many submissions."""
_WATCH_SECONDS: Final = 0.5
_LANE: Final = 2
"""How many connections of the pool wait for what others hold. All others stay free for whoever needs none of that."""
HELD_UP: Final = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)
"""Others hold what a submission needs."""


@dataclass(slots=True, eq=False)
class _Waiting:
    """A draft whose request waits until a moment of the loop's clock."""

    draft: Draft
    until: float
    result: asyncio.Future[Stored | None]
    attempts: int = 0
    lost: bool = False
    """Whether the connection was lost while it was stored."""

    def settle(self, outcome: Stored | None) -> None:
        # The request may have been given up. What is stored stays stored.
        if not self.result.done():
            self.result.set_result(outcome)

    def fail(self, error: Exception) -> None:
        if not self.result.done():
            self.result.set_exception(error)


class Batcher:
    """The batches of one server process. Whoever makes it calls `finish` at the end."""

    def __init__(self, database: Database, catalogue: Catalogue, vault: Vault) -> None:
        self._database = database
        self._catalogue = catalogue
        self._vault = vault
        self._waiting: deque[_Waiting] = deque()
        self._running: Sequence[_Waiting] = ()
        self._wake = asyncio.Event()
        self._connection = OwnConnection(database)
        self._known = 0.0
        """The share of known families among the last submissions, about `_REMEMBERED` of them."""
        self._held_up: dict[asyncio.Task[None], _Waiting] = {}
        """Those that wait for what others hold."""
        self._lane = asyncio.Semaphore(_LANE)
        self._held: dict[str, float] = {}
        """Villages of which others held something, and until when the loop's clock takes them for held."""
        self._worker: asyncio.Task[None] | None = None
        self._watcher: asyncio.Task[None] | None = None

    def put(self, draft: Draft) -> asyncio.Future[Stored | None]:
        """Puts a submission into a batch. The future is set after the commit, None if it was not stored (`Outcome`).

        It raises UnavailableError, and contended if others hold for too long what the submission needs.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(draft, loop.time() + self._database.timeout, loop.create_future())
        self._waiting.append(waiting)
        self._work()
        self._wake.set()
        return waiting.result

    async def start(self) -> None:
        """Connects, so that the first request need not wait. If the database is away, the first batch connects."""
        with suppress(UnavailableError):
            await self._connection.get()

    async def finish(self) -> None:
        """Stores what waits, and ends."""
        while waiting := [each.result for each in (*self._waiting, *self._running, *self._held_up.values())]:
            await asyncio.wait(waiting)
        for task in (self._worker, self._watcher):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        self._connection.drop()

    def _work(self) -> None:
        """Starts the worker and its watcher, or starts them again if they have ended."""
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._store_all())
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        """Fails those who have waited too long, and starts the worker again if it has ended."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            now = asyncio.get_running_loop().time()
            late = [each for each in self._waiting if each.until < now]
            # A statement that runs has a time limit of its own.
            late += [each for each in self._running if each.until + 2 * self._database.timeout < now]
            for each in late:
                each.fail(UnavailableError())
            self._work()

    async def _store_all(self) -> None:
        while True:
            if not self._waiting:
                self._wake.clear()
                await self._wake.wait()
            await asyncio.sleep(0)  # whoever is ready in this turn of the loop comes along
            self._running = self._next()
            try:
                await self._store(self._running)
            except BaseException as error:
                for each in self._running:
                    each.fail(UnavailableError())
                if not isinstance(error, Exception):
                    raise
                log.error("batch failed", exc_info=error)
            finally:
                self._running = ()

    def _next(self) -> list[_Waiting]:
        """Takes the next batch. What may not come into one batch with what waits before it stays, in its order."""
        batch, kept, seen = list[_Waiting](), list[_Waiting](), set[Hashable]()
        while self._waiting and len(batch) < _MOST:
            each = self._waiting.popleft()
            if each.result.done():
                continue
            if self._is_held(each.draft.row.region):
                self._hold_up(each)
                continue
            alone = each.draft.alone
            (batch if alone.isdisjoint(seen) else kept).append(each)
            seen |= alone
        self._waiting.extendleft(reversed(kept))
        return batch

    def _is_held(self, village: str) -> bool:
        """Whether others held something of a village a moment ago."""
        if self._held.get(village, 0.0) > asyncio.get_running_loop().time():
            return True
        self._held.pop(village, None)
        return False

    async def _store(self, batch: Sequence[_Waiting]) -> None:
        if not batch:
            return
        try:
            outcomes = await self._try(batch)
        except Exception as error:
            await self._recover(batch, error)
            return
        for each, outcome in zip(batch, outcomes, strict=True):
            known = each.draft.holder is not None or isinstance(outcome, Held)
            self._known += (known - self._known) / _REMEMBERED
            self._settle(each, outcome)

    async def _recover(self, batch: Sequence[_Waiting], error: Exception) -> None:
        """Goes on after an error. Each of a batch is stored alone, or tried once more after a lost connection."""
        connected = self._connection.is_made
        meaning = self._connection.meaning_of(error)
        if meaning is not None:
            self._connection.drop()
            for each in reversed(batch):
                if connected and not each.lost:
                    each.lost = True
                    self._waiting.appendleft(each)
                else:
                    # If there is no connection, nobody waits for one.
                    each.fail(meaning)
        elif isinstance(error, HELD_UP):
            await self._set_aside(batch)
        elif len(batch) > 1:
            for each in batch:
                await self._store([each])
        else:
            self._refuse(batch[0], error)

    async def _set_aside(self, batch: Sequence[_Waiting]) -> None:
        """Stores a batch village by village. What others hold then waits beside the batches, with what follows."""
        villages = defaultdict[str, list[_Waiting]](list)
        for each in batch:
            villages[each.draft.row.region].append(each)
        if len(villages) > 1:
            for own in villages.values():
                await self._store(own)
            return
        self._held[batch[0].draft.row.region] = asyncio.get_running_loop().time() + PATIENCE
        for each in batch:
            self._hold_up(each)

    def _refuse(self, waiting: _Waiting, error: Exception) -> None:
        if isinstance(error, HELD_UP):
            waiting.fail(Problem(kinds.CONTENDED))
        elif isinstance(error, asyncpg.ForeignKeyViolationError):
            # The card was claimed for a family that was not stored, because the id is in use. Either others used it at
            # this very moment, or it is that of a submission which the sender's area hides.
            waiting.settle(None)
        else:
            waiting.fail(error)

    async def _try(self, batch: Sequence[_Waiting]) -> list[Outcome]:
        storing = Storing(await self._connection.get(), self._catalogue, self._vault)
        drafts = [each.draft for each in batch]
        if self._known > _KNOWN_SHARE:
            for draft, holder in zip(drafts, await storing.find(drafts), strict=True):
                draft.holder = holder
        return await storing.store(drafts)

    def _settle(self, waiting: _Waiting, outcome: Outcome) -> None:
        if not isinstance(outcome, Held | Locked | Late):
            waiting.settle(outcome)
        elif isinstance(outcome, Locked):
            self._hold_up(waiting)
        elif isinstance(outcome, Late):
            waiting.draft.round_settled = True
            self._put_back(waiting)
        else:
            waiting.draft.holder = outcome.family_id
            self._put_back(waiting)

    def _hold_up(self, waiting: _Waiting) -> None:
        """Lets a submission wait for what others hold, beside the batches."""
        task = asyncio.create_task(self._store_alone(waiting))
        self._held_up[task] = waiting
        task.add_done_callback(self._held_up.pop)

    def _put_back(self, waiting: _Waiting) -> None:
        waiting.attempts += 1
        if waiting.attempts >= _ATTEMPTS:
            waiting.fail(Problem(kinds.CONTENDED))
        else:
            self._waiting.appendleft(waiting)

    async def _store_alone(self, waiting: _Waiting) -> None:
        """Stores a submission that needs what others hold. Few wait for them at a time, on connections of the pool."""
        try:
            async with asyncio.timeout(PATIENCE):
                await self._lane.acquire()
        except TimeoutError:
            waiting.fail(Problem(kinds.CONTENDED))
            return
        try:
            async with self._database.connection() as connection:
                if waiting.result.done():
                    return
                storing = Storing(connection, self._catalogue, self._vault)
                (outcome,) = await storing.store([waiting.draft], patient=True)
        except Exception as error:
            self._refuse(waiting, error)
            return
        finally:
            self._lane.release()
        self._held.pop(waiting.draft.row.region, None)
        if isinstance(outcome, Locked):
            # The family is gone.
            outcome = Held(None)
        self._settle(waiting, outcome)
        self._wake.set()
