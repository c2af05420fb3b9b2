"""Measures the CPU time of `ikk serve` until its first answer, and the memory of its workers, idle and after load.

Each start is beside one of a bare FastAPI server, in turns, so that whatever else the machine does affects both alike.
`python -m bench.start --help`
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID, uuid4

import uvloop

from app.config import Settings
from app.platform.key_ring import make_ring
from app.platform.tokens import Tokens
from app.regions.editions import CURRENT
from bench.data_folder import durable_server, free_port, own_database, scratch_folder, serving
from bench.families import REGENCY, Sender, draw_families, read_villages
from bench.load import send_all

CPU_SECONDS: Final = 1.0
IDLE_MB: Final = 110
LOADED_MB: Final = 140
"""The targets: CPU to the first answer of the whole server, and resident memory of each worker."""
_IDLE_SECONDS: Final = 3.0
_CONNECTIONS: Final = 32


@dataclass(frozen=True, slots=True)
class Options:
    starts: int
    workers: int
    requests: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes of one process: resident, and with each page divided by the number of processes that share it."""

    resident: float
    proportional: float


@dataclass(frozen=True, slots=True)
class Start:
    """cpu: seconds of all processes of the server until it was ready. bare: of the bare server. The rest: by worker."""

    cpu: float
    bare: float
    idle: Sequence[Memory]
    loaded: Sequence[Memory]


def tree_of(pid: int) -> dict[int, float]:
    """CPU seconds, user and system, of a process and its descendants, with those of children that have ended."""
    found: dict[int, tuple[int, float]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            found[int(folder.name)] = int(fields[1]), sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    tree = [pid]
    for each in tree:
        tree += [child for child, (parent, _) in found.items() if parent == each]
    return {each: found[each][1] for each in tree if each in found}


def memory_of(pid: int) -> Memory:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    resident, proportional = (int(re.findall(rf"^{name}: +([0-9]+)", text, re.MULTILINE)[0]) for name in ("Rss", "Pss"))
    return Memory(resident / 1024, proportional / 1024)


def _memory_of_workers(pid: int, workers: int) -> list[Memory]:
    tree = tree_of(pid)
    return [memory_of(each) for each in tree if workers == 1 or each != pid]


async def measure_start(dsn: str, folder: Path, workers: int = 1, requests: int = 2000) -> Start:
    """Starts a bare server and ours on a database that is migrated, and sends ours so many submissions."""
    settings = Settings(folder=folder)
    ring = make_ring(settings.key_ring_file)
    bare_file, port, bare_port, agency_id = folder / "bare.json", free_port(), free_port(), uuid4()
    bare_file.write_text("{}")
    # Bytecode is there after the first start, as where the service is installed.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(folder / "bytecode")}
    beside = (str(bare_port), str(bare_file))
    with serving("bench.bare", *beside, port=bare_port, ready="/openapi.json", environment=compiled) as pid:
        bare = sum(tree_of(pid).values())
    environment = compiled | _environment(dsn, folder, settings, port)
    ours = ("serve", "--workers", str(workers))
    with serving("app.cli", *ours, port=port, ready="/health/ready", environment=environment) as pid:
        cpu = sum(tree_of(pid).values())
        await asyncio.sleep(_IDLE_SECONDS)
        idle = _memory_of_workers(pid, workers)
        areas = {scope: [REGENCY] for scope in ("submissions:write", "aggregates:read")}
        token = Tokens(settings, ring).issue("agency", str(agency_id), areas).token
        sender = _sender(agency_id, token)
        await send_all(port, sender.puts(requests), expected=201, connections=_CONNECTIONS)
        await send_all(port, sender.gets(REGENCY, requests // 4), expected=200, connections=_CONNECTIONS)
        return Start(cpu, bare, idle, _memory_of_workers(pid, workers))


def _environment(dsn: str, folder: Path, settings: Settings, port: int) -> dict[str, str]:
    return {
        "DATABASE_URL": dsn,
        "IKK_FOLDER": str(folder),
        "IKK_HOST": "127.0.0.1",
        "IKK_PORT": str(port),
        "IKK_ISSUER": settings.issuer,  # the one that the token names
        "IKK_AGENCY_REQUESTS_PER_MINUTE": "0",  # one agency sends everything
    }


def _sender(agency_id: UUID, token: str) -> Sender:
    return Sender(draw_families(read_villages(), 1, CURRENT.code, agency_id), token)


def show(starts: Sequence[Start]) -> bool:
    """Prints each figure with its target and verdict. Returns whether all targets are met."""
    times_bare = median(each.cpu / each.bare for each in starts)
    cpu = median(each.cpu for each in starts)
    met = [_judge("CPU to the first answer", cpu, CPU_SECONDS, "s", f"{times_bare:.1f} × a bare FastAPI server")]
    for name, most, memories in (
        ("memory of a worker, idle", IDLE_MB, [each for start in starts for each in start.idle]),
        ("memory of a worker, after load", LOADED_MB, [each for start in starts for each in start.loaded]),
    ):
        resident, proportional = (
            median(values)
            for values in ([each.resident for each in memories], [each.proportional for each in memories])
        )
        met.append(_judge(name, resident, most, "MB", f"proportional {proportional:.0f} MB"))
    return all(met)


def _judge(name: str, value: float, most: float, unit: str, beside: str) -> bool:
    places = 2 if unit == "s" else 0
    verdict = "met" if value <= most else "missed"
    print(f"{name:<32}{value:>8.{places}f} {unit:<3} at most {most:g} {unit:<3}{verdict:>8}   {beside}")
    return value <= most


def read_options() -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=3, help="measured starts (default 3)")
    parser.add_argument("--workers", type=int, default=1, help="workers of the server (default 1)")
    parser.add_argument("--requests", type=int, default=2000, help="submissions after each start (default 2000)")
    return Options(**vars(parser.parse_args()))


async def measure(dsn: str, folder: Path, options: Options) -> list[Start]:
    """The measured starts. One more before them leaves the bytecode behind."""
    starts = [
        await measure_start(dsn, folder, options.workers, options.requests if number else 1)
        for number in range(options.starts + 1)
    ]
    return starts[1:]


async def _main(folder: Path, settings: Settings, options: Options) -> bool:
    with durable_server(folder, settings.database_url) as server:
        async with own_database(server, settings) as dsn:
            starts = await measure(dsn, folder, options)
    print(f"{options.starts} starts with {options.workers} workers · {options.requests} submissions after each")
    print(f"{os.cpu_count()} cores · load {os.getloadavg()[0]:.1f} · medians")
    return show(starts)


def main() -> int:
    """Exit status 0 if all targets are met, otherwise 1."""
    options = read_options()
    with scratch_folder() as folder:
        return 0 if uvloop.run(_main(folder, Settings(folder=folder), options)) else 1


if __name__ == "__main__":
    sys.exit(main())
