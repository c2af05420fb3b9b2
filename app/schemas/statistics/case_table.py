"""Case statistics as rows of a table, with the columns that a file of them has. A row for each breakdown."""

from collections.abc import Iterator, Mapping
from typing import Final

from app.formats.sheets import Cells
from app.problems.fault_texts import Texts
from app.schemas.statistics.case_report import RegionCasesOut
from app.statistics.code_lists import DIMENSIONS
from app.statistics.counts import UNITS

COLUMNS: Final[Mapping[str, Texts]] = {
    "region": ("Kode wilayah Kemendagri, sebagai teks", "Kemendagri code of the region, as text"),
    "dotted": ("Kode yang sama dengan titik", "The same code with dots"),
    "name": ("Nama wilayah", "Name of the region"),
    "level": ("Tingkat wilayah", "Level of the region"),
    "parent": ("Kode wilayah satu tingkat di atasnya", "Code of the region one level up"),
    "year": ("Tahun", "Year"),
    "period": (
        "Periode: tahun, triwulan (2023-Q1), atau bulan (2023-01). Kosong jika wilayah belum melaporkan",
        "Period: a year, a quarter (2023-Q1) or a month (2023-01). Empty if the region reported nothing",
    ),
    "status": (
        "verified: terverifikasi. provisional: sementara. Jangan dijumlahkan",
        "verified or provisional. Never add the two up",
    ),
    "through": (
        "Hari terakhir yang dihitung, jika tidak seluruh periode",
        "The last day that is counted, if not the whole period is",
    ),
    "source": ("Sumber angka", "The source of the figures"),
    "url": ("Tautan sumber", "The link of the source"),
    "published_on": ("Hari terbit", "The day of publication"),
    "retrieved_on": ("Hari diambil dari sumber", "The day on which they were read there"),
    "sex": ("Kode jenis kelamin", "Code of the sex"),
    "age_group": ("Kode kelompok umur", "Code of the age group"),
    "age_status": ("Kode status usia", "Code of the age status"),
    "place": ("Kode tempat kejadian", "Code of the place"),
    "kind": ("Kode jenis kekerasan", "Code of the kind of violence"),
    "service": ("Kode layanan", "Code of the service"),
    "relation": ("Kode hubungan pelaku dengan korban", "Code of the relation of the perpetrator to the victim"),
    "cases": ("Jumlah kasus. Kosong bukan nol", "Number of cases. Empty is not zero"),
    "victims": ("Jumlah korban. Kosong bukan nol", "Number of victims. Empty is not zero"),
    "perpetrators": ("Jumlah pelaku. Kosong bukan nol", "Number of perpetrators. Empty is not zero"),
    "hidden": (
        "Jumlah yang dilaporkan tetapi disembunyikan, karena angka kecil dapat mengenali orang",
        "Numbers that were reported but are hidden, because small ones could be recognised",
    ),
    "note": ("Catatan", "A note"),
    "revision": ("Revisi, mulai dari 1", "The revision, from 1 on"),
    "received_at": ("Waktu diterima (UTC)", "When it was received (UTC)"),
}
"""The columns in their order, with their meaning in Indonesian and English."""


def rows_of(cases: RegionCasesOut) -> Iterator[Cells]:
    """The rows of a region and year, with the cells of COLUMNS. A region that reported nothing has one row."""
    region = cases.region
    place: Cells = (region.code, region.dotted, region.name, region.level, region.parent, cases.year)
    if not cases.reports:
        yield (*place, *(None,) * (len(COLUMNS) - len(place)))
    for report in cases.reports:
        source = report.source
        head = (report.period, report.status, report.through, source.name, source.url)
        days = source.published_on, source.retrieved_on
        last = (report.note, report.revision, report.received_at.isoformat(timespec="seconds"))
        for count in report.counts:
            codes = tuple(getattr(count, each) for each in DIMENSIONS)
            numbers = tuple(getattr(count, unit) for unit in UNITS)
            yield (*place, *head, *days, *codes, *numbers, " ".join(count.hidden or ()) or None, *last)
