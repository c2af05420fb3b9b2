"""What a phone shows after sending, and why it is refused, in Indonesian and English."""

from typing import Final

from app.problems.fault_texts import Texts

STORED: Final[Texts] = ("Tersimpan.", "Stored.")
CORRECTED: Final[Texts] = (
    "Perbaikan tersimpan sebagai revisi {revision}.",
    "Correction stored as revision {revision}.",
)
SCORE: Final[Texts] = ("Indeks {index}: {category}.", "Index {index}: {category}.")
NO_CATEGORY: Final[Texts] = ("Indeks {index}.", "Index {index}.")
NO_SCORE: Final[Texts] = ("Indeks tidak dapat dihitung.", "The index cannot be computed.")
PROVISIONAL: Final[Texts] = ("Sementara, belum resmi.", "Provisional, not official.")
RECEIPT: Final[Texts] = ("Kode tanda terima: {code}", "Receipt code: {code}")
WARNING: Final[Texts] = ("Perhatikan: {text}", "Note: {text}")
HELD: Final[Texts] = (
    "Diterima dan disimpan terpisah, karena ada yang harus diperiksa. Belum dihitung. Perbaiki di HP ini dengan Ubah, "
    "lalu kirim lagi, atau minta bantuan penyelia.",
    "Received and kept apart, because something is to be checked. It does not count yet. Edit it on this phone and "
    "send it again, or ask your supervisor.",
)
WAITS: Final[Texts] = (
    "Diterima dan disimpan terpisah. Belum dihitung.",
    "Received and kept apart. It does not count yet.",
)
CONFLICT: Final[Texts] = (
    "Diterima dan disimpan terpisah. Isinya berbeda dari yang sudah tersimpan, dan penyelia akan memilih. Jangan "
    "kirim lagi.",
    "Received and kept apart. It differs from what is stored, and a supervisor will choose. Do not send it again.",
)
ERASED: Final[Texts] = (
    "Wawancara ini sudah dihapus dari layanan. Hapus juga dari HP ini. Tidak ada yang disimpan.",
    "This interview was erased from the service. Delete it from this phone too. Nothing was kept.",
)
REPLACED: Final[Texts] = (
    "Wawancara ini sudah diperbaiki atas permintaan keluarga, dan isi lama tidak disimpan lagi. Hapus dari HP ini.",
    "This interview was corrected at the family's request, and the old content is not kept again. Delete it from this "
    "phone.",
)
REFUSED: Final[Texts] = (
    "Keluarga tidak bersedia diwawancarai, jadi tidak ada yang disimpan. Hapus dari HP ini.",
    "The family did not agree to the interview, so nothing was kept. Delete it from this phone.",
)
REFUSED_EDIT: Final[Texts] = (
    "Keluarga tidak bersedia lagi, jadi perubahan ini tidak disimpan. Yang sudah diterima sebelumnya tetap ada. "
    "Keluarga dapat meminta penghapusannya kepada pejabat pelindungan data.",
    "The family does not agree any more, so this edit was not kept. What was received before is still there. The "
    "family may ask the data protection officer to erase it.",
)
NO_CONSENT: Final[Texts] = (
    "Persetujuan keluarga tidak ada, padahal wawancara ini memuat No KK atau alamat. Tidak ada yang disimpan. Tanyakan "
    "lagi kepada keluarga.",
    "The family's consent is missing, although this interview states a card number or an address. Nothing was kept. "
    "Ask the family again.",
)
DROPPED: Final[Texts] = ("Berkas ini tidak disimpan: {names}", "These files were not kept: {names}")
MORE_FAULTS: Final[Texts] = ("… dan {count} lagi", "… and {count} more")

TOKEN_ENDED: Final[Texts] = (
    "Alamat HP ini tidak berlaku atau sudah dicabut. Minta kode QR baru kepada admin. Wawancara tetap tersimpan di HP.",
    "The address of this phone is not valid or was revoked. Ask your administrator for a new QR code. Interviews stay "
    "on the phone.",
)
WRONG_PASSWORD: Final[Texts] = (
    "Nama pengguna atau sandi aplikasi HP ini salah, atau sudah dicabut. Minta yang baru kepada admin.",
    "The user name or app password of this phone is wrong, or was revoked. Ask your administrator for a new one.",
)
HTTPS_ONLY: Final[Texts] = (
    "Nama pengguna dan sandi hanya boleh dikirim lewat https. Pakai alamat https di pengaturan server.",
    "A user name and password may be sent only over https. Use the https address in the server settings.",
)
NO_SUCH_FORM: Final[Texts] = (
    "Formulir ini tidak dikenal layanan. Ambil formulir dari daftar layanan ini.",
    "The service does not know this form. Get the form from the list of this service.",
)
NO_INSTANCE: Final[Texts] = (
    "Kiriman ini tidak memuat satu berkas xml_submission_file.",
    "This submission does not hold one xml_submission_file.",
)
UNREADABLE: Final[Texts] = (
    "Kiriman ini tidak dapat dibaca sebagai wawancara dari formulir kami.",
    "This submission cannot be read as an interview with one of our forms.",
)
SEND_AGAIN: Final[Texts] = (
    "Kiriman ini belum dapat disimpan. Kirim lagi nanti. Wawancara tetap tersimpan di HP.",
    "This submission could not be kept yet. Send it again later. The interview stays on the phone.",
)
