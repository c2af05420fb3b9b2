"""Keeps the protected figures of villages. The only writer of `figure_version`.

A version stays until ten or more of its families have changed, and is repeated byte for byte until then.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.platform.database import Connection
from app.platform.sql import Statement
from app.protection.plan import Plan
from app.protection.protected import Protected
from app.regions.codes import subtree_of
from app.services.releases.requests import Making

_READ: Final = Statement("""
SELECT * FROM (
    SELECT DISTINCT ON (region) region, from_number, basis::text AS basis, counted::text AS counted, joined, values,
        CASE WHEN :with_members::boolean THEN members ELSE ''::bytea END AS members, changes, made_at
    FROM figure_version
    WHERE instrument = :instrument AND year = :year::smallint AND region >= :first::text AND region < :end::text
    AND from_number <= :number::int
    ORDER BY region, from_number DESC
) AS newest WHERE cardinality(values) > 0
""")
_OF_VILLAGES: Final = Statement("""
SELECT * FROM (
    SELECT DISTINCT ON (region) region, from_number, basis::text AS basis, counted::text AS counted, joined, values,
        members, changes, made_at
    FROM figure_version
    WHERE instrument = :instrument AND year = :year::smallint AND from_number <= :number::int AND (
        region = ANY (:regions::text[]) AND joined IS NULL
        OR joined::text[] <@ :regions::text[] AND region >= :first::text AND region < :end::text
    )
    ORDER BY region, from_number DESC
) AS newest WHERE cardinality(values) > 0
""")
_EARLIER: Final = Statement("""
SELECT region, from_number, basis::text AS basis, counted::text AS counted, joined, values, members, changes, made_at
FROM figure_version
WHERE instrument = :instrument AND year = :year::smallint AND region = ANY (:regions::text[])
AND cardinality(values) > 0
ORDER BY region, from_number
""")
# With figures of every instrument. The same families told alone and together, or together in two ways, would be known
# better than the counts of either.
_JOINED: Final = Statement("""
SELECT DISTINCT region, joined FROM figure_version
WHERE year = :year::smallint AND region >= :first::text AND region < :end::text AND joined IS NOT NULL
""")
_ALONE: Final = Statement("""
SELECT DISTINCT region FROM figure_version
WHERE year = :year::smallint AND region >= :first::text AND region < :end::text AND joined IS NULL
""")
_OTHERS: Final = Statement("""
SELECT region, instrument, plan, members, values FROM figure_version
WHERE instrument <> :instrument AND year = :year::smallint AND region >= :first::text AND region < :end::text
AND cardinality(values) > 0
""")
# The newest version of each village that a release knows. The index ends the look at each village after one row.
_PAGE: Final = Statement("""
WITH RECURSIVE viewer AS MATERIALIZED (SELECT set_config('ikk.area', :area, true) AS area), village AS (
    SELECT 1 AS position, (
        SELECT min(region) FROM figure_version WHERE instrument = :instrument AND year = :year::smallint
        AND region > :after::text AND region < :end::text AND viewer.area IS NOT NULL LIMIT 1
    ) AS region FROM viewer
    UNION ALL
    SELECT village.position + 1, (
        SELECT min(region) FROM figure_version WHERE instrument = :instrument AND year = :year::smallint
        AND region > village.region AND region < :end::text AND viewer.area IS NOT NULL LIMIT 1
    ) FROM viewer CROSS JOIN village WHERE village.region IS NOT NULL AND village.position < :limit::int
)
SELECT village.region, newest.values FROM viewer CROSS JOIN village LEFT JOIN LATERAL (
    SELECT values, joined FROM figure_version WHERE instrument = :instrument AND year = :year::smallint
    AND figure_version.region = village.region AND from_number <= :number::int AND viewer.area IS NOT NULL
    ORDER BY from_number DESC LIMIT 1
) AS newest ON newest.joined IS NULL
WHERE village.region IS NOT NULL ORDER BY village.position
""")
_KEEP: Final = Statement("""
INSERT INTO figure_version (
    instrument, year, region, from_number, basis, families, counted, joined, plan, values, members, changes, made_at
) VALUES (
    :instrument, :year::smallint, :region, :from_number::int, :basis::text::"char", :families::int, :counted::jsonb,
    :joined::text[], :plan, :values::bigint[], :members::bytea, :changes::bigint, clock_timestamp()
)
""")


_PROVINCE: Final = 2
"""The digits of a province, within which villages are counted together."""
_AT_ONCE: Final = 50
"""So that other requests of the process have their turn."""


@dataclass(frozen=True, slots=True)
class Version:
    """The figures of a village as they were protected last. The columns are those of `figure_version`."""

    region: str
    from_number: int
    basis: str
    counted: Mapping[str, int]
    joined: Sequence[str] | None
    protected: Protected
    members: bytes
    changes: int
    made_at: datetime | None = None
    """None before it is stored."""

    @property
    def villages(self) -> Sequence[str]:
        return self.joined or (self.region,)


async def walk_versions(
    connection: Connection,
    plan: Plan,
    area: str,
    *,
    instrument: str,
    year: int,
    number: int,
    with_members: bool = False,
) -> AsyncIterator[Version]:
    """The versions of an area that are valid in the release of this number, by code. It needs a transaction.

    with_members: whether they know their families, which take much more memory than all else
    """
    first, end = subtree_of(area)
    query = _READ.bind(instrument=instrument, year=year, first=first, end=end, number=number, with_members=with_members)
    async for row in connection.cursor(*query, prefetch=_AT_ONCE):
        yield _read(row, plan)


async def read_versions_of(
    connection: Connection, plan: Plan, villages: Sequence[str], *, instrument: str, year: int, number: int
) -> list[Version]:
    """The versions of these villages, of each or of several of them together. The area of the transaction counts."""
    first, last = min(villages)[:_PROVINCE], max(villages)[:_PROVINCE]
    query = _OF_VILLAGES.bind(
        instrument=instrument,
        year=year,
        regions=list(villages),
        number=number,
        first=first,
        end=subtree_of(last)[1],
    )
    return [_read(row, plan) for row in await connection.fetch(*query)]


def _read(row: Mapping[str, Any], plan: Plan) -> Version:
    return Version(
        row["region"],
        row["from_number"],
        row["basis"],
        json.loads(row["counted"]),
        row["joined"],
        Protected.from_values(row["region"], row["values"], plan),
        row["members"],
        row["changes"],
        row["made_at"],
    )


@dataclass(frozen=True, slots=True)
class OtherVersion:
    """Figures of a village that were made of another instrument. plan: its version, whose rules they follow"""

    instrument: str
    plan: str
    members: bytes
    values: Sequence[int]


async def read_earlier(
    connection: Connection, making: Making, plan: Plan, regions: Sequence[str]
) -> dict[str, list[Version]]:
    """All figures that villages ever had, the latest last, by code of the village."""
    query = _EARLIER.bind(instrument=making.instrument, year=making.year, regions=list(regions))
    found: dict[str, list[Version]] = {}
    for row in await connection.fetch(*query):
        found.setdefault(row["region"], []).append(_read(row, plan))
    return found


async def read_joined(connection: Connection, making: Making, area: str) -> dict[str, Sequence[str]]:
    """The villages of an area that ever had figures together, by their place, whatever the instrument."""
    first, end = subtree_of(area)
    query = _JOINED.bind(year=making.year, first=first, end=end)
    return {row["region"]: row["joined"] for row in await connection.fetch(*query)}


async def read_alone(connection: Connection, making: Making, area: str) -> set[str]:
    """The villages of an area that ever had figures of their own, whatever the instrument."""
    first, end = subtree_of(area)
    return {row["region"] for row in await connection.fetch(*_ALONE.bind(year=making.year, first=first, end=end))}


async def read_others(connection: Connection, making: Making, area: str) -> dict[str, list[OtherVersion]]:
    """All figures that other instruments of the year ever had, by code of the village."""
    first, end = subtree_of(area)
    query = _OTHERS.bind(instrument=making.instrument, year=making.year, first=first, end=end)
    found: dict[str, list[OtherVersion]] = {}
    for row in await connection.fetch(*query):
        other = OtherVersion(row["instrument"], row["plan"], row["members"], row["values"])
        found.setdefault(row["region"], []).append(other)
    return found


async def withdraw_versions(connection: Connection, making: Making, withdrawn: Sequence[Version]) -> None:
    """Ends figures of villages that have too few families now. Earlier releases keep theirs."""
    rows = [
        _KEEP.bind(
            instrument=making.instrument,
            year=making.year,
            region=each.region,
            from_number=making.number,
            basis="r",
            families=0,
            counted="{}",
            joined=None if each.joined is None else list(each.joined),
            plan=making.rules["version"],
            values=[],
            members=b"",
            changes=0,
        )[1:]
        for each in withdrawn
    ]
    await connection.executemany(_KEEP.text, rows)


async def keep_versions(connection: Connection, making: Making, versions: Sequence[Version]) -> None:
    """Stores versions that are new in a release."""
    rows = [
        _KEEP.bind(
            instrument=making.instrument,
            year=making.year,
            region=each.region,
            from_number=making.number,
            basis=each.basis,
            families=each.protected.families,
            counted=json.dumps(each.counted),
            joined=None if each.joined is None else list(each.joined),
            plan=making.rules["version"],
            values=each.protected.to_values(),
            members=each.members,
            changes=each.changes,
        )[1:]
        for each in versions
    ]
    await connection.executemany(_KEEP.text, rows)


@dataclass(frozen=True, slots=True)
class StoredVillage:
    """The figures of a village as they are stored."""

    place: str
    values: Sequence[int]
    plan: Plan

    def read(self) -> Protected:
        return Protected.from_values(self.place, self.values, self.plan)


async def read_page(
    connection: Connection,
    plan: Plan,
    *,
    instrument: str,
    year: int,
    number: int,
    after: str,
    end: str,
    limit: int,
    area: str,
) -> tuple[list[StoredVillage], str | None]:
    """The figures of the next villages of a release between two codes, and the code to go on after, or None at the end.

    area: as `area_of` writes it
    """
    query = _PAGE.bind(area=area, instrument=instrument, year=year, number=number, after=after, end=end, limit=limit)
    rows = await connection.fetch(*query)
    found = [StoredVillage(row["region"], row["values"], plan) for row in rows if row["values"]]
    return found, rows[-1]["region"] if len(rows) == limit else None
