"""Works through long lists so that other requests of the process have their turn meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

_AT_ONCE: Final = 25
"""Rows between two turns. With the slowest rows that is a few milliseconds."""

Row = TypeVar("Row")


async def in_turns(rows: Iterable[Row]) -> AsyncIterator[Row]:
    """Yields the rows in their order. The event loop has a turn after every 25."""
    for count, row in enumerate(rows, 1):
        yield row
        if count % _AT_ONCE == 0:
            await asyncio.sleep(0)
