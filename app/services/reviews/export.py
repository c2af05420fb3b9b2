"""Exports submissions of a region with their answers, row by row, and audits it before the first byte and at the end.

Each page of rows is a transaction of its own, so an export never holds up intake, however slowly its client reads. A
row that changes meanwhile is exported as it was before or after. Rows of restricted families are left out.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from app.access import Caller
from app.formats.csv import Separator
from app.formats.streams import (
    CsvDialect,
    Dialect,
    NdjsonDialect,
    SheetDialect,
    TextStream,
    WorkbookStream,
    csv_heading,
)
from app.platform.database import Database, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import subtree_of
from app.schemas.intake.review_states import ReviewStatus
from app.schemas.reviews.export import ExportFormat, ExportLabels, ExportPurpose, ExportTable
from app.scoring.catalogue import Catalogue
from app.scoring.versions import Versions
from app.services.aggregates.reading import pick_versions
from app.services.audit.queue import record
from app.services.reviews.export_columns import Layout
from app.services.reviews.export_rows import RowWriter

MOST_SHEET_ROWS: Final = 100_000
"""The most interviews of a workbook. Office programs hardly open larger ones."""
_SHEET_BYTES: Final = 2**31 - 1
"""A sheet may not have more, because office programs do not read larger parts everywhere."""
_CELL_BYTES: Final = 80
"""More than a cell takes in a sheet on average, also with labels."""
_PAGE: Final = 2000
_COUNTED: Final = 20_000
"""Rows that are looked at in one statement, whether the export wants them or not. So no statement takes long."""
_TURN: Final = 100
"""Rows that are written between two turns of other requests. They take about 2 milliseconds."""
_START: Final = ("", 0, datetime(1, 1, 1, tzinfo=UTC), UUID(int=0))

# The inner part reads the next rows of the region by index. What is asked for is decided outside of it, so that a
# statement ends soon also if nothing is found. The last row is always there, because the next page begins behind it.
_SCANNED: Final = """
WITH scanned AS MATERIALIZED (
    SELECT page.* FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer CROSS JOIN LATERAL (
        SELECT {columns} FROM submission
        WHERE region >= :first AND region < :end AND viewer.area IS NOT NULL
        AND (region, year, received_at, id)
            > (:after_region, :after_year::smallint, :after_moment::timestamptz, :after_id::uuid)
        AND (:year::smallint IS NULL OR year = :year::smallint)
        ORDER BY region, year, received_at, id LIMIT :most
    ) AS page
), judged AS (
    SELECT scanned.*, instrument_id = ANY (:instrument_ids::smallint[])
        AND (:status::text IS NULL OR coalesce(review, 'accepted') = :status::text)
        AND (:counts::boolean IS NULL OR (uncounted IS NULL) = :counts::boolean)
        AND (:received_from::timestamptz IS NULL OR received_at >= :received_from::timestamptz)
        AND (:received_to::timestamptz IS NULL OR received_at < :received_to::timestamptz)
        AND (:training::boolean OR purpose <> 'training')
        AND (:round::uuid IS NULL OR (
            SELECT count(*) FROM round_village WHERE round_id = :round::uuid AND round_village.region = scanned.region
            AND instrument = :instrument::text AND opens_at <= surveyed_at AND ends_at > surveyed_at
        ) > 0)
        AND (SELECT count(*) FROM family WHERE family.id = scanned.family_id AND restricted_at IS NULL) = 1 AS kept
    FROM scanned
)
"""
_KEYS: Final = "id, family_id, instrument_id, region, year, surveyed_at, received_at, purpose, uncounted, review"
_PAGE_OF: Final = Statement(
    """{scanned} SELECT id::text, family_id::text, revision, instrument_id, region, edition, year, surveyed_at,
    received_at, purpose, head_sex, members, answers, outcomes, warnings, uncounted, in_approved, review, kept
FROM judged WHERE kept OR (region, year, received_at, id) = (
    SELECT region, year, received_at, id FROM scanned ORDER BY region DESC, year DESC, received_at DESC, id DESC LIMIT 1
) ORDER BY region, year, received_at, id""",
    scanned=_SCANNED.replace(
        "{columns}",
        f"{_KEYS}, revision, edition, head_sex, members, answers, outcomes, warnings, in_approved",
    ),
)
_COUNT_OF: Final = Statement(
    """{scanned} SELECT (SELECT count(*) FROM judged WHERE kept), region, year, received_at, id FROM scanned
ORDER BY region DESC, year DESC, received_at DESC, id DESC LIMIT 1""",
    scanned=_SCANNED.replace("{columns}", _KEYS),
)
_NAMES: Final = Statement("""
SELECT asked.region, asked.edition, village.name, district.name, regency.name
FROM unnest(:regions::text[], :editions::text[]) AS asked (region, edition)
LEFT JOIN region AS village ON village.code = asked.region AND village.edition = asked.edition
LEFT JOIN region AS district ON district.code = left(asked.region, 6) AND district.edition = asked.edition
LEFT JOIN region AS regency ON regency.code = left(asked.region, 4) AND regency.edition = asked.edition
""")
_ROUND: Final = Statement("""
SELECT count(*) FROM (SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer CROSS JOIN LATERAL (
    SELECT region FROM round_village
    WHERE round_id = :round::uuid AND region >= :first AND region < :end AND viewer.area IS NOT NULL LIMIT 1
) AS village
""")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is exported, why and how. What is None leaves none out."""

    region: str
    export_purpose: ExportPurpose
    format: ExportFormat
    year: int | None = None
    status: ReviewStatus | None = None
    counts: bool | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None
    round: UUID | None = None
    training: bool = False
    table: ExportTable = "interviews"
    labels: ExportLabels = "codes"
    separator: Separator = "comma"

    def audited(self) -> dict[str, Any]:
        """The members of the audit entry, without the region."""
        moments = {"received_from": self.received_from, "received_to": self.received_to}
        return {
            **{name: getattr(self, name) for name in ("export_purpose", "format", "year", "status", "counts")},
            **{name: None if at is None else at.astimezone(UTC).isoformat() for name, at in moments.items()},
            "round": None if self.round is None else str(self.round),
            **{name: getattr(self, name) for name in ("training", "table", "labels")},
        }


def make_layout(
    catalogue: Catalogue, caller: Caller, region: str, code: str, version: str | None, year: int | None
) -> Layout:
    """Returns the columns that the caller gets of a region.

    Without a version they are those of all versions comparable with the one in force in the year, or with the latest.
    Raises region-outside-caller, and faults for an instrument that is unknown.
    """
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    versions = pick_versions(catalogue, code, version)
    return Layout(tuple(_chosen_versions(versions, year)), caller.holds("submissions:sensitive", region))


def _chosen_versions(versions: Versions, year: int | None) -> Sequence[Any]:
    if versions.named is not None:
        return [versions.named]
    return versions.groups[0] if year is None else versions.choose({}, year)


class Export:
    """One export. `begin` checks and audits it, `parts` gives its bytes, and `end` audits how it ended."""

    def __init__(self, database: Database, caller: Caller, layout: Layout, chosen: Chosen) -> None:
        self._database, self._caller, self._layout, self._chosen = database, caller, layout, chosen
        self._submissions = 0
        self._complete = False
        first, end = subtree_of(chosen.region)
        self._values: dict[str, Any] = {
            "area": area_of(caller.regions),
            "first": first,
            "end": end,
            "instrument_ids": [each.id for each in layout.versions],
            "instrument": layout.instruments[0].code,
            **{name: getattr(chosen, name) for name in ("year", "status", "counts", "received_from", "received_to")},
            "training": chosen.training,
            "round": chosen.round,
        }

    async def start(self) -> None:
        """Audits that it begins. Raises not-found for a round without villages there, and a fault if it is too long."""
        if self._chosen.round is not None:
            wanted = {name: self._values[name] for name in ("area", "round", "first", "end")}
            async with self._database.connection() as connection:
                if not await connection.fetchval(*_ROUND.bind(**wanted)):
                    raise Problem(kinds.NOT_FOUND)
        if self._chosen.format == "xlsx":
            await self._check_length()
        await self._record("submission.export", **self._chosen.audited(), version=self._names())

    def _names(self) -> list[str]:
        return [each.version for each in self._layout.instruments]

    async def _check_length(self) -> None:
        columns = max(1, len(self._layout.of("interviews")))
        limit = min(MOST_SHEET_ROWS, _SHEET_BYTES // (columns * _CELL_BYTES))
        found, after = 0, _START
        while True:
            async with self._database.connection() as connection:
                last = await connection.fetchrow(*self._bind(_COUNT_OF, after, _COUNTED))
            if last is None:
                return
            found, after = found + last[0], tuple(last[1:])
            if found > limit:
                raise Problem(
                    kinds.FAULTS, faults=[Fault("export_too_long", parameter="format", limits={"limit": limit})]
                )

    def _bind(self, statement: Statement, after: tuple[Any, ...], most: int) -> list[Any]:
        region, year, moment, last = after
        return statement.bind(
            **self._values,
            after_region=region,
            after_year=year,
            after_moment=moment,
            after_id=last,
            most=most,
        )

    async def _record(self, kind: str, **detail: Any) -> None:
        instrument = self._layout.instruments[0].code
        async with self._database.session(self._caller.regions) as session:
            await record(
                session,
                self._caller,
                kind,
                region=self._chosen.region,
                instrument=instrument,
                sensitive=self._layout.whole,
                **detail,
            )

    async def end(self) -> None:
        """Audits how many interviews were exported, and whether these were all."""
        await self._record("submission.exported", submissions=self._submissions, complete=self._complete)

    async def parts(self) -> AsyncGenerator[bytes, None]:
        """Yields the bytes of the export in their order."""
        dialect, stream = self._open()
        try:
            if isinstance(stream, TextStream):
                yield stream.open()
            writer = RowWriter(self._layout, dialect, self._chosen.labels, self._chosen.table)
            async for rows in self._pages(writer):
                for first in range(0, len(rows), _TURN):
                    turn = rows[first : first + _TURN]
                    written = writer.write(turn)
                    if isinstance(stream, WorkbookStream):
                        await asyncio.to_thread(stream.add, *written)
                        self._submissions += len(turn)
                        continue
                    self._submissions += len(turn)
                    await asyncio.sleep(0)
                    yield stream.add(*written)
            if isinstance(stream, WorkbookStream):
                await asyncio.to_thread(stream.finish)
                while part := stream.rest():
                    yield part
            self._complete = True
        finally:
            stream.close()

    def _open(self) -> tuple[Dialect, TextStream | WorkbookStream]:
        chosen = self._chosen
        headings = [each.heading(chosen.labels) for each in self._layout.of(chosen.table)]
        if chosen.format == "ndjson":
            return NdjsonDialect(), TextStream("")
        if chosen.format == "csv":
            dialect = CsvDialect(chosen.separator)
            return dialect, TextStream(csv_heading(dialect, headings))
        sheets = [("interviews", headings)]
        if self._layout.has_rosters:
            sheets.append(("rosters", [each.heading(chosen.labels) for each in self._layout.of("rosters")]))
        return SheetDialect(), WorkbookStream(f"{self._layout.instruments[0].code}-{chosen.region}", sheets)

    async def _pages(self, writer: RowWriter) -> AsyncIterator[Sequence[Any]]:
        after: tuple[Any, ...] = _START
        while True:
            async with self._database.connection() as connection:
                rows = await connection.fetch(*self._bind(_PAGE_OF, after, _PAGE))
                if not rows:
                    return
                writer.visit(await self._read_names(connection, rows))
            last = rows[-1]
            after = last["region"], last["year"], last["received_at"], UUID(last["id"])
            yield rows if last["kept"] else rows[:-1]

    async def _read_names(self, connection: Any, rows: Sequence[Any]) -> Mapping[tuple[str, str], tuple[str, str, str]]:
        asked = sorted({(each["region"], each["edition"]) for each in rows})
        found = await connection.fetch(
            *_NAMES.bind(regions=[region for region, _ in asked], editions=[edition for _, edition in asked])
        )
        return {(each[0], each[1]): (each[2], each[3], each[4]) for each in found}
