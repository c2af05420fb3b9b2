"""Reads the current figures of context indicators: one, those below a region, and those of a year or the latest before.

These figures are published ones about whole regions, so every reader of a region gets all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.access import Caller
from app.platform.cursors import as_code, as_year, pack, unpack
from app.platform.database import Connection, area_of
from app.platform.sql import Statement
from app.problems import Fault, Problem, kinds
from app.regions.codes import digits_of, subtree_of
from app.schemas.reference.region import Level, RegionNameOut
from app.schemas.shapes import Page
from app.schemas.statistics.figure import FigureOut
from app.services.reference.regions_in_force import REGION_IN_YEAR
from app.services.statistics.context_table import Key
from app.services.statistics.indicators import read_indicators
from app.statistics.indicators import Indicator
from app.turns import in_turns

MOST_ROWS: Final = 40_000
"""The longest table."""
_TOO_LONG: Final = (
    "Tabel ini akan lebih dari {limit} baris. Sebut satu tahun atau wilayah yang lebih kecil, misalnya year=2025.",
    "The table would have more than {limit} rows. Name a year or a smaller region, such as year=2025.",
)
_VIEWER: Final = "(SELECT set_config('ikk.area', :area, true) AS area OFFSET 0) AS viewer"
_NAMED: Final = """
SELECT kept.*, named.name AS region_name
FROM {viewer} CROSS JOIN LATERAL ({kept}) AS kept
CROSS JOIN LATERAL (SELECT kept.region AS code, kept.year::int AS year) AS asked
CROSS JOIN LATERAL ({region_in_year}) AS named
ORDER BY kept.region, kept.year, kept.indicator
"""
_PAGE: Final = """
SELECT * FROM context_figure
WHERE current AND viewer.area IS NOT NULL AND {where}
AND (:year::int IS NULL OR year = :year) AND (:indicator::text IS NULL OR indicator = :indicator)
AND (region, year, indicator) > (:after_region COLLATE "C", :after_year::int, :after_indicator COLLATE "C")
ORDER BY region, year, indicator LIMIT :most
"""
_BELOW: Final = "region > :first AND region < :end AND length(region) = :digits"


def _statement(kept: str) -> Statement:
    return Statement(_NAMED.format(viewer=_VIEWER, kept=kept, region_in_year=REGION_IN_YEAR))


_LISTED_BELOW: Final = _statement(_PAGE.format(where=_BELOW))
_LISTED_OF: Final = _statement(_PAGE.format(where="region = :region"))
_LATEST: Final = _statement("""
SELECT DISTINCT ON (region, indicator) * FROM context_figure
WHERE current AND viewer.area IS NOT NULL AND region = ANY (:regions::text[]) AND year <= :year
ORDER BY region, indicator, year DESC
""")
_ONE: Final = _statement("""
SELECT * FROM context_figure
WHERE current AND viewer.area IS NOT NULL AND region = :region AND year = :year AND indicator = :indicator
OFFSET 0
""")


async def find_figure(connection: Connection, caller: Caller, key: Key) -> FigureOut:
    """Returns the current figure of a region, year and indicator. Raises not-found and region-outside-caller."""
    region, year, indicator = key
    if not caller.covers(region):
        raise Problem(kinds.FORBIDDEN_REGION)
    area = area_of(caller.regions)
    rows = await connection.fetch(*_ONE.bind(area=area, region=region, year=year, indicator=indicator))
    if not rows:
        raise Problem(kinds.NOT_FOUND)
    return make_figure(rows[0], await read_indicators(connection))


async def find_context(
    connection: Connection, caller: Caller, regions: Sequence[str], year: int
) -> dict[str, list[FigureOut]]:
    """Returns by region the current figure of each indicator that has one, by the code of the indicator.

    It is that of the year, or else of the latest year before, which its member `year` names. A region without figures
    is left out. The caller covers the regions.
    """
    area = area_of(caller.regions)
    rows = await connection.fetch(*_LATEST.bind(area=area, regions=list(regions), year=year))
    indicators = await read_indicators(connection)
    found: dict[str, list[FigureOut]] = {}
    async for row in in_turns(sorted(rows, key=lambda row: (row["region"], row["indicator"]))):
        found.setdefault(row["region"], []).append(make_figure(row, indicators))
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """Which figures a list has: those of `parent`, or with a level those of the regions of that level below it."""

    parent: str
    level: Level | None
    year: int | None
    indicator: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """Figures as they were read, up to one more than the limit. Making them takes time, so hold no connection then."""

    rows: Sequence[Mapping[str, Any]]
    limit: int
    indicators: Mapping[str, Indicator]

    async def make_page(self) -> Page[FigureOut]:
        """Returns a page of figures by region, year and indicator."""
        return await Page[FigureOut].of(
            self.rows,
            self.limit,
            shape=self._make,
            cursor=lambda row: pack(row["region"], row["year"], row["indicator"]),
        )

    async def make_whole(self) -> list[FigureOut]:
        """Returns all figures. Raises the fault `table_too_long` if they are more than the limit."""
        if len(self.rows) > self.limit:
            fault = Fault("table_too_long", parameter="parent", limits={"limit": self.limit}, texts=_TOO_LONG)
            raise Problem(kinds.FAULTS, faults=[fault])
        return [self._make(row) async for row in in_turns(self.rows)]

    def _make(self, row: Mapping[str, Any]) -> FigureOut:
        return make_figure(row, self.indicators)


async def read_figures(
    connection: Connection, caller: Caller, asked: Asked, *, limit: int | None, cursor: str | None
) -> Found:
    """Reads figures by region, year and indicator. Without a limit it is as many as a table may have.

    Raises region-outside-caller and the fault `unknown_indicator`.
    """
    if not caller.covers(asked.parent):
        raise Problem(kinds.FORBIDDEN_REGION)
    indicators = await read_indicators(connection)
    if asked.indicator is not None and asked.indicator not in indicators:
        raise Problem(kinds.FAULTS, faults=[unknown_indicator(indicators)])
    most = MOST_ROWS if limit is None else limit
    rows = await _read_page(connection, caller, asked, most + 1, _read_cursor(cursor))
    return Found(rows, most, indicators)


def unknown_indicator(indicators: Mapping[str, Indicator]) -> Fault:
    """The fault of a code in a path or query that names no indicator."""
    return Fault("unknown_indicator", parameter="indicator", limits={"options": sorted(indicators)})


def make_figure(row: Mapping[str, Any], indicators: Mapping[str, Indicator]) -> FigureOut:
    """Returns the figure of a row with the region's name."""
    region = RegionNameOut.named(row["region"], row["region_name"])
    return FigureOut.of(region, indicators[row["indicator"]], row)


def _cursor_of(row: Mapping[str, Any]) -> str:
    return pack(row["region"], row["year"], row["indicator"])


def _read_cursor(cursor: str | None) -> Key:
    if cursor is None:
        return "", 0, ""
    region, year, indicator = unpack(cursor, (as_code, as_year, _as_text))
    return region, year, indicator


def _as_text(value: object) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    return value


async def _read_page(
    connection: Connection, caller: Caller, asked: Asked, most: int, after: Key
) -> Sequence[Mapping[str, Any]]:
    """Returns up to `most` rows after a key. A level that is not below the region has none."""
    named = {
        "area": area_of(caller.regions),
        "year": asked.year,
        "indicator": asked.indicator,
        "after_region": after[0],
        "after_year": after[1],
        "after_indicator": after[2],
        "most": most,
    }
    if asked.level is None:
        query = _LISTED_OF.bind(**named, region=asked.parent)
    else:
        first, end = subtree_of(asked.parent)
        query = _LISTED_BELOW.bind(**named, first=first, end=end, digits=digits_of(asked.level))
    rows: Sequence[Mapping[str, Any]] = await connection.fetch(*query)
    return rows
