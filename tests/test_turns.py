"""Long lists give other work of the event loop its turn."""

import asyncio
import time

from app.turns import in_turns


async def count_turns(rows: int, seconds: float) -> int:
    """How often other work had its turn while rows were worked through that take this long each."""
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(take_turns())
    found = []
    async for row in in_turns(range(rows)):
        time.sleep(seconds)  # noqa: ASYNC251 (it stands for work that holds the loop)
        found.append(row)
    other.cancel()
    assert found == list(range(rows))
    return turns


async def test_every_slow_row_is_followed_by_a_turn() -> None:
    assert await count_turns(20, 0.006) == 20


async def test_rows_that_take_milliseconds_share_a_turn() -> None:
    assert 10 <= await count_turns(100, 0.001) < 100


async def test_fast_rows_need_no_turn_of_their_own() -> None:
    assert await count_turns(1000, 0) < 1000
