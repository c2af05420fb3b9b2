"""What is wrong with an instrument file, and what is right instead: code, Indonesian text, English text.

A code is never used for something else.
"""

from typing import Final

from app.scoring.reading.faults import Texts

_FILE: Final[Texts] = {
    "file_office": (
        "E01",
        "Ini berkas Office atau ZIP, bukan berkas teks. Simpan sebagai teks biasa, misalnya indeks.toml.",
        "This is an office document or ZIP, not a text file. Save it as plain text, such as index.toml.",
    ),
    "file_lines": (
        "E01",
        "Akhir baris berkas ini (CR saja) tidak dikenal. Simpan dengan akhir baris LF (Unix) atau CRLF (Windows).",
        "The line ends of this file (CR alone) are not known. Save it with line ends LF (Unix) or CRLF (Windows).",
    ),
    "not_utf8": (
        "E01",
        "Huruf di sini tidak dapat dibaca. Simpan berkas dengan pengkodean UTF-8.",
        "This character cannot be read. Save the file with the encoding UTF-8.",
    ),
    "toml_twice": (
        "E01",
        "Kunci atau judul ini sudah ada di atas. Tulis hanya sekali.",
        "This key or header is there already. Write it only once.",
    ),
    "toml_line": (
        "E01",
        "Baris ini seharusnya sudah selesai. Tulis satu isian per baris, dan pakai titik untuk desimal, misalnya 7.2.",
        "The line should end here. Write one value per line, and decimals with a point, such as 7.2.",
    ),
    "toml_equals": (
        "E01",
        'Setelah nama kunci harus ada tanda =, misalnya code = "P01".',
        'A key needs an = after it, such as code = "P01".',
    ),
    "toml_key": (
        "E01",
        "Di sini seharusnya ada nama kunci. Jangan berganti baris di dalam {{ }}; "
        "pakai daftar [ ] untuk isi yang panjang.",
        "A key should stand here. Do not break the line inside {{ }}; use a list in [ ] for long content.",
    ),
    "toml_brace": (
        "E01",
        "Tanda }} belum ada. Isi {{ }} harus berada dalam satu baris.",
        "The }} is missing. What is in {{ }} must be on one line.",
    ),
    "toml_bracket": (
        "E01",
        "Tanda ] belum ada, atau koma di antara dua isian belum ada.",
        "The ] is missing, or a comma between two values.",
    ),
    "toml_header": (
        "E01",
        "Judul harus ditutup, misalnya [[question]] atau [index.region].",
        "A header must be closed, such as [[question]] or [index.region].",
    ),
    "toml_quote": ("E01", "Tanda kutip {sign} penutup belum ada.", "The closing quote {sign} is missing."),
    "toml_three_quotes": (
        "E01",
        "Teks yang dimulai di sini dengan tiga tanda kutip tidak ditutup. Tulis {sign} di akhirnya.",
        "The text that begins here with three quotes is never closed. Write {sign} at its end.",
    ),
    "toml_no_character": (
        "E01",
        'Kode setelah \\ ini bukan huruf. Tulis hurufnya langsung, misalnya "é", atau \\u00e9.',
        'This code after \\ is no character. Write the character itself, such as "é", or \\u00e9.',
    ),
    "toml_sign": (
        "E01",
        'Tanda ini tidak boleh ada di sini. Teks ditulis di antara dua tanda kutip lurus, misalnya "Ya".',
        'This sign may not stand here. Texts stand between two straight quotes, such as "Yes".',
    ),
    "toml_backslash": (
        "E01",
        "Tanda \\ di dalam teks harus ditulis dua kali: \\\\.",
        "A \\ inside a text must be written twice: \\\\.",
    ),
    "toml_date": (
        "E01",
        "Tanggal ini tidak ada dalam kalender. Contoh yang benar: 2026-01-31.",
        "There is no such date. A right one is 2026-01-31.",
    ),
    "toml_value": (
        "E01",
        'Isian ini tidak dapat dibaca. Tulis teks dalam tanda kutip ("ya"), angka seperti 2 atau 7.2, '
        "tanggal seperti 2026-01-31, atau true dan false.",
        'This value cannot be read. Write texts in quotes ("yes"), numbers like 2 or 7.2, dates like 2026-01-31, '
        "or true and false.",
    ),
    "file_large": (
        "E02",
        "Berkas ini terlalu besar. Paling besar {most} MB.",
        "The file is too large. It may have {most} MB at most.",
    ),
    "too_nested": (
        "E02",
        "Bagian ini terlalu dalam: syarat dapat berada di dalam syarat lain paling banyak 12 tingkat. "
        "Beri nama pada sebagian dengan fakta (when) dan pakai holds.",
        "This is nested too deeply: conditions may stand inside each other 12 levels deep. "
        "Name a part of it in a fact (when) and use holds.",
    ),
    "too_deep": (
        "E02",
        "Syarat ini terlalu dalam: paling banyak {most} tingkat. Beri nama pada sebagian dengan fakta (when) "
        "dan pakai holds.",
        "The condition is nested too deeply: {most} levels at most. Name a part of it in a fact (when) and use holds.",
    ),
    "too_many_questions": (
        "E02",
        "Paling banyak {most} pertanyaan. Hapus yang dari sini ke bawah, "
        "atau pakai roster untuk pertanyaan per anggota.",
        "{most} questions at most. Remove those from here on, or use a roster for questions about each member.",
    ),
    "too_many_entries": ("E02", "Paling banyak {most} isian dalam satu daftar.", "A list has {most} entries at most."),
    "too_many_values": (
        "E02",
        "Berkas ini terlalu panjang: paling banyak 2.000 pertanyaan dan 20.000 bagian syarat.",
        "The file is too long: 2,000 questions and 20,000 parts of conditions at most.",
    ),
    "too_many_conditions": (
        "E02",
        "Semua syarat bersama-sama terlalu panjang: paling banyak 20.000 bagian.",
        "All conditions together are too long: 20,000 parts at most.",
    ),
    "sums_too_large": (
        "E02",
        "Indeks, kelompok, dan indikator di berkas ini terlalu banyak untuk dijumlahkan per desa. "
        "Bagi menjadi beberapa instrumen.",
        "This file has too many indices, groups and indicators to be added up for a village. "
        "Split it into several instruments.",
    ),
    "too_many_indices": ("E02", "Paling banyak {most} indeks.", "{most} indices at most."),
    "format_unknown": (
        "E04",
        "Berkas memerlukan format = 2 tanpa tanda kutip.",
        "The file needs format = 2 without quotes.",
    ),
    "no_questions": (
        "E04",
        "Belum ada pertanyaan. Tambahkan [[question]].",
        "There is no question yet. Add a [[question]].",
    ),
    "no_index": (
        "E04",
        'Belum ada indeks. Tambahkan [[index]] dengan code dan method, misalnya method = "mean".',
        'There is no index yet. Add an [[index]] with code and method, such as method = "mean".',
    ),
}
_KEYS: Final[Texts] = {
    "key_unknown": (
        "E03",
        "{name} bukan kunci dari {table}.{meant}",
        "{name} is not a key of {table}.{meant}",
    ),
    "condition_unknown": (
        "E03",
        'Tidak ada syarat {name}.{meant} Contoh: equal = ["savings", "yes"].',
        'There is no condition {name}.{meant} An example: equal = ["savings", "yes"].',
    ),
    "word_unknown": (
        "E03",
        "{name} tidak dapat berisi {value}.{meant} Pilih salah satu: {allowed}.",
        "{name} cannot be {value}.{meant} Choose one of: {allowed}.",
    ),
    "key_missing": ("E04", "{table} memerlukan {name}.", "{table} needs {name}."),
    "formula_missing": (
        "E04",
        "Fakta memerlukan satu cara menghitung: {keys}.",
        "A fact needs one way to compute it: {keys}.",
    ),
    "indicator_without_rule": ("E04", "Indikator memerlukan {keys}.", "An indicator needs {keys}."),
    "points_form": (
        "E04",
        "points memerlukan of dengan options, each, ranges, atau minimum dan maximum, ataupun first. "
        'Contoh: points = {{ of = "water", options = {{ 1 = 4, 2 = 0 }} }}.',
        "points needs of with options, each, ranges, or minimum and maximum, or else first. "
        'An example: points = {{ of = "water", options = {{ 1 = 4, 2 = 0 }} }}.',
    ),
    "one_of_too_many": (
        "E15",
        "Hanya satu yang boleh ada: {keys}.",
        "Only one of these may be there: {keys}.",
    ),
    "key_of_other_type": (
        "E15",
        "{name} tidak berlaku untuk pertanyaan {type}, hanya untuk {types}.",
        "{name} has no meaning for a question of type {type}, only for {types}.",
    ),
    "bound_beside": (
        "E15",
        "{name} tidak berlaku di samping minimum dan maximum, yang sudah menjadi batasnya. Hapus {name}.",
        "{name} has no meaning beside minimum and maximum, which are the bounds already. Remove {name}.",
    ),
    "key_without_meaning": (
        "E15",
        "{name} tidak berlaku dengan metode {method}. Hapus baris ini.",
        "{name} has no meaning with the method {method}. Remove it.",
    ),
    "method_needs": ("E15", "{method} memerlukan {name}.", "{method} needs {name}."),
    "needs_group": (
        "E15",
        "Dengan metode {method} setiap indikator memerlukan group.",
        "With the method {method} every indicator needs a group.",
    ),
    "needs_key": (
        "E15",
        "{name} hanya berlaku bersama {other}.",
        "{name} has a meaning only together with {other}.",
    ),
    "single_brackets": (
        "E24",
        "{key_} adalah daftar. Tulis judulnya dengan dua kurung: [[{name}]].",
        "{key_} is a list. Write its header with two brackets: [[{name}]].",
    ),
    "misplaced_list": (
        "E24",
        "Daftar {name} ini menjadi bagian dari judul di atasnya. Pindahkan ke atas [judul] yang pertama, "
        "atau tulis sebagai [[{name}]].",
        "This list {name} belongs to the header above it. Move it above the first [header], or write it as [[{name}]].",
    ),
    "misplaced_key": (
        "E24",
        "{name} bukan kunci di bagian atas berkas. Tempatnya di bawah [[{home}]].",
        "{name} is not a key at the top of the file. Its place is below [[{home}]].",
    ),
    "row_question_apart": (
        "E24",
        "Pertanyaan untuk {roster} harus berurutan. Pindahkan pertanyaan ini ke dekat yang lain.",
        "The questions of {roster} must stand together. Move this question next to the others.",
    ),
}
_VALUES: Final[Texts] = {
    "type": ("E05", "Di sini seharusnya ada {wanted}, bukan {found}.", "Here should be {wanted}, not {found}."),
    "thousands": (
        "E05",
        "{value} adalah {one} dengan desimal. Tulis {many} untuk ribuan, atau {one}.",
        "{value} is {one} with decimals. Write {many} for thousands, or {one}.",
    ),
    "not_whole": (
        "E05",
        "{value} bukan bilangan bulat. Tulis tanpa titik, misalnya 3.",
        "{value} is not a whole number. Write it without a point, such as 3.",
    ),
    "text_empty": ("E05", "Teks ini kosong.", "This text is empty."),
    "text_language": (
        "E05",
        'Tulis teks per bahasa, misalnya {{ id = "{text}" }}.',
        'Write the text by language, such as {{ id = "{text}" }}.',
    ),
    "list_empty": ("E05", "Daftar ini kosong.", "This list is empty."),
    "day_with_time": (
        "E05",
        "Tulis hanya tanggalnya, tanpa jam: {value}.",
        "Write the date alone, without a time: {value}.",
    ),
    "condition_keys": (
        "E05",
        "Syarat memiliki tepat satu kunci, bukan {keys}. Gabungkan beberapa dengan all, "
        "misalnya all = [{{ … }}, {{ … }}].",
        "A condition has exactly one key, not {keys}. Join several with all, such as all = [{{ … }}, {{ … }}].",
    ),
    "form": ("E05", "Bentuknya tidak benar. Contoh: {example}.", "This is not the right form. An example: {example}."),
    "term_form": (
        "E05",
        'Di sini seharusnya ada angka, tanggal, nama, atau {{ value = "members", times = 7.2 }}.',
        'Here should be a number, a date, a name, or {{ value = "members", times = 7.2 }}.',
    ),
    "operator_unknown": (
        "E05",
        'Pembandingnya salah satu dari {operators}, misalnya compare = ["members", ">", 2].',
        'The operator is one of {operators}, such as compare = ["members", ">", 2].',
    ),
    "number_long": (
        "E13",
        "Angka ini terlalu panjang. Paling banyak 15 angka di depan titik dan 9 di belakangnya.",
        "The number is too long. It may have 15 digits before the point and 9 after it.",
    ),
    "no_number": (
        "E13",
        "{value} bukan angka yang dapat dihitung.",
        "{value} is not a number that can be computed with.",
    ),
    "ratio_by_zero": (
        "E13",
        '{value} membagi dengan 0. Contoh yang benar: "1/3".',
        '{value} divides by 0. A right one is "1/3".',
    ),
    "number_outside": (
        "E13",
        "{name} harus antara {least} dan {most}.",
        "{name} must be between {least} and {most}.",
    ),
    "not_positive": (
        "E13",
        'Tulis {name} lebih dari 0 dan paling besar {most}, misalnya 1 atau "1/3".',
        'Write {name} above 0 and up to {most}, such as 1 or "1/3".',
    ),
    "not_share": (
        "E13",
        'Tulis {name} lebih dari 0 dan paling besar 1, misalnya 0.5 atau "1/3".',
        'Write {name} above 0 and up to 1, such as 0.5 or "1/3".',
    ),
    "minimum_above": ("E13", "{low} harus di bawah {high}.", "{low} must be below {high}."),
    "bound_digits": (
        "E13",
        "{name} memiliki lebih dari {digits} angka di belakang titik.",
        "{name} has more than {digits} digits after the point.",
    ),
    "count_not_whole": (
        "E13",
        "Jumlahnya harus bilangan bulat mulai 0.",
        "The count must be a whole number from 0.",
    ),
    "count_beyond": (
        "E13",
        "{number} tidak mungkin terpenuhi: hanya ada {most} syarat.",
        "{number} can never hold: there are only {most} conditions.",
    ),
    "between_order": (
        "E13",
        'Tulis yang lebih kecil dahulu, misalnya between = ["age", 12, 23].',
        'Write the smaller one first, such as between = ["age", 12, 23].',
    ),
    "divided_by_zero": ("E13", "Tidak dapat dibagi dengan 0.", "Nothing can be divided by 0."),
    "weights_large": (
        "E13",
        "Bobot sebagai bilangan bulat berjumlah lebih dari {most}. Pakai perbandingan yang lebih sederhana, "
        "misalnya 1, 2, 3.",
        "The weights as whole numbers add up to more than {most}. Use simpler ratios, such as 1, 2, 3.",
    ),
}
_CODES: Final[Texts] = {
    "code_form": (
        "E06",
        "{code} bukan kode. Pakai huruf, angka, dan . _ - saja, paling banyak 40, misalnya P.01.",
        "{code} is not a code. Use letters, digits and . _ - only, 40 at most, such as P.01.",
    ),
    "file_code_form": (
        "E06",
        "Kode berkas memakai huruf kecil, angka, dan -, misalnya indeks-29.",
        "The code of a file has small letters, digits and -, such as index-29.",
    ),
    "source_form": (
        "E06",
        "Kode sumber memakai huruf kecil, angka, dan -, misalnya bps-2016.",
        "The code of a source has small letters, digits and -, such as bps-2016.",
    ),
    "version_form": (
        "E06",
        'Versi memakai huruf, angka, titik, dan -, paling banyak 20, misalnya "2026.1".',
        'A version has letters, digits, points and -, 20 at most, such as "2026.1".',
    ),
    "code_reserved": (
        "E06",
        "{code} sudah punya arti sendiri. Pilih nama lain.",
        "{code} has a meaning of its own. Choose another name.",
    ),
    "option_reserved": (
        "E06",
        "Setiap pertanyaan sudah memiliki jawaban {code}. Hapus pilihan ini.",
        "Every question has the answer {code} already. Remove this option.",
    ),
    "dotted_key": (
        "E06",
        'Kode dengan titik memerlukan tanda kutip di sini: "{code}" = ….',
        'A code with a point needs quotes here: "{code}" = ….',
    ),
    "code_twice": ("E07", "{code} sudah ada. Pilih kode lain.", "{code} is there already. Choose another code."),
    "listed_twice": (
        "E07",
        "{code} sudah ada dalam daftar ini. Tulis hanya sekali.",
        "{code} is in this list already. Write it only once.",
    ),
    "case_twice": (
        "E07",
        'Sudah ada kasus "{name}". Pilih nama lain.',
        'There is a case "{name}" already. Choose another name.',
    ),
    "code_alike": (
        "E07",
        "{code} terlalu mirip dengan {other}: beda besar kecil huruf atau . _ - saja tidak cukup.",
        "{code} is too much like {other}: a difference of case or of . _ - is not enough.",
    ),
    "code_unknown": ("E08", "Tidak ada {table} {code}.{meant}", "There is no {table} {code}.{meant}"),
    "name_unknown": (
        "E08",
        "Tidak ada pertanyaan atau fakta {code}.{meant}",
        "There is no question or fact {code}.{meant}",
    ),
    "member_unknown": (
        "E08",
        "Indeks {index} tidak memiliki {table} {code}.{meant}",
        "The index {index} has no {table} {code}.{meant}",
    ),
    "roster_unknown": ("E08", "Tidak ada roster {code}.{meant}", "There is no roster {code}.{meant}"),
    "option_unknown": ("E08", "{name} tidak memiliki pilihan {code}.{meant}", "{name} has no option {code}.{meant}"),
    "version_itself": (
        "E08",
        "Sebuah versi tidak dapat merujuk pada dirinya sendiri.",
        "A version cannot refer to itself.",
    ),
    "expect_unknown": (
        "E08",
        "Tidak ada {name} yang dapat diharapkan dari sebuah kasus.{meant}",
        "There is no {name} that a case could expect.{meant}",
    ),
    "case_later": (
        "E10",
        "Kasus {name} berada di bawah. Pindahkan ke atas kasus ini.",
        "The case {name} stands further down. Move it above this one.",
    ),
}
_READING: Final[Texts] = {
    "row_outside": (
        "E09",
        "{code} ada di setiap baris {roster}, dan di sini tidak jelas baris yang mana. Pakai misalnya "
        'some = {{ roster = "{roster}", has = {{ … }} }}.',
        "{code} is there in every row of {roster}, and here nobody knows which row. Use for example "
        'some = {{ roster = "{roster}", has = {{ … }} }}.',
    ),
    "roster_in_roster": (
        "E09",
        "Di dalam baris sebuah roster tidak dapat ada roster lain. Hitung dahulu {code} dalam sebuah fakta.",
        "Inside the row of a roster there can be no other roster. Count {code} in a fact first.",
    ),
    "roster_nested": (
        "E09",
        "Sebuah roster tidak dapat berada di dalam roster lain. Hapus baris ini, dan tanyakan hal itu dalam pertanyaan "
        'dengan roster = "…".',
        'A roster cannot hold a roster. Remove this line, and ask about it in questions with roster = "…".',
    ),
    "person_without_people": (
        "E09",
        "person hanya dikenal di baris roster dengan people = true.",
        "person is known only in the rows of a roster with people = true.",
    ),
    "only_reads_rows": (
        "E10",
        "only memutuskan baris mana yang ada, jadi tidak dapat membaca hitungan atas baris ({roster}).",
        "only decides which rows there are, so it cannot read what is counted over rows ({roster}).",
    ),
    "fact_later": (
        "E10",
        "Fakta {code} belum dihitung di sini. Pindahkan ke atas.",
        "The fact {code} is not computed yet here. Move it up.",
    ),
    "facts_circular": (
        "E10",
        "Fakta-fakta ini berputar: {circle}. Hitung salah satunya tanpa membaca yang lain.",
        "These facts go in a circle: {circle}. Compute one of them without reading the others.",
    ),
    "asked_by_itself": (
        "E10",
        "{code} bergantung pada apa yang baru ditanyakan di sini, jadi tidak dapat menentukannya. "
        "Pakai pertanyaan di atas saja.",
        "{code} depends on what is being asked here, so it cannot decide about that. Use questions further up only.",
    ),
    "asked_by_own_answer": (
        "E10",
        "Jawaban {code} tidak dapat menentukan apakah {code} sendiri ditanyakan. Pakai pertanyaan di atas saja.",
        "The answer to {code} cannot decide whether {code} itself is asked. Use questions further up only.",
    ),
    "fact_not_yet_known": (
        "E10",
        "Fakta {code} membaca {question}, yang baru ditanyakan di bawah. Pindahkan pertanyaan {question} ke atas.",
        "The fact {code} reads {question}, which is asked further down. Move the question {question} up.",
    ),
    "not_yet_known": (
        "E10",
        "{code} baru ditanyakan di bawah, jadi belum diketahui di sini. Pindahkan pertanyaannya ke atas.",
        "{code} is asked further down, so it is not known yet here. Move its question up.",
    ),
    "rows_not_yet_known": (
        "E10",
        "{code} dihitung atas semua baris {roster}, yang masih ditanyakan di sini.",
        "{code} is counted over all rows of {roster}, which are still being asked here.",
    ),
    "roster_as_name": (
        "E11",
        '{code} adalah roster, bukan pertanyaan. Pakai misalnya some = {{ roster = "{code}", has = {{ … }} }}.',
        '{code} is a roster, not a question. Use for example some = {{ roster = "{code}", has = {{ … }} }}.',
    ),
    "misfit": (
        "E11",
        "Di sini seharusnya ada {wanted}, sedangkan {code} adalah {found}. Contoh: {cure}.",
        "Here should be {wanted}, but {code} is {found}. An example: {cure}.",
    ),
    "number_with_date": (
        "E11",
        "Angka tidak dapat dibandingkan dengan tanggal. Hitung umur dahulu dengan months_since.",
        "A number cannot be compared with a date. Compute an age first with months_since.",
    ),
    "needs_question": (
        "E11",
        "{name} memerlukan pertanyaan, sedangkan {code} adalah fakta.",
        "{name} needs a question, but {code} is a fact.",
    ),
    "text_as_value": (
        "E11",
        "{code} adalah teks, yang tidak pernah ikut dihitung.",
        "{code} is a text, which is never computed with.",
    ),
    "same_as_type": (
        "E11",
        'same_as = "{same_as}" memerlukan pertanyaan {type} tentang keluarga.',
        'same_as = "{same_as}" needs a question of type {type} about the family.',
    ),
    "same_as_options": (
        "E11",
        'same_as = "head_sex" memerlukan pilihan female dan male.',
        'same_as = "head_sex" needs the options female and male.',
    ),
    "rows_not_whole": (
        "E11",
        "rows memerlukan bilangan bulat, sedangkan {code} dapat memiliki desimal.",
        "rows needs a whole number, but {code} can have decimals.",
    ),
    "breakdown_kind": (
        "E11",
        "{code} bukan pilihan dari keluarga. Untuk rincian pakai pertanyaan choice atau fakta class.",
        "{code} is not a choice of the family. For breakdowns use a question of type choice or a fact with class.",
    ),
    "withheld_compared": (
        "E12",
        "{code} berarti tidak diketahui, jadi tidak dapat dibandingkan. Pakai given atau answered.",
        "{code} means unknown, so nothing can be compared with it. Use given or answered.",
    ),
    "withheld_as_name": (
        "E12",
        "{code} bukan nama pertanyaan. Pakai given atau answered.",
        "{code} is not the name of a question. Use given or answered.",
    ),
}
_SCORING: Final[Texts] = {
    "band_unbounded": ("E14", "Batas ini memerlukan satu dari {keys}.", "This band needs one of {keys}."),
    "share_for_percent": (
        "E14",
        "Batas ini dalam persen, dari 0 sampai 100. Mungkin maksudnya {cure}.",
        "This bound is a percentage, from 0 to 100. Did you mean {cure}?",
    ),
    "last_band_bounded": (
        "E14",
        "Yang terakhir tidak memiliki batas. Hapus {name}.",
        "The last one has no bound. Remove {name}.",
    ),
    "band_off_scale": (
        "E14",
        "Batas ini di luar skala {low} sampai {high}.",
        "This bound is off the scale from {low} to {high}.",
    ),
    "band_not_rising": (
        "E14",
        "Batas harus naik: yang sebelumnya {before}.",
        "Bounds must rise: the one before is {before}.",
    ),
    "last_with_when": (
        "E14",
        "Yang terakhir berlaku untuk semua sisanya, jadi tanpa when.",
        "The last one is for all the rest, so it has no when.",
    ),
    "rest_early": (
        "E14",
        "Yang tanpa when berlaku untuk semua sisanya. Pindahkan ke akhir daftar, atau beri when.",
        "The one without when is for all the rest. Move it to the end of the list, or give it a when.",
    ),
    "rest_early_bound": (
        "E14",
        "Yang tanpa batas berlaku untuk semua sisanya. Pindahkan ke akhir daftar, atau beri batas.",
        "The one without a bound is for all the rest. Move it to the end of the list, or give it a bound.",
    ),
    "first_stage_after": (
        "E14",
        "Kategori pertama untuk keluarga yang belum lulus kelompok mana pun, jadi tanpa after.",
        "The first category is for families that passed no group, so it has no after.",
    ),
    "stage_order": (
        "E14",
        "Kategori harus mengikuti urutan kelompok: {code} sudah lewat.",
        "Categories must follow the order of the groups: {code} is past already.",
    ),
    "stage_inside": (
        "E14",
        "{code} berada di dalam kelompok lain. Hanya kelompok teratas yang menjadi tahap.",
        "{code} is inside another group. Only groups at the top are stages.",
    ),
    "group_circular": ("E16", "Kelompok {code} berada di dalam dirinya sendiri.", "The group {code} is inside itself."),
    "group_deep": (
        "E16",
        "Kelompok {code} terlalu dalam: paling banyak {most} tingkat.",
        "The group {code} is too deep: {most} levels at most.",
    ),
    "group_empty": (
        "E16",
        "Kelompok {code} tidak memiliki indikator maupun kelompok lain.",
        "The group {code} has neither an indicator nor another group.",
    ),
    "index_empty": ("E16", "Indeks ini belum memiliki indikator.", "This index has no indicator yet."),
    "complete_beyond": (
        "E17",
        "Terlalu banyak: paling besar {most} di sini.",
        "That is too many: {most} at most here.",
    ),
    "complete_no_groups": (
        "E17",
        "every_group tidak berlaku, karena tidak ada kelompok di sini.",
        "every_group has no meaning, because there are no groups here.",
    ),
    "headline_of_other": (
        "E18",
        "Metode {method} tidak memiliki {name} untuk wilayah. Pilih salah satu: {allowed}.",
        "The method {method} has no {name} of a region. Choose one of: {allowed}.",
    ),
    "weight_negative": (
        "E18",
        "{code} dapat kurang dari 0, jadi tidak dapat menjadi bobot.",
        "{code} can be below 0, so it cannot be a weight.",
    ),
    "option_without": (
        "E19",
        "Pilihan {code} dari {name} belum memiliki angka.",
        "The option {code} of {name} has no number yet.",
    ),
    "points_beyond": (
        "E19",
        "{name} tidak cukup: tabel ini mencapai {points}.",
        "{name} is not enough: the table reaches {points}.",
    ),
    "points_equal": (
        "E19",
        "Nilai terendah dan tertinggi sama, jadi indikator ini tidak membedakan apa pun.",
        "The least and the most points are equal, so the indicator distinguishes nothing.",
    ),
    "status_above": (
        "E20",
        "Status berkas tidak dapat {status}, karena ada isian dengan status {weakest}.",
        "The status of the file cannot be {status}, because an entry has the status {weakest}.",
    ),
    "valid_to_before": (
        "E21",
        "valid_to harus sesudah valid_from, yaitu {starts}.",
        "valid_to must be after valid_from, which is {starts}.",
    ),
    "language_form": (
        "E22",
        '{language} bukan kode bahasa. Contoh: "id", "en", "bjn".',
        '{language} is not the code of a language. Examples: "id", "en", "bjn".',
    ),
    "languages_without_id": (
        "E22",
        'Bahasa Indonesia harus ada: languages = ["id"].',
        'Indonesian must be among them: languages = ["id"].',
    ),
    "language_unknown": (
        "E22",
        "Bahasa {language} tidak ada di languages ({languages}).",
        "The language {language} is not in languages ({languages}).",
    ),
    "text_without_id": (
        "E22",
        "Teks bahasa Indonesia (id) belum ada.",
        "The Indonesian text (id) is missing.",
    ),
    "case_answers": (
        "E23",
        "Jawaban kasus ini tidak sah: {why}.",
        "The answer of this case is not valid: {why}.",
    ),
    "case_differs": (
        "E23",
        "Kasus ini menghasilkan {found}{of}, bukan {expected}.",
        "The case gives {found}{of}, not {expected}.",
    ),
}
_WARNINGS: Final[Texts] = {
    "bands_of_one": (
        "W01",
        "Semua batas di antara 0 dan 1, padahal skalanya sampai {high}. Mungkin maksudnya {cure}, atau scale = 1.",
        "All bounds are between 0 and 1, but the scale goes to {high}. Did you mean {cure}, or scale = 1?",
    ),
    "never_true": (
        "W02",
        "Syarat ini tidak pernah terpenuhi.",
        "This condition is never true.",
    ),
    "always_true": (
        "W02",
        "Syarat ini selalu terpenuhi.",
        "This condition is always true.",
    ),
    "compared_with_itself": (
        "W03",
        "Kedua sisi sama, jadi syarat ini tidak bergantung pada jawaban.",
        "Both sides are the same, so the condition does not depend on an answer.",
    ),
    "not_asked": (
        "W04",
        "{code} tidak ditanyakan kepada semua keluarga, jadi indikator ini{of} hilang bagi yang lain. Pakai "
        'applies_when.asked = "{code}" atau when_not_asked.',
        "{code} is not asked of every family, so this indicator{of} is missing for the others. Use "
        'applies_when.asked = "{code}" or when_not_asked.',
    ),
    "not_asked_row": (
        "W04",
        "{code} tidak ditanyakan di setiap baris, jadi indikator ini{of} hilang bagi keluarga dengan baris seperti "
        'itu. Pakai where = {{ asked = "{code}" }} atau when_not_asked.',
        "{code} is not asked in every row, so this indicator{of} is missing for families with such a row. Use "
        'where = {{ asked = "{code}" }} or when_not_asked.',
    ),
    "not_asked_sum": (
        "W04",
        "{code} tidak ditanyakan kepada semua keluarga, jadi yang lain tidak memiliki nilai{of}. Pakai "
        "when_not_asked, atau beri poin bagi mereka dengan first.",
        "{code} is not asked of every family, so the others have no score{of}. Use when_not_asked, or give them "
        "points with first.",
    ),
    "not_asked_rule": (
        "W04",
        "{code} tidak ditanyakan kepada semua keluarga, jadi kategori ini{of} tidak dapat diputuskan bagi yang lain. "
        'Pakai when_not_asked, atau tulis asked = "{code}" di sampingnya dengan all.',
        "{code} is not asked of every family, so this category{of} cannot be decided for the others. Use "
        'when_not_asked, or write asked = "{code}" beside it with all.',
    ),
    "unused": ("W05", "{table} {code} tidak dipakai di mana pun.", "Nothing uses the {table} {code}."),
    "valid_far": (
        "W06",
        "Tanggal mulai berlaku lebih dari setahun lagi.",
        "The first day of validity is more than a year ahead.",
    ),
    "category_unreached": (
        "W07",
        "Tidak ada keluarga yang dapat mencapai kategori {code}{of}.",
        "No family can reach the category {code}{of}.",
    ),
    "text_missing": (
        "W08",
        "Teks dalam bahasa {language} belum ada. Sementara dipakai teks Indonesia.",
        "The text in {language} is missing. The Indonesian one is used.",
    ),
    "no_cases": (
        "W09",
        "Belum ada kasus yang dihitung dengan tangan. Tambahkan [[case]].",
        "There is no case worked by hand yet. Add a [[case]].",
    ),
    "category_without_case": (
        "W09",
        "Belum ada kasus dengan kategori {code}{of}.",
        "No case has the category {code}{of} yet.",
    ),
    "no_region_case": (
        "W09",
        "Belum ada kasus untuk wilayah. Tambahkan [[region_case]].",
        "There is no case of a region yet. Add a [[region_case]].",
    ),
    "late_root": (
        "W10",
        "Ponsel tidak dapat menghitung akar, jadi nilai baru terlihat setelah dikirim.",
        "Phones cannot compute roots, so the score is shown only after sending.",
    ),
    "late_quotient": (
        "W10",
        "{code} hasil pembagian, jadi nilai baru terlihat setelah dikirim.",
        "{code} is a quotient, so the score is shown only after sending.",
    ),
    "late_rows": (
        "W10",
        "{code} berasal dari satu baris di antara beberapa, jadi nilai baru terlihat setelah dikirim.",
        "{code} comes from one row among several, so the score is shown only after sending.",
    ),
    "weight_unknown": (
        "W11",
        "{code} dapat tidak diketahui. Keluarga tanpa {code} tidak ikut dihitung. Pakai required = true.",
        "{code} may be unknown. Families without it are left out. Use required = true.",
    ),
    "fact_weight_unknown": (
        "W11",
        "{code} dapat tidak diketahui. Keluarga tanpa {code} tidak ikut dihitung. Beri required = true pada semua "
        "pertanyaan yang dibacanya, atau timbang dengan pertanyaan.",
        "{code} may be unknown. Families without it are left out. Give every question that it reads required = true, "
        "or weigh by a question.",
    ),
    "divisor_zero": (
        "W12",
        "{code} dapat bernilai 0, dan hasil pembagiannya lalu tidak diketahui.",
        "{code} can be 0, and the quotient is unknown then.",
    ),
    "phone_digits": (
        "W13",
        "Lebih dari 9 angka tidak muat di ponsel.",
        "More than 9 digits do not fit on a phone.",
    ),
    "not_marked": (
        "W14",
        "{code} membaca pertanyaan sensitif. Tulis sensitive = true agar pembaca berkas mengetahuinya.",
        "{code} reads a sensitive question. Write sensitive = true, so that readers of the file know.",
    ),
    "share_of_all": (
        "W16",
        "share_of memuat semua kategori, jadi angka utamanya selalu 100%. Sebutkan sebagian saja.",
        "share_of names every category, so the headline is always 100 %. Name only some of them.",
    ),
    "sum_without_part": (
        "W17",
        "Jika applies_when tidak terpenuhi, keluarga tidak memiliki nilai{of}, karena jumlah poin memerlukan semua "
        "indikator. Pakai points dengan first untuk memberi poin.",
        "Where applies_when is false the family has no score{of}, because a sum of points needs every indicator. "
        "Use points with first to give points.",
    ),
    "beyond_answers": (
        "W18",
        "Nilai ini di luar jawaban yang mungkin, dari {low} sampai {high}. Periksa apakah memang begitu.",
        "This value lies beyond all answers, from {low} to {high}. Check whether that is meant.",
    ),
    "replaced_without_end": (
        "W19",
        "replaced_by berlaku setelah valid_to, yang belum ada. Tulis hari terakhirnya, misalnya valid_to = 2027-12-31.",
        "replaced_by holds after valid_to, which is not there. Write the last day, such as valid_to = 2027-12-31.",
    ),
    "case_early": (
        "W20",
        "Wawancara kasus ini sebelum hari pertama berlaku, {starts}. Wawancara seperti itu ditolak.",
        "The interview of this case is before the first day of validity, {starts}. Such an interview is refused.",
    ),
    "decimal_thousands": (
        "W15",
        "{value} berarti {one} dengan desimal. Untuk ribuan tulis {many}.",
        "{value} means {one} with decimals. For thousands write {many}.",
    ),
}
FAULT_TEXTS: Final[Texts] = {**_FILE, **_KEYS, **_VALUES, **_CODES, **_READING, **_SCORING, **_WARNINGS}
