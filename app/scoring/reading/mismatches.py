"""Tells which worked cases of a file give something else than they say."""

from collections.abc import Mapping
from typing import Final

from app.scoring.answer_values import AnswerFaultCode
from app.scoring.cases import VALID, run_cases
from app.scoring.instrument import Instrument
from app.scoring.reading.faults import Both, Found

_ANSWER_FAULTS: Final[Mapping[AnswerFaultCode, Both]] = {
    "unknown_question": ("tidak ada pertanyaan ini", "there is no such question"),
    "unknown_option": ("tidak ada pilihan ini", "there is no such option"),
    "unknown_member": ("tidak ada isian ini", "there is no such member"),
    "wrong_type": ("jenis isiannya salah", "the value is of the wrong type"),
    "out_of_range": ("di luar batas pertanyaan", "it is outside the bounds of the question"),
    "exceeds": ("melebihi pertanyaan yang membatasinya", "it exceeds the question that limits it"),
    "not_asked": ("tidak ditanyakan dalam kasus ini", "it is not asked in this case"),
    "unanswered": ("jawaban wajib belum ada", "an obligatory answer is missing"),
    "nothing_chosen": ("belum ada pilihan", "nothing is chosen"),
    "chosen_twice": ("pilihan yang sama dua kali", "an option is chosen twice"),
    "chosen_alone": ("pilihan ini tidak dapat digabung", "this option goes with no other"),
    "too_many_chosen": ("terlalu banyak pilihan", "too many are chosen"),
    "too_many_digits": ("terlalu banyak desimal", "there are too many decimals"),
    "bad_date": ("bukan tanggal", "it is no date"),
    "too_early": ("tanggal terlalu awal", "the date is too early"),
    "too_late": ("tanggal terlalu akhir", "the date is too late"),
    "bad_length": ("panjang teks salah", "the text has the wrong length"),
    "unreadable": ("teks tidak dapat dibaca", "the text cannot be read"),
    "loose_marks": ("terlalu banyak aksen, atau aksen tanpa huruf", "too many accents, or one without a letter"),
    "only_digits": ("hanya boleh angka", "only digits are allowed"),
    "too_many_rows": ("terlalu banyak baris", "there are too many rows"),
    "more_rows_than_people": ("baris lebih banyak daripada orang", "there are more rows than people"),
    "more_people_than_rows": ("orang lebih banyak daripada baris", "there are more people than rows"),
    "person_twice": ("orang disebut dua kali", "the person is given twice"),
    "implausible": ("ditolak oleh sebuah check", "a check refuses it"),
}


def tell_mismatches(instrument: Instrument, found: Found) -> None:
    """Runs the worked cases of an instrument that has no faults."""
    told = set()
    for each in run_cases(instrument):
        if each.expected != VALID:
            of = (f" untuk {each.of}", f" for {each.of}") if each.of else ("", "")
            found.add("case_differs", each.path, expected=each.expected, found=each.found, of=of)
        elif (each.path[2:], each.found) not in told:
            # A case inherits the answers of its base with their faults, which are told there.
            told.add((each.path[2:], each.found))
            texts = [both for code, both in _ANSWER_FAULTS.items() if code == each.found]
            found.add("case_answers", each.path, why=texts[0] if texts else each.found)
