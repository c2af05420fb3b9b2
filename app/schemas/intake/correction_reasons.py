"""Why a submission is corrected."""

from typing import Final, Literal

CorrectionReason = Literal["typing_error", "misunderstood", "wrong_family", "family_told", "returned", "other"]
REASON_TEXTS: Final[dict[CorrectionReason, tuple[str, str]]] = {
    "typing_error": ("Salah ketik atau salah pilih", "Something was typed or chosen by mistake"),
    "misunderstood": ("Pertanyaan salah dipahami", "A question was misunderstood"),
    "wrong_family": ("Tertulis untuk keluarga lain", "It was written for another family"),
    "family_told": ("Keluarga memberi keterangan lain", "The family has since told otherwise"),
    "returned": ("Dikembalikan oleh penyelia", "A supervisor returned it"),
    "other": ("Alasan lain", "Another reason"),
}
"""Each reason that a correction may state, in Indonesian and in English."""
ReplacedReason = Literal[CorrectionReason, "conflict_chosen"]
"""Why a revision was replaced. A supervisor may also have chosen the other content of a conflict."""
