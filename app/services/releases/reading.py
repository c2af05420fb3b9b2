"""Reads releases, the released figures of regions, and how far the interviews are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from app.platform.cursors import as_position, as_text, as_year, pack, unpack
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import subtree_of
from app.schemas.releases.release import ProgressOut, ReleaseOut, ReleaseRefOut
from app.schemas.shapes import Page
from app.turns import in_turns

_COLUMNS: Final = """
release.id, release.number, release.instrument, release.year, release.cause, release.requested_at, release.made_at,
release.digest, release.villages, release.changed, release.stage, release.done, release.rules::text AS rules,
(SELECT before.id FROM release AS before WHERE before.instrument = release.instrument AND before.year = release.year
    AND before.number = release.number - 1) AS previous
"""
_FIND: Final = Statement("SELECT {columns} FROM release WHERE id = :id::uuid", columns=_COLUMNS)
_LIST: Final = Statement(
    """
SELECT {columns} FROM release
WHERE (:instrument::text IS NULL OR instrument = :instrument) AND (:year::smallint IS NULL OR year = :year)
AND (year, instrument, number) < (:before_year::smallint, :before_instrument::text, :before_number::int)
ORDER BY year DESC, instrument DESC, number DESC LIMIT :limit::int
""",
    columns=_COLUMNS,
)
_LATEST: Final = Statement("""
SELECT id, instrument, year, number, made_at, digest, rules::text AS rules FROM release
WHERE instrument = :instrument AND year = :year::smallint AND made_at IS NOT NULL ORDER BY number DESC LIMIT 1
""")
_AT: Final = Statement("""
SELECT id, instrument, year, number, made_at, digest, rules::text AS rules FROM release
WHERE id = :id::uuid AND made_at IS NOT NULL
""")
_PROGRESS: Final = Statement("""
SELECT asked.region, now() AS as_of, coalesce(sums.families, 0)::bigint AS families,
    CASE WHEN sums.planned THEN rounds.expected END AS expected, sums.rows + rounds.rows AS rows
FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer
CROSS JOIN unnest(:regions::text[], :firsts::text[], :ends::text[]) AS asked (region, first, last)
CROSS JOIN LATERAL (
    SELECT sum(families) AS families, count(*) AS rows,
        count(*) FILTER (WHERE families > 0 AND planned.region IS NULL) = 0 AS planned
    FROM village_sums LEFT JOIN (
        SELECT DISTINCT round_village.region FROM round_village JOIN round ON round.id = round_village.round_id
        WHERE round.instrument = :instrument AND round.year = :year::smallint
        AND round_village.region >= asked.first COLLATE "C" AND round_village.region < asked.last COLLATE "C"
        AND viewer.area IS NOT NULL
    ) AS planned USING (region)
    WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = :year::smallint AND basis = 'r'
    AND region >= asked.first COLLATE "C" AND region < asked.last COLLATE "C" AND viewer.area IS NOT NULL
    OFFSET 0
) AS sums
CROSS JOIN LATERAL (
    SELECT CASE WHEN count(*) = count(round_village.expected) THEN sum(round_village.expected)::bigint END AS expected,
        count(*) AS rows
    FROM round_village JOIN round ON round.id = round_village.round_id
    WHERE round.instrument = :instrument AND round.year = :year::smallint
    AND round_village.region >= asked.first COLLATE "C" AND round_village.region < asked.last COLLATE "C"
    AND viewer.area IS NOT NULL
    OFFSET 0
) AS rounds
""")
_SURVEYED: Final = Statement("""
SELECT DISTINCT region FROM village_sums
WHERE instrument_id = ANY (:instrument_ids::smallint[]) AND year = :year::smallint AND basis = 'r' AND families > 0
AND region = ANY (:regions::text[]) ORDER BY region
""")
_LAST: Final = (32767, "\U0010ffff", 2**31 - 1)


@dataclass(frozen=True, slots=True)
class Released:
    """A release that is made. version: the version of the instrument whose rules apply"""

    id: UUID
    instrument: str
    year: int
    number: int
    made_at: datetime
    digest: str
    version: str

    def ref(self) -> ReleaseRefOut:
        return ReleaseRefOut(id=self.id, number=self.number, made_at=self.made_at, digest=self.digest)


async def list_releases(
    connection: Connection, *, instrument: str | None, year: int | None, limit: int, cursor: str | None
) -> Page[ReleaseOut]:
    """Returns a page of releases, the latest year and number first."""
    before = _LAST if cursor is None else unpack(cursor, (as_year, as_text, as_position))
    rows = await connection.fetch(
        *_LIST.bind(
            instrument=instrument,
            year=year,
            before_year=before[0],
            before_instrument=before[1],
            before_number=min(before[2], _LAST[2]),
            limit=limit + 1,
        )
    )
    return await Page[ReleaseOut].of(
        rows, limit, shape=_shape, cursor=lambda row: pack(row["year"], row["instrument"], row["number"])
    )


def _shape(row: Any) -> ReleaseOut:
    return ReleaseOut.of({**row, "rules": json.loads(row["rules"])})


async def find_release(connection: Connection, id: UUID) -> ReleaseOut:
    """Returns a release. Raises not-found."""
    row = await connection.fetchrow(*_FIND.bind(id=id))
    if row is None:
        raise Problem(kinds.NOT_FOUND)
    return _shape(row)


async def choose_release(connection: Connection, wanted: UUID | None, *, instrument: str, year: int) -> Released | None:
    """Returns the release of this id, or without one the latest of an instrument and year. None if there is none yet.

    Raises the fault `unknown_release` if the id names no release of this instrument and year that is made.
    """
    if wanted is None:
        return _read(await connection.fetchrow(*_LATEST.bind(instrument=instrument, year=year)))
    found = await find_made(connection, wanted)
    if found is None or (found.instrument, found.year) != (instrument, year):
        raise Problem(kinds.FAULTS, faults=[Fault("unknown_release", parameter="release")])
    return found


async def find_made(connection: Connection, id: UUID) -> Released | None:
    """Returns a release that is made, or None."""
    return _read(await connection.fetchrow(*_AT.bind(id=id)))


def _read(row: Any) -> Released | None:
    if row is None:
        return None
    version = json.loads(row["rules"])["version"]
    return Released(**{name: value for name, value in row.items() if name != "rules"}, version=version)


async def read_progress(
    connection: Connection,
    regions: Sequence[str],
    *,
    instrument: str,
    ids: Sequence[int],
    year: int,
    area: Sequence[str],
) -> dict[str, ProgressOut]:
    """Returns how far the interviews are in each region. ids: of the versions; area: of the caller"""
    counted = await count_progress(connection, regions, instrument=instrument, ids=ids, year=year, area=area)
    return {region: each.progress for region, each in counted.items()}


async def find_surveyed(connection: Connection, villages: Sequence[str], *, ids: Sequence[int], year: int) -> list[str]:
    """Those of the villages in which families were interviewed. The area of the transaction counts. ids: of versions"""
    query = _SURVEYED.bind(instrument_ids=list(ids), year=year, regions=list(villages))
    return [row["region"] for row in await connection.fetch(*query)]


class CountedProgress(NamedTuple):
    """How far the interviews are in a region, and how many rows had to be read for it."""

    progress: ProgressOut
    rows: int


async def count_progress(
    connection: Connection,
    regions: Sequence[str],
    *,
    instrument: str,
    ids: Sequence[int],
    year: int,
    area: Sequence[str],
) -> dict[str, CountedProgress]:
    """Returns what `read_progress` returns, and what it costs."""
    ranges = [subtree_of(each) for each in regions]
    rows = await connection.fetch(
        *_PROGRESS.bind(
            area=area_of(area),
            regions=list(regions),
            firsts=[first for first, _ in ranges],
            ends=[end for _, end in ranges],
            instrument_ids=list(ids),
            instrument=instrument,
            year=year,
        )
    )
    return {
        row["region"]: CountedProgress(_progress(row["families"], row["expected"], row["as_of"]), row["rows"])
        async for row in in_turns(rows)
    }


def _progress(families: int, expected: int | None, as_of: datetime) -> ProgressOut:
    coverage = round(100 * families / expected, 1) if expected else None
    return ProgressOut(families=families, expected=expected, coverage=coverage, as_of=as_of)
