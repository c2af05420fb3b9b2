"""Measures a submission and an aggregate over HTTP, beside a bare FastAPI route and beside the bare statement.

All contestants take turns in one run, round after round, so that whatever else the machine does affects them alike.
The ratios are the result. The requests per second only tell you about the machine. `python -m bench.http --help`
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final
from uuid import uuid4

import httpx
import uvloop

from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.key_ring import make_ring
from app.platform.tokens import Tokens
from app.regions.editions import CURRENT
from bench.data_folder import (
    cpu_seconds,
    durable_server,
    free_port,
    own_database,
    scratch_folder,
    serving,
    stolen_seconds,
)
from bench.families import INSERT, REGENCY, YEAR, Sender, draw_families, read_villages
from bench.load import LoadError, Run, call_all, send_all

_SELECT: Final = "SELECT sums::text FROM village_sums WHERE instrument_id = $1 AND year = $2 AND region = $3"
_MOST: Final = 30_000
"""The most requests in one turn, even on a fast machine."""


@dataclass(frozen=True, slots=True)
class Options:
    seconds: float
    rounds: int
    connections: int


@dataclass(slots=True)
class Contestant:
    """Something to measure. run sends a number of requests, and pid is the process whose CPU time they take."""

    name: str
    run: Callable[[int], Awaitable[Run]]
    pid: int
    runs: list[Run] = field(default_factory=list)
    cpu: float | None = 0.0
    sent: int = 0

    async def take_turn(self, count: int) -> Run:
        before = cpu_seconds(self.pid)
        run = await self.run(count)
        after = cpu_seconds(self.pid)
        self.sent += count
        self.cpu = None if self.cpu is None or before is None or after is None else self.cpu + after - before
        return run


async def compare(contestants: Sequence[Contestant], options: Options) -> None:
    """Warms up each contestant to find how many requests fill a turn. Then each takes a turn per round."""
    counts = []
    for each in contestants:
        warm = await each.take_turn(options.connections * 20)
        counts.append(min(_MOST, max(options.connections, round(warm.rate * options.seconds))))
    for _ in range(options.rounds):
        for each, count in zip(contestants, counts, strict=True):
            each.runs.append(await each.take_turn(count))


def show(title: str, contestants: Sequence[Contestant], own: int) -> None:
    """Prints one table. The first `own` contestants are ours. They are compared with the others."""
    beside = contestants[own:]
    print(f"\n{title:<49}{'req/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU µs':>9}", end="")
    print("".join(f"{'÷ ' + each.name.split()[0]:>10}" for each in beside))
    for each in contestants:
        rate = _rate(each)
        p50, p99 = (median(run.percentile(percent) for run in each.runs) for percent in (50, 99))
        cpu = "-" if each.cpu is None else f"{each.cpu / each.sent * 1e6:.0f}"
        print(f"{'  ' + each.name:<49}{rate:>8,.0f}{p50:>9.1f}{p99:>9.1f}{cpu:>9}", end="")
        print("".join(f"{rate / _rate(other):>10.2f}" for other in beside) if each in contestants[:own] else "")


def _rate(contestant: Contestant) -> float:
    return median(run.rate for run in contestant.runs)


@dataclass(frozen=True, slots=True)
class Contest:
    """What all contestants share. ours, bare: port and process id of the two servers"""

    database: Database
    sender: Sender
    connections: int
    ours: tuple[int, int]
    bare: tuple[int, int]

    def http(self, name: str, server: tuple[int, int], make: Callable[[int], list[bytes]], expected: int) -> Contestant:
        """A contestant that sends requests to one of the servers."""
        port, pid = server
        return Contestant(
            name, lambda count: send_all(port, make(count), expected=expected, connections=self.connections), pid
        )

    def statement(self, name: str, sql: str, rows: Callable[[int], list[tuple[Any, ...]]]) -> Contestant:
        """A contestant that runs one statement in as many tasks as connections, on a pool like the service's own."""

        async def call(row: tuple[Any, ...]) -> None:
            async with self.database.connection() as connection:
                await connection.fetch(sql, *row)

        return Contestant(name, lambda count: call_all(call, rows(count), tasks=self.connections), os.getpid())


def putting(contest: Contest, named: Sender, other: Sender) -> list[Contestant]:
    """The contestants that send families. `other` sends those that our server never gets."""
    sender = contest.sender
    return [
        contest.http("ours: check, score, encrypt, store, add to sums", contest.ours, sender.puts, 201),
        contest.http("ours: with people, address and consent", contest.ours, named.puts, 201),
        contest.http("ours: of a family that is known already", contest.ours, sender.puts_again, 201),
        contest.http("bare FastAPI route, same requests", contest.bare, other.puts, 201),
        contest.statement("INSERT of the same row by asyncpg", INSERT, sender.rows),
    ]


def getting(contest: Contest, villages: Sequence[str], instrument_id: int) -> list[Contestant]:
    def gets(region: str) -> Callable[[int], list[bytes]]:
        return lambda count: contest.sender.gets(region, count)

    key = (instrument_id, YEAR, villages[0])
    return [
        contest.http(f"ours: the regency, {len(villages)} villages", contest.ours, gets(REGENCY), 200),
        contest.http("ours: a village", contest.ours, gets(villages[0]), 200),
        contest.http("bare FastAPI route, same answer", contest.bare, gets(REGENCY), 200),
        contest.statement("SELECT of one row by its key by asyncpg", _SELECT, lambda count: [key] * count),
    ]


async def measure(dsn: str, folder: Path, settings: Settings, options: Options) -> None:
    """Runs everything and prints it. Raises LoadError if a response is wrong or a submission is not counted."""
    agency_id, villages = uuid4(), read_villages()
    areas = {scope: [REGENCY] for scope in ("submissions:write", "aggregates:read")}
    token = Tokens(settings, make_ring(settings.key_ring_file)).issue("agency", str(agency_id), areas).token
    async with Database.open(dsn, settings) as database, both_servers(dsn, folder, token) as (ours, bare):
        async with database.connection() as connection:
            instrument_id = await connection.fetchval("SELECT id FROM instrument")
            print(await describe_place(connection, options))
        plain, named, other = (
            Sender(draw_families(villages, instrument_id, CURRENT.code, agency_id, named=named), token)
            for named in (False, True, False)
        )
        contest = Contest(database, plain, options.connections, ours, bare)
        puts, gets = putting(contest, named, other), getting(contest, villages, instrument_id)
        await compare(puts, options)
        show("PUT /v1/submissions/{id}", puts, 3)
        await compare(gets, options)
        show("GET /v1/aggregates/{region}/{year}", gets, 2)
        both = [await get_aggregate(ours[0], token, year) for year in (YEAR, YEAR - 1)]
        families = sum(each.json()["families"] for each in both)
    sent = sum(each.sent for each in puts[:3])
    if families != sent:
        raise LoadError(f"{sent} submissions got 201, but {families} are in the aggregate")
    print(f"\nAll {families:,} submissions that got 201 are in the regency's aggregates.")


@asynccontextmanager
async def both_servers(dsn: str, folder: Path, token: str) -> AsyncIterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Port and process id of our server and of the bare one, whose GET returns what ours returns now."""
    ours, bare, file = free_port(), free_port(), folder / "aggregate.json"
    environment = {"DATABASE_URL": dsn, "IKK_FOLDER": str(folder), "IKK_HOST": "127.0.0.1", "IKK_PORT": str(ours)}
    environment["IKK_ISSUER"] = Settings(folder=folder).issuer  # the one that the token names
    environment["IKK_AGENCY_REQUESTS_PER_MINUTE"] = "0"  # one agency sends everything
    with serving("app.cli", "serve", port=ours, ready="/health/ready", environment=environment) as our_pid:
        file.write_bytes((await get_aggregate(ours, token)).content)
        with serving("bench.bare", str(bare), str(file), port=bare, ready="/openapi.json", environment={}) as bare_pid:
            yield (ours, our_pid), (bare, bare_pid)


async def get_aggregate(port: int, token: str, year: int = YEAR) -> httpx.Response:
    """The response of our server with the regency's aggregate of a year."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{port}/v1/aggregates/{REGENCY}/{year}")
        return answer.raise_for_status()


async def describe_place(connection: Connection, options: Options) -> str:
    """Three lines on the machine, the versions and the durability settings of the database."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    version, *promises = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in names]
    return (
        f"{os.cpu_count()} cores for client, servers and database · {platform.machine()} · "
        f"Python {platform.python_version()} · PostgreSQL {version.split()[1]}\n"
        f"{' · '.join(promises)}\n"
        f"{options.connections} connections · medians of {options.rounds} rounds, a turn about {options.seconds:g} s"
    )


def read_options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.2, help="about how long one turn takes (default 1.2)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant (default 5)")
    parser.add_argument("--connections", type=int, default=32, help="requests at once (default 32)")
    return Options(**vars(parser.parse_args()))


async def _main(server: str, folder: Path, settings: Settings, options: Options) -> None:
    async with own_database(server, settings) as dsn:
        stolen, started = stolen_seconds(), time.monotonic()
        await measure(dsn, folder, settings, options)
        if stolen is not None:
            share = ((stolen_seconds() or 0) - stolen) / (time.monotonic() - started) / (os.cpu_count() or 1)
            print(f"The host kept {share:.0%} of the cores' time for others during the run.")


def main() -> int:
    """Exit status 0 if every response was as expected, otherwise 1."""
    return run_on_server(_main, read_options())


def run_on_server(work: Callable[[str, Path, Settings, Options], Coroutine[Any, Any, None]], options: Options) -> int:
    """Runs the work on a durable PostgreSQL and a folder of its own. Returns 0, or 1 if it raises LoadError."""
    with scratch_folder() as folder:
        settings = Settings(folder=folder)
        with durable_server(folder, settings.database_url) as server:
            try:
                uvloop.run(work(server, folder, settings, options))
            except LoadError as error:
                print(f"failed: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
