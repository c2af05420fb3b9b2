"""Texts about figures that other systems send: what is odd in them, and what is wrong with a cell of their files.

A warning is something odd that is not a fault. The service stores the figures and returns the warnings. A code is never
reused for another warning.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.cell_texts import DAY, EMPTY
from app.problems.fault_texts import FaultCode, Texts

FigureWarningCode = Literal[
    "parts_below_whole",
    "fewer_victims_than_cases",
    "differs_from_parts",
    "other_sender",
    "text_cleaned",
]

FIGURE_WARNING_TEXTS: Final[Mapping[FigureWarningCode, Texts]] = MappingProxyType(
    {
        "parts_below_whole": (
            "Semua kode {dimension} terisi, tetapi jumlahnya kurang dari angka ini. Periksa apakah ada yang terlewat.",
            "All codes of {dimension} are filled in, but their sum is less than this number. Check whether some are "
            "left out.",
        ),
        "fewer_victims_than_cases": (
            "Korban lebih sedikit daripada kasus. Periksa apakah keduanya tertukar.",
            "There are fewer victims than cases. Check whether the two were exchanged.",
        ),
        "differs_from_parts": (
            "Angka {region} berbeda dari jumlah wilayah di bawahnya untuk periode dan status ini: {units}. Periksa "
            "mana yang benar.",
            "The numbers of {region} differ from the sum of the regions below it for this period and status: {units}. "
            "Check which are right.",
        ),
        "other_sender": (
            "Angka sebelumnya dikirim oleh instansi atau akun lain. Angka itu kini diganti; riwayatnya tetap disimpan.",
            "The earlier numbers were sent by another agency or account. They are replaced now. Their history is kept.",
        ),
        "text_cleaned": (
            "Karakter yang tidak terlihat, baris baru, atau spasi ganda dalam isian ini sudah dirapikan. Tidak ada "
            "yang perlu dilakukan.",
            "Characters that cannot be seen, line breaks or double blanks in this text were tidied. There is nothing "
            "for you to do.",
        ),
    }
)

CODE_MEANT: Final[Texts] = (
    "Kode ini tidak ada dalam daftar. Mungkin maksudnya {meant}. Pilihannya: {options}.",
    "This code is not in the list. It may be meant as {meant}. The codes are: {options}.",
)

_COUNT: Final[Texts] = (
    "Isi dengan angka bulat tanpa titik, koma, atau kata, misalnya {example}. Kosongkan jika belum dilaporkan.",
    "Write a whole number without points, commas or words, such as {example}. Leave it empty if it was not reported.",
)
_REGION: Final[Texts] = (
    "Ini bukan kode wilayah Kemendagri. Kode provinsi 2 angka, kabupaten/kota 4, kecamatan 6, desa/kelurahan 10, "
    "misalnya {example}.",
    "This is no Kemendagri region code. A province has 2 digits, a regency 4, a district 6, a village 10. Example: "
    "{example}.",
)

FIGURE_CELL_TEXTS: Final[Mapping[str, Mapping[FaultCode, Texts]]] = MappingProxyType(
    {
        "region": {"missing": EMPTY, "bad_format": _REGION},
        "period": {
            "missing": EMPTY,
            "bad_format": (
                "Periode ini tidak dapat dibaca. Tulis misalnya 2023 untuk tahun, 2023-Q1 untuk triwulan, atau 2023-01 "
                "untuk bulan.",
                "This period cannot be read. Write it such as 2023 for a year, 2023-Q1 for a quarter, or 2023-01 for a "
                "month.",
            ),
        },
        "status": {
            "missing": EMPTY,
            "not_allowed": (
                "Isi dengan salah satu dari verified (terverifikasi) atau provisional (sementara).",
                "Use verified or provisional.",
            ),
        },
        "source": {"missing": EMPTY},
        "through": {"bad_format": DAY},
        "published_on": {"bad_format": DAY},
        "retrieved_on": {"bad_format": DAY},
        "cases": {"wrong_type": _COUNT},
        "victims": {"wrong_type": _COUNT},
        "perpetrators": {"wrong_type": _COUNT},
    }
)
"""By column of a file of figures."""
