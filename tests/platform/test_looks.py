"""Requests share looks, and no request waits for ever."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.platform.database import Connection, Database, UnavailableError
from app.platform.looks import Looker
from tests.support.wire import eventually


class Looking:
    """Looks that wait to be let go on. began: the keys of each"""

    def __init__(self) -> None:
        self.began: list[list[str]] = []
        self.go = asyncio.Semaphore(0)
        self.error: BaseException | None = None

    async def look(self, connection: Connection, keys: Sequence[str]) -> Mapping[str, int]:
        assert await connection.fetchval("SELECT 1") == 1
        self.began.append(sorted(keys))
        number = len(self.began)
        await self.go.acquire()
        if self.error is not None:
            raise self.error
        return {key: number for key in keys if key != "none"}


@pytest.fixture
async def looking(database: Database) -> Any:
    looking = Looking()
    looker = Looker[str, int](database, looking.look)
    yield looking, looker
    await looker.finish()


async def settled(looking: Looking, looks: int) -> None:
    async def began() -> bool:
        return len(looking.began) == looks

    await eventually(began)


async def test_it_works(looking: tuple[Looking, Looker[str, int]]) -> None:
    looks, looker = looking
    first = [looker.see("a"), looker.see("b"), looker.see("a")]
    await settled(looks, 1)
    # It began before these came, so they wait for the next one, and share it.
    later = [looker.see("a"), looker.see("c"), looker.see("none")]
    looks.go.release()
    assert await asyncio.gather(*first) == [1, 1, 1]
    await settled(looks, 2)
    assert not any(each.done() for each in later)
    looks.go.release()
    assert await asyncio.gather(*later) == [2, 2, None]
    assert looks.began == [["a", "b"], ["a", "c", "none"]]


async def test_a_request_that_was_given_up_takes_nobody_with_it(looking: tuple[Looking, Looker[str, int]]) -> None:
    looks, looker = looking
    gone, there = looker.see("a"), looker.see("a")
    await settled(looks, 1)
    gone.cancel()
    looks.go.release()
    assert await there == 1


@pytest.mark.parametrize("error", [UnavailableError(), ValueError("x"), ConnectionResetError()])
async def test_an_error_fails_those_who_wait_and_the_next_look_works(
    error: Exception, looking: tuple[Looking, Looker[str, int]]
) -> None:
    looks, looker = looking
    looks.error = error
    failed = looker.see("a")
    looks.go.release()
    with pytest.raises((UnavailableError, type(error))):
        await failed
    looks.error = None
    looks.go.release()
    assert await looker.see("a") == 2


async def test_who_waits_at_the_end_is_told(looking: tuple[Looking, Looker[str, int]]) -> None:
    looks, looker = looking
    waiting = looker.see("a")
    await settled(looks, 1)
    next_one = looker.see("a")
    await looker.finish()
    for each in (waiting, next_one):
        with pytest.raises(UnavailableError):
            await each
