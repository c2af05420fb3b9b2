"""The text of every fault in Indonesian and English, by its stable code.

A text says what is wrong and shows what is right, in words that a village office uses. It never repeats what was sent.
`{…}` stands for an example, an option or a limit. `shape_texts.py` has better texts where the schema gives an example.
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
    "unknown_release",
    "only_exact",
    "unknown_figure",
    "surveyed_in_future",
    "surveyed_before_instrument",
    "instrument_retired",
    "unknown_question",
    "unknown_option",
    "exceeds",
    "not_asked",
    "unanswered",
    "bad_cursor",
    "password_length",
    "password_guessable",
    "code_format",
    "receipt_code",
    "otp_format",
    "unknown_submission",
    "one_village",
    "number_in_use",
    "nothing_to_correct",
    "nothing_to_change",
    "training_has_no_identity",
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
    "unreadable",
    "loose_marks",
    "unknown_field",
    "table_too_long",
    "export_too_long",
    "other_format",
    "too_many_keys",
    "too_many_devices",
    "village_elsewhere",
    "base_unknown",
    "sent_by_other",
    "nothing_chosen",
    "chosen_twice",
    "chosen_alone",
    "too_many_chosen",
    "too_many_to_review",
    "ids_or_filter",
    "not_a_kader",
    "too_many_digits",
    "bad_date",
    "too_early",
    "too_late",
    "bad_length",
    "only_digits",
    "too_many_rows",
    "more_rows_than_people",
    "more_people_than_rows",
    "person_twice",
    "implausible",
    "unknown_code",
    "code_withdrawn",
    "age_twice",
    "too_many_dimensions",
    "not_divided",
    "counted_twice",
    "above_whole",
    "parts_above_whole",
    "nothing_counted",
    "period_not_begun",
    "period_open",
    "through_missing",
    "outside_caller",
    "two_readings",
    "thousands",
    "other_granularity",
    "differs_in_report",
    "unknown_indicator",
    "other_kind",
    "not_above",
    "code_twice",
    "year_ahead",
    "row_twice",
    "village_twice",
    "fixed_in_round",
    "withheld_left_out",
    "same_person",
    "village_interviewed",
    "salt_is_id",
]

FAULT_TEXTS: Final[Mapping[FaultCode, Texts]] = MappingProxyType(
    {
        "missing": (
            "Bagian ini belum diisi.",
            "This is not filled in.",
        ),
        "unknown_member": (
            "Bagian ini tidak dikenal di sini. Hapus bagian ini.",
            "This is not known here. Remove it.",
        ),
        "wrong_type": (
            "Jenis isian ini tidak sesuai.",
            "This is not of the kind that is asked for.",
        ),
        "bad_format": (
            "Penulisannya belum benar.",
            "It is not written correctly.",
        ),
        "out_of_range": (
            "Isi antara {minimum} dan {maximum}.",
            "Use a value between {minimum} and {maximum}.",
        ),
        "too_small": (
            "Isi paling sedikit {minimum}.",
            "Use {minimum} or more.",
        ),
        "too_large": (
            "Isi paling banyak {maximum}.",
            "Use {maximum} or less.",
        ),
        "not_allowed": (
            "Isian ini tidak ada dalam pilihan.",
            "This is not one of the options.",
        ),
        "unknown_region": (
            "Kode ini bukan kode desa/kelurahan yang terdaftar. Isi 10 angka, misalnya 63.72.06.1004.",
            "This is not the code of a listed village. Use its 10 digits, such as 63.72.06.1004.",
        ),
        "region_ended": (
            "Wilayah ini berlaku sampai {last_day}. Penggantinya: {successors}.",
            "This region was in force until {last_day}. Its successors: {successors}.",
        ),
        "region_not_yet": (
            "Wilayah ini baru berlaku mulai {first_day}. Sebelum itu: {predecessors}.",
            "This region is in force only from {first_day}. Before that: {predecessors}.",
        ),
        "unknown_instrument": (
            "Instrumen dan versi ini belum diterbitkan di sini. Yang tersedia: {options}.",
            "This instrument and version are not published here. Available: {options}.",
        ),
        "unknown_release": (
            "Tidak ada rilis dengan id ini untuk instrumen dan tahun ini. Daftarnya ada di GET /v1/releases. Hapus "
            "parameter ini untuk mendapat rilis terbaru.",
            "There is no release with this id for this instrument and year. GET /v1/releases lists them. Remove this "
            "parameter to get the latest one.",
        ),
        "unknown_figure": (
            "Angka ini tidak ada pada instrumen ini. Yang ada: {options}.",
            "The instrument has no such figure. Choose one of {options}.",
        ),
        "only_exact": (
            "Parameter ini hanya untuk angka pasti dan langsung, yang memerlukan submissions:review di wilayah ini. "
            "Angka rilis sudah memuat pilihan ini di `release`. Hapus parameter ini.",
            "This parameter is only for exact and live figures, which need submissions:review in this region. Released "
            "figures have made this choice already. Remove the parameter.",
        ),
        "village_twice": (
            "Desa ini sudah ada di atas dalam daftar ini. Hapus yang berulang.",
            "This village is in the list already. Remove the repetition.",
        ),
        "fixed_in_round": (
            "Ini tidak dapat diubah lagi dalam putaran ini. Isi yang berlaku: {value}.",
            "This can no longer change in this round. It stays {value}.",
        ),
        "village_interviewed": (
            "Keluarga di desa ini sudah diwawancarai dalam putaran ini, jadi tidak dapat dikeluarkan: {villages}.",
            "Families of these villages were interviewed in this round, so you cannot leave them out: {villages}.",
        ),
        "surveyed_in_future": (
            "Waktu wawancara paling akhir {maximum}. Periksa tanggal dan jam perangkat.",
            "The interview can be at {maximum} at the latest. Check the date and the clock of the device.",
        ),
        "surveyed_before_instrument": (
            "Instrumen ini berlaku mulai {minimum}. Periksa tanggal wawancara, atau pilih versi lain.",
            "This instrument is in force from {minimum} on. Check the date of the interview, or choose another "
            "version.",
        ),
        "instrument_retired": (
            "Versi ini hanya untuk wawancara sampai {last_day}. Versi untuk wawancara sesudahnya: {instead}.",
            "This version is only for interviews until {last_day}. The version for later interviews: {instead}.",
        ),
        "unknown_question": (
            "Pertanyaan ini tidak ada dalam instrumen. Yang ada: {options}.",
            "The instrument has no such question. It has: {options}.",
        ),
        "unknown_option": (
            "Isi dengan salah satu dari: {options}.",
            "Use one of: {options}.",
        ),
        "exceeds": (
            'Tidak boleh lebih dari jumlah pada pertanyaan "{question}".',
            'This must not be more than the number in the question "{question}".',
        ),
        "not_asked": (
            "Pertanyaan ini tidak perlu diisi, karena jawaban lain keluarga ini. Hapus isiannya.",
            "This question does not concern the family, because of its other answers. Remove the answer.",
        ),
        "unanswered": (
            "Pertanyaan ini harus dijawab agar keluarga dapat dinilai, misalnya {example}.",
            "This question must be answered before the family can be scored. Use, for example, {example}.",
        ),
        "bad_cursor": (
            "Halaman ini tidak ada dalam daftar. Mulai lagi dari halaman pertama, tanpa cursor.",
            "The list has no such page. Start again at the first page, without a cursor.",
        ),
        "password_length": (
            "Kata sandi terdiri atas 10 sampai 128 karakter. Rangkai empat kata yang tidak saling berhubungan.",
            "A password has 10 to 128 characters. Join four words that have nothing to do with each other.",
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
        "receipt_code": (
            "Kode tanda terima ini tidak lengkap, salah tulis, atau salah dengar. Kode terdiri atas 10 huruf dan "
            "angka, misalnya 7KQ-X2M-9RTV. Huruf I, L, dan O serta angka 0 dan 1 tidak pernah dipakai. Minta kodenya "
            "dibacakan sekali lagi.",
            "The receipt code is incomplete, mistyped or misheard. A code has 10 letters and digits, for example "
            "7KQ-X2M-9RTV. It never has the letters I, L and O or the digits 0 and 1. Ask for it once more.",
        ),
        "otp_format": (
            "Ini bukan kode autentikator. Masukkan enam angka dari aplikasi di ponsel, misalnya 492 039, atau kode "
            "pemulihan dengan 16 huruf dan angka, misalnya ABCD-2345-EFGH-6789.",
            "This is no code of an authenticator app. Enter the six digits from the app on your phone, for example "
            "492 039, or a recovery code of 16 letters and digits, for example ABCD-2345-EFGH-6789.",
        ),
        "unknown_submission": (
            "Kiriman ini bukan milik keluarga ini. Kiriman keluarga ini: {options}.",
            "The family has no such submission. Its submissions: {options}.",
        ),
        "one_village": (
            "Semua kiriman satu keluarga berada di satu desa/kelurahan. Perbaiki kode wilayah semuanya bersama-sama.",
            "All submissions of a family lie in one village. Correct their region codes together.",
        ),
        "number_in_use": (
            "Keluarga lain di desa/kelurahan itu sudah memakai No KK atau NIK ini. Periksa nomornya pada kartu "
            "keluarga.",
            "Another family of that village has this card number or NIK. Check the number on the family card.",
        ),
        "nothing_to_correct": (
            "Belum ada yang diperbaiki. Isi identity (identitas) atau submissions (kiriman), misalnya {example}.",
            "There is nothing to correct yet. Fill in identity or submissions, such as {example}.",
        ),
        "nothing_to_change": (
            "Belum ada yang diubah. Isi name (nama), training (latihan), atau keduanya, misalnya {example}.",
            "There is nothing to change yet. Fill in name, training or both, such as {example}.",
        ),
        "training_has_no_identity": (
            "Keluarga ini hanya punya wawancara latihan, dan latihan tidak menyimpan identitas. Hapus identity "
            "(identitas)"
            " dari isian ini.",
            "This family has only training interviews, and training keeps no identity. Leave identity out.",
        ),
        "salt_is_id": (
            "Salt ini sama dengan id wawancara, yang bisa dilihat orang lain. Buat UUID acak tersendiri untuk salt, "
            "misalnya {example}.",
            "This salt is the id of the interview, which others can see. Make another random UUID for the salt, such "
            "as {example}.",
        ),
        "in_future": (
            "Paling akhir {maximum}. Periksa isian ini dan jam perangkat.",
            "This can be {maximum} at the latest. Check it and the clock of the device.",
        ),
        "nik_without_date": (
            "Angka ke-7 sampai ke-12 NIK adalah tanggal lahir (untuk perempuan, tanggal ditambah 40). Misalnya 17"
            " Agustus 1985: 170885, atau 570885 untuk perempuan.",
            "Digits 7 to 12 of a NIK are the date of birth (for females, the day plus 40). For example 17 August "
            "1985: 170885, or 570885 for a female.",
        ),
        "card_without_date": (
            "Angka ke-7 sampai ke-12 No KK adalah tanggal pencatatan. Misalnya 17 Agustus 2015: 170815.",
            "Digits 7 to 12 of a No KK are the date it was recorded. For example 17 August 2015: 170815.",
        ),
        "serial_zero": (
            "Empat angka terakhir adalah nomor urut mulai dari 0001, jadi tidak mungkin 0000.",
            "The last four digits are a serial that begins with 0001, so they cannot be 0000.",
        ),
        "nik_is_card": (
            "NIK ini sama dengan No KK. Periksa kartu keluarga: No KK ada di bagian atas, NIK di sebelah nama.",
            "This NIK is the same as the No KK. Check the family card: the No KK is at the top, each NIK beside a"
            " name.",
        ),
        "repeated_nik": (
            "NIK ini sudah dipakai orang lain dalam keluarga ini. Setiap orang memiliki NIK sendiri; periksa "
            "kartu keluarga.",
            "Another person of the family has this NIK. Everybody has a NIK of their own; check the family card.",
        ),
        "one_number": (
            "Isi salah satu saja: card_number (No KK) atau nik (NIK).",
            "Fill in only one of them: card_number or nik.",
        ),
        "second_head": (
            "Hanya satu orang yang dapat menjadi kepala keluarga (head). Untuk yang lain isi, misalnya, spouse "
            "(pasangan) atau child (anak).",
            "Only one person can be the head of the family. For the others use, for example, spouse or child.",
        ),
        "bad_period": (
            "Awal (from) tidak boleh sesudah akhir (to), misalnya from={example_from} dan to={example_to}.",
            "The beginning (from) must not lie after the end (to). Use, for example, from={example_from} and "
            "to={example_to}.",
        ),
        "not_in_force": (
            "Kode ini tidak ada dalam daftar wilayah. Contoh: 6372 untuk kabupaten/kota, 6372061004 untuk "
            "desa/kelurahan.",
            "This code is not in the list of regions. Examples: 6372 for a regency, 6372061004 for a village.",
        ),
        "beyond_caller": (
            "Anda sendiri tidak memiliki semua hak ini di wilayah itu, sehingga tidak dapat memberikannya. Minta "
            "pengelola di wilayah yang lebih tinggi.",
            "You do not hold all of these rights in that region yourself, so you cannot give them. Ask an "
            "administrator of a wider region.",
        ),
        "taken": (
            "Nama ini sudah dipakai. Jika ini orang yang sama, ubah akunnya. Jika bukan, pilih nama lain, "
            "misalnya dengan menambah angka: siti.aminah2.",
            "This name is in use. If it is the same person, change that account. If not, choose another name, for"
            " example by adding a digit: siti.aminah2.",
        ),
        "looks_like_nik": (
            "Isian ini memuat 16 angka seperti NIK atau No KK, yang tidak boleh ditulis di sini. Hapus angkanya.",
            "This holds sixteen digits like a NIK or a card number, which must not stand here. Remove them.",
        ),
        "wrong_level": (
            "Peran ini hanya dapat diberikan untuk {levels}.",
            "This role can be granted only for {levels}.",
        ),
        "bad_validity": (
            "Akhir masa tugas harus sesudah {minimum}, misalnya {example}.",
            "The end of the role must be after {minimum}, such as {example}.",
        ),
        "repeated": (
            "Orang ini sudah memiliki peran ini di wilayah dan waktu yang sama. Hapus yang berulang.",
            "The person already has this role in the same region at the same time. Remove the repetition.",
        ),
        "name_differs": (
            "Baris lain dengan nama pengguna ini memuat nama orang yang berbeda. Tulis nama yang sama pada semua "
            "barisnya.",
            "Another line with this username has a different name of the person. Write the same name in all of "
            "its lines.",
        ),
        "bad_table": (
            "Berkas ini tidak dapat dibaca sebagai tabel. Periksa tanda kutip, lalu simpan lagi dari Excel sebagai "
            ".xlsx atau CSV UTF-8.",
            "This file cannot be read as a table. Check the quotation marks, then save it again from Excel as .xlsx or "
            "CSV UTF-8.",
        ),
        "wrong_cells": (
            "Jumlah kolom baris ini berbeda dari baris judul. Periksa pemisah (titik koma atau koma) dan tanda "
            "kutipnya.",
            "This line has not as many cells as the heading. Check the separators (semicolons or commas) and "
            "quotation marks.",
        ),
        "withheld_left_out": (
            "Perbaikan ini akan menghapus jawaban peka yang tidak ditampilkan kepada Anda. Kembalikan wawancaranya "
            "kepada kader, minta pembaca hasil sensitif memperbaikinya, atau kirim juga jawaban atas: {options}.",
            "This correction would erase sensitive answers that are withheld from you. Return the interview to the "
            "kader, ask a reader of sensitive outcomes to correct it, or send the answers to these too: {options}.",
        ),
        "same_person": (
            "Ini orang yang sama dengan from. Pilih kader lain.",
            "This is the same person as from. Choose another kader.",
        ),
        "not_a_kader": (
            "Orang ini tidak aktif, sedang latihan, atau tidak bertugas sebagai kader di semua desa kiriman itu. Pilih "
            "kader lain, atau batasi region.",
            "This person is not active, is in training, or is not a kader of all villages of these submissions. Choose "
            "another kader, or narrow region.",
        ),
        "too_many_lines": (
            "Berkas ini terlalu panjang. Paling banyak {limit} baris; bagi menjadi beberapa berkas.",
            "This file is too long. It may have at most {limit} lines; divide it into several files.",
        ),
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
            "UUID ini hanya nol atau hanya f, jadi bukan buatan perangkat. Buat UUID versi 4 yang baru.",
            "This UUID has only zeros or only f, so no device made it. Make a new UUID of version 4.",
        ),
        "basis_missing": (
            "Nama, NIK, dan alamat hanya disimpan dengan dasar. Isi consent (persetujuan keluarga) atau basis (tugas "
            "pemerintah), misalnya basis public_task.",
            "Names, NIKs and addresses are stored only with a basis. Fill in consent (the family's consent) or basis "
            "(a public task), such as basis public_task.",
        ),
        "unreadable": (
            "Ada karakter yang tidak dapat dibaca di sini. Hapus, lalu ketik ulang isian ini.",
            "There is a character here that cannot be read. Remove it and type the text again.",
        ),
        "loose_marks": (
            "Aksen harus menempel pada sebuah huruf, dan terlalu banyak aksen pada satu huruf tidak diterima. Hapus "
            "yang berlebih.",
            "An accent needs a letter before it, and no letter takes so many. Remove the others.",
        ),
        "named_twice": (
            "Parameter ini ditulis lebih dari sekali. Tulis satu kali saja, misalnya ?year=2025.",
            "This parameter is there more than once. Write it only once, such as ?year=2025.",
        ),
        "unknown_field": (
            "Kolom tambahan ini tidak ada. Pilihan: {fields}. Contoh: fields=categories,indicators.",
            "There is no such field. You may name {fields}. An example is fields=categories,indicators.",
        ),
        "table_too_long": (
            "Tabel ini akan lebih dari {limit} baris, yaitu lebih dari {regions} wilayah. Minta wilayah satu per satu, "
            "misalnya parent=6372, atau hapus fields.",
            "The table would have more than {limit} rows, which are more than {regions} regions. Ask for one region "
            "after another, such as parent=6372, or leave fields out.",
        ),
        "export_too_long": (
            "Buku kerja memuat paling banyak {limit} wawancara. Minta wilayah yang lebih kecil, satu tahun, atau "
            "format=csv.",
            "A workbook holds at most {limit} interviews. Ask for a smaller region, for one year, or for format=csv.",
        ),
        "other_format": (
            "Bagian ini tidak berlaku untuk bentuk yang diminta: limit dan cursor hanya untuk JSON, separator hanya "
            "untuk CSV. Contoh: format=csv&separator=semicolon.",
            "This does not go with the format: limit and cursor are for JSON only, and separator for CSV only. An "
            "example is format=csv&separator=semicolon.",
        ),
        "village_elsewhere": (
            "Desa/kelurahan ini bukan wilayah Anda. Penyelia akan memeriksanya.",
            "This village is not one of yours. A supervisor will check it.",
        ),
        "base_unknown": (
            "Wawancara yang diperbaiki belum diterima layanan. Kirim juga yang pertama.",
            "The interview that this one edits has not arrived. Send that one too.",
        ),
        "sent_by_other": (
            "Nomor wawancara ini sudah dipakai kiriman lain. Penyelia akan memeriksanya.",
            "The id of this interview is in use by another submission. A supervisor will check it.",
        ),
        "too_many_devices": (
            "Orang ini sudah memiliki {limit} HP yang berlaku. Cabut dulu satu yang tidak dipakai lagi, misalnya "
            "DELETE /v1/people/{{id}}/devices/{{device}}.",
            "This person has {limit} valid devices already. Revoke one that nobody uses any more first, such as by "
            "DELETE /v1/people/{{id}}/devices/{{device}}.",
        ),
        "too_many_keys": (
            "Anda sudah memiliki {limit} kunci ekspor yang berlaku. Hapus dulu satu yang tidak dipakai lagi, misalnya "
            "DELETE /v1/export-keys/{{id}}.",
            "You have {limit} valid export keys already. Revoke one that nobody uses any more first, such as by "
            "DELETE /v1/export-keys/{{id}}.",
        ),
        "nothing_chosen": (
            "Belum ada yang dipilih. Pilih paling sedikit satu, misalnya {example}.",
            "Nothing is chosen. Choose at least one, such as {example}.",
        ),
        "chosen_twice": (
            "Pilihan ini disebut dua kali. Sebut satu kali saja, misalnya {example}.",
            "This option is there twice. Name it once, such as {example}.",
        ),
        "chosen_alone": (
            "Pilihan ini tidak dapat dipilih bersama pilihan lain: {alone}. Contoh yang benar: {example}.",
            "This option cannot be chosen together with others: {alone}. Use, for example: {example}.",
        ),
        "too_many_chosen": (
            "Pilih paling banyak {maximum}, misalnya {example}.",
            "Choose at most {maximum}, such as {example}.",
        ),
        "too_many_to_review": (
            "Saringan ini memuat lebih dari {limit} wawancara. Persempit saringan, misalnya per desa/kelurahan atau "
            "satu tahun.",
            "This filter finds more than {limit} interviews. Narrow it, for example to one village or one year.",
        ),
        "ids_or_filter": (
            "Isi salah satu saja: ids atau filter.",
            "Fill in only one of them: ids or filter.",
        ),
        "too_many_digits": (
            "Tulis paling banyak {digits} angka di belakang koma, misalnya {example}.",
            "Use at most {digits} decimal places, such as {example}.",
        ),
        "bad_date": (
            "Ini bukan tanggal dalam kalender. Tulis tahun, bulan, dan hari, misalnya {example}.",
            "This is no day of the calendar. Write the year, the month and the day, such as {example}.",
        ),
        "too_early": (
            "Tanggal ini terlalu awal. Paling awal {minimum}, misalnya {example}.",
            "This day is too early. It can be {minimum} at the earliest, such as {example}.",
        ),
        "too_late": (
            "Tanggal ini terlalu akhir. Paling akhir {maximum}, misalnya {example}.",
            "This day is too late. It can be {maximum} at the latest, such as {example}.",
        ),
        "bad_length": (
            "Isi dengan {minimum} sampai {maximum} karakter, misalnya {example}.",
            "Use {minimum} to {maximum} characters, such as {example}.",
        ),
        "only_digits": (
            "Isi hanya dengan angka 0 sampai 9, misalnya {example}.",
            "Use only the digits 0 to 9, such as {example}.",
        ),
        "too_many_rows": (
            "Daftar ini terlalu panjang. Paling banyak {maximum} baris; hapus yang berlebih.",
            "This list is too long. It can have at most {maximum} rows. Remove the others.",
        ),
        "more_rows_than_people": (
            "Daftar ini memuat lebih banyak baris daripada orang dalam people. Baris pertama adalah orang pertama, dan "
            "seterusnya. Hapus baris yang berlebih, atau lengkapi people.",
            "This list has more rows than there are people in people. The first row is the first person, and so on. "
            "Remove the other rows, or complete people.",
        ),
        "more_people_than_rows": (
            "Dalam people ada lebih banyak orang daripada baris yang mungkin di sini, yaitu {maximum}. Hapus orang "
            "yang bukan anggota keluarga ini.",
            "There are more people in people than there can be rows here, which is {maximum}. Remove those who do not "
            "belong to the family.",
        ),
        "person_twice": (
            "Orang pada baris ini sudah ada dalam people. Hapus person pada baris ini.",
            "The person of this row is in people already. Remove person from this row.",
        ),
        "implausible": (
            "Jawaban-jawaban ini tidak cocok satu sama lain. {check} Perbaiki yang salah.",
            "These answers do not go together. {check} Correct the one that is wrong.",
        ),
        "unknown_code": (
            "Kode ini tidak ada dalam daftar. Yang ada: {options}.",
            "This code is not in the list. Available: {options}.",
        ),
        "code_withdrawn": (
            "Kode ini tidak dipakai lagi untuk periode mulai {first_day}. Penggantinya: {instead}.",
            "This code is no longer used for periods from {first_day} on. Use instead: {instead}.",
        ),
        "age_twice": (
            "Kelompok umur sudah menunjukkan anak atau dewasa. Hapus age_status (status usia) dari baris ini.",
            "The age group already says whether it is a child or an adult. Remove age_status from this row.",
        ),
        "too_many_dimensions": (
            "Satu baris dirinci paling banyak menurut {maximum} hal, misalnya sex, age_status, dan place. Hapus yang "
            "lain.",
            "A row is broken down by at most {maximum} things, such as sex, age_status and place. Remove the others.",
        ),
        "not_divided": (
            "Jumlah ini tidak dirinci menurut {dimension}. Hapus jumlahnya dari baris ini. Rinciannya hanya menurut: "
            "{options}.",
            "This number is not broken down by {dimension}. Remove the number from this row. It is broken down only "
            "by: {options}.",
        ),
        "counted_twice": (
            "Rincian yang sama sudah diisi di {first}. Hapus salah satunya.",
            "The same breakdown is already filled in at {first}. Remove one of them.",
        ),
        "above_whole": (
            "Angka ini lebih besar daripada keseluruhannya di {whole}. Periksa keduanya.",
            "This number is larger than the whole it belongs to, at {whole}. Check both.",
        ),
        "parts_above_whole": (
            "Rinciannya menurut {dimensions} berjumlah lebih besar daripada angka ini. Periksa angka ini dan "
            "rinciannya.",
            "Its parts by {dimensions} add up to more than this number. Check this number and its parts.",
        ),
        "nothing_counted": (
            "Baris ini belum memuat jumlah. Isi cases (kasus), victims (korban), atau perpetrators (pelaku), misalnya "
            "{example}.",
            "This row has no number. Fill in cases, victims or perpetrators, such as {example}.",
        ),
        "period_not_begun": (
            "Periode ini belum mulai; mulainya {first_day}. Kirim angkanya setelah itu.",
            "This period has not begun. It begins on {first_day}. Send its numbers after that.",
        ),
        "period_open": (
            "Periode ini belum selesai (sampai {last_day}), jadi statusnya harus provisional (sementara).",
            "This period has not ended (it lasts until {last_day}), so its status must be provisional.",
        ),
        "through_missing": (
            "Periode ini belum selesai. Isi hari terakhir yang sudah dihitung, misalnya {example}.",
            "This period has not ended. Fill in the last day that is counted, such as {example}.",
        ),
        "unknown_indicator": (
            "Indikator ini belum ada. Yang tersedia: {options}.",
            "There is no such indicator yet. Available: {options}.",
        ),
        "other_kind": (
            "Indikator ini diisi dengan {member}, bukan dengan bagian ini. Hapus bagian ini.",
            "This indicator is filled in with {member} and not with this. Remove it.",
        ),
        "not_above": (
            "Isi lebih dari {minimum}, misalnya {example}.",
            "Use more than {minimum}, such as {example}.",
        ),
        "code_twice": (
            "Kode ini sudah dipakai di atas. Tulis kode lain, misalnya madya atau nindya.",
            "This code is used above already. Write another one, such as madya or nindya.",
        ),
        "year_ahead": (
            "Tahun ini belum mulai. Isi paling akhir {maximum}.",
            "The year has not begun. Use {maximum} at the latest.",
        ),
        "row_twice": (
            "Baris {first} sudah memuat wilayah, tahun, dan indikator yang sama. Hapus salah satunya.",
            "Line {first} has the same region, year and indicator already. Remove one of the two.",
        ),
        "outside_caller": (
            "Wilayah ini bukan wilayah Anda. Hapus baris ini, atau minta pengelola wilayah itu untuk mengirimnya.",
            "This region is not one of yours. Remove the line, or ask the administrator of that region to send it.",
        ),
        "two_readings": (
            "Angka ini dapat dibaca dengan dua cara, karena titik atau koma di dalamnya dapat berarti ribuan. Tulis "
            "tanpa tanda ribuan, misalnya {example}.",
            "This number can be read in two ways, because its point or comma may divide thousands. Write it without a "
            "mark for thousands, such as {example}.",
        ),
        "thousands": (
            "Angka ini memuat titik atau koma, sehingga bisa dibaca dengan dua cara. Tulis tanpa pemisah, misalnya "
            "{example}.",
            "This number holds a point or a comma, so it can be read in two ways. Write it without separators, such as "
            "{example}.",
        ),
        "other_granularity": (
            "Tahun {year} wilayah ini dilaporkan dengan periode lain untuk status yang sama: {periods}. Pakai jenis "
            "periode yang sama, atau tarik dahulu periode itu.",
            "The year {year} of this region is reported in other periods for the same status: {periods}. Use periods "
            "of the same length, or withdraw those first.",
        ),
        "differs_in_report": (
            "Baris-baris wilayah, periode, dan status yang sama harus memuat isi kolom ini yang sama. Samakan dengan "
            "baris {line}.",
            "The lines of the same region, period and status must have the same value in this column. Make it the same "
            "as in line {line}.",
        ),
    }
)
