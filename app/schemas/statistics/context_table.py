"""Context figures as rows of a table. A file of these columns can be corrected and sent back."""

from collections.abc import Mapping
from typing import Final

from app.formats.sheets import Cells
from app.problems.fault_texts import Texts
from app.schemas.statistics.figure import FigureOut

COLUMNS: Final[Mapping[str, Texts]] = {
    "region": ("Kode wilayah Kemendagri", "Kemendagri code of the region"),
    "dotted": ("Kode dengan titik", "The code with dots"),
    "name": ("Nama wilayah", "Name of the region"),
    "level": ("Tingkat wilayah", "Level of the region"),
    "parent": ("Kode wilayah di atasnya", "Code of the region above"),
    "year": ("Tahun", "Year"),
    "indicator": ("Kode indikator konteks", "Code of the context indicator"),
    "indicator_id": ("Nama indikator", "Name of the indicator in Indonesian"),
    "indicator_en": ("Nama indikator dalam bahasa Inggris", "Name of the indicator in English"),
    "kind": ("Jenis: number, category, atau present", "Kind: number, category or present"),
    "value": ("Nilai, untuk jenis number", "The value, of the kind number"),
    "unit": ("Satuan", "The unit"),
    "category": ("Kode kategori, untuk jenis category", "Code of the category, of the kind category"),
    "category_id": ("Nama kategori", "Name of the category in Indonesian"),
    "category_en": ("Nama kategori dalam bahasa Inggris", "Name of the category in English"),
    "present": ("yes: ada, no: tidak ada, untuk jenis present", "yes or no, of the kind present"),
    "status": ("verified: terverifikasi, provisional: sementara", "verified or provisional"),
    "source": ("Sumber", "The source"),
    "url": ("Tautan sumber", "The link of the source"),
    "published_on": ("Hari terbit", "The day of publication"),
    "retrieved_on": ("Hari diambil dari sumber", "The day on which it was read there"),
    "note": ("Catatan", "A note"),
    "revision": ("Revisi, mulai dari 1", "The revision, from 1 on"),
    "received_at": ("Waktu diterima (UTC)", "When it was received (UTC)"),
}
"""The columns in their order, with their meaning in Indonesian and English."""


def row_of(figure: FigureOut) -> Cells:
    """The cells of COLUMNS."""
    region, source = figure.region, figure.source
    category = (None, None) if figure.category_name is None else (figure.category_name.id, figure.category_name.en)
    present = None if figure.present is None else "yes" if figure.present else "no"
    value = None if figure.value is None else int(figure.value) if figure.value == int(figure.value) else figure.value
    return (
        *(region.code, region.dotted, region.name, region.level, region.parent),
        *(figure.year, figure.indicator, figure.name.id, figure.name.en, figure.kind, value, figure.unit),
        *(figure.category, *category, present, figure.status),
        *(source.name, source.url, source.published_on, source.retrieved_on, figure.note),
        *(figure.revision, figure.received_at.isoformat(timespec="seconds")),
    )
