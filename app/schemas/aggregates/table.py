"""The figures of aggregates as one long table, a row for each figure, for programs that read CSV or workbooks.

The rows come from the same shapes as the JSON. So nobody gets a figure in a table that JSON hides from them.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Final

from app.schemas.aggregates.aggregate import (
    AggregateSummaryOut,
    BreakOut,
    TrendYearOut,
    VersionOut,
)
from app.schemas.aggregates.card_text import shown
from app.schemas.aggregates.fields import LARGE_FIELDS, FieldName
from app.schemas.aggregates.figures import (
    CategoryShareOut,
    DimensionAggregateOut,
    HeadlineOut,
    IndexAggregateOut,
    IndexOut,
    IndicatorAggregateOut,
    UncertaintyOut,
)
from app.scoring.instrument import Index, Instrument
from app.scoring.region import is_apart

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
    "dimension": (
        "Kode dimensi (kelompok indikator) dari dimensi dan indikator",
        "Code of the dimension (the group of indicators), of dimensions and indicators",
    ),
    "code": ("Kode dimensi, kategori, atau indikator", "Code of the dimension, category or indicator"),
    "text_id": ("Nama angka dalam bahasa Indonesia", "Name of the figure in Indonesian"),
    "text_en": ("Nama angka dalam bahasa Inggris", "Name of the figure in English"),
    "measure": (
        "Yang diukur: families, families_without_card, mean (rata-rata keluarga), of_indicators (dari persentase "
        "indikator), headline (angka utama, jika skala atau desimalnya lain), share (persen), headcount (bagian "
        "keluarga miskin), intensity (rata-rata kekurangan keluarga miskin), adjusted (headcount × intensity), points "
        "(rata-rata poin), censored (persen keluarga miskin yang tidak memenuhi indikator), part (bagian indikator "
        "dari adjusted); incomplete, undefined, not_applicable, without_measure (jumlah keluarga tanpa nilai indeks, "
        "dan mengapa)",
        "What is measured: families, families_without_card, mean (of the families), of_indicators (from the shares "
        "of indicators), headline (if it is on another scale or has other decimals than the figure), share (percent), "
        "headcount (share of the poor), intensity (mean share of deprivations of the poor), adjusted (headcount × "
        "intensity), points (mean points), censored (percentage of the families that are poor and do not fulfil the "
        "indicator), part (of the indicator in adjusted); incomplete, undefined, not_applicable, without_measure "
        "(numbers of families without a value of the index, and why)",
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
        "Mengapa value kosong. no_families: belum ada keluarga yang diwawancarai. small: terlalu sedikit keluarga, "
        "juga di antara reported dan approved, atau indikator sensitif, sehingga disembunyikan. "
        "too_few_answers: terlalu sedikit jawaban. few_families, "
        "low_coverage: terlalu sedikit keluarga yang memiliki indeks menurut instrumen ini. not_released: tidak "
        "dirilis, atau belum. not_collected: belum ada keluarga yang diwawancarai, pada rilis",
        "Why value is empty. no_families: nobody was interviewed. small: too few families, also between reported and "
        "approved, or a sensitive indicator, so it is hidden. too_few_answers: too few answers. "
        "few_families, low_coverage: too few families have the "
        "index for this instrument. not_released: not released, or not yet. not_collected: nobody was "
        "interviewed, in a release",
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
    "index": ("Kode indeks yang memiliki angka itu", "Code of the index that has the figure"),
    "headline": (
        "yes: angka utama indeks itu bagi wilayah, satu baris per indeks",
        "yes: the figure of the index that stands for the region, one row for each index",
    ),
    "basis": (
        "Wawancara yang dihitung. reported: yang terakhir dari setiap keluarga, kecuali yang ditolak. approved: yang "
        "terakhir disetujui penyelia. mixed: pada rilis, reported untuk sebagian desa dan approved untuk yang lain",
        "The interviews that are counted. reported: the latest of each family that was not rejected. approved: the "
        "latest that a supervisor approved. mixed: in a release, reported of some villages and approved of others",
    ),
    "release": (
        "Nomor rilis yang memuat angka itu. Kosong: angka pasti, atau belum dirilis",
        "Number of the release that has the figure. Empty: exact figures, or none released yet",
    ),
    "share_at_least": (
        "Angka rilis: persentase tidak lebih rendah dari ini, jika yang tidak memenuhi terlalu sedikit",
        "Released figures: the share is not lower, where too few do not fulfil the indicator",
    ),
    "share_at_most": (
        "Angka rilis: persentase tidak lebih tinggi dari ini, jika yang memenuhi terlalu sedikit",
        "Released figures: the share is not higher, where too few fulfil the indicator",
    ),
    "base": ("Angka rilis: kelipatan pembulatan", "Released figures: the base of the rounding"),
    "count_within": (
        "Angka rilis: selisih terbesar dari count karena pembulatan, dalam keluarga",
        "Released figures: the most families by which the rounding can have moved count",
    ),
    "within": (
        "Angka rilis: selisih terbesar dari value karena pembulatan, dalam satuan value. Kosong jika ada indikator "
        "pada left_out",
        "Released figures: the most by which the rounding can have moved value, in the unit of value. Empty where "
        "left_out names indicators",
    ),
    "standard_error": ("Angka rilis: galat baku value", "Released figures: the standard error of value"),
    "low": ("Angka rilis: batas bawah selang 95 %", "Released figures: lower end of the interval of 95 %"),
    "high": ("Angka rilis: batas atas selang 95 %", "Released figures: upper end of the interval of 95 %"),
    "mark": (
        "use_with_care: galat relatif di atas 25 %. not_reliable: di atas 50 %",
        "use_with_care: relative error above 25 %. not_reliable: above 50 %",
    ),
    "left_out": (
        "Angka rilis: kode indikator yang tidak ikut dihitung dalam of_indicators, karena persentasenya tidak ada di "
        "wilayah ini. Sebutkan di samping value, dan jangan bandingkan dengan value yang meninggalkan indikator lain",
        "Released figures: codes of the indicators that of_indicators does without, because they have no share in this "
        "region. Name them beside value, and do not compare it with one that leaves out others",
    ),
    "uncertainty_reason": (
        "Angka rilis: mengapa standard_error, low, dan high kosong. chosen: desanya dipilih dengan sengaja, sehingga "
        "tidak mewakili desa lain. one_village, one_village_per_stratum: satu desa tidak cukup untuk mengetahui "
        "perbedaan antardesa. small: terlalu dekat dengan ujung skala, atau ada indikator pada left_out. "
        "not_collected: belum ada yang diwawancarai",
        "Released figures: why standard_error, low and high are empty. chosen: the villages were chosen on purpose, so "
        "they stand for no others. one_village, one_village_per_stratum: one village is not enough to tell how much "
        "villages differ. small: too near an end of the scale, or left_out names indicators. not_collected: nobody was "
        "interviewed",
    ),
    "uncertainty_method": (
        "Angka rilis: asal galat baku. rounding: hanya dari pembulatan, karena semua keluarga didata. design: dari "
        "penarikan sampel desa, termasuk pembulatan",
        "Released figures: what the standard error is of. rounding: of the rounding alone, as all families were to be "
        "interviewed. design: of the sample of villages, with that of the rounding",
    ),
    "release_id": (
        "Id rilis itu, untuk ?release= dan GET /v1/releases/{id}. Nomor rilis terulang pada tahun dan instrumen lain",
        "Id of this release, for ?release= and GET /v1/releases/{id}. Numbers repeat in other years and instruments",
    ),
    "release_made_at": (
        "Kapan rilis itu dibuat. Sebutkan nomor dan tanggalnya di samping setiap angka",
        "When this release was made. Show its number and date beside every figure",
    ),
}
"""The columns in their order, with their meaning in Indonesian and English."""

_TEXTS: Final = {
    "families": ("Keluarga yang terhitung", "Families that count"),
    "families_without_card": ("Keluarga tanpa nomor kartu keluarga", "Families without a card number"),
    "mean": ("Indeks, rata-rata keluarga", "Index, mean of the families"),
    "of_indicators": ("Indeks dari persentase indikator", "Index from the shares of indicators"),
    "headline": ("Angka utama indeks", "Headline of the index"),
    "share": ("Bagian keluarga dalam kategori tertentu", "Share of the families in certain categories"),
    "headcount": ("Bagian keluarga miskin", "Share of the poor"),
    "intensity": ("Rata-rata kekurangan keluarga miskin", "Mean share of deprivations of the poor"),
    "adjusted": ("Bagian keluarga miskin × kekurangan mereka", "Share of the poor × their deprivations"),
    "incomplete": ("Keluarga dengan terlalu sedikit jawaban", "Families that answered too little"),
    "undefined": ("Keluarga dengan terlalu sedikit indikator", "Families that too few indicators concern"),
    "not_applicable": ("Keluarga yang tidak berkaitan dengan indeks", "Families that the index does not concern"),
    "without_measure": ("Keluarga tanpa bobot yang diketahui", "Families whose weight is unknown"),
}


def rows_per_region(instrument: Instrument, fields: Sequence[FieldName]) -> int:
    """How many rows the table has at most for a region and year, with these fields."""
    return 2 + sum(_rows_of(index, instrument.format, fields) for index in instrument.indices)


def _rows_of(index: Index, format: int, fields: Sequence[FieldName]) -> int:
    indicators = len(index.indicators) * (3 if index.method == "counting" else 1)
    indicators += sum(each.points is not None for each in index.indicators)
    large = {"categories": len(index.categories), "indicators": indicators}
    of_index = 2 + (3 if index.method == "counting" else 0) + (index.region.headline == "share" or is_apart(index))
    if format > 1:
        of_index += 2 + (index.applies_when is not None) + (index.region.weigh_by is not None)
    return of_index + 2 * len(index.groups) + sum(large[name] for name in LARGE_FIELDS if name in fields)


_COUNTING: Final = ("headcount", "intensity", "adjusted")
_NUMBERS: Final = ("incomplete", "undefined", "not_applicable", "without_measure")


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
    rows = chain(
        ((None, None, row) for row in _of_families(aggregate)),
        *(_rows_of_index(aggregate, position) for position in range(len(aggregate.indices))),
    )
    beside, release = _beside(aggregate), aggregate.release
    number, *of_release = (None,) * 3 if release is None else (release.number, str(release.id), shown(release.made_at))
    for index, headline, (kind, dimension, code, *figure, reason) in rows:
        why = None if figure[_VALUE] is not None else _reason_of(aggregate, reason)
        compared = index if kind in ("index", "category") else code
        comparable = _comparable(kind, compared, crossed) if isinstance(aggregate, TrendYearOut) else None
        yield (
            *(*first, kind, dimension, code, *figure, why, comparable, *last, index, headline, aggregate.basis),
            number,
            *beside.get((index, kind, code, figure[_MEASURE_OF_FIGURE]), _NOTHING),
            *of_release,
        )


_MEASURE_OF_FIGURE: Final = 2
_NOTHING: Final[Cells] = (None,) * 12
_Figure = tuple[Cell, Cell, Cell, Cell]
"""The code of the index, kind, code and measure."""


def _beside(aggregate: AggregateSummaryOut) -> dict[_Figure, Cells]:
    """What released figures have beside them.

    These are bounds of a share, base and bound of the rounding, uncertainty, and what the figure leaves out.
    """
    if not aggregate.protected:
        return {}
    first, of_first = aggregate.indices[0], aggregate.index
    found: dict[_Figure, Cells] = {(first.code, "index", None, "mean"): _uncertain(of_first.uncertainty)}
    for index in aggregate.indices:
        of_shares = of_first.uncertainty_of_indicators if index is first else None
        found[index.code, "index", None, "of_indicators"] = _uncertain(of_shares, index.left_out)
        if index.headline is not None and index.headline.figure == "of_indicators":
            found[index.code, "index", None, "headline"] = _uncertain(None, index.left_out)
        for group in index.groups:
            found[index.code, "dimension", group.code, "of_indicators"] = _uncertain(group.uncertainty, group.left_out)
        for category in index.categories or ():
            found[index.code, "category", category.code, "share"] = _uncertain(category.uncertainty)
        for each in index.indicators or ():
            base, within = (None, None) if each.rounding is None else (each.rounding.base, each.rounding.fulfilled)
            bounds: Cells = (each.share_at_least, each.share_at_most, base, within)
            found[index.code, "indicator", each.code, "share"] = (*bounds, *_uncertain(each.uncertainty)[len(bounds) :])
    return found


def _uncertain(found: UncertaintyOut | None, left_out: Sequence[str] | None = None) -> Cells:
    """The twelve cells, of which the first four are those of indicators."""
    left = ", ".join(left_out or ()) or None
    if found is None:
        return (*_NOTHING[:9], left, None, None)
    numbers = (found.within, found.standard_error, found.low, found.high)
    return (*_NOTHING[:4], *numbers, found.mark, left, found.reason, found.method)


_VALUE: Final = 3
"""The position of the value in what follows the code in a row: both texts, the measure, the value."""
_MEASURE: Final = 5
"""The position of the measure in a row of a figure."""


def _reason_of(aggregate: AggregateSummaryOut, reason: Cell) -> Cell:
    """Why a cell is empty. A released count that is rounded to 0 may stand for some families, so it is empty too."""
    if aggregate.protected:
        return reason or "small"
    return reason if aggregate.families else "no_families"


def _rows_of_index(aggregate: AggregateSummaryOut, position: int) -> Iterator[tuple[str, str | None, Cells]]:
    """The rows of an index, each with its code and whether it is the headline."""
    index = aggregate.indices[position]
    first = aggregate.index if position == 0 else None
    parts = [_of_index(index, aggregate.families, first)]
    parts += [_of_dimension(each) for each in index.groups]
    parts += [_of_category(each, index.families.scored) for each in index.categories or ()]
    parts += [_of_indicator(each) for each in index.indicators or ()]
    headline = None if index.headline is None else _measure_of(index.headline, index)
    for row in chain.from_iterable(parts):
        yield index.code, "yes" if row[0] == "index" and row[_MEASURE] == headline else None, row


# Each function below yields the cells from `kind` to `reason`.


def _of_families(aggregate: AggregateSummaryOut) -> Iterator[Cells]:
    for measure, value in (
        ("families", aggregate.families),
        ("families_without_card", aggregate.families_without_card),
    ):
        families = None if measure == "families" else aggregate.families
        why = "not_released" if value is None else None
        yield ("families", None, None, *_TEXTS[measure], measure, value, families, None, None, None, None, None, why)


def _of_index(index: IndexAggregateOut, families: int, first: IndexOut | None) -> Iterator[Cells]:
    """first: what is told of the first index alone, which is a category"""
    scored, headline = index.families.scored, index.headline
    rests_on = {"of_indicators": None, "intensity": None, **dict.fromkeys(_NUMBERS, families)}
    if headline is not None and headline.figure in rests_on:
        rests_on[_measure_of(headline, index)] = None
    rests_on["mean"] = index.families_of_mean
    for measure, value in _measures(index):
        category = first.category_of_indicators if first is not None and measure == "of_indicators" else None
        if headline is not None and measure in (headline.figure, "headline"):
            category = headline.category
        named = None if category is None else category.code
        on = rests_on.get(measure, scored)
        reason = None if measure in _NUMBERS else index.reason
        yield ("index", None, None, *_TEXTS[measure], measure, value, on, None, None, None, named, None, reason)


def _measure_of(headline: HeadlineOut, index: IndexAggregateOut) -> str:
    """The measure of the row that holds the headline. It has a row of its own where no other row shows its value."""
    return "headline" if _is_apart(headline, index) else headline.figure


def _is_apart(headline: HeadlineOut, index: IndexAggregateOut) -> bool:
    """A stored card holds the values alone, so these tell it too."""
    figures = {"mean": index.mean, "of_indicators": index.of_indicators}
    return headline.apart or figures.get(headline.figure, headline.value) != headline.value


def _measures(index: IndexAggregateOut) -> Iterator[tuple[str, float | None]]:
    """What the method has, and what only some instruments have where there is any."""
    if index.method not in ("stages", "rule"):
        yield "mean", index.mean
    if index.method in ("mean", "counting", "points-sum"):
        yield "of_indicators", index.of_indicators
    headline = index.headline
    if headline is not None and (headline.figure == "share" or _is_apart(headline, index)):
        yield _measure_of(headline, index), headline.value
    if index.method == "counting":
        yield from ((measure, getattr(index, measure)) for measure in _COUNTING)
    states = index.families
    if states.incomplete is not None:
        yield "incomplete", states.incomplete
        yield "undefined", states.undefined
    if states.not_applicable:
        yield "not_applicable", states.not_applicable
    if index.without_measure is not None:
        yield "without_measure", index.without_measure


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
    for measure, value in (("points", each.points), ("censored", each.censored), ("part", each.part)):
        if value is not None:
            yield (*head, measure, value, None, None, None, None, None, None, each.reason)


def _versions(versions: Sequence[VersionOut]) -> str | None:
    return ", ".join(f"{each.version} ({each.families})" for each in versions) or None


def _comparable(kind: Cell, code: Cell, crossed: BreakOut | None) -> str:
    """Whether the figure may be compared with the year before. Numbers of families always may."""
    if crossed is None or kind == "families":
        return "yes"
    return "yes" if crossed.comparable != "none" and code in crossed.comparable else "no"
