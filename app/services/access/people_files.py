"""The file of a training, which lists who is to get an account."""

import asyncio
from typing import Any, Final

from app.access import ROLES, role_named
from app.formats.headings import Column
from app.formats.table_file import TableFile, read_table_file
from app.problems import Problem, kinds
from app.problems.cell_texts import FileWarningCode
from app.schemas.access.person import FileWarningOut

FILE_BYTES: Final = 512 * 1024
"""Enough for FILE_LINES lines with long names."""
FILE_LINES: Final = 2000

_FROM: Final = (
    *("berlaku mulai", "valid from", "berlaku dari", "berlaku sejak", "mulai berlaku", "mulai", "dari", "sejak"),
    *("mulai tanggal", "tanggal mulai", "tgl mulai", "berlaku mulai tanggal", "start", "start date"),
)
_UNTIL: Final = (
    *("berlaku sampai", "valid until", "berlaku hingga", "berlaku s d", "berlaku sd", "sampai", "hingga", "s d", "sd"),
    *("sampai dengan", "sampai tanggal", "berlaku sampai tanggal", "tanggal akhir", "tgl akhir", "tanggal selesai"),
    *("berakhir", "berlaku sampai dengan", "until", "end", "end date"),
)
_ANSWERS: Final = {"ya": "yes", "y": "yes", "yes": "yes", "tidak": "no", "t": "no", "n": "no", "no": "no"}
_OPTIONS: Final = tuple((role.name[0], code) for code, role in ROLES.items())

USERNAME: Final = Column(
    "username",
    "code",
    headings=("nama pengguna", "user name", "nama akun", "akun"),
    second=("user", "pengguna", "login", "id pengguna"),
    words=("username", "pengguna", "akun"),
    example="siti.aminah",
)
PEOPLE_COLUMNS: Final = (
    USERNAME,
    Column(
        "name",
        headings=("nama", "nama lengkap", "nama orang", "nama kader", "nama petugas", "nama peserta", "full name"),
        example="Siti Aminah",
    ),
    Column(
        "role",
        headings=("tugas", "peran"),
        second=("jabatan", "posisi", "sebagai"),
        words=("role", "peran", "tugas"),
        example="Kader",
        options=_OPTIONS,
    ),
    Column(
        "region",
        "code",
        headings=(
            *(
                "kode wilayah",
                "kode desa",
                "kode kelurahan",
                "kode desa kelurahan",
                "kode kelurahan desa",
                "region code",
            ),
            *("kode kemendagri", "kode wilayah kemendagri", "wilayah kode", "kode"),
        ),
        second=(
            *("wilayah", "desa", "kelurahan", "desa kelurahan", "kelurahan desa", "wilayah tugas", "wilayah kerja"),
            "village",
        ),
        example="63.72.06.1004",
    ),
    Column("valid_from", "day", needed=False, headings=_FROM, words=("mulai", "from"), example="01/12/2026"),
    Column(
        "valid_until",
        "day",
        needed=False,
        headings=_UNTIL,
        words=("berlaku", "sampai", "hingga", "until", "valid", "berakhir", "selesai"),
        example="31/12/2027",
    ),
    Column(
        "training",
        needed=False,
        headings=("latihan", "dalam latihan", "akun latihan", "in training"),
        example="ya",
        options=(("ya", "yes"), ("tidak", "no")),
    ),
)
COLUMNS: Final = tuple(each.name for each in PEOPLE_COLUMNS if each.needed)
OPTIONAL_COLUMNS: Final = tuple(each.name for each in PEOPLE_COLUMNS if not each.needed)


async def read_people(body: bytes) -> TableFile:
    """Returns the lines of a file of people. Raises body-too-large, and faults if the file is no valid table.

    A thread of its own reads the file, because a workbook takes up to seconds.
    """
    if len(body) > FILE_BYTES:
        raise Problem(kinds.TOO_LARGE, limit_bytes=FILE_BYTES)
    return await asyncio.to_thread(_read_people, body)


def _read_people(body: bytes) -> TableFile:
    file = read_table_file(body, PEOPLE_COLUMNS, limit=FILE_LINES)
    for _, cells in file.rows:
        if (role := cells.get("role")) is not None:
            cells["role"] = role_named(role) or role
        if (training := cells.get("training")) is not None:
            cells["training"] = _ANSWERS.get(training.strip().casefold(), training)
    return file


def odd_in(file: TableFile) -> dict[str, Any]:
    """The members of CodesOut that say what is odd in a file that was taken."""
    found: list[FileWarningCode] = []
    if file.windows_1252:
        found.append("read_as_windows_1252")
    if file.ignored:
        found.append("columns_ignored")
    return {"ignored_columns": file.ignored, "warnings": [FileWarningOut.of(each) for each in found]}
