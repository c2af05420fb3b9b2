"""The metadata of a release as two long tables, one row for each figure and one for each question.

The rows come from the same shapes as the JSON, with each text in both languages.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from app.formats.sheets import Cells
from app.schemas.releases.metadata import IndicatorMetadataOut, ReleaseMetadataOut, VariableMetadataOut
from app.scoring.parts import Text

_INDONESIAN: Final = ("dalam bahasa Indonesia", "in Indonesian")
_ENGLISH: Final = ("dalam bahasa Inggris", "in English")


def _twice(name: str, indonesian: str, english: str) -> dict[str, tuple[str, str]]:
    """The two columns of a text."""
    return {
        f"{name}_{code}": (f"{indonesian}, {of[0]}", f"{english}, {of[1]}")
        for code, of in (("id", _INDONESIAN), ("en", _ENGLISH))
    }


COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "instrument": ("Kode instrumen", "Code of the instrument"),
    "version": ("Versi instrumen", "Version of the instrument"),
    "year": ("Tahun wawancara", "Year of the interviews"),
    "kind": ("Jenis: index, group, indicator", "Kind: index, group, indicator"),
    "index": ("Kode indeks", "Code of the index"),
    "code": ("Kode indeks, kelompok, atau indikator", "Code of the index, group or indicator"),
    "parent": ("Kode kelompok di atasnya", "Code of the group that it is in"),
    **_twice("name", "Nama indikator (MS-Ind)", "Name of the indicator"),
    **_twice("concept", "Konsep (MS-Ind)", "Concept"),
    **_twice("definition", "Definisi (MS-Ind)", "Definition"),
    **_twice("interpretation", "Interpretasi (MS-Ind)", "Interpretation"),
    **_twice("formula", "Metode/rumus penghitungan (MS-Ind)", "Method or formula"),
    **_twice("measure", "Ukuran (MS-Ind)", "Measure"),
    **_twice("unit", "Satuan (MS-Ind)", "Unit"),
    **_twice("classification", "Klasifikasi penyajian (MS-Ind)", "Classification of what is shown"),
    "composite": ("Indikator komposit (MS-Ind): yes, no", "Composite indicator: yes, no"),
    "components": ("Indikator pembangun (MS-Ind), kodenya", "Codes of the indicators that it is made of"),
    "variables": ("Variabel pembangun (MS-Ind), kode pertanyaan", "Codes of the questions that it is made of"),
    "estimation_levels": ("Level estimasi (MS-Ind)", "Levels of regions with figures"),
    "public": (
        "Dapat diakses umum (MS-Ind): yes, no. Kosong jika belum ditetapkan",
        "Open to everybody: yes, no. Empty if nobody said so",
    ),
    "sources": ("Sumber, dengan judul dan alamat", "Sources, with title and address"),
    "status": (
        "Status: official (resmi), literature (dari literatur), provisional (sementara)",
        "Status: official, literature, provisional",
    ),
    "instrument_status": ("Status instrumen", "Status of the instrument"),
    **_twice("status_note", "Sebutkan ini di samping setiap angka", "Say this beside every figure"),
    "note": ("Catatan penyusun instrumen", "Note of the author of the instrument"),
    "sensitive": (
        "yes: bergantung pada jawaban yang diberikan secara pribadi",
        "yes: it depends on an answer that is given in private",
    ),
}
"""The columns of the figures in their order, with their meaning in Indonesian and English."""

VARIABLE_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "instrument": ("Kode instrumen", "Code of the instrument"),
    "version": ("Versi instrumen", "Version of the instrument"),
    "code": ("Kode pertanyaan", "Code of the question"),
    **_twice("question", "Kalimat pertanyaan (MS-Var)", "Question"),
    "type": ("Tipe data (MS-Var)", "Type of the answer"),
    "unit": ("Satuan", "Unit"),
    **_twice("classification", "Klasifikasi isian (MS-Var)", "Options"),
    **_twice("validation", "Aturan validasi (MS-Var)", "What a valid answer is"),
    **_twice("roster", "Daftar yang barisnya ditanyai", "Roster in whose rows it is asked"),
    **_twice("asked_when", "Kapan ditanyakan. Kosong jika selalu", "When it is asked. Empty if always"),
    "sensitive": ("yes: ditanyakan secara pribadi", "yes: asked in private"),
    "indicators": ("Indikator yang memakainya", "Indicators that read it"),
    "public": ("Dapat diakses umum (MS-Var): yes, no", "Open to everybody: yes, no"),
}
"""The columns of the questions in their order, with their meaning in Indonesian and English."""


def metadata_rows(metadata: ReleaseMetadataOut) -> Iterator[Cells]:
    """The rows of the figures, with the cells of COLUMNS."""
    for each in metadata.indicators:
        yield (metadata.instrument, metadata.version, metadata.year, *_figure(each))


def variable_rows(metadata: ReleaseMetadataOut) -> Iterator[Cells]:
    """The rows of the questions, with the cells of VARIABLE_COLUMNS."""
    for each in metadata.variables:
        yield (metadata.instrument, metadata.version, *_question(each))


def _figure(each: IndicatorMetadataOut) -> Cells:
    texts = (each.name, each.concept, each.definition, each.interpretation, each.formula, each.measure, each.unit)
    return (
        *(each.kind, each.index, each.code, each.parent),
        *(cell for text in texts for cell in _pair(text)),
        *_list(each.classification),
        _yes(each.composite),
        _codes(each.components),
        _codes(each.variables),
        _codes(each.estimation_levels),
        _yes(each.public),
        "; ".join(f"{source.title} ({source.url})" if source.url else source.title for source in each.sources) or None,
        each.status,
        each.instrument_status,
        *_pair(each.status_note),
        each.note,
        _yes(each.sensitive),
    )


def _question(each: VariableMetadataOut) -> Cells:
    return (
        each.code,
        *_pair(each.question),
        each.type,
        each.unit,
        *_list(each.classification),
        *_pair(each.validation),
        *_pair(each.roster),
        *_pair(each.asked_when),
        _yes(each.sensitive),
        _codes(f"{indicator.index}:{indicator.code}" for indicator in each.indicators),
        _yes(each.public),
    )


def _pair(text: Text | None) -> tuple[str | None, str | None]:
    return (None, None) if text is None else (text.id, text.en)


def _list(texts: Iterable[Text]) -> tuple[str | None, str | None]:
    listed = list(texts)
    return "; ".join(each.id for each in listed) or None, "; ".join(each.en for each in listed) or None


def _codes(codes: Iterable[str]) -> str | None:
    return ", ".join(codes) or None


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"
