"""The sheets of aggregates, for people who work in an office program."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from app.formats.sheets import Cells, Sheet, notes_sheet
from app.problems.fault_texts import Texts
from app.problems.language import Language
from app.problems.wording import say_day
from app.protection.parameters import Parameters
from app.regions.codes import COUNTRY
from app.regions.local_time import local_day
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
)
_EXACT: Final = (
    "Ini angka pasti untuk tim, yang berubah selama wawancara masih masuk. Catat kapan Anda mengambilnya, dan jangan "
    "menerbitkannya.",
    "These are exact figures for the team, which change as interviews arrive. Note when you read them, and do not "
    "publish them.",
)
_NOT_RELEASED: Final = (
    "Belum ada rilis. Angka ada setelah rilis pertama dibuat.",
    "There is no release yet. Figures are there once the first release is made.",
)
_RELEASED: Final = (
    "Angka sebuah rilis tidak pernah berubah. Rilis berikutnya dapat memuat angka lain. Cantumkan catatan kaki berikut "
    "di bawah setiap tabel, grafik, dan peta:",
    "The figures of a release never change. The next release may have others. Put the following footnote below every "
    "table, chart and map:",
)
_FOOTNOTE: Final = (
    "{title}, {releases}. Jumlah keluarga dibulatkan secara acak ke kelipatan {base}, dan ke kelipatan "
    "{sensitive_base} untuk hal yang peka, untuk melindungi keluarga. Semua angka lain dihitung dari jumlah itu, "
    "kecuali rata-rata keluarga, yang dibulatkan tersendiri. Tanda – berarti terlalu kecil untuk disebut, bukan nol.",
    "{title}, {releases}. Numbers of families are rounded at random to multiples of {base}, and of {sensitive_base} "
    "for sensitive subjects, to protect families. All other figures are computed from them, but for the mean of "
    "families, which is rounded by itself. A – stands for a number that is too small to tell, not for zero.",
)
_OF_RELEASE: Final = "rilis nomor {number} tanggal {day}", "release number {number} of {day}"
_OF_YEAR: Final = "rilis {year} nomor {number} tanggal {day}", "{year} release number {number} of {day}"
_LANGUAGES: Final[Sequence[Language]] = ("id", "en")


def sheets_of(aggregates: Sequence[AggregateSummaryOut], catalogue: Catalogue) -> list[Sheet]:
    """The figures, what their codes mean, the regions, and notes."""
    return [
        Sheet("figures", tuple(COLUMNS), chain.from_iterable(map(figure_rows, aggregates)), {"versions": 18}),
        Sheet("indicators", _CODEBOOK, chain.from_iterable(map(_codebook, _instruments(aggregates, catalogue)))),
        Sheet("regions", _REGIONS, dict.fromkeys(map(_region, aggregates))),
        notes_sheet(COLUMNS, (*_NOTES, *_notes(aggregates, catalogue))),
    ]


def _notes(aggregates: Sequence[AggregateSummaryOut], catalogue: Catalogue) -> Iterator[Texts]:
    """Whether the figures change, and the footnote of released ones."""
    if any(not each.protected for each in aggregates):
        yield _EXACT
    releases = {each.release.id: each for each in aggregates if each.release is not None}
    if releases:
        yield _RELEASED
        yield _footnote(list(releases.values()), catalogue)
    elif any(each.protected for each in aggregates):
        yield _NOT_RELEASED


def _footnote(released: Sequence[AggregateSummaryOut], catalogue: Catalogue) -> Texts:
    """The footnote of releases with their numbers and dates, of which docs/guides/releases.md has the form.

    released: an aggregate of each release
    """
    latest = released[-1].instrument
    found = catalogue.find(latest.code, latest.version)
    assert found is not None  # noqa: S101 (figures are of versions that are published)
    rules, title = Parameters.of(found.instrument), found.instrument.title
    texts = []
    for at, (language, named) in enumerate(zip(_LANGUAGES, (title.id, title.en), strict=True)):
        form = (_OF_RELEASE if len(released) == 1 else _OF_YEAR)[at]
        releases = ", ".join(
            form.format(year=each.year, number=of.number, day=say_day(local_day(of.made_at, COUNTRY), language))
            for each in released
            if (of := each.release) is not None
        )
        bases = {"base": rules.base, "sensitive_base": rules.sensitive_base}
        texts.append(_FOOTNOTE[at].format(title=named, releases=releases, **bases))
    return texts[0], texts[1]


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
