"""The figures of aggregates as one long table, a row for each figure, for programs that read CSV or workbooks.

The rows come from the same shapes as the JSON. So nobody gets a figure in a table that JSON hides from them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Final

from app.schemas.aggregates.aggregate import (
    AggregateOut,
    AggregateRowOut,
    AggregateSummaryOut,
    BreakOut,
    TrendYearOut,
    VersionOut,
)
from app.schemas.aggregates.fields import LARGE_FIELDS, FieldName
from app.schemas.aggregates.figures import CategoryShareOut, DimensionAggregateOut, IndicatorAggregateOut
from app.scoring.format_1 import Instrument

Cell = str | int | float | date | None
Cells = tuple[Cell, ...]

COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "region": ("Kode wilayah Kemendagri, sebagai teks", "Kemendagri code of the region, as text"),
    "dotted": ("Kode yang sama dengan titik", "The same code with dots"),
    "name": ("Nama wilayah", "Name of the region"),
    "level": ("Tingkat wilayah", "Level of the region"),
    "parent": ("Kode wilayah satu tingkat di atasnya", "Code of the region one level up"),
    "year": ("Tahun wawancara", "Year of the interviews"),
    "instrument": ("Kode instrumen", "Code of the instrument"),
    "version": ("Versi terbaru yang dihitung", "The latest version that is counted"),
    "status": (
        "provisional: instrumen masih sementara. Sebutkan itu di samping setiap angka",
        "provisional: the instrument is provisional. Say so beside every number",
    ),
    "kind": (
        "Jenis angka: families, index, dimension, category, indicator",
        "Kind of figure: families, index, dimension, category, indicator",
    ),
    "dimension": ("Kode dimensi dari dimensi dan indikator", "Code of the dimension, of dimensions and indicators"),
    "code": ("Kode dimensi, kategori, atau indikator", "Code of the dimension, category or indicator"),
    "text_id": ("Nama angka dalam bahasa Indonesia", "Name of the figure in Indonesian"),
    "text_en": ("Nama angka dalam bahasa Inggris", "Name of the figure in English"),
    "measure": (
        "Yang diukur: families, families_without_card, mean (rata-rata keluarga), of_indicators (dari persentase "
        "indikator), share (persen)",
        "What is measured: families, families_without_card, mean (of the families), of_indicators (from the shares "
        "of indicators), share (percent)",
    ),
    "value": (
        "Angkanya. Kosong jika tidak ada atau disembunyikan; lihat reason",
        "The figure. Empty if there is none or it is hidden; see reason",
    ),
    "families": ("Jumlah keluarga yang menjadi dasar angka", "Number of families that the figure rests on"),
    "count": (
        "Dari keluarga itu, yang memenuhi indikator atau termasuk kategori",
        "Of these, the families that fulfil the indicator or belong to the category",
    ),
    "missing": ("Keluarga yang tidak menjawab", "Families that did not answer"),
    "not_applicable": (
        "Keluarga yang tidak berkaitan dengan indikator",
        "Families that the indicator does not concern",
    ),
    "category": ("Kode kategori indeks", "Code of the category of the index"),
    "weak": ("yes: indikator lemah", "yes: the indicator is weak"),
    "reason": (
        "Mengapa value kosong. no_families: belum ada keluarga yang diwawancarai. small: terlalu sedikit keluarga "
        "atau indikator sensitif, sehingga disembunyikan. too_few_answers: terlalu sedikit jawaban",
        "Why value is empty. no_families: nobody was interviewed. small: too few families or a sensitive indicator, "
        "so it is hidden. too_few_answers: too few answers",
    ),
    "comparable": (
        "Pada tren. no: jangan bandingkan dengan tahun sebelumnya",
        "In a trend. no: do not compare with the year before",
    ),
    "first_day": (
        "Hari pertama wilayah berlaku, jika mulai pada tahun itu",
        "First day of the region, if it began in the year",
    ),
    "last_day": (
        "Hari terakhir wilayah berlaku, jika berakhir pada tahun itu",
        "Last day of the region, if it ended in the year",
    ),
    "versions": ("Versi yang dihitung, dengan jumlah keluarga", "Versions that are counted, with their families"),
    "other_versions": ("Versi yang tidak dihitung", "Versions that are not counted"),
}
"""The columns in their order, with their meaning in Indonesian and English."""

_TEXTS: Final = {
    "families": ("Keluarga yang terhitung", "Families that count"),
    "families_without_card": ("Keluarga tanpa nomor kartu keluarga", "Families without a card number"),
    "mean": ("Indeks, rata-rata keluarga", "Index, mean of the families"),
    "of_indicators": ("Indeks dari persentase indikator", "Index from the shares of indicators"),
}


def rows_per_region(instrument: Instrument, fields: Sequence[FieldName]) -> int:
    """How many rows the table has for a region and year, with these fields."""
    large = {"categories": len(instrument.category), "indicators": len(instrument.indicator)}
    return 4 + 2 * len(instrument.dimension) + sum(large[name] for name in LARGE_FIELDS if name in fields)


def figure_rows(aggregate: AggregateSummaryOut) -> Iterator[Cells]:
    """The rows of a region and year, with the cells of COLUMNS."""
    region, instrument = aggregate.region, aggregate.instrument
    first: Cells = (
        *(region.code, region.dotted, region.name, region.level, region.parent),
        *(aggregate.year, instrument.code, instrument.version, instrument.status),
    )
    last: Cells = (
        *(region.first_day, region.last_day),
        *(_versions(aggregate.versions), _versions(aggregate.other_versions)),
    )
    crossed = aggregate.break_before if isinstance(aggregate, TrendYearOut) else None
    parts: list[Iterator[Cells]] = [_of_families(aggregate), _of_index(aggregate)]
    parts += (_of_dimension(each) for each in aggregate.dimensions)
    if isinstance(aggregate, AggregateOut | AggregateRowOut):
        parts += (_of_category(each, aggregate.index.families) for each in aggregate.categories)
        parts += (_of_indicator(each) for each in aggregate.indicators)
    for kind, dimension, code, *figure, reason in chain.from_iterable(parts):
        why = None if figure[_VALUE] is not None else reason if aggregate.families else "no_families"
        comparable = _comparable(kind, code, crossed) if isinstance(aggregate, TrendYearOut) else None
        yield (*first, kind, dimension, code, *figure, why, comparable, *last)


_VALUE: Final = 3
"""The position of the value in what follows the code in a row: both texts, the measure, the value."""

# Each function below yields the cells from `kind` to `reason`.


def _of_families(aggregate: AggregateSummaryOut) -> Iterator[Cells]:
    for measure, value in (
        ("families", aggregate.families),
        ("families_without_card", aggregate.families_without_card),
    ):
        families = None if measure == "families" else aggregate.families
        yield ("families", None, None, *_TEXTS[measure], measure, value, families, None, None, None, None, None, None)


def _of_index(aggregate: AggregateSummaryOut) -> Iterator[Cells]:
    index = aggregate.index
    for measure, value, families, category in (
        ("mean", index.mean, index.families, index.category),
        ("of_indicators", index.of_indicators, None, index.category_of_indicators),
    ):
        named = None if category is None else category.code
        texts = _TEXTS[measure]
        yield ("index", None, None, *texts, measure, value, families, None, None, None, named, None, index.reason)


def _of_dimension(each: DimensionAggregateOut) -> Iterator[Cells]:
    head = ("dimension", each.code, each.code, each.name.id, each.name.en)
    yield (*head, "mean", each.mean, each.families, None, None, None, None, None, each.reason)
    yield (*head, "of_indicators", each.of_indicators, None, None, None, None, None, None, each.reason)


def _of_category(each: CategoryShareOut, families: int | None) -> Iterator[Cells]:
    head = ("category", None, each.code, each.name.id, each.name.en)
    yield (*head, "share", each.share, families, each.families, None, None, None, None, each.reason)


def _of_indicator(each: IndicatorAggregateOut) -> Iterator[Cells]:
    head = ("indicator", each.dimension, each.code, each.name.id, each.name.en)
    counts = (each.answered, each.fulfilled, each.missing, each.not_applicable)
    weak = None if each.weak is None else "yes" if each.weak else "no"
    yield (*head, "share", each.share, *counts, None, weak, each.reason)


def _versions(versions: Sequence[VersionOut]) -> str | None:
    return ", ".join(f"{each.version} ({each.families})" for each in versions) or None


def _comparable(kind: Cell, code: Cell, crossed: BreakOut | None) -> str:
    """Whether the figure may be compared with the year before. Numbers of families always may."""
    if crossed is None or kind == "families":
        return "yes"
    return "yes" if crossed.comparable != "none" and code in crossed.comparable else "no"
