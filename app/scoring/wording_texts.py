"""The sentences of `wording.py`, by what they say: Indonesian first, then English."""

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # Conditions
    "equal": ("jawaban atas {name} adalah {options}", "the answer to {name} is {options}"),
    "in": ("jawaban atas {name} adalah salah satu dari {options}", "the answer to {name} is one of {options}"),
    "fact_equal": ("{name} adalah {options}", "{name} is {options}"),
    "fact_in": ("{name} adalah salah satu dari {options}", "{name} is one of {options}"),
    "includes": ("jawaban atas {name} memuat {options}", "the answers to {name} include {options}"),
    "answered": ("{name} dijawab", "{name} is answered"),
    "given": (
        "{name} diberi jawaban, juga jika keluarga menolak atau tidak tahu",
        "{name} has an answer, also if the family refuses or does not know",
    ),
    "asked": ("{name} ditanyakan, yaitu jika {when}", "{name} is asked, which is so if {when}"),
    "always_asked": ("{name} ditanyakan", "{name} is asked"),
    "not_asked": (
        "{name} tidak ditanyakan, karena hanya ditanyakan jika {when}",
        "{name} is not asked, because it is asked only if {when}",
    ),
    "not": ("tidak benar bahwa ({part})", "it is not so that ({part})"),
    "and": (" dan ", " and "),
    "or": (" atau ", " or "),
    "some": (
        "sedikitnya satu dari {rows} memenuhi ini: {has}",
        "for at least one of {rows} this is so: {has}",
    ),
    "none": ("tidak satu pun dari {rows} memenuhi ini: {has}", "for none of {rows} this is so: {has}"),
    "every": ("setiap baris dari {rows} memenuhi ini: {has}", "for every one of {rows} this is so: {has}"),
    "exists": ("barisnya ada", "the row is there"),
    "roster_where": ("{name} (hanya jika {where})", "{name} (only where {where})"),
    "at_least": ("sedikitnya {number} dari {of}", "at least {number} of {of}"),
    "at_most": ("paling banyak {number} dari {of}", "at most {number} of {of}"),
    "exactly": ("tepat {number} dari {of}", "exactly {number} of {of}"),
    "hold": ("syarat ini benar: {parts}", "these conditions are true: {parts}"),
    "rows_having": ("{rows} yang memenuhi ini: {has}", "{rows} for which this is so: {has}"),
    # Facts
    "smallest": ("yang terkecil dari {terms}", "the smallest of {terms}"),
    "largest": ("yang terbesar dari {terms}", "the largest of {terms}"),
    "count": ("banyaknya {of}", "the number of {of}"),
    "true_conditions": ("syarat yang benar di antara: {parts}", "true conditions among: {parts}"),
    "total_over": ("jumlah {value} dari {rows}", "the total of {value} over {rows}"),
    "smallest_over": ("{value} terkecil dari {rows}", "the smallest {value} over {rows}"),
    "largest_over": ("{value} terbesar dari {rows}", "the largest {value} over {rows}"),
    "pick": ("{name} dari satu-satunya baris {rows}", "{name} of the only row of {rows}"),
    "number_for_option": ("angka menurut {name}: {options}", "a number by {name}: {options}"),
    "class": ("golongan menurut {name}: {classes}", "the class of {name}: {classes}"),
    "below": ("{what} jika di bawah {bound}", "{what} if below {bound}"),
    "rest": ("{what} untuk yang lain", "{what} otherwise"),
    "case": ("{what} jika {when}", "{what} if {when}"),
    "chosen": ("banyaknya pilihan dalam {name}", "how many options are chosen in {name}"),
    "months_since": (
        "bulan penuh sejak {name} sampai hari wawancara",
        "full months from {name} to the day of the interview",
    ),
    "years_since": (
        "tahun penuh sejak {name} sampai hari wawancara",
        "full years from {name} to the day of the interview",
    ),
    "days_since": ("hari sejak {name} sampai hari wawancara", "days from {name} to the day of the interview"),
    "sex": ("jenis kelamin anggota keluarga", "sex of the family member"),
    "relation": ("hubungan dengan kepala keluarga", "relation to the head of the family"),
    "age_months": (
        "umur anggota keluarga dalam bulan pada hari wawancara",
        "age of the family member in months on the day of the interview",
    ),
    "age_years": (
        "umur anggota keluarga dalam tahun pada hari wawancara",
        "age of the family member in years on the day of the interview",
    ),
    "of_sex_female": ("perempuan", "female"),
    "of_sex_male": ("laki-laki", "male"),
    "of_relation_head": ("kepala keluarga", "head of the family"),
    "of_relation_spouse": ("suami atau istri", "spouse"),
    "of_relation_child": ("anak", "child"),
    "of_relation_other": ("lainnya", "other"),
    # Points
    "points_by_option": ("menurut {name}: {options}", "by {name}: {options}"),
    "points_each": (
        "jumlah dari pilihan dalam {name}: {options}. Pilihan lain 0",
        "the sum over the options chosen in {name}: {options}. Other options give 0",
    ),
    "points_ranges": ("menurut {name}: {ranges}", "by {name}: {ranges}"),
    "points_number": (
        "sebesar {name}, paling sedikit {least} dan paling banyak {most}",
        "the number {name}, at least {least} and at most {most}",
    ),
    "points_first": ("menurut syarat pertama yang benar: {cases}", "by the first true condition: {cases}"),
    "points_reverse": (
        "{points}. Poin dibalik: {whole} − poin",
        "{points}. The points are turned round: {whole} − points",
    ),
}
