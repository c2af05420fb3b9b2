"""What the form itself says, in Indonesian and English. Other languages of a file get the Indonesian text."""

from collections.abc import Mapping
from typing import Final

from app.scoring.parts import Text

LANGUAGES: Final[Mapping[str, str]] = {"id": "Bahasa Indonesia (id)", "en": "English (en)"}
"""How a form names its languages. Others are named by their code."""


def text(indonesian: str, english: str) -> Text:
    return Text(id=indonesian, en=english)


REFUSED: Final = text("Tidak mau menjawab", "Does not want to answer")
DONT_KNOW: Final = text("Tidak tahu", "Does not know")
WHY: Final = text("Jika tidak dijawab: mengapa?", "If there is no answer: why?")
VILLAGE: Final = text("Desa atau kelurahan keluarga ini", "The family's village")
CONSENT: Final = text(
    "Bacakan: “Saya ingin mewawancarai keluarga Bapak/Ibu. Jawabannya dipakai untuk merencanakan layanan bagi "
    "keluarga. Keikutsertaan ini sukarela dan boleh dihentikan kapan pun. Jawaban dirahasiakan. Apakah "
    "Bapak/Ibu bersedia?”",
    "Read aloud: “I would like to interview your family. The answers are used to plan services for families. Taking "
    "part is voluntary, and you may stop at any time. The answers are kept confidential. Do you agree?”",
)
YES: Final = text("Ya, bersedia", "Yes, the family agrees")
NO: Final = text("Tidak bersedia", "No, the family does not agree")
ENDED: Final = text(
    "Ucapkan terima kasih. Keluar dari formulir tanpa menyimpan. Tidak ada yang dikirim.",
    "Thank the family. Leave the form without saving. Nothing is sent.",
)
FAMILY: Final = text("Keluarga", "The family")
CARD: Final = text("Nomor Kartu Keluarga (No KK)", "Number of the family card (No KK)")
CARD_HINT: Final = text("16 angka. Boleh dikosongkan.", "16 digits. You may leave it out.")
CARD_RULE: Final = text("No KK terdiri dari 16 angka.", "A No KK has 16 digits.")
MEMBERS: Final = text("Berapa anggota keluarga?", "How many members does the family have?")
HEAD_SEX: Final = text("Jenis kelamin kepala keluarga", "Sex of the head of the family")
FEMALE: Final = text("Perempuan", "Female")
MALE: Final = text("Laki-laki", "Male")
SENSITIVE: Final = text(
    "Pertanyaan pribadi: tanyakan berdua saja, tanpa didengar orang lain.",
    "Private question: ask it alone, with nobody listening.",
)
HOW_MANY_ROWS: Final = text("Berapa yang akan dicatat?", "How many are there to note?")
BIRTH_DATE: Final = text("Tanggal lahir", "Date of birth")
SEX: Final = text("Jenis kelamin", "Sex")
RELATION: Final = text("Hubungan dengan kepala keluarga", "Relation to the head of the family")
RELATIONS: Final[Mapping[str, Text]] = {
    "head": text("Kepala keluarga", "Head of the family"),
    "spouse": text("Suami atau istri", "Husband or wife"),
    "child": text("Anak", "Child"),
    "other": text("Lainnya", "Other"),
}
CHECK: Final = text("Mohon periksa lagi:", "Please check again:")
RESULT: Final = text("Hasil", "Result")
SCORE_AFTER_SENDING: Final = text(
    "Skor keluarga ini ditampilkan setelah wawancara dikirim.",
    "The family's score is shown after the interview was sent.",
)
PROVISIONAL: Final = text(
    "Hasil sementara di ponsel, bukan angka resmi.", "A provisional result on the phone, not an official figure."
)
INCOMPLETE: Final = text(
    "Jawaban belum cukup untuk menghitung indeks.", "There are too few answers to compute the index."
)
NOT_APPLICABLE: Final = text("Indeks ini tidak berlaku bagi keluarga ini.", "The index does not apply to this family.")
UNDEFINED: Final = text(
    "Indeks tidak dapat dihitung untuk keluarga ini.", "The index cannot be computed for this family."
)
WEAK: Final = text("Yang masih dapat diperkuat:", "What can still be strengthened:")
WEAK_NONE: Final = text("Semua yang dinilai sudah terpenuhi.", "Everything that was assessed is fulfilled.")
WEAK_PRIVATE: Final = text(
    "Bacakan hanya jika tidak ada orang lain yang mendengar:", "Read this only if nobody else can hear it:"
)
END: Final = text(
    "Wawancara selesai. Centang, lalu simpan dan kirim.", "The interview is done. Tick this, then save it and send it."
)
"""Ticked when the interview is done, so that its time is known. A later edit does not change that."""


def put(first: Text, second: Text) -> Text:
    """Two texts after each other, in each language of either."""
    one, other = first.model_dump(), second.model_dump()
    return Text(**{code: f"{one.get(code, one['id'])} {other.get(code, other['id'])}" for code in {**one, **other}})


def from_to(least: str, most: str) -> Text:
    return text(f"Dari {least} sampai {most}.", f"From {least} to {most}.")
