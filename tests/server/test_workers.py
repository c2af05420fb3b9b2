"""`ikk serve --workers 2` as a separate program: both workers answer, and one that dies takes nothing with it."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from tests.support.factories import LANDASAN_ULIN_SELATAN
from tests.support.serving import Server, put, rows, serving
from tests.support.wire import eventually

pytestmark = pytest.mark.process

_LIVE = 'ikk_request_seconds_count{method="GET",route="/health/live",status="200"}'


class Pair:
    """A server with two workers."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def workers(self) -> list[int]:
        """The ids of the workers that serve."""
        lines = self.server.lines()
        served = [int(found[1]) for line in lines if (found := _STARTED.fullmatch(line["event"]))]
        ended = {line["pid"] for line in lines if line["event"] == "worker ended"}
        return [pid for pid in served if pid not in ended]

    async def await_both(self) -> list[int]:
        async def are_there() -> bool:
            complete = sum(line["event"] == "Application startup complete." for line in self.server.lines())
            started = sum(line["event"] == "worker started" for line in self.server.lines())
            return len(self.workers()) == 2 and complete == started

        await eventually(are_there)
        return self.workers()

    async def ask(self, path: str = "/health/live") -> httpx.Response:
        """The answer to a request on a connection of its own."""
        async with self.server.client() as http:
            return await http.get(path)

    async def metric(self, name: str) -> float:
        found = re.search(rf"^{re.escape(name)} (\S+)$", (await self.ask("/metrics")).text, re.MULTILINE)
        return float(found[1]) if found else 0.0


_STARTED = re.compile(r"Started server process \[([0-9]+)\]")


@contextmanager
def halted(pid: int) -> Any:
    """Holds a process still meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
async def pair(dsn: str, settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Pair]:
    assert database is not None
    # The same key ring as the application on this database, because both seal one audit log.
    async with serving(tmp_path, dsn, IKK_WORKERS="2", IKK_KEYS_FILE=str(settings.key_ring_file)) as server:
        pair = Pair(server)
        await pair.await_both()
        yield pair
        # Killed, the parent leaves workers behind for a second or two.
        server.program.terminate()
        await asyncio.to_thread(server.program.wait, 60)


async def test_each_worker_answers_on_the_same_address(pair: Pair) -> None:
    one, other = await pair.await_both()
    assert len({one, other, pair.server.program.pid}) == 3
    for halt in (one, other):
        with halted(halt):
            assert (await pair.ask()).status_code == 200


async def test_whoever_is_asked_shows_the_metrics_of_all(pair: Pair) -> None:
    one, other = await pair.await_both()
    for halt, count in ((one, 3), (other, 4)):
        with halted(halt):
            for _ in range(count):
                assert (await pair.ask()).status_code == 200

    async def shows_all_without(halt: int) -> bool:
        # A worker that is halted just after it answered still has that request, so this is asked again.
        with halted(halt):
            assert await pair.metric("process_resident_memory_bytes") > 50e6
            return await pair.metric(_LIVE) == 7 and await pair.metric("ikk_requests_running") == 1

    for halt in (one, other):
        await eventually(partial(shows_all_without, halt))
    # What a worker counted stays counted after its end. What it was doing does not.
    os.kill(one, signal.SIGKILL)
    assert other in await pair.await_both()
    assert await pair.metric(_LIVE) == 7
    assert await pair.metric("ikk_requests_running") == 1


async def test_a_worker_killed_under_load_loses_nothing_that_was_acknowledged(
    pair: Pair, connection: Connection, owner: Any
) -> None:
    stored: dict[UUID, bytes] = {}
    broken: list[int] = []
    over = asyncio.Event()

    async def send(first: int) -> None:
        seed = first
        while not over.is_set():
            uuid = uuid4()
            seed += 8
            for _ in range(20):
                try:
                    async with pair.server.client() as http:
                        answer = await put(http, seed, uuid)
                except httpx.TransportError:
                    broken.append(seed)
                    continue
                assert answer.status_code in (200, 201), answer.text
                stored[uuid] = answer.content
                break

    senders = [asyncio.create_task(send(number)) for number in range(8)]
    for _ in range(3):
        before = len(stored)

        async def goes_on(before: int = before) -> bool:
            return len(stored) > before + 15

        await eventually(goes_on)
        os.kill((await pair.await_both())[0], signal.SIGKILL)
    over.set()
    await asyncio.gather(*senders)

    async def all_are_noticed() -> bool:
        return [each["status"] for each in pair.server.lines() if each["event"] == "worker ended"] == [-9, -9, -9]

    # The supervisor may notice the last one only after its senders have ended.
    await eventually(all_are_noticed)
    assert len(await pair.await_both()) == 2
    assert await rows(connection) == len(stored)
    async with pair.server.client() as http:
        for uuid, content in list(stored.items())[::5]:
            assert (await http.get(f"/v1/submissions/{uuid}")).json()["id"] == str(uuid)
            assert content
        # Each is recorded once, in one chain, although two workers seal.
        entries = "SELECT count(*) FROM audit_log WHERE kind = 'submission.take'"

        async def is_sealed() -> bool:
            return bool(await owner.fetchval("SELECT count(*) = 0 FROM audit_queue"))

        await eventually(is_sealed)
        assert await owner.fetchval(entries) == len(stored)
        assert (await http.get("/v1/aggregates/63/2025")).json()["families"] == len(stored)


async def test_whichever_worker_is_asked_counts_what_another_one_has_acknowledged(pair: Pair) -> None:
    stored, over = 0, asyncio.Event()

    async def ask() -> int | None:
        try:
            async with pair.server.client() as http:
                answer = await http.get("/v1/aggregates/6372/2025")
        except httpx.TransportError:  # the worker was killed
            return None
        assert answer.status_code == 200, answer.text
        families: int = answer.json()["families"]
        return families

    async def read() -> None:
        while not over.is_set():
            before = stored
            found = await ask()
            assert found is None or found >= before

    readers = [asyncio.create_task(read()) for _ in range(6)]
    try:
        for seed in range(40):
            async with pair.server.client() as http:
                with contextlib.suppress(httpx.TransportError):
                    stored += (await put(http, seed, UUID(int=seed + 1))).status_code == 201
            if seed == 15:
                os.kill((await pair.await_both())[0], signal.SIGKILL)
    finally:
        over.set()
        await asyncio.gather(*readers)
    for each in await pair.await_both():
        with halted(each):
            # One that was under way when its worker died may be stored without an acknowledgement.
            assert await ask() in (stored, stored + 1)


async def test_told_to_stop_all_workers_first_answer_what_is_running(
    pair: Pair, connection: Connection, other: Any
) -> None:
    async with pair.server.client() as http:
        assert (await put(http, 1)).status_code == 201
        async with other.transaction():
            await other.execute("SELECT 1 FROM village_sums WHERE region = $1 FOR UPDATE", LANDASAN_ULIN_SELATAN)
            running: list[asyncio.Task[httpx.Response]] = []
            for seed, halt in enumerate(await pair.await_both(), start=2):
                with halted(halt):
                    before = len(running)
                    running.append(asyncio.create_task(_put_alone(pair, seed)))

                    async def are_waiting(before: int = before) -> bool:
                        return bool(await other.fetchval(_WAITING) == before + 1)

                    await eventually(are_waiting)
            pair.server.program.send_signal(signal.SIGTERM)
            await eventually(pair.server.refuses)
            assert not any(each.done() for each in running)
        assert [each.status_code for each in await asyncio.gather(*running)] == [201, 201]
    assert await asyncio.to_thread(pair.server.program.wait, 30) == 0
    assert await rows(connection) == 3
    assert not [line for line in pair.server.lines() if line["level"] in ("error", "critical")]


_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


async def _put_alone(pair: Pair, seed: int) -> httpx.Response:
    async with pair.server.client() as http:
        return await put(http, seed)


async def test_workers_end_with_their_parent(dsn: str, database: Database, tmp_path: Path) -> None:
    assert database is not None
    async with serving(tmp_path, dsn, IKK_WORKERS="2") as server:
        await Pair(server).await_both()
        server.program.kill()
        await asyncio.to_thread(server.program.wait)
        await eventually(server.refuses)
