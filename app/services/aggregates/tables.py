"""Writes aggregates as CSV or as a workbook, for people who work in an office program."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Final

from app.formats.csv import CsvWriter, Separator
from app.formats.negotiation import CSV
from app.formats.xlsx import WorkbookWriter
from app.problems import Problem, kinds
from app.schemas.aggregates.aggregate import AggregateSummaryOut
from app.schemas.aggregates.table import COLUMNS, Cells, figure_rows
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Category, Group, Indicator, Instrument
from app.turns import in_turns

_WAIT_SECONDS: Final = 20.0
_BUSY: Final = (
    "Terlalu banyak tabel sedang dibuat. Coba lagi setelah Retry-After detik, atau minta wilayah yang lebih kecil.",
    "Too many tables are being made. Try again after Retry-After seconds, or ask for a smaller region.",
)
_WIDTHS: Final = {
    "region": 13,
    "dotted": 15,
    "name": 26,
    "parent": 10,
    "text_id": 44,
    "text_en": 44,
    "versions": 18,
    "first_day": 12,
    "last_day": 12,
    "code": 13,
    "column": 16,
    "id": 60,
    "en": 60,
}
_CODEBOOK: Final = ("instrument", "version", "kind", "dimension", "code", "text_id", "text_en", "status", "index")
_REGIONS: Final = ("region", "dotted", "name", "level", "parent", "first_day", "last_day")
_NOTES: Final = (
    (
        "Sebagian angka disembunyikan agar tidak ada keluarga yang dapat dikenali. Sel kosong bukan nol.",
        "Some figures are hidden so that no family can be recognised. An empty cell is not zero.",
    ),
    (
        "Jangan menghitung rata-rata indeks beberapa wilayah. Ambil angka wilayah di atasnya.",
        "Do not average the indexes of regions. Read the region above them.",
    ),
    (
        "Angka berubah selama wawancara masih masuk. Catat kapan Anda mengambilnya.",
        "Figures change as interviews arrive. Note when you read them.",
    ),
)

Make = Callable[[], Awaitable[Sequence[AggregateSummaryOut]]]


@dataclass(frozen=True, slots=True)
class Form:
    """The format of a table, CSV or a workbook, as a media type. separator: of CSV"""

    format: str
    separator: Separator


async def write_figures(make: Make, form: Form, *, title: str, catalogue: Catalogue, turn: asyncio.Semaphore) -> bytes:
    """Returns a file with the figures that `make` returns. Raises its problems, and busy (503).

    A table costs up to a few seconds of CPU. So a server process makes one at a time, and other requests go on
    meanwhile. Hold no connection when you call this.
    """
    async with _one_at_a_time(turn):
        aggregates = await make()
        rows = in_turns(chain.from_iterable(map(figure_rows, aggregates)))
        if form.format == CSV:
            table = CsvWriter(tuple(COLUMNS), form.separator)
            async for row in rows:
                table.add(row)
            return table.close()
        return await _write_workbook(rows, aggregates, title, catalogue)


@asynccontextmanager
async def _one_at_a_time(turn: asyncio.Semaphore) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(_WAIT_SECONDS):
            await turn.acquire()
    except TimeoutError:
        raise Problem(kinds.BUSY, headers={"Retry-After": str(int(_WAIT_SECONDS))}, detail=_BUSY) from None
    try:
        yield
    finally:
        turn.release()


async def _write_workbook(
    rows: AsyncIterator[Cells], aggregates: Sequence[AggregateSummaryOut], title: str, catalogue: Catalogue
) -> bytes:
    book = WorkbookWriter(title)
    book.begin_sheet("figures", tuple(COLUMNS), _WIDTHS)
    async for row in rows:
        book.add(row)
    book.begin_sheet("indicators", _CODEBOOK, _WIDTHS)
    for row in chain.from_iterable(map(_codebook, _instruments(aggregates, catalogue))):
        book.add(row)
    book.begin_sheet("regions", _REGIONS, _WIDTHS)
    async for row in in_turns(dict.fromkeys(map(_region, aggregates))):
        book.add(row)
    book.begin_sheet("notes", ("column", "id", "en"), _WIDTHS, wrap=True)
    for row in (*((None, *texts) for texts in _NOTES), *((name, *texts) for name, texts in COLUMNS.items())):
        book.add(row)
    return await asyncio.to_thread(book.close)


def _region(aggregate: AggregateSummaryOut) -> Cells:
    region = aggregate.region
    of_code = (region.code, region.dotted, region.name, region.level, region.parent)
    return (*of_code, region.first_day, region.last_day)


def _instruments(aggregates: Iterable[AggregateSummaryOut], catalogue: Catalogue) -> list[Instrument]:
    """Returns every version of an instrument that the rows count, in the order of the rows."""
    named = dict.fromkeys((each.instrument.code, version.version) for each in aggregates for version in each.versions)
    return [found.instrument for name in named if (found := catalogue.find(*name)) is not None]


def _codebook(instrument: Instrument) -> Iterator[Cells]:
    """Yields the rows of what an instrument's codes mean."""
    for index in instrument.indices:
        head, codes = (instrument.code, instrument.version), [each.code for each in index.groups]
        yield from ((*head, "dimension", each.code, *_texts(each), index.code) for each in index.groups)
        for each in index.indicators:
            yield (*head, "indicator", None if each.group is None else codes[each.group], *_texts(each), index.code)
        yield from ((*head, "category", None, *_texts(each), index.code) for each in index.categories)


def _texts(part: Group | Indicator | Category) -> tuple[str, ...]:
    return (part.code, part.name.id, part.name.en, part.status)
