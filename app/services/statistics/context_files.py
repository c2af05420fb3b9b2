"""Takes a file of context figures, CSV or a workbook, whole or not at all."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller, span_of
from app.formats.headings import Column, fold
from app.formats.table_file import TableFile, read_table_file
from app.platform.database import raw_connection
from app.problems import Fault, Problem, kinds, pointer, read_shape
from app.problems.fault_texts import FAULT_TEXTS
from app.problems.wording import Year
from app.schemas.statistics.figure import FigureRowIn, ImportedFigureOut, ImportedFiguresOut
from app.services.audit.queue import record
from app.services.statistics.context_table import Key, Reported, Stored, lock_figures, store_figures
from app.services.statistics.indicators import hold_indicators, read_indicators
from app.services.statistics.region_years import find_absent, latest_year
from app.statistics.indicators import Figure, Indicator, explain_misfit, find_misfits
from app.turns import in_turns

FILE_BYTES: Final = 4 * 1024 * 1024
"""Enough for FILE_LINES lines with long sources."""
FILE_LINES: Final = 10_000
_UNPACKED_BYTES: Final = 32 * 1024 * 1024

_DAY: Final = "31/12/2025"
FIGURE_COLUMNS: Final = (
    Column(
        *("region", "code"),
        headings=("kode wilayah", "wilayah", "kode kemendagri", "region code", "kode"),
        example="63.72",
    ),
    Column("year", "code", headings=("tahun",), example="2025"),
    Column("indicator", headings=("indikator", "kode indikator", "indikator konteks"), example="child-marriage"),
    Column("value", "decimal", needed=False, headings=("nilai", "angka"), example="10,53"),
    Column("category", needed=False, headings=("kategori",), example="madya"),
    Column(
        "present", needed=False, headings=("ada", "tersedia"), example="ya", options=(("ya", "yes"), ("tidak", "no"))
    ),
    Column("status", headings=("status data",), example="verified"),
    Column("source", headings=("sumber", "nama sumber", "source name"), example="BPS, Susenas 2025"),
    Column("url", headings=("tautan", "link", "tautan sumber", "alamat"), example="https://www.bps.go.id/"),
    Column("published_on", "day", needed=False, headings=("tanggal terbit", "terbit"), example=_DAY),
    Column("retrieved_on", "day", needed=False, headings=("tanggal diambil", "diambil"), example=_DAY),
    Column("note", needed=False, headings=("catatan", "keterangan"), example="Angka sementara"),
)
_STATUSES: Final = {"terverifikasi": "verified", "final": "verified", "sementara": "provisional"}
_TRUTH: Final = {
    **dict.fromkeys(("yes", "true", "1", "ya", "ada"), True),
    **dict.fromkeys(("no", "false", "0", "tidak", "tidak ada"), False),
}
_NUMBER: Final = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?", re.ASCII)
_YEAR: Final = re.compile("[0-9]{4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Row:
    """A line. Until its names are read, `indicator` and `category` hold what somebody typed."""

    number: int
    body: FigureRowIn
    indicator: str
    category: str | None

    @property
    def key(self) -> Key:
        return self.body.region, self.body.year, self.indicator

    @property
    def figure(self) -> Figure:
        return Figure(self.body.value, self.category, self.body.present)


@dataclass(frozen=True, slots=True)
class FigureFile:
    """A file that was read, with its valid lines and the faults of the others."""

    table: TableFile
    rows: list[Row]
    faults: list[Fault]


async def read_file(body: bytes) -> FigureFile:
    """Returns the lines of a file. Raises faults if it is no valid table.

    It takes up to seconds, so hold no connection meanwhile. A thread of its own reads the table.
    """
    table = await asyncio.to_thread(read_table_file, body, FIGURE_COLUMNS, limit=FILE_LINES, unpacked=_UNPACKED_BYTES)
    rows, faults = list[Row](), list[Fault]()
    async for number, cells in in_turns(table.rows):
        line, wrong = read_shape(FigureRowIn, _content_of(cells), (number,))
        faults += wrong
        if line is not None:
            rows.append(Row(number, line, line.indicator, line.category))
    return FigureFile(table, rows, faults)


def _content_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """Returns a line as a body. What a cell cannot mean stays a text, which the shape refuses."""
    content: dict[str, Any] = dict(cells)
    if _YEAR.fullmatch(cells.get("year", "")):
        content["year"] = int(cells["year"])
    if _NUMBER.fullmatch(cells.get("value", "")):
        number = Decimal(cells["value"])
        content["value"] = int(number) if number == int(number) else number
    if "status" in cells:
        content["status"] = _STATUSES.get(fold(cells["status"]), fold(cells["status"]))
    if "present" in cells:
        content["present"] = _TRUTH.get(fold(cells["present"]), cells["present"])
    return content


async def import_figures(session: AsyncSession, caller: Caller, file: FigureFile) -> ImportedFiguresOut:
    """Stores the figures of a file, or none if one of its lines has a fault.

    Raises faults, and region-outside-caller with a fault for each line of another region.
    """
    now = datetime.now(UTC)
    connection = await raw_connection(session)
    indicators = await read_indicators(connection)
    rows = await _read_names(file.rows, indicators)
    if outside := [_fault_at(row, "region", "outside_caller") for row in rows if not caller.covers(row.body.region)]:
        raise Problem(kinds.FORBIDDEN_REGION, faults=file.table.all_faults(outside))
    await lock_figures(session, sorted({row.body.region for row in rows}))
    indicators |= await hold_indicators(connection, sorted({row.indicator for row in rows} & indicators.keys()))
    faults = [*file.faults, *await _check_rows(rows, indicators, now)]
    faults += [*_repeated(rows), *await _region_faults(session, rows, now)]
    if faults := file.table.all_faults(faults):
        raise Problem(kinds.FAULTS, faults=faults)
    reported = [_reported(row) async for row in in_turns(rows)]
    stored = await store_figures(session, caller, reported, now)
    await _record(session, caller, rows, stored)
    return await _make_out(rows, stored, file.table.ignored)


async def _read_names(rows: Sequence[Row], indicators: Mapping[str, Indicator]) -> list[Row]:
    """Returns the lines with codes in place of the names of indicators and categories."""
    codes = _codes_by_text({code: each.name for code, each in indicators.items()})
    categories = {code: _codes_by_text(each.categories) for code, each in indicators.items()}
    found = list[Row]()
    async for row in in_turns(rows):
        code, category = codes.get(fold(row.indicator), row.indicator), row.category
        if category is not None:
            category = categories.get(code, {}).get(fold(category), category)
        found.append(replace(row, indicator=code, category=category))
    return found


def _codes_by_text(names: Mapping[str, Sequence[str | None]]) -> dict[str, str]:
    """The code that each text names. A code names itself, and a name that several codes have names none."""
    naming: dict[str, set[str]] = {}
    for code, texts in names.items():
        for text in texts:
            naming.setdefault(fold(text or ""), set()).add(code)
    return {text: min(found) for text, found in naming.items() if len(found) == 1} | {
        fold(code): code for code in names
    }


async def _check_rows(rows: Sequence[Row], indicators: Mapping[str, Indicator], now: datetime) -> list[Fault]:
    """Returns the faults of lines beside each other's. The texts of equal faults are made once."""
    faults, made, latest = list[Fault](), dict[tuple[str, ...], Fault](), dict[str, int]()
    async for row in in_turns(rows):
        region, indicator = row.body.region, indicators.get(row.indicator)
        last = latest.setdefault(region[:2], latest_year(region, now))
        if row.body.year > last:
            faults.append(_fault_at(row, "year", "year_ahead", maximum=Year(last)))
        if indicator is None:
            faults.append(_fault_at(row, "indicator", "unknown_indicator", options=sorted(indicators)))
            continue
        for member, code in find_misfits(indicator, row.figure):
            key = (indicator.code, member, code)
            if key not in made:
                made[key] = _spoken(explain_misfit(indicator, member, code, ""))
            faults.append(replace(made[key], pointer=pointer((row.number, member))))
    return faults


def _fault_at(row: Row, column: str, code: Any, **limits: Any) -> Fault:
    return Fault(code, pointer((row.number, column)), limits=limits)


def _spoken(fault: Fault) -> Fault:
    """The fault with the example of its indicator, in place of that of the column."""
    example = fault.members.get("example")
    if example is None:
        return fault
    words = ("ya", "yes") if example is True else (str(example), str(example))
    texts = fault.texts or FAULT_TEXTS[fault.code]
    return replace(fault, texts=(texts[0].replace("{example}", words[0]), texts[1].replace("{example}", words[1])))


def _repeated(rows: Sequence[Row]) -> Iterator[Fault]:
    first: dict[Key, int] = {}
    for row in rows:
        if row.key in first:
            yield _fault_at(row, "indicator", "row_twice", first=first[row.key])
        first.setdefault(row.key, row.number)


async def _region_faults(session: AsyncSession, rows: Sequence[Row], now: datetime) -> list[Fault]:
    """Returns a fault for each line whose region was in force on no day of its year."""
    begun = [row for row in rows if row.body.year <= latest_year(row.body.region, now)]
    asked = {(row.body.region, row.body.year) for row in begun}
    absent = await find_absent(await raw_connection(session), asked, now)
    return [
        absent[row.body.region, row.body.year].fault(pointer((row.number, "region")), unknown="not_in_force")
        for row in begun
        if (row.body.region, row.body.year) in absent
    ]


def _reported(row: Row) -> Reported:
    body = row.body
    return Reported(
        *(*row.key, row.figure, body.status),
        source_name=body.source,
        source_url=body.url,
        published_on=body.published_on,
        retrieved_on=body.retrieved_on,
        note=body.note,
    )


async def _record(session: AsyncSession, caller: Caller, rows: Sequence[Row], stored: Sequence[Stored]) -> None:
    """Audits the file as one event, because each stored revision names its sender."""
    changed = [row for row, made in zip(rows, stored, strict=True) if made.outcome != "unchanged"]
    if changed:
        region = span_of(row.body.region for row in changed)
        await record(session, caller, "context.report", region=region, count=len(changed))


async def _make_out(rows: Sequence[Row], stored: Sequence[Stored], ignored: list[str]) -> ImportedFiguresOut:
    outcomes = Counter(made.outcome for made in stored)
    lines = [
        ImportedFigureOut(
            row=row.number,
            region=row.body.region,
            year=row.body.year,
            indicator=row.indicator,
            outcome=made.outcome,
            revision=made.revision,
        )
        async for row, made in in_turns(zip(rows, stored, strict=True))
    ]
    return ImportedFiguresOut(
        created=outcomes["created"],
        replaced=outcomes["replaced"],
        unchanged=outcomes["unchanged"],
        rows=lines,
        ignored_columns=ignored,
    )
