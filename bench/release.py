"""Makes a release of a province with its breakdowns, and exports it. `python -m bench.release --help`

All villages are settled, so every stage has all of its work. The table of all villages is compared with COPY of the
same rows, in the same run.
"""

import argparse
import resource
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import asyncpg
import uvloop

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.config import Settings
from app.jobs.catalogue import refresh
from app.platform.database import EVERYWHERE, Database, raw_connection
from app.platform.key_ring import KeyRing, make_ring
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Instrument
from app.scoring.packing import layout_of, pack
from app.scoring.reading.files import read_instrument
from app.scoring.sums import add
from app.services.access.key_use import judge_ring
from app.services.releases.making import advance_release
from app.services.releases.requests import request_release
from app.services.releases.village_table import open_table, write_villages
from bench.cpu import postmaster_of, tree_seconds
from bench.data_folder import durable_server, own_database, scratch_folder
from bench.pool import SURVEYED, draw_pool

_PROVINCE: Final = "63"
_YEAR: Final = 2026
_FILE: Final = "ikk-29-2026.2"
_CPU_TARGET, _MEMORY_TARGET, _COPY_TARGET = 60.0, 500.0, 20.0
_COLUMNS: Final = (
    *("id", "revision", "instrument_id", "region", "edition", "year", "surveyed_at", "received_at", "code", "purpose"),
    *("sent_by", "family_id", "head_sex", "members", "answers", "outcomes", "index_units", "hash_key_id"),
    *("encrypted_hash", "warnings", "carded", "moved", "in_approved", "review"),
)


# Every other village of the country by the place of the village of the province whose figures it gets.
_TWINS: Final = """
CREATE TEMP TABLE twin AS
WITH own AS (
    SELECT code, row_number() OVER (ORDER BY code) - 1 AS place, count(*) OVER () AS many FROM region
    WHERE edition = (SELECT max(edition) FROM region WHERE level = 'village') AND level = 'village' AND code ^@ '63'
    AND EXISTS (SELECT 1 FROM figure_version WHERE region = code)
), other AS (
    SELECT code, row_number() OVER (ORDER BY code) - 1 AS place FROM region
    WHERE edition = (SELECT max(edition) FROM region WHERE level = 'village') AND level = 'village'
    AND NOT code ^@ '63'
)
SELECT other.place / own.many AS turn, own.code AS own, other.code AS other
FROM other JOIN own ON own.place = other.place % own.many
"""
_TWIN_FIGURES: Final = """
INSERT INTO figure_version (
    instrument, year, region, from_number, basis, families, counted, joined, plan, values, members, changes, made_at
)
SELECT instrument, year, other, from_number, basis, families, counted, joined, plan, values, members, changes, made_at
FROM figure_version JOIN twin ON twin.own = region
"""
_TWIN_UNITS: Final = """
INSERT INTO figure_unit (instrument, year, breakdown, indicator, area, from_number, level, members, groups)
SELECT instrument, year, breakdown, indicator, min(other), from_number, level, array_agg(other), groups
FROM figure_unit CROSS JOIN LATERAL unnest(members) AS member (code) JOIN twin ON twin.own = member.code
WHERE indicator <> ''
GROUP BY instrument, year, breakdown, indicator, area, from_number, level, groups, turn, cardinality(members)
HAVING count(*) = cardinality(members)
"""


async def fill(connection: Any, instrument: Instrument, villages: Sequence[str], key_id: str) -> int:
    """Stores a settled round of all villages, with 120 to 212 families each. Returns their number."""
    number = await connection.fetchval(
        "SELECT id FROM instrument WHERE code = $1 AND version = $2", instrument.code, instrument.version
    )
    pool, random, round_id, total = draw_pool(instrument), Random(2), uuid4(), 0
    opens, ends = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)
    await connection.execute(
        "INSERT INTO round (id, name, span, instrument, version, design, year, opens_on, closes_on, opens_at, ends_at,"
        " villages, settled_at, created_at, created_by) VALUES ($1, 'bench', $2, $3, $4, 'census', $5, $6, $7, $8, $9,"
        " $10, now(), now(), $1)",
        *(round_id, _PROVINCE, instrument.code, instrument.version, _YEAR, opens.date(), ends.date(), opens, ends),
        len(villages),
    )
    for village in villages:
        chosen = random.choices(pool, k=random.randint(120, 212))
        total += len(chosen)
        rows = [
            (
                *(UUID(int=random.getrandbits(128)), 1, number, village, "bench", _YEAR, SURVEYED, SURVEYED, "x"),
                *("interview", round_id, UUID(int=random.getrandbits(128)), each.head_sex, each.members, each.answers),
                *(each.outcomes, each.units, key_id, b"", "", True, False, True, "approved"),
            )
            for each in chosen
        ]
        await connection.copy_records_to_table("submission", records=rows, columns=_COLUMNS)
        sums = add((each.sums for each in chosen), instrument)
        for basis in ("r", "a"):
            await connection.execute(
                "INSERT INTO village_sums (instrument_id, year, basis, region, layout, families, without_card, sums)"
                ' VALUES ($1, $2, $3::text::"char", $4, $5, $6, 0, $7::text::numeric)',
                *(number, _YEAR, basis, village, layout_of(instrument), len(chosen), pack(sums, instrument)),
            )
        await connection.execute(
            "INSERT INTO round_village (round_id, region, instrument, opens_at, ends_at, late_from, settled_at,"
            " expected) VALUES ($1, $2, $3, $4, $5, $5, now(), $6)",
            *(round_id, village, instrument.code, opens, ends, len(chosen)),
        )
    await connection.execute("VACUUM ANALYZE")
    return total


async def measure(settings: Settings, server: str, most: int, *, country: bool) -> bool:
    """Returns whether all targets were reached. country: whether all other villages get figures too"""
    instrument = read_instrument((SHIPPED_INSTRUMENTS / f"{_FILE}.toml").read_bytes())
    async with own_database(server, settings) as dsn:
        owner = await asyncpg.connect(dsn)
        villages = [
            row["code"]
            for row in await owner.fetch(
                "SELECT code FROM region WHERE level = 'village' AND code LIKE $1 ORDER BY code LIMIT $2",
                f"{_PROVINCE}%",
                most,
            )
        ]
        ring, catalogue = KeyRing(settings.key_ring_file), Catalogue()
        families = await fill(owner, instrument, villages, ring.current("receipts").id)
        print(f"{len(villages):,} villages, {families:,} families")
        async with Database.open(dsn, settings) as database:
            await judge_ring(database, ring)
            await refresh(database, catalogue)
            made = await _release(database, catalogue, ring, owner, instrument)
            await _release(database, catalogue, ring, owner, instrument)
            ratio = await _export(database, catalogue, owner)
            peak = _show_peak()
            if country:
                await _fill_country(owner)
                await _release(database, catalogue, ring, owner, instrument)
                peak = _show_peak()
        await owner.close()
    return made < _CPU_TARGET and peak < _MEMORY_TARGET and ratio < _COPY_TARGET


def _show_peak() -> float:
    """The most MB that this process has taken so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process so far {peak:.0f} MB (goal {_MEMORY_TARGET:.0f})")
    return peak


async def _release(
    database: Database, catalogue: Catalogue, ring: KeyRing, owner: Any, instrument: Instrument
) -> float:
    """CPU seconds of a release, of this process and of PostgreSQL."""
    postmaster = await postmaster_of(owner)
    async with database.session(EVERYWHERE) as session:
        connection = await raw_connection(session)
        await request_release(connection, catalogue, ring, instrument=instrument.code, year=_YEAR, cause="settled")
    own, wall, [before] = time.process_time(), time.monotonic(), tree_seconds(postmaster)
    while await advance_release(database, catalogue, ring):
        pass
    own, wall, [after] = time.process_time() - own, time.monotonic() - wall, tree_seconds(postmaster)
    theirs = (after or 0.0) - (before or 0.0)
    stored = await owner.fetchval("SELECT pg_total_relation_size('release_card') / 1048576")
    print(
        f"release: {own:.1f} s of CPU here, {theirs:.1f} s in PostgreSQL, {wall:.1f} s in all (goal {_CPU_TARGET:.0f});"
        f" {stored} MB of cards stored"
    )
    return own + theirs


async def _fill_country(owner: Any) -> None:
    """Gives all villages of other provinces figures and breakdowns of the province, in the same order."""
    for each in (_TWINS, _TWIN_FIGURES, _TWIN_UNITS):
        await owner.execute(each)
    await owner.execute("VACUUM ANALYZE figure_version, figure_unit")
    villages, units = await owner.fetchrow(
        "SELECT (SELECT count(*) FROM figure_version), (SELECT count(*) FROM figure_unit)"
    )
    print(f"the country: {villages:,} villages with figures, {units:,} units of breakdowns")


async def _export(database: Database, catalogue: Catalogue, owner: Any) -> float:
    """How many times as long as COPY of the same rows the table of all villages takes."""
    release = await owner.fetchval("SELECT id FROM release ORDER BY number DESC LIMIT 1")
    released, plan = await open_table(database, catalogue, release, _PROVINCE)
    await owner.execute(
        "CREATE TEMP TABLE written (region text, indicator text, families int, fulfilled int, unfulfilled int,"
        " answered int, missing int, not_applicable int, share numeric, share_at_least numeric, share_at_most numeric,"
        " standard_error numeric, low numeric, high numeric, mark text, base int, fulfilled_within int,"
        " unfulfilled_within int, missing_within int, not_applicable_within int, reason text, weak text)"
    )
    ours, table = float("inf"), b""
    for _ in range(3):
        started, parts = time.monotonic(), []
        async for part in write_villages(database, released, plan, _PROVINCE, EVERYWHERE):
            parts.append(part)
        ours, table = min(ours, time.monotonic() - started), b"".join(parts)

    async def source() -> Any:
        yield table

    await owner.copy_to_table("written", source=source(), format="csv", header=True)
    rows = await owner.fetchval("SELECT count(*) FROM written")
    theirs = []
    for _ in range(3):
        started = time.monotonic()

        async def sink(_: bytes) -> None:
            pass

        await owner.copy_from_query("SELECT * FROM written", output=sink, format="csv")
        theirs.append(time.monotonic() - started)
    ratio = ours / min(theirs)
    print(
        f"table of all villages: {rows:,} rows in {ours:.1f} s, {1e6 * ours / rows:.1f} us a row, "
        f"{ratio:.1f} times COPY of the same rows (goal {_COPY_TARGET:.0f})"
    )
    return ratio


def main() -> int:
    """Exit status 0 if all targets were reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--villages", type=int, default=2_016, help="how many villages (default 2,016, all)")
    parser.add_argument("--country", action="store_true", help="then a release whose country has all its villages")
    chosen = parser.parse_args()
    with scratch_folder() as folder, durable_server(folder, Settings().database_url) as server:
        settings = Settings(folder=folder / "ikk", database_timeout_seconds=60)
        make_ring(settings.key_ring_file)
        return 0 if uvloop.run(measure(settings, server, chosen.villages, country=chosen.country)) else 1


if __name__ == "__main__":
    sys.exit(main())
