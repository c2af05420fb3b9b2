"""The meaning of an export's own columns and codes, in Indonesian and English."""

from collections.abc import Mapping
from typing import Final

from app.schemas.reviews.export import ColumnType
from app.scoring.parts import Text


def _text(id: str, en: str) -> Text:
    return Text(id=id, en=en)


BASE_COLUMNS: Final[Mapping[str, tuple[ColumnType, Text]]] = {
    "id": ("id", _text("Id wawancara", "Id of the submission")),
    "family": ("id", _text("Id acak keluarga", "Random id of the family")),
    "revision": ("integer", _text("Revisi", "Revision")),
    "version": ("code", _text("Versi instrumen", "Version of the instrument")),
    "region": ("region", _text("Kode desa", "Code of the village")),
    "village": ("name", _text("Desa atau kelurahan", "Village")),
    "district": ("name", _text("Kecamatan", "District")),
    "regency": ("name", _text("Kabupaten atau kota", "Regency or city")),
    "surveyed_at": ("moment", _text("Waktu wawancara, waktu setempat", "Time of the interview, local")),
    "received_at": ("moment", _text("Waktu diterima", "Time of receipt")),
    "year": ("integer", _text("Tahun wawancara", "Year of the interview")),
    "status": ("code", _text("Status peninjauan", "Status of the review")),
    "counts": ("flag", _text("Dihitung dalam angka yang dilaporkan", "Counted in reported figures")),
    "counts_approved": ("flag", _text("Dihitung dalam angka yang disetujui", "Counted in approved figures")),
    "uncounted": ("code", _text("Mengapa tidak dihitung", "Why it is not counted")),
    "purpose": ("code", _text("Tujuan wawancara", "Purpose of the interview")),
    "head_sex": ("code", _text("Jenis kelamin kepala keluarga", "Sex of the head of the family")),
    "members": ("integer", _text("Jumlah anggota keluarga", "Members of the family")),
    "warnings": ("codes", _text("Kode peringatan", "Codes of warnings")),
    "index": ("decimal", _text("Nilai indeks utama", "Value of the first index")),
    "category": ("code", _text("Kategori indeks utama", "Category of the first index")),
}
"""Columns that an export of every instrument has, with their types and meanings."""

WITHHELD_TEXTS: Final[Mapping[str, Text]] = {
    "refused": _text("Tidak bersedia menjawab", "Refused to answer"),
    "dont_know": _text("Tidak tahu", "Does not know"),
}
FAMILY_CODES: Final[Mapping[str, Text]] = {
    "female": _text("Perempuan", "Female"),
    "male": _text("Laki-laki", "Male"),
}
WORDS: Final[Mapping[str, Mapping[str, Text]]] = {
    "status": {
        "accepted": _text("Diterima", "Accepted"),
        "in_review": _text("Sedang ditinjau", "In review"),
        "approved": _text("Disetujui", "Approved"),
        "returned": _text("Dikembalikan", "Returned"),
        "rejected": _text("Ditolak", "Rejected"),
    },
    "uncounted": {
        "restricted": _text("Dibatasi oleh keluarga", "Restricted by the family"),
        "later_interview": _text("Ada wawancara yang lebih baru", "A later interview counts"),
        "reinterview": _text("Wawancara ulang", "Re-interview"),
        "training": _text("Latihan", "Training"),
        "rejected": _text("Ditolak", "Rejected"),
        "after_settlement": _text("Tiba setelah putaran dituntaskan", "Arrived after its round was settled"),
    },
    "purpose": {
        "interview": _text("Wawancara", "Interview"),
        "reinterview": _text("Wawancara ulang", "Re-interview"),
        "training": _text("Latihan", "Training"),
    },
    "head_sex": FAMILY_CODES,
    "outcome": {
        "fulfilled": _text("Terpenuhi", "Fulfilled"),
        "unfulfilled": _text("Tidak terpenuhi", "Unfulfilled"),
        "not_applicable": _text("Tidak berlaku", "Not applicable"),
        "missing": _text("Tidak ada jawaban", "Missing"),
    },
}
"""The codes of columns with their labels."""
