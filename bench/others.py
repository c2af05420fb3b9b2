"""The rows that other benchmarks of this folder measure: scoring, lists, disk, memory and start."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from app.config import Settings
from bench import disk, start
from bench.contest import Options
from bench.data_folder import own_database
from bench.lists import measure_lists
from bench.scoring import measure_scoring
from bench.verdict import Row

_ENOUGH = 4
"""The rounds after which more interviews change the disk that one takes no more."""


async def measure_others(server: str, folder: Path, settings: Settings, options: Options) -> list[Row]:
    costs = await asyncio.to_thread(
        measure_scoring, rounds=2 + options.rounds, families=300, before=round(7.5 * options.interviews)
    )
    found = [Row("Checking, scoring and coding a family ÷ loop over 29 booleans", costs.ratios, 15, at_most=True)]
    for measure in (_lists, _disk, _start):
        found += await measure(server, folder, settings, options)
    return found


async def _lists(server: str, folder: Path, settings: Settings, options: Options) -> list[Row]:
    costs = await measure_lists(server, folder, settings, interviews=options.interviews, rounds=options.rounds)
    return [
        Row(f"List of submissions, CPU a row, {each.reader}", [each.micros], each.target, at_most=True, unit="us")
        for each in costs
    ]


async def _disk(server: str, folder: Path, settings: Settings, options: Options) -> list[Row]:
    uses = await disk.measure_disk(
        server, folder, settings, interviews=options.interviews * min(_ENOUGH, options.rounds)
    )
    name = "Disk an interview ÷ JSON sent"
    return [Row(f"{name}, {each.kind}", [each.ratio], disk.TARGETS[each.kind], at_most=True) for each in uses]


async def _start(server: str, folder: Path, settings: Settings, options: Options) -> list[Row]:
    async with own_database(server, settings) as dsn:
        starts = await start.measure(
            dsn, folder, start.Options(starts=options.rounds, workers=1, requests=options.interviews)
        )
    return list(_starts(starts))


def _starts(starts: list[start.Start]) -> Iterator[Row]:
    idle, loaded = (
        [median(each.resident for each in one) for one in column]
        for column in zip(*((each.idle, each.loaded) for each in starts), strict=True)
    )
    yield Row("Memory of a worker, idle", idle, start.IDLE_MB, at_most=True, unit="MB")
    yield Row("Memory of a worker, loaded", loaded, start.LOADED_MB, at_most=True, unit="MB")
    cpu = [each.cpu for each in starts]
    yield Row("CPU of a start to the first response", cpu, start.CPU_SECONDS, at_most=True, unit="s")
