"""The text of every fault in Indonesian and English, by its stable code.

A text says what is wrong and what to do. It never repeats what was sent. `{…}` stands for a limit of the shape or the
instrument.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

Texts = tuple[str, str]
"""The same text in Indonesian and in English, in this order."""

FaultCode = Literal[
    "missing",
    "unknown_member",
    "wrong_type",
    "bad_format",
    "out_of_range",
    "too_small",
    "too_large",
    "not_allowed",
    "unknown_region",
    "region_ended",
    "region_not_yet",
    "unknown_instrument",
    "surveyed_in_future",
    "surveyed_before_instrument",
    "unknown_question",
    "unknown_option",
    "exceeds",
    "not_asked",
    "unanswered",
    "bad_cursor",
    "password_length",
    "password_guessable",
    "code_format",
    "otp_format",
    "unknown_submission",
    "one_village",
    "number_in_use",
    "nothing_to_correct",
    "in_future",
    "nik_without_date",
    "card_without_date",
    "serial_zero",
    "nik_is_card",
    "repeated_nik",
    "one_number",
    "second_head",
    "bad_period",
    "not_in_force",
    "beyond_caller",
    "taken",
    "looks_like_nik",
    "wrong_level",
    "bad_validity",
    "repeated",
    "name_differs",
    "bad_table",
    "wrong_cells",
    "too_many_lines",
    "lost_digits",
    "old_excel",
    "bad_workbook",
    "several_sheets",
    "too_many_people",
    "unknown_person",
    "reserved_uuid",
    "basis_missing",
    "named_twice",
]

FAULT_TEXTS: Final[Mapping[FaultCode, Texts]] = MappingProxyType(
    {
        "missing": ("Bagian ini wajib ada.", "This member is needed."),
        "unknown_member": (
            "Bagian ini tidak dikenal; hapus atau periksa ejaannya.",
            "This member is not known; remove it or check its spelling.",
        ),
        "wrong_type": (
            "Jenis nilainya salah; lihat skema.",
            "The value has the wrong type; see the schema.",
        ),
        "bad_format": (
            "Bentuk nilainya salah; lihat skema.",
            "The value has the wrong form; see the schema.",
        ),
        "out_of_range": (
            "Nilainya harus antara {minimum} dan {maximum}.",
            "The value must lie between {minimum} and {maximum}.",
        ),
        "too_small": ("Nilainya paling sedikit {limit}.", "The value must be at least {limit}."),
        "too_large": ("Nilainya paling banyak {limit}.", "The value must be at most {limit}."),
        "not_allowed": ("Nilai ini bukan pilihan yang ada.", "The value is not one of those allowed."),
        "unknown_region": (
            "Kode ini bukan desa atau kelurahan pada daftar wilayah mana pun.",
            "The code is not a village of any list of regions.",
        ),
        "region_ended": (
            "Wilayah ini berlaku sampai {last_day}. Penggantinya: {successors}.",
            "This region was in force until {last_day}. Its successors: {successors}.",
        ),
        "region_not_yet": (
            "Wilayah ini baru berlaku mulai {first_day}. Pendahulunya: {predecessors}.",
            "This region is in force only from {first_day} on. Its predecessors: {predecessors}.",
        ),
        "unknown_instrument": (
            "Instrumen dan versi ini belum diterbitkan di sini; lihat /v1/instruments.",
            "This instrument and version have not been published here; see /v1/instruments.",
        ),
        "surveyed_in_future": (
            "Waktu wawancara lebih maju dari jam server; periksa jam perangkat.",
            "The interview lies ahead of the server's clock; check the device's clock.",
        ),
        "surveyed_before_instrument": (
            "Wawancara ini mendahului berlakunya instrumen; periksa tanggal atau versi.",
            "The interview is older than the instrument; check the date or the version.",
        ),
        "unknown_question": (
            "Pertanyaan ini tidak ada dalam instrumen.",
            "The instrument has no such question.",
        ),
        "unknown_option": (
            "Jawaban ini bukan salah satu pilihan pertanyaan.",
            "The answer is not one of the question's options.",
        ),
        "exceeds": (
            "Nilainya tidak boleh melebihi jawaban {other}.",
            "The value must not exceed the answer to {other}.",
        ),
        "not_asked": (
            "Pertanyaan ini tidak diajukan kepada keluarga dengan jawaban lain seperti ini; hapus jawabannya.",
            "This question is not asked of a family with these other answers; remove the answer.",
        ),
        "unanswered": (
            "Pertanyaan ini harus dijawab agar keluarga dapat dinilai.",
            "This question must be answered before the family can be scored.",
        ),
        "bad_cursor": (
            "Cursor ini bukan dari daftar yang sama; mulai lagi tanpa cursor.",
            "The cursor does not belong to this list; start again without it.",
        ),
        "password_length": (
            "Kata sandi terdiri atas 10 sampai 128 karakter.",
            "A password has 10 to 128 characters.",
        ),
        "password_guessable": (
            "Kata sandi ini mudah ditebak, karena berisi nama, tempat, kata umum, tahun, atau urutan. Rangkai empat "
            "kata yang tidak berhubungan, dengan bentuk seperti ini: benda-sifat-hewan-tempat.",
            "The password is easy to guess, because it is made of names, places, common words, years or sequences. "
            "Join four words that have nothing to do with each other, in this form: thing-adjective-animal-place.",
        ),
        "code_format": (
            "Kode ini tidak lengkap atau salah tulis. Kode terdiri atas 16 huruf dan angka, misalnya "
            "ABCD-2345-EFGH-6789. Huruf I, L, dan O serta angka 0 dan 1 tidak pernah dipakai.",
            "The code is incomplete or mistyped. A code has 16 letters and digits, for example ABCD-2345-EFGH-6789. "
            "It never has the letters I, L and O or the digits 0 and 1.",
        ),
        "otp_format": (
            "Ini bukan kode autentikator. Masukkan enam angka dari aplikasi di ponsel, misalnya 492 039, atau kode "
            "pemulihan dengan 16 huruf dan angka, misalnya ABCD-2345-EFGH-6789.",
            "This is no code of an authenticator app. Enter the six digits from the app on your phone, for example "
            "492 039, or a recovery code of 16 letters and digits, for example ABCD-2345-EFGH-6789.",
        ),
        "unknown_submission": (
            "Kiriman ini bukan milik keluarga ini.",
            "The family has no such submission.",
        ),
        "one_village": (
            "Semua kiriman satu keluarga berada di desa atau kelurahan yang sama; betulkan semuanya bersama.",
            "All submissions of a family lie in one village; correct them together.",
        ),
        "number_in_use": (
            "Keluarga lain di desa atau kelurahan itu memiliki nomor kartu atau NIK yang sama.",
            "Another family of that village has the same card number or NIK.",
        ),
        "nothing_to_correct": (
            "Sebutkan identity atau submissions; lihat skema.",
            "Name identity or submissions; see the schema.",
        ),
        "in_future": (
            "Waktu atau tanggal ini lebih maju daripada yang mungkin; periksa jam perangkat dan isinya.",
            "This time or date lies later than it can; check the device's clock and what was entered.",
        ),
        "nik_without_date": (
            "Angka ke-7 sampai ke-12 NIK bukan tanggal lahir yang ada (perempuan: tanggal ditambah 40).",
            "Digits 7 to 12 of a NIK are a date of birth that exists (females: day plus 40); these are not.",
        ),
        "card_without_date": (
            "Angka ke-7 sampai ke-12 No KK bukan tanggal pencatatan yang ada.",
            "Digits 7 to 12 of a No KK are the date it was recorded; these are no date.",
        ),
        "serial_zero": (
            "Empat angka terakhir nomor ini adalah nomor urut mulai dari 0001.",
            "The last four digits are a serial that begins with 0001.",
        ),
        "nik_is_card": (
            "NIK dan No KK ini sama; salah satunya tertukar.",
            "This NIK and the No KK are the same; one of them is the other.",
        ),
        "repeated_nik": (
            "NIK ini sudah dipakai orang lain dalam keluarga yang sama.",
            "Another person of the family has the same NIK.",
        ),
        "one_number": (
            "Sebutkan card_number atau nik, bukan keduanya.",
            "Name card_number or nik, not both.",
        ),
        "second_head": (
            "Hanya satu orang yang dapat menjadi kepala keluarga.",
            "Only one person can be the head of the family.",
        ),
        "bad_period": ("from harus tidak melebihi to.", "from must not lie after to."),
        "not_in_force": (
            "Kode ini tidak ada pada daftar wilayah mana pun.",
            "The code is not in any list of regions.",
        ),
        "beyond_caller": (
            "Anda tidak memiliki semua ini di wilayah itu, sehingga tidak dapat memberikannya.",
            "You do not hold all of this in that region, and so cannot give it.",
        ),
        "taken": (
            "Nama ini sudah dipakai. Jika ini akun yang sama, ubah akun itu; jika bukan, pilih nama lain.",
            "The name is in use. If it is the same account, change that one; if not, choose another name.",
        ),
        "looks_like_nik": (
            "Enam belas angka terlihat seperti NIK atau No KK, yang tidak boleh ada di sini.",
            "Sixteen digits look like a NIK or a card number, which must not stand here.",
        ),
        "wrong_level": (
            "Tugas ini hanya diberikan pada tingkat: {levels}.",
            "This role is granted only in regions of the level: {levels}.",
        ),
        "bad_validity": (
            "Masa berlaku harus berakhir sesudah mulai, dan belum lewat.",
            "The time of validity must end after it begins, and not lie in the past.",
        ),
        "repeated": (
            "Tugas ini di wilayah ini sudah diberikan kepada orang itu untuk waktu yang sama.",
            "The person has this role in this region already, for the same time.",
        ),
        "name_differs": (
            "Baris lain dengan nama pengguna ini memuat nama orang yang berbeda.",
            "Another line with this username has a different name of the person.",
        ),
        "bad_table": (
            "Berkas ini tidak dapat dibaca sebagai tabel. Periksa tanda kutip, lalu simpan lagi dari Excel sebagai "
            ".xlsx atau CSV UTF-8.",
            "This file cannot be read as a table. Check the quotation marks, then save it again from Excel as .xlsx or "
            "CSV UTF-8.",
        ),
        "wrong_cells": (
            "Jumlah kolom baris ini berbeda dari baris judul.",
            "The line has not as many cells as the heading.",
        ),
        "too_many_lines": ("Paling banyak {limit} baris.", "At most {limit} lines."),
        "lost_digits": (
            "Excel mengubah angka ini menjadi bentuk seperti 6,37E+09, sehingga sebagian angkanya hilang. Ubah format "
            "kolom menjadi Teks, lalu tulis lagi, misalnya {example}.",
            "Excel turned this number into a form such as 6.37E+09, which lost some of its digits. Format the column "
            "as text and write it again, such as {example}.",
        ),
        "old_excel": (
            "Ini berkas Excel lama (.xls) atau berkas dengan kata sandi. Di Excel, pilih Simpan Sebagai dan jenis Buku "
            "Kerja Excel (.xlsx), tanpa kata sandi.",
            "This is an old Excel file (.xls) or one with a password. In Excel, choose Save As and the type Excel "
            "Workbook (.xlsx), without a password.",
        ),
        "bad_workbook": (
            "Berkas ini rusak, terlalu besar, atau bukan buku kerja Excel (.xlsx). Salin isinya ke buku kerja baru, "
            "lalu simpan sebagai .xlsx.",
            "This file is broken, too large or no Excel workbook (.xlsx). Copy its lines into a new workbook and save "
            "that as .xlsx.",
        ),
        "several_sheets": (
            "Buku kerja ini memuat lebih dari satu lembar dengan daftar. Gabungkan daftarnya di satu lembar.",
            "This workbook has more than one sheet with a list. Join the lists in one sheet.",
        ),
        "too_many_people": (
            "Pilihan ini mencakup lebih dari {limit} orang. Pilih wilayah yang lebih kecil, misalnya satu kecamatan.",
            "This is more than {limit} people. Choose a smaller region, such as one district.",
        ),
        "unknown_person": (
            "Tidak ada orang dengan nama pengguna ini di wilayah Anda. Periksa ejaannya, misalnya siti.aminah.",
            "Nobody in your regions has this username. Check its spelling, such as siti.aminah.",
        ),
        "reserved_uuid": (
            "UUID ini tidak dibuat oleh siapa pun, hanya nol atau hanya f. Buat UUID versi 4 yang baru.",
            "Nobody made this UUID, which has only zeros or only f. Make a new UUID of version 4.",
        ),
        "basis_missing": (
            "Nama, NIK, dan alamat hanya disimpan dengan dasar: sertakan persetujuan keluarga dalam consent, atau "
            "basis public_task.",
            "Names, NIKs and addresses are stored only with a basis: send the family's consent in consent, or the "
            "basis public_task.",
        ),
        "named_twice": (
            "Parameter ini ditulis lebih dari sekali. Tulis satu kali saja, misalnya ?year=2025.",
            "This parameter is there more than once. Write it only once, such as ?year=2025.",
        ),
    }
)
