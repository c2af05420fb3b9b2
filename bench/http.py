"""The yardstick of the service: what an interview costs over HTTP, beside routes and statements that do less.

All contestants take turns in one run, round after round, so that whatever else the machine does affects them alike.
The ratios are the result, and each has a target. The exit status is 1 only if a result is wrong, never because it is
slow. `python -m bench.http --help`
"""

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvloop

from app.config import Settings
from app.platform.database import Connection
from bench.agreement import check_agreement
from bench.contest import PARTS, Options
from bench.copying import measure_batches
from bench.cpu import stolen_seconds
from bench.data_folder import durable_server, own_database, scratch_folder
from bench.frozen import check_frozen
from bench.getting import measure_gets
from bench.load import LoadError
from bench.others import measure_others
from bench.putting import measure_puts
from bench.stage import NOW, PROVINCE, Server, Stage, staged
from bench.verdict import Row, show_rows
from bench.workers import TWO, measure_workers


async def measure(server: str, folder: Path, settings: Settings, options: Options) -> None:
    """Runs everything and prints it. Raises LoadError if a result is wrong."""
    check_frozen()
    rows: list[Row] = []
    async with own_database(server, settings) as dsn, staged(dsn, folder, settings) as stage:
        print(await describe_place(stage.owner, options))
        if options.only & {"puts", "gets", "batches"}:
            rows += await _measure_interviews(stage, options)
        if "workers" in options.only:
            rows += await _measure_two(stage, options)
    if "others" in options.only:
        rows += await measure_others(server, folder, settings, options)
    show_rows(rows)


async def _measure_interviews(stage: Stage, options: Options) -> list[Row]:
    rows: list[Row] = []
    with stage.ours() as ours:
        files = [str(await _keep_answer(stage, ours))]
        if "puts" in options.only:
            rows += await measure_puts(stage, ours, options, files)
        if "gets" in options.only:
            rows += await measure_gets(stage, ours, options)
        if "batches" in options.only:
            rows += await measure_batches(stage, ours, options)
        await _agree(stage, ours)
    return rows


async def _measure_two(stage: Stage, options: Options) -> list[Row]:
    with stage.ours(*TWO) as ours:
        rows = await measure_workers(stage, ours, options)
        await _agree(stage, ours)
    return rows


async def _agree(stage: Stage, ours: Server) -> None:
    await stage.settle()
    await check_agreement(stage.dsn, ours.port, stage.token, stage.kinds, PROVINCE)


async def _keep_answer(stage: Stage, ours: Server) -> Path:
    """The file with an aggregate, which the bare route returns."""
    file, headers = stage.folder / "aggregate.json", {"Authorization": f"Bearer {stage.token}"}
    async with httpx.AsyncClient(headers=headers, trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{ours.port}/v1/aggregates/{PROVINCE}/{NOW.year}")
        file.write_bytes(answer.raise_for_status().content)
    return file


async def describe_place(connection: Connection, options: Options) -> str:
    """Three lines on the machine, the versions and the durability settings of the database."""
    names = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")
    version, *promises = [f"{name} {await connection.fetchval(f'SHOW {name}')}" for name in names]
    return (
        f"{os.cpu_count()} cores for client, servers and database · {platform.machine()} · "
        f"Python {platform.python_version()} · PostgreSQL {version.split()[1]}\n"
        f"{' · '.join(promises)}\n"
        f"medians of {options.rounds} rounds, a turn about {options.seconds:g} s"
    )


@contextmanager
def watching_the_machine() -> Iterator[None]:
    """Prints at the end how busy the machine was, and how much of it the host kept."""
    stolen, started = stolen_seconds(), time.monotonic()
    yield
    print(f"\nload of the last 1, 5 and 15 minutes: {' · '.join(f'{each:.1f}' for each in os.getloadavg())}")
    if stolen is not None:
        share = ((stolen_seconds() or 0) - stolen) / (time.monotonic() - started) / (os.cpu_count() or 1)
        print(f"The host kept {share:.0%} of the cores' time for others during the run.")


def read_options(told: str) -> Options:
    parser = argparse.ArgumentParser(description=told, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=1.0, help="about how long one turn takes (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant (default 5)")
    parser.add_argument(
        "--only", action="append", choices=sorted(PARTS), help="measure only this part (may be given several times)"
    )
    parser.add_argument(
        "--interviews", type=int, default=2_000, help="stored for lists, disk and memory, 1,000 or more (default 2,000)"
    )
    chosen = parser.parse_args()
    return Options(chosen.seconds, chosen.rounds, frozenset(chosen.only or PARTS), chosen.interviews)


def run_on_server(work: Callable[[str, Path, Settings, Options], Coroutine[Any, Any, None]], options: Options) -> int:
    """Runs the work on a durable PostgreSQL and a folder of its own. Returns 0, or 1 if it raises LoadError."""
    with scratch_folder() as folder:
        # A token is valid for as long as the longest run.
        settings = Settings(folder=folder, token_seconds=86_400)
        with durable_server(folder, settings.database_url) as server, watching_the_machine():
            try:
                uvloop.run(work(server, folder, settings, options))
            except LoadError as error:
                print(f"failed: {error}", file=sys.stderr)
                return 1
    return 0


def main() -> int:
    """Exit status 0 if every result was right, otherwise 1."""
    return run_on_server(measure, read_options(__doc__ or ""))


if __name__ == "__main__":
    sys.exit(main())
