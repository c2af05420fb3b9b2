"""The sheets of aggregates, for people who work in an office program."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from app.formats.sheets import Cells, Sheet, notes_sheet
from app.schemas.aggregates.aggregate import AggregateSummaryOut
from app.schemas.aggregates.table import COLUMNS, figure_rows
from app.scoring.catalogue import Catalogue
from app.scoring.instrument import Category, Group, Indicator, Instrument

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


def sheets_of(aggregates: Sequence[AggregateSummaryOut], catalogue: Catalogue) -> list[Sheet]:
    """The figures, what their codes mean, the regions, and notes."""
    return [
        Sheet("figures", tuple(COLUMNS), chain.from_iterable(map(figure_rows, aggregates)), {"versions": 18}),
        Sheet("indicators", _CODEBOOK, chain.from_iterable(map(_codebook, _instruments(aggregates, catalogue)))),
        Sheet("regions", _REGIONS, dict.fromkeys(map(_region, aggregates))),
        notes_sheet(COLUMNS, _NOTES),
    ]


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
