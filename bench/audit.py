"""Measures what it costs to seal, search and check the audit log. `python -m bench.audit --help`

The entries are made up: four busy systems, 20,000 people, ten kinds, every village. The search runs through every
combination of common, rare and absent callers, kinds, regions, subjects and times. It runs as a caller of the country
and as a caller of two regions. It uses the real tables as the service's own role, so with row-level security.
"""

import argparse
import asyncio
import hashlib
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from operator import itemgetter
from pathlib import Path
from statistics import median
from typing import Final
from uuid import UUID, uuid4

import asyncpg

from app.access import Caller
from app.config import Settings
from app.jobs.sealing import seal_queue
from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.key_ring import KeyRing, make_ring
from app.services.audit.chain import Checker
from app.services.audit.reading import Wanted, list_entries
from app.services.audit.verifying import read_links
from bench.data_folder import durable_server, own_database, scratch_folder

_START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(seconds=15)
_PAGE: Final = 100
_AGAIN: Final = 20
_FILL: Final = """
CREATE TEMP TABLE village AS SELECT code, row_number() OVER (ORDER BY code) AS n FROM region WHERE level = 'village';
CREATE UNIQUE INDEX ON village (n); ANALYZE village; SELECT setseed(0.5);
INSERT INTO audit_queue (at, kind, caller_kind, caller_id, region, subject, request_id, detail)
SELECT
    timestamptz '2026-01-01 00:00+00' + n * interval '15 s',
    CASE
        WHEN who < 4 THEN (ARRAY['submission.take', 'submission.list', 'token.issue', 'audit.read'])[who + 1]
        WHEN n % 100000 = 7 THEN 'family.erase'
        ELSE (ARRAY['submission.take', 'submission.take', 'submission.take', 'submission.read', 'submission.read',
            'submission.list', 'token.issue', 'identity.read', 'family.find', 'consent.give'])[1 + n * 7 % 10]
    END,
    CASE WHEN who < 4 THEN 'agency' ELSE 'person' END,
    md5('caller' || who)::uuid::text,
    CASE WHEN who NOT IN (2, 3) THEN (
        SELECT code FROM village WHERE village.n = 1 + (who * 7919 + drawn.n % 13) % 83000
    ) END,
    CASE
        WHEN who IN (2, 3) THEN 'agency:' || md5('caller' || who)::uuid
        WHEN who <> 1 THEN 'submission:' || gen_random_uuid()
    END,
    gen_random_uuid()::text,
    ('{"receipt":"0123456789ab:' || md5(n::text) || '"}')::json
FROM (
    SELECT n, CASE WHEN draw < 0.5 THEN floor(draw * 8)::int ELSE 4 + floor(power(random(), 2) * 20000)::int END AS who
    FROM (SELECT n, random() AS draw FROM generate_series(1, $1) AS n) AS even
) AS drawn
"""


def _caller(number: int) -> UUID:
    return UUID(hashlib.md5(f"caller{number}".encode()).hexdigest())


def combine(entries: int) -> Iterator[tuple[str, Wanted]]:
    """Every combination of filters, each with a name for the report."""

    def at(share: float) -> datetime:
        return _START + _STEP * int(entries * share)

    callers = {"": None, "busy": _caller(0), "other busy": _caller(2), "person": _caller(400), "nobody": uuid4()}
    kinds = {"": None, "common": "submission.take", "less": "token.issue", "rare": "family.erase", "none": "key.rotate"}
    regions = {"": None, "63": "63", "35": "35", "village": "6372061004", "nowhere": "999999"}
    subjects = {"": None, "common": f"agency:{_caller(2)}", "none": f"family:{uuid4()}"}
    hour = timedelta(hours=1)
    times = {
        "": (None, None),
        "old hour": (at(0.2), at(0.2) + hour),
        "third": (at(0.1), at(0.4)),
        "none": (at(2), None),
    }
    parts = product(callers.items(), kinds.items(), regions.items(), subjects.items(), times.items())
    for (who, caller), (what, kind), (place, region), (about, subject), (when, (first, last)) in parts:
        name = " · ".join(each or "any" for each in (who, what, place, about, when))
        yield name, Wanted(caller, region, kind, subject, first, last)


async def search(database: Database, regions: Sequence[str], entries: int) -> None:
    """Times a page of every combination, then the slowest again, and compares with fetching a page by position."""
    areas = tuple(regions)
    caller = Caller("agency", str(uuid4()), {"audit:read": areas}, areas, 2**62)

    async def find(wanted: Wanted) -> float:
        started = time.perf_counter()
        async with database.session(areas) as session:
            await list_entries(session, caller, wanted=wanted, limit=_PAGE, cursor=None)
        return time.perf_counter() - started

    async def fetch() -> float:
        started = time.perf_counter()
        async with database.session(areas) as session:
            await read_links(session, entries // 2, most=_PAGE)
        return time.perf_counter() - started

    chosen = [each for each in combine(entries) if each[1].region is None or caller.covers(each[1].region)]
    taken = sorted([(await find(wanted), name, wanted) for name, wanted in chosen], key=itemgetter(0))
    again = [(median([await find(wanted) for _ in range(5)]), name) for _, name, wanted in taken[-_AGAIN:]]
    again.sort(reverse=True)
    base = median([await fetch() for _ in range(100)])
    middle, late, worst = taken[len(taken) // 2][0], taken[len(taken) * 99 // 100][0], again[0][0]
    print(f"\nsearch as {', '.join(regions)}: {len(taken):,} combinations of filters, a page of {_PAGE} each")
    print(f"  p50 {middle * 1e3:.1f} ms · p99 {late * 1e3:.1f} ms · once at worst {taken[-1][0] * 1e3:.1f} ms")
    print(f"  the {_AGAIN} slowest again, medians of 5: worst {worst * 1e3:.1f} ms")
    print(
        f"  beside {_PAGE} entries by key ({base * 1e3:.1f} ms): p50 ×{middle / base:.1f} · worst ×{worst / base:.1f}"
    )
    for seconds, name in again[:5]:
        print(f"  {seconds * 1e3:7.1f} ms  caller · kind · region · subject · time: {name}")


async def check(database: Database, keys: KeyRing) -> int:
    """Reads and checks the whole chain. Returns the number of entries."""
    checker = Checker({key.id: key.raw for key in keys.all("audit")}.get)
    after = 0
    while True:
        async with database.session(EVERYWHERE) as session:
            links = await read_links(session, after)
        found = checker.read(links) if links else checker.finish()
        if found:
            raise SystemExit(f"failed: {found[0]}")
        if not links:
            return checker.checked
        after = links[-1].position


async def seal(owner: Connection, database: Database, keys: KeyRing) -> None:
    """Seals the queue. Prints the time of CPU an entry, of this process and of the backends that it works with."""
    before, own, started = await cpu_of_backends(owner), time.process_time_ns(), time.perf_counter()
    sealed = await seal_queue(database, keys)
    seconds, own = time.perf_counter() - started, time.process_time_ns() - own
    theirs = sum((await cpu_of_backends(owner)).values()) - sum(before.values())
    print(
        f"sealed {sealed:,} entries: {sealed / seconds:,.0f}/s · CPU an entry: Python {own / sealed / 1e3:.1f} us, "
        f"PostgreSQL {theirs / sealed / 1e3:.1f} us"
    )


async def cpu_of_backends(owner: Connection) -> dict[int, int]:
    """Nanoseconds of CPU by backend of this database, as Linux counts them for a process."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    pids = [row[0] for row in await owner.fetch(query)]
    files = {pid: Path(f"/proc/{pid}/schedstat") for pid in pids}
    return {pid: int(file.read_text().split()[0]) for pid, file in files.items() if file.exists()}


async def show_sizes(owner: Connection, entries: int) -> None:
    names = (
        "SELECT relname, pg_relation_size(oid) FROM pg_class WHERE relname ~ '^(pk_|ix_)?audit_entry' ORDER BY relname"
    )
    print("\nbytes an entry: " + " · ".join(f"{row[0]} {row[1] / entries:.0f}" for row in await owner.fetch(names)))


async def measure(dsn: str, settings: Settings, entries: int) -> None:
    keys = make_ring(settings.key_ring_file)
    owner = await asyncpg.connect(dsn)
    *before, fill = _FILL.replace("$1", str(entries)).split(";\n")
    await owner.execute(";".join([*before, fill]))
    await owner.execute("ANALYZE audit_queue")
    async with Database.open(dsn, settings) as database:
        await seal(owner, database, keys)
        await owner.execute("VACUUM ANALYZE audit_entry")
        await show_sizes(owner, entries)
        for regions in (["ID"], ["63", "3578"]):
            await search(database, regions, entries)
        started = time.perf_counter()
        checked = await check(database, keys)
        print(f"\nchecked {checked:,} entries: {checked / (time.perf_counter() - started):,.0f}/s")
    await owner.close()


async def _main(server: str, folder: Path, settings: Settings, entries: int) -> None:
    async with own_database(server, settings) as dsn:
        await measure(dsn, settings, entries)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how many entries there are (default 1,000,000)")
    entries: int = parser.parse_args().entries
    with scratch_folder() as folder:
        settings = Settings(folder=folder, database_timeout_seconds=60)
        with durable_server(folder, settings.database_url) as server:
            asyncio.run(_main(server, folder, settings, entries))
    return 0


if __name__ == "__main__":
    sys.exit(main())
