"""What the service says of a receipt that somebody shows it, in Indonesian and English, by its stable code.

A reason says why a text is no valid receipt. A state says what became of the interview of a valid one.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

from app.problems.fault_texts import Texts

ReceiptFault = Literal["malformed", "wrong_type", "wrong_algorithm", "unknown_key", "wrong_signature", "wrong_issuer"]
ReceiptState = Literal["current", "superseded", "differs", "erased", "missing", "held"]

RECEIPT_FAULT_TEXTS: Final[Mapping[ReceiptFault, Texts]] = MappingProxyType(
    {
        "malformed": (
            "Ini bukan tanda terima yang utuh. Salin seluruh teks signature dari tanda terima. Teks itu berawalan eyJ "
            "dan memuat dua titik.",
            "This is no complete receipt. Copy the whole text of signature from the receipt. It begins with eyJ and "
            "has two dots.",
        ),
        "wrong_type": (
            "Teks ini bukan tanda terima, tetapi misalnya token akses. Salin teks signature dari tanda terima.",
            "This text is no receipt but, for example, an access token. Copy the text of signature from the receipt.",
        ),
        "wrong_algorithm": (
            "Tanda terima ini tidak ditandatangani seperti tanda terima layanan ini, yaitu dengan ES256. Layanan ini "
            "tidak membuatnya.",
            "This receipt is not signed as this service signs receipts, which is with ES256. This service did not "
            "make it.",
        ),
        "unknown_key": (
            "Layanan ini tidak memiliki kunci yang menandatangani tanda terima ini. Tanda terima dibuat pihak lain, "
            "atau kuncinya dicabut. Cari wawancaranya dengan kode tanda terima, misalnya 7KQ-X2M-9RTV, dan tanyakan "
            "kepada operator.",
            "This service does not have the key that signed this receipt. Somebody else made the receipt, or its key "
            "was withdrawn. Look up the interview by the receipt's code, such as 7KQ-X2M-9RTV, and ask the operator.",
        ),
        "wrong_signature": (
            "Isi tanda terima ini diubah, atau pihak lain membuatnya. Salin sekali lagi langsung dari perangkat untuk "
            "memastikan.",
            "This receipt was changed, or somebody else made it. Copy it from the device once more to be sure.",
        ),
        "wrong_issuer": (
            "Tanda terima ini menyebut alamat layanan lain. Periksa di alamat itu. Jika alamat itu alamat lama layanan "
            "ini, minta operator mencantumkannya di IKK_EARLIER_ISSUERS.",
            "This receipt names the address of another service. Verify it there. If this service had that address "
            "before, ask the operator to list it in IKK_EARLIER_ISSUERS.",
        ),
    }
)
RECEIPT_STATE_TEXTS: Final[Mapping[ReceiptState, Texts]] = MappingProxyType(
    {
        "current": (
            "Tanda terima ini asli. Wawancaranya tersimpan seperti yang disebutkan.",
            "This receipt is genuine. The interview is stored as it says.",
        ),
        "superseded": (
            "Tanda terima ini asli. Wawancaranya tersimpan dan sesudah itu diperbaiki.",
            "This receipt is genuine. The interview is stored and was corrected afterwards.",
        ),
        "differs": (
            "Tanda terima ini asli, tetapi yang tersimpan berbeda dari isinya. Segera beri tahu operator, dan simpan "
            "perangkat beserta tanda terimanya.",
            "This receipt is genuine, but what is stored differs from it. Tell the operator at once, and keep the "
            "device and the receipt.",
        ),
        "erased": (
            "Tanda terima ini asli. Wawancaranya sesudah itu dihapus.",
            "This receipt is genuine. The interview was erased afterwards.",
        ),
        "held": (
            "Tanda terima ini asli. Isinya disimpan terpisah dan belum dihitung. Supervisor dapat melihatnya.",
            "This receipt is genuine. Its content is kept apart and is not counted. A supervisor can see it.",
        ),
        "missing": (
            "Tanda terima ini asli, tetapi wawancaranya tidak tersimpan. Segera beri tahu operator, simpan perangkat "
            "beserta tanda terimanya, dan kirim wawancaranya sekali lagi.",
            "This receipt is genuine, but its interview is not stored. Tell the operator at once, keep the device and "
            "the receipt, and send the interview again.",
        ),
    }
)
GENUINE: Final[Texts] = (
    "Tanda terima ini asli. Anda tidak berwenang membaca wawancaranya, sehingga keadaannya tidak ditampilkan.",
    "This receipt is genuine. You may not read its interview, so its state is not shown.",
)
