"""Measures how much disk an interview takes in all tables and indexes, beside the JSON that was sent.

Families go to a running server, those with a card number only and those with people, address and consent to databases
of their own. No family is sent twice. When all audit entries are sealed and VACUUM has run, the sizes of the tables
and indexes are divided by the interviews. `python -m bench.disk --help`
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import uvloop

from app.config import Settings
from app.jobs.sealing import seal_queue
from app.platform.database import Database
from app.platform.key_ring import make_ring
from bench.data_folder import durable_server, own_database, scratch_folder
from bench.load import LoadError
from bench.stored import our_server, send_interviews

TARGETS: Final = {"plain": 1.3, "named": 1.7}
"""How many bytes of disk a byte of the JSON may take."""
_NOT_BY_INTERVIEW: Final = ("address", "alembic", "audit_queue", "instrument", "region", "village_sums")
"""Tables of villages, tokens and versions, and the queue that is empty again a second after each interview."""
_SIZES: Final = """
SELECT relation.relname AS table_name, part.name AS name, part.bytes
FROM pg_class AS relation CROSS JOIN LATERAL (
    SELECT relation.relname, pg_table_size(relation.oid)
    UNION ALL
    SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index WHERE indrelid = relation.oid
) AS part (name, bytes)
WHERE relation.relkind = 'r' AND relation.relnamespace = 'public'::regnamespace
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A table or an index, and its bytes for each interview. A table includes what of it is stored apart (TOAST)."""

    table: str
    name: str
    size: float


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What each of `interviews` takes in bytes."""

    kind: str
    interviews: int
    body: float
    relations: Sequence[Relation]
    wal: float

    @property
    def total(self) -> float:
        return sum(each.size for each in self.relations)

    @property
    def ratio(self) -> float:
        return self.total / self.body

    @property
    def holds(self) -> bool:
        return self.ratio <= TARGETS[self.kind]


async def measure_disk(server: str, folder: Path, settings: Settings, *, interviews: int) -> list[DiskUse]:
    """Stores interviews of each kind in a database of its own on the server. Raises LoadError if one is refused."""
    found = []
    for kind in TARGETS:
        async with own_database(server, settings) as dsn:
            found.append(await _measure(dsn, folder, settings, kind, interviews))
    return found


async def _measure(dsn: str, folder: Path, settings: Settings, kind: str, interviews: int) -> DiskUse:
    owner = await asyncpg.connect(dsn)
    try:
        before, started = await _sizes(owner), await owner.fetchval("SELECT pg_current_wal_insert_lsn()")
        with our_server(dsn, folder, settings) as (port, _):
            bodies = await send_interviews(port, uuid4(), settings, interviews, named=kind == "named")
        async with Database.open(dsn, settings) as database:
            await seal_queue(database, make_ring(settings.key_ring_file))
        wal = await owner.fetchval("SELECT pg_current_wal_insert_lsn() - $1::pg_lsn", started)
        await owner.execute("VACUUM")
        after = await _sizes(owner)
    finally:
        await owner.close()
    grown = [Relation(table, name, (size - before[table, name]) / interviews) for (table, name), size in after.items()]
    grown = [each for each in grown if each.size > 0 and not each.table.startswith(_NOT_BY_INTERVIEW)]
    return DiskUse(kind, interviews, bodies / interviews, grown, float(wal) / interviews)


async def _sizes(owner: asyncpg.Connection) -> Mapping[tuple[str, str], int]:
    return {(row["table_name"], row["name"]): row["bytes"] for row in await owner.fetch(_SIZES)}


def show(use: DiskUse) -> None:
    """Prints one table, with the tables in the order of what they take with their indexes."""
    print(f"\n{use.kind}: {use.interviews:,} interviews{'bytes':>40}")
    tables = {each.table: 0.0 for each in use.relations}
    for each in use.relations:
        tables[each.table] += each.size
    for table in sorted(tables, key=lambda each: -tables[each]):
        print(f"  {table:<46}{tables[table]:>12,.0f}")
        parts = [each for each in use.relations if each.table == table]
        for each in sorted(parts, key=lambda each: (each.name != table, -each.size)):
            print(f"    {'rows' if each.name == table else each.name:<44}{each.size:>12,.0f}")
    print(f"  {'sum':<46}{use.total:>12,.0f}\n  {'JSON':<46}{use.body:>12,.0f}")
    print(f"  {'WAL, not in the sum':<46}{use.wal:>12,.0f}")
    verdict = "ok" if use.holds else "falls short"
    print(f"  disk ÷ JSON {use.ratio:.2f}, at most {TARGETS[use.kind]:.1f}: {verdict}")


async def _main(server: str, folder: Path, settings: Settings, interviews: int) -> None:
    for use in await measure_disk(server, folder, settings, interviews=interviews):
        show(use)


def main() -> int:
    """Exit status 0 if every response was 201, otherwise 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--interviews", type=int, default=8000, help="interviews of each kind (default 8,000)")
    interviews: int = parser.parse_args().interviews
    with scratch_folder() as folder:
        settings = Settings(folder=folder)
        with durable_server(folder, settings.database_url) as server:
            try:
                uvloop.run(_main(server, folder, settings, interviews))
            except LoadError as error:
                print(f"failed: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
