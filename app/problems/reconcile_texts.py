"""What became of an interview that a device holds, and what to do next, in Indonesian and English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.fault_texts import Texts

SentState = Literal["stored", "missing", "differs", "superseded", "erased", "not_yours"]

ActionCode = Literal[SentState, "stored_uncompared", "stored_for_training", "training_erased"]
"""A state, or what is to be done instead where more is known of it."""
ACTION_TEXTS: Final[Mapping[ActionCode, Texts]] = MappingProxyType(
    {
        "stored": (
            "Wawancara ini tersimpan. Simpan tanda terimanya. Tidak ada yang perlu dikirim lagi.",
            "This interview is stored. Keep its receipt. Nothing needs to be sent again.",
        ),
        "stored_uncompared": (
            "Kiriman Anda dengan nomor ini tersimpan, tetapi isinya belum dibandingkan. Simpan wawancara ini sampai "
            "tanda "
            "terimanya ada.",
            "What you sent under this id is stored, but its content was not compared. Keep the interview until you "
            "have "
            "its receipt.",
        ),
        "stored_for_training": (
            "Wawancara ini tersimpan untuk latihan. Wawancara latihan tidak pernah dihitung, dan dihapus setelah "
            "beberapa "
            "waktu. Kalau ini wawancara sungguhan, kirim dengan nomor baru setelah akun Anda keluar dari latihan.",
            "This interview is stored for training. It never counts, and is erased after a time. If it is a real "
            "interview, send it under a new id once your account is out of training.",
        ),
        "training_erased": (
            "Wawancara ini dikirim untuk latihan, lalu dihapus. Kalau ini wawancara sungguhan, kirim dengan nomor "
            "baru. "
            "Kalau bukan, hapus dari perangkat.",
            "This interview was sent for training, and erased later. If it is a real interview, send it under a new "
            "id. "
            "Otherwise delete it from the device.",
        ),
        "missing": (
            "Wawancara ini tidak tersimpan. Kirim dengan nomor yang sama. Jika isinya sudah tidak ada di perangkat, "
            "beri tahu penyelia.",
            "This interview is not stored. Send it under the same id. If the device no longer has its content, tell "
            "your supervisor.",
        ),
        "differs": (
            "Yang tersimpan dengan nomor ini berbeda dari isi di perangkat, atau tidak dapat dibandingkan lagi. Simpan "
            "wawancara ini, jangan kirim dengan nomor baru, dan tanyakan kepada kantor Anda.",
            "What is stored under this id differs from what the device has, or can no longer be compared. Keep the "
            "interview, do not send it under a new id, and ask your office.",
        ),
        "superseded": (
            "Wawancara ini tersimpan, lalu diperbaiki atas permintaan keluarga. Tidak ada yang perlu dikirim lagi.",
            "This interview was stored, and corrected later at the family's request. Nothing needs to be sent again.",
        ),
        "erased": (
            "Wawancara ini sudah dihapus dari layanan. Hapus juga dari perangkat, dan jangan kirim lagi.",
            "This interview was erased from the service. Delete it from the device too, and do not send it again.",
        ),
        "not_yours": (
            "Nomor ini dipakai kiriman akun lain. Simpan wawancara ini. Minta akun yang mengirimnya memeriksanya, atau "
            "tanyakan kepada penyelia.",
            "Another account sent something under this id. Keep the interview. Ask that account to check it, or ask "
            "your supervisor.",
        ),
    }
)
