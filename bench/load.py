"""Sends requests (or makes calls) from a fixed number of connections (or tasks) and times each one.

A turn ends when all are answered, or when its time is over and what was sent by then is answered.

The HTTP client does no more than a measurement needs, because its CPU time is taken from the server beside it.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import httptools

_LIMIT_SECONDS: Final = 60.0
"""After this time a run is given up, because something hangs."""

Call = TypeVar("Call")


class LoadError(Exception):
    """A response was not the expected one, or none came, so the measurement is not valid."""


@dataclass(frozen=True, slots=True)
class Run:
    """One contestant's turn. seconds is its whole time, latencies are the seconds of each request, sorted."""

    seconds: float
    latencies: Sequence[float]

    @property
    def rate(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: int) -> float:
        """Milliseconds within which this percentage of the requests had a response."""
        return 1000 * self.latencies[min(len(self.latencies) - 1, len(self.latencies) * percent // 100)]


class _Connection(asyncio.Protocol):
    """A keep-alive connection that takes the next request from the common queue when a response is complete."""

    def __init__(self, queue: Iterator[bytes], expected: int, latencies: list[float]) -> None:
        self._queue = queue
        self._expected = expected
        self.until = math.inf
        self._latencies = latencies
        self._started = 0.0
        self._latest = b""
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send_next(self) -> None:
        assert self._transport is not None
        self._started = time.perf_counter()
        request = next(self._queue, None) if self._started < self.until else None
        if request is None:
            self._end(None)
            return
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._latest = data
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """httptools calls this when a response is complete."""
        status = self._parser.get_status_code()
        if status != self._expected:
            told = self._latest.rpartition(b"\r\n\r\n")[2][:400].decode(errors="replace")
            self._end(LoadError(f"answered {status} instead of {self._expected}: {told}"))
            return
        self._latencies.append(time.perf_counter() - self._started)
        self.send_next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(LoadError("the server closed the connection"))

    def _end(self, error: LoadError | None) -> None:
        if not self.ended.done():
            if error is None:
                self.ended.set_result(None)
            else:
                self.ended.set_exception(error)
            self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def send_all(
    port: int, requests: Iterable[bytes], *, expected: int, connections: int, seconds: float = math.inf
) -> Run:
    """Sends requests to a local server in their order, until the time is over.

    Raises LoadError if a response does not have the expected status.
    """
    loop = asyncio.get_running_loop()
    queue, latencies = iter(requests), list[float]()
    opened = [
        (await loop.create_connection(lambda: _Connection(queue, expected, latencies), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    started = time.perf_counter()
    try:
        for each in opened:
            each.until = started + seconds
        for each in opened:
            each.send_next()
        async with asyncio.timeout(_LIMIT_SECONDS):
            await asyncio.gather(*(each.ended for each in opened))
        return Run(time.perf_counter() - started, sorted(latencies))
    except TimeoutError:
        raise LoadError(f"not all was answered within {_LIMIT_SECONDS:.0f} s") from None
    finally:
        for each in opened:
            each.close()


async def call_all(
    call: Callable[[Call], Awaitable[object]], queued: Iterable[Call], *, tasks: int, seconds: float = math.inf
) -> Run:
    """Makes calls in `tasks` tasks at once, until the time is over. An exception in one of them ends the run."""
    queue, latencies = iter(queued), list[float]()

    async def work() -> None:
        while (begun := time.perf_counter()) < started + seconds and (each := next(queue, None)) is not None:
            await call(each)
            latencies.append(time.perf_counter() - begun)

    started = time.perf_counter()
    async with asyncio.timeout(_LIMIT_SECONDS), asyncio.TaskGroup() as group:
        for _ in range(tasks):
            group.create_task(work())
    return Run(time.perf_counter() - started, sorted(latencies))
