"""Looks at the database for all requests that wait, one look after another, on a connection of its own.

A request waits for a look that began after it arrived. So it sees what anybody was told to be stored before, on any
server. While one look is under way, the next one gathers, so the more requests come the more of them share a look.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from contextlib import suppress
from typing import Generic, TypeVar

from app.platform.database import Connection, Database, UnavailableError
from app.platform.own_connection import OwnConnection

Key = TypeVar("Key", bound=Hashable)
Seen = TypeVar("Seen")
Look = Callable[[Connection, Sequence[Key]], Awaitable[Mapping[Key, Seen]]]
"""Reads what is asked for by keys. It leaves out what is not there."""
Waiting = dict[Key, list[asyncio.Future[Seen | None]]]


class Looker(Generic[Key, Seen]):
    """The looks of one kind in one server process. Whoever makes it calls `finish` at the end."""

    def __init__(self, database: Database, look: Look[Key, Seen]) -> None:
        self._database = database
        self._look = look
        self._waiting: Waiting[Key, Seen] = {}
        self._connection = OwnConnection(database)
        self._worker: asyncio.Task[None] | None = None

    def see(self, key: Key) -> asyncio.Future[Seen | None]:
        """Waits for a look that begins from now on, None if there is nothing. Raises UnavailableError."""
        future: asyncio.Future[Seen | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, []).append(future)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return future

    async def finish(self) -> None:
        """Ends. Whoever still waits gets UnavailableError."""
        if self._worker is not None:
            self._worker.cancel()
            with suppress(asyncio.CancelledError):
                await self._worker
        waiting, self._waiting = self._waiting, {}
        self._fail(waiting, UnavailableError())
        self._connection.drop()

    async def _work(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever is ready in this turn of the loop comes along
            waiting, self._waiting = self._waiting, {}
            try:
                seen = await self._look(await self._connection.get(), list(waiting))
            except BaseException as error:
                # The request goes on another way. A connection on which something failed is not used again.
                meaning = self._meaning_of(error)
                self._connection.drop()
                self._fail(waiting, meaning)
                if not isinstance(error, Exception):
                    raise
                continue
            for key, futures in waiting.items():
                found = seen.get(key)
                for future in futures:
                    # The request may have been given up.
                    if not future.done():
                        future.set_result(found)

    def _fail(self, waiting: Waiting[Key, Seen], error: Exception) -> None:
        for future in (each for futures in waiting.values() for each in futures):
            if not future.done():
                future.set_exception(error)

    def _meaning_of(self, error: BaseException) -> Exception:
        if not isinstance(error, Exception):
            return UnavailableError()
        return self._connection.meaning_of(error) or error
