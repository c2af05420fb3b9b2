"""Why the sender of an interview does not get its answers back, in Indonesian and English, by a stable code."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.fault_texts import Texts

AnswersReason = Literal["too_old", "not_offered", "corrected", "retention"]

ANSWERS_TEXTS: Final[Mapping[AnswersReason, Texts]] = MappingProxyType(
    {
        "too_old": (
            "Jawaban hanya dikembalikan kepada pengirimnya selama {days} hari sesudah wawancara diterima. Wawancara "
            "ini lebih lama dari itu. Wawancara dan tanda terimanya tetap berlaku.",
            "Answers are returned to their sender for {days} days after an interview was received. This one is older. "
            "The interview and its receipt stay valid.",
        ),
        "not_offered": (
            "Layanan ini tidak mengembalikan jawaban kepada pengirimnya. Wawancara dan tanda terimanya tetap berlaku. "
            "Tanyakan kepada kantor Anda.",
            "This service does not return answers to their sender. The interview and its receipt stay valid. Ask your "
            "office.",
        ),
        "corrected": (
            "Revisi ini bukan yang Anda kirim, karena wawancara ini diperbaiki oleh orang lain atau atas permintaan "
            "keluarga. Jawabannya tidak dikembalikan. Tidak ada yang perlu dikirim lagi.",
            "You did not send this revision, because the interview was corrected by somebody else or at the family's "
            "request. Its answers are not returned. Nothing needs to be sent again.",
        ),
        "retention": (
            "Jawaban wawancara ini tidak disimpan lagi, karena masa simpannya sudah lewat. Hasil dan tanda terimanya "
            "tetap berlaku.",
            "The answers of this interview are no longer stored, because the time for which they are kept is over. Its "
            "result and its receipt stay valid.",
        ),
    }
)
