"""A benchmark fails on every wrong result, and never because of slowness."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest

from bench.agreement import check_figures, check_tables
from bench.fresh import Drawing, Interview, Round
from bench.load import LoadError, send_all
from bench.sender import Kinds, Ledger

pytestmark = pytest.mark.anyio


@pytest.fixture
async def owner(migrated_dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(migrated_dsn)
    yield connection
    await connection.close()


async def test_an_interview_that_was_acknowledged_and_is_not_stored_fails(owner: asyncpg.Connection) -> None:
    ledger = Ledger(frozenset())
    await check_tables(owner, ledger)
    ledger.take("ikk-29", Interview(uuid4(), 2026, "6372011001", 0, "{}", b""), new=True)
    with pytest.raises(LoadError, match="not stored: 0 expected, 1 found"):
        await check_tables(owner, ledger)


async def test_a_family_too_many_fails(owner: asyncpg.Connection) -> None:
    ledger = Ledger(frozenset(), families=1)
    with pytest.raises(LoadError, match="stored families: 1 expected, 0 found"):
        await check_tables(owner, ledger)


def test_sums_that_are_not_those_of_the_families_fail() -> None:
    drawing = Drawing("ikk-29-2026.1", ["6372011001"])
    bodies = [each.body for each in drawing.fresh(Round("2026.1", 2026, 6), 3)]
    shown = {"families": 2, "index": {"families": 2, "mean": 50.0}, "categories": [], "indicators": []}
    with pytest.raises(LoadError, match="the sums of"):
        check_figures(("ikk-29", 2026, "6372011001"), shown, bodies)


@asynccontextmanager
async def answering(status: int) -> AsyncIterator[int]:
    """The port of a server that answers every request with one status."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            while (await reader.readline()).strip():
                pass
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_wrong_status_fails() -> None:
    requests = [Kinds("token", Ledger(frozenset())).get("/v1/regions")] * 20
    async with answering(200) as port:
        run = await send_all(port, requests, expected=200, connections=4)
        assert len(run.latencies) == 20
    async with answering(503) as port:
        with pytest.raises(LoadError, match="answered 503 instead of 200"):
            await send_all(port, requests, expected=200, connections=4)


async def test_a_turn_ends_when_its_time_is_over() -> None:
    requests = [Kinds("token", Ledger(frozenset())).get("/v1/regions")] * 1_000_000
    async with answering(200) as port:
        run = await send_all(port, requests, expected=200, connections=4, seconds=0.1)
    assert 0 < len(run.latencies) < 1_000_000
