"""Measures what an export of submissions costs: CPU a row beside its statement, memory, and the time of a large one.

The reader holds every scope in the regency, so all columns are there. `python -m bench.export --help`
"""

import argparse
import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID, uuid4

import asyncpg
import httpx
import uvloop

from app.config import Settings
from bench.cpu import tree_seconds
from bench.data_folder import durable_server, own_database, scratch_folder
from bench.families import REGENCY
from bench.load import LoadError
from bench.stored import our_server, send_interviews, token_of

TARGET: Final = 25.0
"""The most microseconds of CPU that a row of CSV may cost beyond the statement."""
_PEER: Final = 21_782
_FORMATS: Final = ("csv", "ndjson", "xlsx")
# The columns that an export reads, in pages as it reads them.
_STATEMENT: Final = """
SELECT id::text, family_id::text, revision, instrument_id, region, edition, year, surveyed_at, received_at, purpose,
    head_sex, members, answers, outcomes, warnings, uncounted, in_approved, review, true AS kept
FROM submission WHERE (region, year, received_at, id) > ($1, $2, $3, $4)
ORDER BY region, year, received_at, id LIMIT 2000
"""
_COPY: Final = """
INSERT INTO submission
SELECT (jsonb_populate_record(kept, jsonb_build_object('id', gen_random_uuid()))).*
FROM submission AS kept CROSS JOIN generate_series(2, $1) LIMIT $2
"""


@dataclass(frozen=True, slots=True)
class ExportCost:
    """What an export costs. micros: CPU a row of the server; statement: the same of the bare statement"""

    format: str
    rows: int
    micros: float
    statement: float
    seconds: float
    megabytes: float


def _peak(pid: int) -> float:
    """The most memory (MB) that a process ever had."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(each.split()[1]) / 1024 for each in lines if each.startswith("VmHWM:"))


def _reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _cpu(pid: int) -> float:
    [seconds] = tree_seconds(pid)
    if seconds is None:
        raise LoadError("this system does not tell the CPU time of a process")
    return seconds


async def _statement(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[int, float]:
    """The rows, and the CPU (s) that reading them costs this process."""
    after: tuple[object, ...] = ("", 0, await connection.fetchval("SELECT '-infinity'::timestamptz"), UUID(int=0))
    rows, before = 0, time.process_time()
    while found := await connection.fetch(_STATEMENT, *after):
        last = found[-1]
        after = last["region"], last["year"], last["received_at"], UUID(last["id"])
        rows += len(found)
    return rows, time.process_time() - before


async def _export(port: int, token: str, form: str) -> tuple[int, float]:
    """The bytes of an export and the seconds that it took."""
    head = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    query = {"region": REGENCY, "export_purpose": "evaluation", "format": form}
    began, size = time.perf_counter(), 0
    async with (
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=head, trust_env=False, timeout=120) as http,
        http.stream("GET", "/v1/submissions/export", params=query) as found,
    ):
        if found.status_code != 200:
            raise LoadError(f"answered {found.status_code} instead of 200: {(await found.aread())[:300]!r}")
        async for part in found.aiter_raw():
            size += len(part)
    return size, time.perf_counter() - began


async def measure(
    server: str, folder: Path, settings: Settings, *, interviews: int, sizes: list[int], rounds: int
) -> list[ExportCost]:
    """Stores interviews, copies their rows up to each size, and exports them in turns, round after round."""
    agency, costs = uuid4(), list[ExportCost]()
    async with own_database(server, settings) as dsn:
        owner = await asyncpg.connect(dsn)
        with our_server(dsn, folder, settings) as (port, pid):
            await send_interviews(port, agency, settings, interviews, named=False)
            token = token_of(uuid4(), settings, "submissions:review", "submissions:sensitive")
            for size in sizes:
                stored = await owner.fetchval("SELECT count(*) FROM submission")
                if size > stored:
                    await owner.execute(_COPY, size // stored + 2, size - stored)
                await owner.execute("VACUUM ANALYZE submission")
                for form in _FORMATS:
                    costs.append(await _measure_one(owner, port, pid, token, form, rounds))
                    show(costs[-1])
        await owner.close()
    return costs


async def _measure_one(
    owner: "asyncpg.Connection[asyncpg.Record]", port: int, pid: int, token: str, form: str, rounds: int
) -> ExportCost:
    micros, statements, seconds = list[float](), list[float](), list[float]()
    await _export(port, token, form)
    await _statement(owner)
    _reset_peak(pid)
    rows = 0
    for _ in range(rounds):
        rows, spent = await _statement(owner)
        statements.append(spent / rows * 1e6)
        await asyncio.sleep(1.5)  # until the audit entries of the turn before are sealed
        before = _cpu(pid)
        _, took = await _export(port, token, form)
        micros.append((_cpu(pid) - before) / rows * 1e6)
        seconds.append(took)
    return ExportCost(form, rows, median(micros), median(statements), median(seconds), _peak(pid))


def show_heading() -> None:
    print("GET /v1/submissions/export    rows  CPU µs a row  statement  ratio  seconds  peak MB", flush=True)


def show(cost: ExportCost) -> None:
    """Prints a line at once, so that a slow run shows how far it is."""
    beyond = cost.micros - cost.statement
    verdict = (
        f"   beyond {beyond:.1f}, at most {TARGET:.0f}: {'ok' if beyond <= TARGET else 'falls short'}"
        if cost.format == "csv"
        else ""
    )
    print(
        f"  {cost.format:<24}{cost.rows:>8,}{cost.micros:>14.1f}{cost.statement:>11.1f}"
        f"{cost.micros / cost.statement:>7.1f}{cost.seconds:>9.2f}{cost.megabytes:>9.0f}{verdict}",
        flush=True,
    )


async def _main(server: str, folder: Path, settings: Settings, interviews: int, sizes: list[int], rounds: int) -> None:
    show_heading()
    await measure(server, folder, settings, interviews=interviews, sizes=sizes, rounds=rounds)


def main() -> int:
    """Exit status 0 if every response was as expected, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=2000, help="how many are sent (default 2,000)")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[2000, 20_000, _PEER], help="rows to export, with copies of those sent"
    )
    parser.add_argument("--rounds", type=int, default=3, help="exports of each kind (default 3)")
    chosen = parser.parse_args()
    with scratch_folder() as folder:
        settings = Settings(folder=folder)
        with durable_server(folder, settings.database_url) as server:
            try:
                uvloop.run(_main(server, folder, settings, chosen.interviews, chosen.sizes, chosen.rounds))
            except LoadError as error:
                print(f"failed: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
