"""Files with the case statistics of many regions, of which all are stored or none."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from app.access import Caller
from app.formats.headings import Column
from app.formats.table_file import TableFile, column_of, line_of, read_table_file
from app.problems import Fault, Problem, kinds, pointer
from app.problems.fault_texts import FaultCode
from app.problems.figure_texts import FIGURE_CELL_TEXTS
from app.problems.wording import Year
from app.regions.codes import undot
from app.schemas.statistics.case_report import CaseImportOut, CaseImportRowOut, FigureWarningOut
from app.services.statistics.case_reports import Stored, lock, other_periods, read_current, store
from app.services.statistics.drafts import Draft, find_standing_of, read_draft
from app.statistics.checks import FigureWarning
from app.statistics.code_lists import CODE_LISTS, DIMENSIONS
from app.statistics.counts import UNITS
from app.statistics.periods import Period, read_period
from app.turns import in_turns

FILE_BYTES: Final = 4 * 1024 * 1024
"""Enough for FILE_LINES lines with long sources."""
FILE_LINES: Final = 10_000
_UNPACKED_BYTES: Final = 32 * 1024 * 1024

_DAY: Final = "08/03/2023"
CASE_COLUMNS: Final = (
    Column(
        *("region", "code"),
        headings=("kode wilayah", "wilayah", "kode kemendagri", "region code", "kode"),
        example="63.72",
    ),
    Column("period", headings=("periode", "tahun", "bulan"), example="2023-01"),
    Column("status", headings=("status data",), example="verified"),
    Column("through", "day", needed=False, headings=("sampai dengan", "sampai", "s d"), example="28/02/2023"),
    Column("source", headings=("sumber", "nama sumber", "source name"), example="Simfoni PPA"),
    Column(
        "url", needed=False, headings=("tautan", "link", "tautan sumber", "alamat"), example="https://example.go.id/"
    ),
    Column("published_on", "day", needed=False, headings=("tanggal terbit", "terbit"), example=_DAY),
    Column("retrieved_on", "day", needed=False, headings=("tanggal diambil", "diambil"), example=_DAY),
    Column("sex", needed=False, headings=("jenis kelamin",), example="Perempuan"),
    Column("age_group", needed=False, headings=("kelompok umur", "kelompok usia"), example="13–17 tahun"),
    Column("age_status", needed=False, headings=("status usia", "status umur"), example="Anak"),
    Column("place", needed=False, headings=("tempat kejadian", "tempat"), example="Rumah Tangga"),
    Column("kind", needed=False, headings=("jenis kekerasan", "bentuk kekerasan"), example="Fisik"),
    Column("service", needed=False, headings=("jenis layanan", "layanan"), example="Pengaduan"),
    Column(
        "relation", needed=False, headings=("hubungan pelaku", "hubungan pelaku dengan korban"), example="Orang Tua"
    ),
    Column("cases", needed=False, headings=("kasus", "jumlah kasus"), example="69"),
    Column("victims", needed=False, headings=("korban", "jumlah korban"), example="49"),
    Column("perpetrators", needed=False, headings=("pelaku", "jumlah pelaku"), example="52"),
    Column("note", needed=False, headings=("catatan", "keterangan"), example="Januari dan Februari saja"),
)
_STATUSES: Final = {"terverifikasi": "verified", "final": "verified", "sementara": "provisional"}
_OF_SOURCE: Final = {"source": "name", "url": "url", "published_on": "published_on", "retrieved_on": "retrieved_on"}
_SAME: Final = ("through", *_OF_SOURCE, "note")
"""The columns that say the same in every line of a report."""
_WHOLE: Final = re.compile("-?[0-9]+", re.ASCII)
_MARKED: Final = re.compile("-?[0-9]+([.,][0-9]+)+", re.ASCII)
_POINTER: Final = re.compile("/counts/([0-9]+)(?:/(.+))?")

Slot = tuple[str, Period, str]


@dataclass(slots=True)
class _Lines:
    """The lines of one report, with the cells of each."""

    region: str
    period: Period
    status: str
    lines: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    counts: list[dict[str, Any]] = field(default_factory=list)
    misread: bool = False
    """Whether a count could not be read. Then it is not missing."""

    @property
    def first(self) -> int:
        return self.lines[0][0]

    def body(self) -> dict[str, Any]:
        """The report as a body has it."""
        cells = self.lines[0][1]
        source = {name: cells.get(column) for column, name in _OF_SOURCE.items()}
        own = {"status": self.status, "through": cells.get("through"), "note": cells.get("note")}
        return {**own, "source": source, "counts": self.counts}

    def named(self, at: int) -> tuple[str, str]:
        return f"baris {self.lines[at][0]}", f"line {self.lines[at][0]}"

    def place(self, where: str) -> str:
        """The line and the column of a pointer into the body."""
        found = _POINTER.fullmatch(where)
        if found is not None:
            line = self.lines[int(found[1])][0]
            return pointer((line, found[2]) if found[2] else (line,))
        name = where.rpartition("/")[2]
        column = {"name": "source"}.get(name, name)
        return pointer((self.first, column) if column in {each.name for each in CASE_COLUMNS} else (self.first,))

    def at(self, fault: Fault) -> Fault:
        """The fault at its line and column, with its own words for a cell."""
        where = pointer((self.first, "period")) if fault.parameter else self.place(fault.pointer or "")
        told = {name: _places(value, self) for name, value in fault.members.items()}
        return _told(replace(fault, pointer=where, parameter=None, members=told))


def _places(value: Any, lines: _Lines) -> Any:
    if isinstance(value, list):
        return [_places(each, lines) for each in value]
    return lines.place(value) if isinstance(value, str) and _POINTER.fullmatch(value) else value


def _told(fault: Fault) -> Fault:
    texts = FIGURE_CELL_TEXTS.get(column_of(fault), {}).get(fault.code)
    return fault if texts is None else replace(fault, texts=texts)


async def read_file(body: bytes) -> TableFile:
    """Returns the lines of a file. Raises faults if it is no valid table. A thread of its own reads it."""
    return await asyncio.to_thread(read_table_file, body, CASE_COLUMNS, limit=FILE_LINES, unpacked=_UNPACKED_BYTES)


async def import_cases(session: AsyncSession, caller: Caller, file: TableFile) -> CaseImportOut:
    """Stores the reports of a file, or none of them if one of its lines has a fault.

    Raises faults, and region-outside-caller with a fault for each report of another region.
    """
    now = datetime.now(UTC)
    reports, faults = await _read_lines(file)
    outside = [
        Fault("outside_caller", pointer((each.first, "region"))) for each in reports if not caller.covers(each.region)
    ]
    if outside:
        raise Problem(kinds.FORBIDDEN_REGION, faults=file.all_faults(outside))
    drafts: list[Draft] = []
    async for each in in_turns(reports):
        faults += _differing(each)
        draft, wrong = read_draft(each.region, each.period, each.body(), now=now, shown=each.named)
        faults += [each.at(fault) for fault in wrong if not (each.misread and fault.pointer == "/counts")]
        drafts += [] if draft is None else [draft]
    faults += await _region_faults(session, reports, now)
    await lock(session, [each.region for each in reports])
    faults += await _period_faults(session, reports, drafts)
    if faults or file.faults:
        raise Problem(kinds.FAULTS, faults=file.all_faults(faults))
    return await _make_out(reports, await store(session, caller, drafts), file)


async def _read_lines(file: TableFile) -> tuple[list[_Lines], list[Fault]]:
    """The reports of the file, and the faults of cells that say which report a line belongs to, or how many."""
    reports: dict[Slot, _Lines] = {}
    faults: list[Fault] = []
    async for number, cells in in_turns(file.rows):
        wrong: list[Fault] = []
        region, period, status = undot(cells.get("region", "")), read_period(cells.get("period", "")), _status(cells)
        for name, value in (("region", region), ("period", period), ("status", status)):
            if value is None:
                code: FaultCode = (
                    "missing" if name not in cells else "not_allowed" if name == "status" else "bad_format"
                )
                wrong.append(_told(Fault(code, pointer((number, name)))))
        counts = _read_counts(number, cells, wrong)
        faults += wrong
        if region is not None and period is not None and status is not None:
            report = reports.setdefault((region, period, status), _Lines(region, period, status))
            report.lines.append((number, cells))
            report.counts.append(counts)
            report.misread |= any(column_of(fault) in UNITS for fault in wrong)
    return list(reports.values()), faults


def _status(cells: Mapping[str, str]) -> str | None:
    text = cells.get("status", "").casefold()
    found = _STATUSES.get(text, text)
    return found if found in ("verified", "provisional") else None


def _read_counts(number: int, cells: Mapping[str, str], wrong: list[Fault]) -> dict[str, Any]:
    """A line as a row of counts. A cell with a fault counts as not reported."""
    row: dict[str, Any] = {
        each: CODE_LISTS[each].read(cells[each]) or cells[each] for each in DIMENSIONS if each in cells
    }
    for unit in UNITS:
        text = cells.get(unit)
        if text is None:
            continue
        row[unit] = int(text) if _WHOLE.fullmatch(text) and len(text) < 12 else None
        if row[unit] is None:
            code: FaultCode = "thousands" if _MARKED.fullmatch(text) else "wrong_type"
            wrong.append(_told(Fault(code, pointer((number, unit)))))
    return row


def _differing(report: _Lines) -> Iterator[Fault]:
    """A fault for each cell that says something else than the first line of its report."""
    first, cells = report.lines[0]
    for number, others in report.lines[1:]:
        for name in _SAME:
            if cells.get(name) != others.get(name):
                yield Fault("differs_in_report", pointer((number, name)), limits={"line": first})


async def _region_faults(session: AsyncSession, reports: Iterable[_Lines], now: datetime) -> list[Fault]:
    standings = await find_standing_of(session, [(each.region, each.period) for each in reports], now)
    return [
        standing.fault(pointer((each.first, "region")), unknown="not_in_force")
        for each in reports
        if (standing := standings[each.region, each.period]).edition is None
    ]


async def _period_faults(session: AsyncSession, reports: Iterable[_Lines], drafts: list[Draft]) -> list[Fault]:
    """A fault for each report whose year has periods of another length, in this file or before."""
    current = await read_current(session, drafts)
    lengths: dict[tuple[str, int, str], dict[str, str]] = {}
    for each in drafts:
        lengths.setdefault((each.region, each.period.year, each.status), {})[each.period.granularity] = each.period.text
    faults = []
    firsts = {(each.region, each.period, each.status): each.first for each in reports}
    for each in drafts:
        here = lengths[each.region, each.period.year, each.status]
        others = [
            *other_periods(current, each),
            *(text for name, text in here.items() if name != each.period.granularity),
        ]
        if others:
            limits = {"year": Year(each.period.year), "periods": list(dict.fromkeys(others))}
            where = pointer((firsts[each.region, each.period, each.status], "period"))
            faults.append(Fault("other_granularity", where, limits=limits))
    return faults


async def _make_out(reports: list[_Lines], stored: list[Stored], file: TableFile) -> CaseImportOut:
    rows: dict[int, CaseImportRowOut] = {}
    async for lines, each in in_turns(zip(reports, stored, strict=True)):
        warnings: dict[int, list[FigureWarningOut]] = {}
        for warning in each.warnings:
            placed = FigureWarning(warning.code, lines.place(warning.pointer), warning.limits)
            line = line_of(Fault("missing", placed.pointer))
            warnings.setdefault(line, []).append(FigureWarningOut.of(placed))
        for number, _ in lines.lines:
            rows[number] = CaseImportRowOut(
                line=number,
                region=lines.region,
                period=lines.period.text,
                status=each.draft.status,
                outcome=each.outcome,
                revision=each.revision,
                warnings=warnings.get(number, []),
            )
    outcomes = Counter(each.outcome for each in stored)
    return CaseImportOut(
        created=outcomes["created"],
        replaced=outcomes["replaced"],
        unchanged=outcomes["unchanged"],
        rows=[rows[number] for number in sorted(rows)],
        ignored_columns=file.ignored,
    )
