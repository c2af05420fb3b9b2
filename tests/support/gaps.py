"""Measures for how long a piece of work holds the event loop, so that no other request has its turn."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

_TICK = 0.001


@dataclass
class Held:
    """`seconds` is the most CPU that the loop's thread used between two ticks of a task that only waits.

    It is CPU and not time by the clock, so that a busy machine changes nothing.
    """

    seconds: float = 0.0


@asynccontextmanager
async def watching() -> AsyncIterator[Held]:
    """Measures the loop of this test during the block.

    What the tests before have left is taken out of the garbage collector's sight, because no server has it.
    """
    gc.collect()
    gc.freeze()
    held = Held()

    async def tick() -> None:
        before = time.thread_time()
        while True:
            await asyncio.sleep(_TICK)
            now = time.thread_time()
            held.seconds = max(held.seconds, now - before)
            before = now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(_TICK)
    try:
        yield held
        # The last piece counts too.
        await asyncio.sleep(2 * _TICK)
    finally:
        ticking.cancel()
        with suppress(asyncio.CancelledError):
            await ticking
