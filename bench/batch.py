"""Measures a batch of 500 interviews beside 500 single requests of the same families.

All take turns in one run, round after round. Meanwhile another client asks for /health/live every few milliseconds, and
its longest wait is the longest time that a batch keeps other requests from their turn. Read the ratios.
`python -m bench.batch --help`
"""

import argparse
import asyncio
import gzip
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from app.config import Settings
from bench.agreement import check_agreement
from bench.contest import Options
from bench.cpu import tree_seconds
from bench.data_folder import own_database
from bench.http import describe_place, run_on_server
from bench.load import LoadError, send_all
from bench.stage import NOW, PROVINCE, Server, Stage, staged

COUNT: Final = 500
_PROBE_SECONDS: Final = 0.005
_LINES: Final = {"Content-Type": "application/x-ndjson"}
_PACKED: Final = {**_LINES, "Content-Encoding": "gzip"}


@dataclass(slots=True)
class Way:
    """One way to send so many families. `run` returns the bytes sent and received."""

    name: str
    run: Callable[[list[bytes]], Awaitable[tuple[int, int]]]
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    moved: tuple[int, int] = (0, 0)


def ways(port: int, http: httpx.AsyncClient) -> list[Way]:
    def alone(connections: int) -> Callable[[list[bytes]], Awaitable[tuple[int, int]]]:
        async def run(requests: list[bytes]) -> tuple[int, int]:
            await send_all(port, requests, expected=201, connections=connections)
            return sum(map(len, requests)), 0

        return run

    def together(
        write: Callable[[list[dict[str, Any]]], bytes], headers: dict[str, str]
    ) -> Callable[[list[bytes]], Awaitable[tuple[int, int]]]:
        async def run(requests: list[bytes]) -> tuple[int, int]:
            content = write([entry_of(each) for each in requests])
            answer = await http.post("/v1/submissions/batch", content=content, headers=headers)
            if answer.status_code != 200 or f'"stored":{len(requests)},"refused":0}}' not in answer.text:
                raise LoadError(f"a batch was not stored: {answer.status_code} {answer.text[-200:]}")
            return len(content), len(answer.content)

        return run

    return [
        Way("PUT, one after another", alone(1)),
        Way("PUT, 8 at once", alone(8)),
        Way("batch, JSON", together(as_json, {"Content-Type": "application/json"})),
        Way("batch, NDJSON", together(as_lines, _LINES)),
        Way("batch, NDJSON, gzip", together(lambda each: gzip.compress(as_lines(each), 6), _PACKED)),
    ]


def entry_of(request: bytes) -> dict[str, Any]:
    """The entry of a batch that stores the same as a PUT request."""
    head, _, body = request.partition(b"\r\n\r\n")
    return {"id": head.split(b" ", 2)[1].rpartition(b"/")[2].decode(), "submission": json.loads(body)}


def as_json(entries: list[dict[str, Any]]) -> bytes:
    return json.dumps({"items": entries}, separators=(",", ":")).encode()


def as_lines(entries: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in entries)


@asynccontextmanager
async def probing(http: httpx.AsyncClient, waits: list[float]) -> AsyncIterator[None]:
    """Adds the seconds of each of the requests that ask again and again meanwhile."""

    async def ask() -> None:
        while True:
            started = time.perf_counter()
            (await http.get("/health/live")).raise_for_status()
            waits.append(time.perf_counter() - started)
            await asyncio.sleep(_PROBE_SECONDS)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        with suppress(asyncio.CancelledError):
            await asking


async def take_turn(way: Way, requests: list[bytes], pid: int, http: httpx.AsyncClient) -> None:
    async with probing(http, way.waits):
        started, before = time.perf_counter(), tree_seconds(pid)[0]
        way.moved = await way.run(requests)
        way.seconds.append(time.perf_counter() - started)
    way.cpu.append((tree_seconds(pid)[0] or 0) - (before or 0))


def show(found: Sequence[Way]) -> None:
    """The first way is what the others are compared with."""
    print(f"\n{COUNT} interviews{'seconds':>22}{'÷ first':>9}{'CPU s':>8}{'sent KiB':>10}{'received':>10}", end="")
    print(f"{'other p50 ms':>14}{'longest ms':>12}")
    for way in found:
        seconds, waits = median(way.seconds), sorted(way.waits)
        print(f"  {way.name:<24}{seconds:>10.2f}{seconds / median(found[0].seconds):>9.2f}", end="")
        print(f"{median(way.cpu):>8.2f}{way.moved[0] / 1024:>10.0f}{way.moved[1] / 1024:>10.0f}", end="")
        print(f"{1000 * median(waits):>14.1f}{1000 * waits[-1]:>12.1f}")


async def measure(stage: Stage, ours: Server, options: Options) -> None:
    """Raises LoadError if an interview is not stored, or not counted at the end."""
    headers = {"Authorization": f"Bearer {stage.token}"}
    requests = stage.kinds.fresh(stage.ikk, NOW)
    async with httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{ours.port}", headers=headers, timeout=60, trust_env=False
    ) as http:
        warm, found = ways(ours.port, http)[1:2], ways(ours.port, http)
        for way in [*warm, *found * options.rounds]:
            await take_turn(way, requests.ready(COUNT), ours.pid, http)
            requests.sent(COUNT)
        show(found)
    await stage.settle()
    await check_agreement(stage.dsn, ours.port, stage.token, stage.kinds, PROVINCE)


async def _main(server: str, folder: Path, settings: Settings, options: Options) -> None:
    async with own_database(server, settings) as dsn, staged(dsn, folder, settings) as stage:
        print((await describe_place(stage.owner, options)).rpartition(" rounds,")[0], "rounds")
        with stage.ours() as ours:
            await measure(stage, ours, options)


def main() -> int:
    """Exit status 0 if every interview was stored and counted, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way (default 5)")
    options = Options(seconds=0, rounds=parser.parse_args().rounds)
    return run_on_server(_main, options)


if __name__ == "__main__":
    sys.exit(main())
