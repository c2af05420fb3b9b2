"""What is wrong with a cell of a file, in the words of an office program, with an example that is right.

A fault of a cell keeps its stable code. Where this catalogue has a text for the column, it says more than the text of
the code.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.fault_texts import FaultCode, Texts

PLACE: Final[Texts] = ("Baris {line}, kolom {column}{cell}", "Line {line}, column {column}{cell}")
LINE: Final[Texts] = ("Baris {line}", "Line {line}")

COLUMN_MISSING: Final[Texts] = (
    "Kolom “{column}” tidak ditemukan di baris judul. Tulis judul kolom di baris pertama, misalnya {columns}.",
    "The heading has no column “{column}”. Name the columns in the first line, such as {columns}.",
)
COLUMN_MISSPELT: Final[Texts] = (
    "Judul kolom ini tidak dikenal. Mungkin maksudnya “{column}”.",
    "This heading is not known. It may be meant as “{column}”.",
)
COLUMN_UNKNOWN: Final[Texts] = (
    "Judul kolom ini tidak dikenal. Hapus kolomnya, atau pakai salah satu judul ini: {columns}.",
    "This heading is not known. Remove the column, or use one of these headings: {columns}.",
)
COLUMN_TWICE: Final[Texts] = (
    "Kolom “{column}” ada dua kali. Hapus salah satunya.",
    "The column “{column}” stands there twice. Remove one of them.",
)
COLUMN_PERSONAL: Final[Texts] = (
    "Kolom NIK atau No KK tidak boleh ada di berkas ini. Hapus kolomnya, lalu kirim lagi.",
    "A column of NIKs or card numbers must not stand in this file. Remove it and send the file again.",
)
NO_LINES: Final[Texts] = (
    "Tidak ada isi di bawah baris judul.",
    "There is nothing below the line of headings.",
)
MORE_CELLS: Final[Texts] = (
    "Baris ini memuat lebih banyak sel daripada baris judul. Jika ada tanda pemisah di dalam nama, apit nama itu "
    'dengan tanda kutip, misalnya "Siti, S.Pd.".',
    "This line has more cells than the heading. Put a name that holds the separator into quotation marks, such as "
    '"Siti, S.Pd.".',
)
FORMULA_ERROR: Final[Texts] = (
    "Sel ini berisi kesalahan rumus Excel. Tulis isinya langsung, misalnya {example}.",
    "This cell holds an error of an Excel formula. Write the value itself, such as {example}.",
)
BECAME_DATE: Final[Texts] = (
    "Excel mengubah isi sel ini menjadi tanggal. Ubah format kolom menjadi Teks, lalu tulis lagi, misalnya {example}.",
    "Excel turned this cell into a date. Format the column as text and write it again, such as {example}.",
)

FileWarningCode = Literal["read_as_windows_1252", "columns_ignored"]
FILE_WARNING_TEXTS: Final[Mapping[FileWarningCode, Texts]] = MappingProxyType(
    {
        "read_as_windows_1252": (
            "Berkas ini bukan UTF-8 dan dibaca sebagai windows-1252. Periksa huruf khusus di dalam nama, dan simpan "
            "berikutnya sebagai CSV UTF-8.",
            "The file is not UTF-8 and was read as windows-1252. Check the special letters in names, and save it as "
            "CSV UTF-8 the next time.",
        ),
        "columns_ignored": (
            "Kolom dalam ignored_columns tidak dipakai.",
            "The columns in ignored_columns were not used.",
        ),
    }
)

EMPTY: Final[Texts] = ("Sel ini belum diisi. Contoh: {example}.", "This cell is empty. Write, for example, {example}.")
DAY: Final[Texts] = (
    "Tanggal ini tidak dapat dibaca. Tulis hari/bulan/tahun dengan tahun empat angka, misalnya {example}.",
    "This date cannot be read. Write day/month/year with four digits of the year, such as {example}.",
)

CELL_TEXTS: Final[Mapping[str, Mapping[FaultCode, Texts]]] = MappingProxyType(
    {
        "username": {
            "missing": EMPTY,
            "bad_format": (
                "Nama pengguna terdiri atas 3 sampai 40 huruf kecil, angka, titik, garis bawah, atau tanda hubung, "
                "tanpa spasi. Contoh: {example}.",
                "A username has 3 to 40 small letters, digits, dots, underscores or hyphens, without blanks. "
                "Example: {example}.",
            ),
        },
        "indicator": {"missing": EMPTY},
        "name": {
            "missing": EMPTY,
            "bad_format": (
                "Nama orang ditulis dalam satu baris, paling panjang 100 huruf. Contoh: {example}.",
                "A person's name stands in one line and has at most 100 letters. Example: {example}.",
            ),
        },
        "role": {
            "missing": EMPTY,
            "not_allowed": (
                "Tugas ini tidak dikenal. Isi dengan salah satu dari: {options}.",
                "This role is not known. Use one of: {options}.",
            ),
        },
        "region": {
            "missing": EMPTY,
            "bad_format": (
                "Ini bukan kode wilayah Kemendagri. Kode desa atau kelurahan terdiri atas 10 angka, misalnya "
                "{example}.",
                "This is no Kemendagri region code. A village has 10 digits, such as {example}.",
            ),
            "not_in_force": (
                "Kode ini tidak ada di daftar wilayah mana pun. Periksa angkanya, misalnya {example}.",
                "The code is not in any list of regions. Check its digits. Example: {example}.",
            ),
        },
        "valid_from": {"bad_format": DAY},
        "valid_until": {"bad_format": DAY},
    }
)
"""By column of a file of people."""
