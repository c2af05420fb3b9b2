"""The catalogue of problems, which holds every error the service returns (RFC 9457) in Indonesian and English.

A text says what is wrong and what to do, in words that a village office uses. What only a developer needs is in `hint`.
A text never repeats what was sent, and above all not a family's answers. `{…}` stands for a member of the problem, and
`{wait}` for the time in Retry-After.
"""

from dataclasses import dataclass, replace
from typing import Final

from app.problems.fault_texts import Texts


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One problem of the catalogue. A slug is never reused for another problem."""

    slug: str
    status: int
    title: Texts
    detail: Texts
    on_write: Texts | None = None
    """Follows the detail if the request could have stored something."""
    hint: Texts | None = None
    """What a developer needs to know besides."""
    wait: int = 0
    """Seconds to wait before the same request is sent again, at least. 0 if that would not help."""

    @property
    def uri(self) -> str:
        return f"urn:ikk:problem:{self.slug}"


_UNSTORED: Final[Texts] = ("Data belum disimpan.", "Nothing was stored.")
_UNSURE: Final[Texts] = (
    "Mungkin data belum tersimpan, jadi kirim lagi.",
    "It may not be stored, so send it again.",
)

MALFORMED = ProblemKind(
    "malformed-json",
    400,
    (
        "Kiriman tidak dapat dibaca",
        "The body cannot be read",
    ),
    (
        "Data yang dikirim aplikasi rusak atau terpotong. Data belum disimpan. Coba kirim lagi; jika tetap gagal,"
        " laporkan kepada pembuat aplikasi.",
        "What the app sent is broken or cut off. Nothing was stored. Try to send it again, and if that fails too,"
        " tell the maker of the app.",
    ),
    hint=(
        "Isi harus satu objek JSON dalam UTF-8, tanpa nama ganda, NaN, atau karakter Unicode yang terpotong.",
        "The body must be one JSON object in UTF-8, without repeated names, NaN or broken Unicode.",
    ),
)
UNAUTHENTICATED = ProblemKind(
    "unauthenticated",
    401,
    (
        "Belum masuk",
        "Not signed in",
    ),
    (
        "Anda perlu masuk lagi. Pakai nama pengguna dan kata sandi Anda.",
        "Please sign in again with your username and password.",
    ),
    hint=(
        "Token akses tidak ada, rusak, atau kedaluwarsa. Minta yang baru dengan POST /v1/token.",
        "The access token is absent, broken or expired. Get a new one with POST /v1/token.",
    ),
)
INVALID_CLIENT = ProblemKind(
    "invalid-client",
    401,
    (
        "Instansi atau rahasianya tidak dikenal",
        "Unknown agency or wrong secret",
    ),
    (
        "Nama instansi dan rahasianya tidak cocok, atau instansi ini dinonaktifkan. Periksa keduanya, atau minta "
        "rahasia baru kepada pengelola.",
        "The agency's name and secret do not match, or the agency was disabled. Check both, or ask the "
        "administrator for a new secret.",
    ),
    hint=(
        "Lihat client_id dan client_secret.",
        "See client_id and client_secret.",
    ),
)
INVALID_GRANT_REQUEST = ProblemKind(
    "invalid-token-request",
    400,
    (
        "Permintaan masuk tidak lengkap",
        "The sign-in request is not complete",
    ),
    (
        "Aplikasi tidak mengirim semua yang diperlukan untuk masuk. Laporkan kepada pembuat aplikasi.",
        "The app did not send all that is needed to sign in. Tell the maker of the app.",
    ),
    hint=(
        "Kirim grant_type dan yang diperlukannya sebagai formulir, masing-masing satu kali, misalnya "
        "grant_type=password&username=siti.aminah&password=…. Lihat member error.",
        "Send grant_type and what it needs as a form, each member once, such as "
        "grant_type=password&username=siti.aminah&password=…. See the member error.",
    ),
)
INVALID_GRANT = ProblemKind(
    "invalid-grant",
    400,
    (
        "Tidak dapat masuk",
        "You cannot sign in",
    ),
    (
        "Nama pengguna atau kata sandi salah. Periksa huruf besar-kecil, lalu coba lagi. Jika lupa, minta kode "
        "baru kepada pengelola.",
        "The username or password is wrong. Check capital and small letters, then try again. If you forgot it, "
        "ask the administrator for a new code.",
    ),
    hint=(
        "Tidak cocok, atau akunnya nonaktif atau tidak memiliki peran yang berlaku.",
        "It does not match, or the account is disabled or has no valid role.",
    ),
)
INVALID_CODE = replace(
    INVALID_GRANT,
    title=(
        "Kata sandi belum diganti",
        "The password was not changed",
    ),
    detail=(
        "Nama pengguna, kode, atau kata sandi lama salah. Ketik kode seperti tertulis pada kertas, misalnya "
        "7KQM-2XWT-9HRD-4CVP. Kode hanya dapat dipakai satu kali. Jika tetap gagal, minta kode baru kepada "
        "pengelola.",
        "The username, code or old password is wrong. Type the code as it is written on the paper, such as "
        "7KQM-2XWT-9HRD-4CVP. A code can be used only once. If it still fails, ask the administrator for a new "
        "one.",
    ),
    hint=None,
)
INVALID_REFRESH = replace(
    INVALID_GRANT,
    title=(
        "Sesi masuk sudah berakhir",
        "The sign-in has ended",
    ),
    detail=(
        "Anda perlu masuk lagi. Pakai nama pengguna dan kata sandi Anda.",
        "Please sign in again with your username and password.",
    ),
    hint=(
        "Token penyegar tidak dikenal, sudah dipakai, atau kedaluwarsa, atau akunnya tidak memiliki peran yang "
        "berlaku.",
        "The refresh token is unknown, was used already or has expired, or the account has no valid role.",
    ),
)
SECOND_FACTOR_REQUIRED = ProblemKind(
    "second-factor-required",
    400,
    ("Masukkan kode dari aplikasi autentikator", "Enter the code of your authenticator app"),
    (
        "Kata sandi benar. Sekarang masukkan kode enam angka dari aplikasi di ponsel, misalnya 492 039, atau salah "
        "satu kode pemulihan. Aplikasi mengirimnya sebagai otp bersama nama pengguna dan kata sandi.",
        "The password is right. Now enter the six digits from the app on your phone, for example 492 039, or one of "
        "your recovery codes. Your app sends it as otp, together with the username and the password.",
    ),
)
SECOND_FACTOR_WRONG = ProblemKind(
    "second-factor-wrong",
    400,
    ("Kode autentikator salah atau sudah dipakai", "Wrong or used code of the authenticator app"),
    (
        "Tunggu sampai aplikasi menampilkan kode baru, lalu masukkan kode itu. Periksa juga jam ponsel, yang harus "
        "diatur otomatis. Jika ponsel hilang, pakai kode pemulihan atau minta pengelola menyetel ulang.",
        "Wait until the app shows a new code, and enter that. Check the clock of the phone too, which must be set "
        "automatically. If the phone is lost, use a recovery code or ask the administrator for a reset.",
    ),
)
SECOND_FACTOR_NOT_BEGUN = ProblemKind(
    "second-factor-not-begun",
    409,
    ("Tidak ada pendaftaran yang menunggu kode", "No enrolment waits for a code"),
    (
        "Pendaftaran belum dimulai, sudah selesai, atau dimulai lebih dari satu jam yang lalu. Mulai lagi dengan kata "
        "sandi, lalu pindai kode QR yang baru.",
        "The enrolment was not begun, is finished, or was begun more than an hour ago. Begin again with the password, "
        "and scan the new QR code.",
    ),
)
PEOPLE_ONLY = ProblemKind(
    "people-only",
    403,
    ("Hanya untuk orang yang memiliki akun di sini", "Only for people with an account here"),
    (
        "Anda masuk sebagai sistem instansi atau melalui layanan masuk tunggal. Orang yang masuk dengan layanan masuk "
        "tunggal mengatur faktor kedua di sana.",
        "You signed in as an agency's system or through the single sign-on. People of the single sign-on set up their "
        "second factor there.",
    ),
)
FORBIDDEN_SCOPE = ProblemKind(
    "missing-scope",
    403,
    (
        "Akun Anda belum boleh melakukan ini",
        "Your account may not do this yet",
    ),
    (
        "Peran Anda tidak mencakup pekerjaan ini, atau Anda masuk tanpa faktor kedua. Masuk lagi dengan kode dari "
        "aplikasi autentikator, atau minta pengelola memberi peran yang sesuai, misalnya penyelia.",
        "Your role does not include this, or you signed in without a second factor. Sign in again with a code of your "
        "authenticator app, or ask the administrator for a role that includes it, such as supervisor.",
    ),
    hint=(
        "Token tidak memuat cakupan pada member scope.",
        "The token lacks the scope in the member scope.",
    ),
)
FORBIDDEN_REGION = ProblemKind(
    "region-outside-caller",
    403,
    (
        "Di luar wilayah tugas",
        "Outside your regions",
    ),
    (
        "Anda tidak bertugas di wilayah ini. Periksa kode wilayahnya, misalnya 63.72.06.1004.",
        "This region is not one of yours. Check its code, such as 63.72.06.1004.",
    ),
    on_write=_UNSTORED,
    hint=(
        "GET /v1/me menunjukkan wilayah token ini.",
        "GET /v1/me shows the regions of this token.",
    ),
)
GRANT_BEYOND = ProblemKind(
    "grant-beyond-caller",
    403,
    (
        "Hak ini melebihi hak Anda sendiri",
        "These rights go beyond your own",
    ),
    (
        "Anda hanya dapat memberi peran yang seluruh haknya Anda miliki di wilayah itu. Data belum disimpan. "
        "Minta pengelola di wilayah yang lebih tinggi.",
        "You can give only roles whose rights you hold in full in that region. Nothing was stored. Ask an "
        "administrator of a wider region.",
    ),
)
ACCOUNT_BEYOND = ProblemKind(
    "account-beyond-caller",
    403,
    (
        "Akun ini tidak dapat Anda kelola",
        "You cannot manage this account",
    ),
    (
        "Akun ini memiliki hak yang tidak dapat Anda berikan, atau ini akun Anda sendiri. Tidak ada yang berubah."
        " Minta pengelola di wilayah yang lebih tinggi.",
        "The account holds rights that you could not give, or it is your own. Nothing was changed. Ask an "
        "administrator of a wider region.",
    ),
)
ACCOUNT_ELSEWHERE = ProblemKind(
    "account-elsewhere",
    403,
    ("Akun Anda tidak dikelola di layanan ini", "Your account is kept elsewhere"),
    (
        "Kunci ekspor memerlukan akun orang atau instansi pada layanan ini, karena wewenang akun dari tempat lain "
        "tidak dapat diperiksa setiap kali. Minta kepada pengelola, misalnya akun dengan peran analis.",
        "An export key needs an account of a person or an agency of this service, because the rights of an account "
        "elsewhere cannot be checked each time. Ask an administrator for an account, such as one of an analyst.",
    ),
)
IDENTIFICATION_NEEDED = ProblemKind(
    "identification-needed",
    403,
    (
        "Nyatakan dahulu tujuan membuka identitas",
        "State first why you open the identity",
    ),
    (
        "Belum ada tujuan yang berlaku untuk keluarga ini: belum dinyatakan, belum disetujui orang kedua, atau "
        "waktunya habis. Setiap pembacaan dan penolakan dicatat.",
        "No purpose is valid for this family: you have not stated one, a second person has not approved it, or "
        "its time is over. Every reading and refusal is audited.",
    ),
    hint=(
        "Kirim tujuan dan lamanya, misalnya purpose assistance_matching dan minutes 30, ke POST "
        "/v1/families/…/identifications.",
        "Send purpose and duration, such as purpose assistance_matching and minutes 30, to POST "
        "/v1/families/…/identifications.",
    ),
)
OWN_IDENTIFICATION = ProblemKind(
    "own-identification",
    403,
    (
        "Tujuan ini Anda nyatakan sendiri",
        "You stated this purpose yourself",
    ),
    (
        "Orang kedua yang boleh membuka identitas di wilayah keluarga ini harus menyetujuinya. Tidak ada yang berubah.",
        "A second person who may read identities in the family's region has to approve it. Nothing was changed.",
    ),
)
IDENTIFICATION_NOT_WAITING = ProblemKind(
    "identification-not-waiting",
    409,
    (
        "Tujuan ini tidak menunggu persetujuan",
        "This purpose does not wait for approval",
    ),
    (
        "Tujuan ini sudah disetujui, tidak memerlukan persetujuan, atau lebih dari 24 jam tidak disetujui. Tidak "
        "ada yang berubah.",
        "It was approved already, needs no approval, or nobody approved it within 24 hours. Nothing was changed.",
    ),
)
IDENTITY_UNREADABLE = ProblemKind(
    "identity-unreadable",
    500,
    (
        "Identitas keluarga tidak dapat dibuka",
        "The family's identity cannot be decrypted",
    ),
    (
        "Layanan tidak memiliki kunci untuk identitas ini, atau isinya berubah. Laporkan kepada operator.",
        "The service does not have the key of this identity, or it was altered. Tell the operator.",
    ),
    hint=(
        "Operator mengembalikan berkas berkas kunci (IKK_KEYS_FILE).",
        "The operator restores the key ring (IKK_KEYS_FILE).",
    ),
)
FAMILY_RESTRICTED = ProblemKind(
    "family-restricted",
    403,
    (
        "Keluarga ini meminta agar datanya tidak diproses",
        "The family asked that its data not be processed",
    ),
    (
        "Kiriman ini tetap tersimpan, tetapi tidak dibaca dan tidak dihitung selama pembatasan berlaku. Hubungi "
        "pejabat pelindungan data.",
        "The submission stays stored, but nobody reads or counts it while the restriction holds. Ask the data "
        "protection officer.",
    ),
)
NOT_FOUND = ProblemKind(
    "not-found",
    404,
    (
        "Tidak ditemukan",
        "Not found",
    ),
    (
        "Alamat atau kode ini tidak ada, atau berada di luar wilayah tugas Anda. Periksa penulisannya.",
        "There is nothing at this address or code, or it lies outside your regions. Check how it is written.",
    ),
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    (
        "Alamat ini tidak melayani cara itu",
        "This address does not take that method",
    ),
    (
        "Permintaan aplikasi tidak sesuai dengan alamat ini. Laporkan kepada pembuat aplikasi.",
        "The app's request does not fit this address. Tell the maker of the app.",
    ),
    hint=(
        "Lihat header Allow, misalnya Allow: GET.",
        "See the Allow header, such as Allow: GET.",
    ),
)
NOT_ACCEPTABLE = ProblemKind(
    "not-acceptable",
    406,
    ("Bentuk yang diminta tidak tersedia", "The requested format is not available"),
    (
        "Header Accept tidak memuat satu pun bentuk yang tersedia di alamat ini. Pilih salah satu dari: {available}.",
        "The Accept header names none of the formats that this address has. Use one of: {available}.",
    ),
)
REQUEST_TIMEOUT = ProblemKind(
    "request-timeout",
    408,
    (
        "Kiriman tidak selesai diterima",
        "The body did not arrive in time",
    ),
    (
        "Kiriman tidak tiba seluruhnya dalam {limit_seconds} detik, mungkin karena sambungan lambat. Data belum "
        "disimpan. Coba kirim lagi saat sinyal lebih baik.",
        "It did not arrive whole within {limit_seconds} seconds, perhaps because of a slow connection. Nothing "
        "was stored. Send it again where the signal is better.",
    ),
    hint=(
        "Kirim lagi dengan id yang sama.",
        "Send it again under the same id.",
    ),
)
PERIODS_DIFFER = ProblemKind(
    "periods-differ",
    409,
    (
        "Tahun ini sudah dilaporkan dengan jenis periode lain",
        "The year is already reported in other periods",
    ),
    (
        "Untuk wilayah, tahun, dan status ini sudah ada angka dengan periode {periods}. Satu tahun dilaporkan dengan "
        "satu jenis periode saja: tahun, triwulan, atau bulan. Pakai jenis periode yang sama, atau tarik dahulu angka "
        "itu.",
        "For this region, year and status there are figures of the periods {periods}. A year is reported in one kind "
        "of period only: the year, quarters or months. Use the same kind of period, or withdraw those figures first.",
    ),
    on_write=_UNSTORED,
    hint=(
        "Tarik setiap periode dengan DELETE /v1/statistics/cases/…/…?status=….",
        "Withdraw each period with DELETE /v1/statistics/cases/…/…?status=….",
    ),
)
CONFLICT = ProblemKind(
    "submission-differs",
    409,
    (
        "Nomor kiriman ini sudah dipakai",
        "This submission id is already in use",
    ),
    (
        "Wawancara yang tersimpan dengan nomor ini tetap utuh, dan kiriman ini tidak menggantikannya. Jangan kirim "
        "wawancara yang sama dengan nomor baru, karena akan tersimpan dua kali.",
        "The interview that is stored under this id stays as it is, and this one does not replace it. Do not send the "
        "same interview under a new id, as it would be stored twice.",
    ),
    hint=(
        "Jika akun ini pengirimnya, isi yang tersimpan berbeda. Tanda terimanya ada dalam member stored. Isi yang baru "
        "disimpan terpisah untuk supervisor, dengan tanda terima sendiri dalam member held. Untuk memperbaiki, kirim "
        "If-Match dengan revisi yang tersimpan, dan correction.",
        "If this account sent it, the stored content differs. Its receipt is in the member stored. The new content is "
        "kept apart for a supervisor, with a receipt of its own in the member held. To correct what is stored, send "
        "If-Match with the stored revision, and correction.",
    ),
)
REVISION_STALE = ProblemKind(
    "revision-stale",
    412,
    (
        "Kiriman ini sudah berubah",
        "This submission has changed",
    ),
    (
        "Perbaikan ini dibuat dari revisi yang sudah tidak berlaku, jadi tidak menggantikan yang tersimpan. Lihat isi "
        "terbaru dulu. Kalau perbaikan ini disimpan terpisah, supervisor akan memilih.",
        "This correction was made from a revision that is not the current one, so it does not replace what is stored. "
        "Look at the latest content first. If this one was kept apart, a supervisor will choose.",
    ),
    hint=(
        "Revisi yang tersimpan ada dalam revision, atau null kalau belum ada. Kalau ada held, isi ini sudah disimpan "
        "dan tidak perlu dikirim lagi.",
        "The stored revision is in revision, or null if nothing is stored. If there is held, this content is kept and "
        "need not be sent again.",
    ),
)
REVIEW_CONFLICT = ProblemKind(
    "review-conflict",
    409,
    (
        "Status pemeriksaan tidak bisa diubah begitu",
        "The review cannot move like this",
    ),
    (
        "Kiriman ini sudah berubah, atau langkah ini tidak boleh setelah status sekarang. Muat ulang, lalu pilih lagi.",
        "The submission has changed, or this move does not follow its current status. Load it again, then choose.",
    ),
    hint=(
        "Status dan revisi yang sekarang ada dalam review dan revision. Kiriman latihan tidak diperiksa.",
        "The current status and revision are in review and revision. What was sent for training is not reviewed.",
    ),
)
OWN_SUBMISSION = ProblemKind(
    "own-submission",
    403,
    (
        "Kiriman sendiri tidak bisa disetujui sendiri",
        "Nobody approves what they sent",
    ),
    (
        "Akun ini mengirim atau memperbaiki wawancara ini. Minta supervisor lain menyetujuinya.",
        "This account sent or corrected the interview. Ask another supervisor to approve it.",
    ),
)
HELD_CLOSED = ProblemKind(
    "held-closed",
    409,
    (
        "Sudah diselesaikan",
        "This is closed already",
    ),
    (
        "Sudah ada yang memilih atau memperbaiki ini. Pilihan ini tidak mengubah apa pun.",
        "Somebody has chosen or repaired this already. This choice changes nothing.",
    ),
    hint=(
        "Keadaannya ada dalam held_status, dan waktunya dalam closed_at.",
        "What became of it is in held_status, and when in closed_at.",
    ),
)
IF_MATCH_MISSING = ProblemKind(
    "if-match-missing",
    428,
    (
        "Perbaikan tidak menyebut revisinya",
        "The correction does not name its revision",
    ),
    (
        "Aplikasi tidak menyebut revisi mana yang diperbaiki. Data belum disimpan. Laporkan kepada pembuat aplikasi.",
        "The app does not say which revision it corrects. Nothing was stored. Tell the maker of the app.",
    ),
    hint=(
        "Kirim If-Match dengan nomor revisi dalam tanda kutip. Yang tersimpan sekarang ada dalam revision.",
        "Send If-Match with the revision number in quotes. The one that is stored now is in revision.",
    ),
)
REQUEST_OPEN = ProblemKind(
    "subject-request-open",
    409,
    (
        "Permintaan keluarga ini belum selesai",
        "A request of this family is still open",
    ),
    (
        "Perbaikan ini memindahkan wawancara ke keluarga atau desa lain, sedangkan keluarga ini punya permintaan yang "
        "belum selesai. Data belum disimpan. Hubungi pejabat pelindungan data, atau kirim lagi setelah selesai.",
        "This correction moves the interview to another family or village, while a request of its family is open. "
        "Nothing was stored. Ask the data protection officer, or send it again once the request is closed.",
    ),
)
ROUND_CLOSED = ProblemKind(
    "round-closed",
    409,
    (
        "Putaran ini sudah ditutup",
        "This round is closed",
    ),
    (
        "Wawancara dalam putaran yang sudah ditutup hanya dapat diperbaiki oleh supervisor, atau oleh kader setelah "
        "dikembalikan. Data belum disimpan. Minta supervisor memperbaiki atau mengembalikannya.",
        "An interview of a closed round can be corrected only by a supervisor, or by the kader once it is returned. "
        "Nothing was stored. Ask a supervisor to correct it, or to return it.",
    ),
)
ROUND_SETTLED = ProblemKind(
    "round-settled",
    409,
    (
        "Putaran ini sudah dituntaskan",
        "This round is settled",
    ),
    (
        "Putaran yang sudah dituntaskan tidak dapat diubah lagi. Wawancara di dalamnya hanya dapat diubah oleh "
        "supervisor atau melalui permintaan keluarga. Data belum disimpan. Jika Anda kader, hubungi supervisor.",
        "A settled round can no longer change. Its interviews can be changed only by a supervisor or at a family's "
        "request. Nothing was stored. If you are a kader, ask your supervisor.",
    ),
)
SUBMISSION_ERASED = ProblemKind(
    "submission-erased",
    410,
    (
        "Kiriman ini telah dihapus",
        "This submission was erased",
    ),
    (
        "Anda pernah mengirim wawancara dengan nomor ini. Wawancara itu sudah dihapus atas permintaan keluarga. Jangan"
        " kirim lagi, juga tidak dengan nomor baru, dan hapus dari perangkat. Kalau ini wawancara lain, kirim dengan"
        " nomor baru.",
        "You have sent an interview under this id. It was erased at the family's request. Do not send it again, nor"
        " under a new id, and delete it from the device. If this is another interview, send it under a new id.",
    ),
)
TRAINING_ERASED: Final = (
    "Anda pernah mengirim wawancara dengan nomor ini untuk latihan. Wawancara latihan dihapus setelah beberapa waktu."
    " Kalau ini wawancara sungguhan, kirim dengan nomor baru. Kalau bukan, hapus dari perangkat.",
    "You have sent an interview under this id for training. Training interviews are erased after a time. If this is a"
    " real interview, send it under a new id. Otherwise delete it from the device.",
)
"""The detail of SUBMISSION_ERASED if no family asked for it."""
ANSWERS_CLOSED = ProblemKind(
    "answers-closed",
    410,
    (
        "Jawaban tidak dikembalikan",
        "The answers are not returned",
    ),
    (
        "Jawaban wawancara ini tidak dikembalikan lagi. Wawancara dan tanda terimanya tetap berlaku.",
        "The answers of this interview are no longer returned. The interview and its receipt stay valid.",
    ),
    hint=(
        "Sebabnya ada dalam reason.",
        "The cause is in reason.",
    ),
)
CORRECTED = ProblemKind(
    "submission-corrected",
    409,
    (
        "Kiriman ini sudah diperbaiki",
        "This submission was corrected",
    ),
    (
        "Kiriman ini sudah diterima, lalu diperbaiki atas permintaan keluarga. Tidak ada yang perlu dikirim lagi,"
        " dan kiriman ini tidak disimpan.",
        "It was received, and corrected later at the family's request. Nothing needs to be sent again, and this "
        "was not stored.",
    ),
    hint=(
        "Lihat member revision dan stored.",
        "See the members revision and stored.",
    ),
)
REQUEST_CLOSED = ProblemKind(
    "request-closed",
    409,
    (
        "Permintaan ini sudah dilayani atau ditolak",
        "This subject request is closed",
    ),
    (
        "Permintaan ini sudah dilayani atau ditolak. Untuk melayani keluarga itu lagi, catat permintaan baru.",
        "It was done or refused already. To serve the family again, record a new subject request.",
    ),
    hint=(
        "Lihat member request_status dan closed_at.",
        "See the members request_status and closed_at.",
    ),
)
REQUEST_EXPIRED = ProblemKind(
    "request-expired",
    409,
    (
        "Permintaan ini sudah terlalu lama",
        "This subject request is too old",
    ),
    (
        "Batas waktunya lewat lebih dari 14 hari, sehingga data keluarga tidak dibuka lagi dengannya. Tolak "
        "permintaan ini, dan catat permintaan baru jika keluarga meminta lagi.",
        "It was due more than 14 days ago, so it no longer opens the family's data. Refuse it, and record a new "
        "one if the family asks again.",
    ),
    hint=(
        "Lihat member due_at.",
        "See the member due_at.",
    ),
)
CONSENT_WITHDRAWN = ProblemKind(
    "consent-withdrawn",
    409,
    (
        "Persetujuan ini sudah ditarik",
        "This consent was withdrawn already",
    ),
    (
        "Keluarga sudah menarik persetujuan ini sebelumnya. Tidak ada yang berubah.",
        "The family withdrew this consent before. Nothing was changed.",
    ),
    hint=(
        "Lihat member withdrawn_at.",
        "See the member withdrawn_at.",
    ),
)
TWO_SECRETS = ProblemKind(
    "two-secrets",
    409,
    ("Instansi ini sudah memiliki dua rahasia", "This agency has two secrets already"),
    (
        "Tidak ada yang berubah. Jika salah satunya tidak dipakai lagi, sebutkan rahasia yang harus diakhiri.",
        "Nothing was changed. If one of them is no longer in use, say which one should end.",
    ),
    hint=(
        "Keduanya ada dalam member secrets, yang terbaru lebih dahulu. Kirim lagi dengan id rahasia itu sebagai end, "
        "misalnya ?end=c0a8f4d2-1b7e-4a43-8d1f-5e2b7c9a6d30.",
        "Both are in the member secrets, the newest first. Send again with its id as end, for example "
        "?end=c0a8f4d2-1b7e-4a43-8d1f-5e2b7c9a6d30.",
    ),
)
INDICATOR_IN_USE = ProblemKind(
    "indicator-in-use",
    409,
    ("Angka yang tersimpan tidak cocok lagi", "Stored figures would no longer fit"),
    (
        "Tidak ada yang berubah. Indikator ini sudah berisi {figures} angka yang tidak sesuai dengan definisi baru. "
        "Tarik angka itu dahulu, atau buat indikator dengan kode lain, misalnya stunting-2026.",
        "Nothing was changed. The indicator has {figures} figures that do not fit the new definition. Withdraw them "
        "first, or make an indicator with another code, such as stunting-2026.",
    ),
    hint=(
        "Contohnya ada dalam member examples. Jenis (kind) dan satuan (unit) tetap sama selama ada angka.",
        "See the member examples. kind and unit stay as they are while there are figures.",
    ),
)
TOO_LARGE = ProblemKind(
    "body-too-large",
    413,
    (
        "Kiriman terlalu besar",
        "The body is too large",
    ),
    (
        "Ukurannya paling banyak {limit_bytes}. Data belum disimpan. Bagi menjadi beberapa kiriman atau berkas "
        "yang lebih kecil.",
        "It may have at most {limit_bytes}. Nothing was stored. Divide it into smaller submissions or files.",
    ),
)
ADDRESS_TOO_LONG = ProblemKind(
    "address-too-long",
    414,
    (
        "Alamat permintaan terlalu panjang",
        "The address of the request is too long",
    ),
    (
        "Alamat dengan semua parameternya paling panjang {limit_bytes}. Pakai penyaring yang lebih sedikit.",
        "The address with all its parameters may have at most {limit_bytes}. Use fewer filters.",
    ),
)
HEADERS_TOO_LARGE = ProblemKind(
    "headers-too-large",
    431,
    (
        "Header permintaan terlalu besar",
        "The headers of the request are too large",
    ),
    (
        "Semua header bersama-sama paling banyak {limit_bytes}. Hapus cookie dan header yang tidak diperlukan.",
        "All headers together may have at most {limit_bytes}. Leave out cookies and headers that are not needed.",
    ),
)
WRONG_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    (
        "Jenis berkas atau kiriman ini tidak dapat dibaca",
        "This kind of file or body cannot be read",
    ),
    (
        "Kirim dalam bentuk {expected}. Data belum disimpan.",
        "Send it as {expected}. Nothing was stored.",
    ),
    hint=(
        "Pakai header Content-Type: {expected}.",
        "Use the header Content-Type: {expected}.",
    ),
)
WRONG_ENCODING = ProblemKind(
    "unsupported-content-encoding",
    415,
    ("Cara kompresi isi tidak didukung", "The body is compressed in an unsupported way"),
    (
        "Kirim isi tanpa kompresi, atau dengan gzip saja, misalnya Content-Encoding: gzip.",
        "Send the body uncompressed, or compressed with gzip alone, such as Content-Encoding: gzip.",
    ),
)
MALFORMED_GZIP = ProblemKind(
    "malformed-gzip",
    400,
    ("Isi kiriman bukan gzip yang utuh", "The body is not a whole gzip file"),
    (
        "Isi dengan Content-Encoding: gzip terpotong, rusak, atau diikuti sesuatu yang lain. Kirim lagi dengan utuh, "
        "atau tanpa kompresi.",
        "A body with Content-Encoding: gzip is cut off, damaged or followed by something else. Send the whole of it, "
        "or send it uncompressed.",
    ),
)
FAULTS = ProblemKind(
    "faults",
    422,
    (
        "Ada yang perlu diperbaiki",
        "There is something to correct",
    ),
    (
        "Perbaiki semua bagian yang disebut di bawah ini, lalu coba lagi.",
        "Correct every part that is named below, then try again.",
    ),
    on_write=_UNSTORED,
    hint=(
        "Semua kesalahan ada dalam faults.",
        "All faults are in faults.",
    ),
)
TOO_MANY_REQUESTS = ProblemKind(
    "too-many-requests",
    429,
    (
        "Terlalu banyak permintaan",
        "Too many requests",
    ),
    (
        "Terlalu banyak percobaan. Coba lagi {wait} lagi.",
        "There were too many attempts. Try again in {wait}.",
    ),
    on_write=_UNSTORED,
    hint=(
        "Batas akun, alamat, atau pemegang token ini telah tercapai. Kirim lagi setelah Retry-After detik.",
        "The limit of this account, address or caller is reached. Send again after Retry-After seconds.",
    ),
    wait=1,
)
TOO_MANY_HELD = ProblemKind(
    "too-many-held",
    429,
    (
        "Terlalu banyak yang menunggu",
        "Too many are waiting",
    ),
    (
        "Sudah terlalu banyak kiriman yang menunggu keputusan. Kiriman ini tidak disimpan. Simpan di perangkat, dan "
        "minta supervisor menyelesaikan yang menunggu.",
        "Too many submissions wait for a decision already. This one was not kept. Leave it on the device, and ask "
        "your supervisor to settle those that wait.",
    ),
    wait=5,
    hint=(
        "Batasnya ada dalam most. Kirim lagi setelah supervisor menyelesaikan sebagian.",
        "The limit is in most. Send it again after a supervisor has settled some.",
    ),
)
INTERNAL = ProblemKind(
    "internal",
    500,
    (
        "Ada kesalahan pada layanan",
        "The service has made an error",
    ),
    (
        "Ini kesalahan kami dan sudah dicatat. Coba lagi nanti. Jika melapor, sebutkan nomor pada instance.",
        "This is our fault and has been logged. Try again later. Name the number in instance when you report it.",
    ),
    hint=(
        "Nomor itu juga ada dalam header X-Request-ID.",
        "The number is also in the header X-Request-ID.",
    ),
)
UNAVAILABLE = ProblemKind(
    "unavailable",
    503,
    (
        "Layanan sedang tidak tersedia",
        "The service is not available now",
    ),
    (
        "Basis data sedang tidak dapat dijangkau, penuh, atau terlalu lambat. Coba lagi {wait} lagi.",
        "The database cannot be reached, is full or too slow. Try again in {wait}.",
    ),
    on_write=_UNSURE,
    hint=(
        "Kirim lagi dengan id yang sama setelah Retry-After detik.",
        "Send again under the same id after Retry-After seconds.",
    ),
    wait=5,
)
ISSUER_UNAVAILABLE = ProblemKind(
    "issuer-unavailable",
    503,
    (
        "Layanan masuk tunggal tidak dapat dijangkau",
        "The single sign-on cannot be reached",
    ),
    (
        "Masuk Anda tidak dapat diperiksa sekarang. Coba lagi {wait} lagi.",
        "Your sign-in cannot be checked now. Try again in {wait}.",
    ),
    on_write=_UNSTORED,
    hint=(
        "Kunci penerbit luar dari token ini sedang tidak dapat diambil.",
        "The keys of the outside issuer of this token cannot be fetched now.",
    ),
    wait=5,
)
BUSY = ProblemKind(
    "busy",
    503,
    (
        "Server sedang sibuk",
        "The server is busy",
    ),
    (
        "Terlalu banyak permintaan yang berat pada saat yang sama, misalnya orang yang masuk. Coba lagi {wait} lagi.",
        "Too many requests that take long arrive at once, such as people who sign in. Try again in {wait}.",
    ),
    wait=5,
)
CONTENDED = ProblemKind(
    "contended",
    503,
    (
        "Data keluarga atau desa ini sedang dipakai",
        "This family or village is in use",
    ),
    (
        "Terlalu banyak kiriman untuk keluarga atau desa ini sekaligus. Data belum disimpan. Coba lagi {wait} lagi.",
        "Too many submissions for this family or village arrive at once. Nothing was stored. Try again in {wait}.",
    ),
    hint=(
        "Kirim lagi dengan id yang sama setelah Retry-After detik.",
        "Send it again under the same id after Retry-After seconds.",
    ),
    wait=1,
)

ROUND_OVERLAP = ProblemKind(
    "round-overlap",
    409,
    (
        "Desa ini sudah ada di putaran lain",
        "These villages are in another round",
    ),
    (
        "Putaran lain memakai instrumen yang sama di desa yang sama pada hari yang sama. Ubah hari atau desa putaran "
        "ini, atau ubah putaran yang lain itu.",
        "Another round has the same instrument in the same village on the same day. Change the days or the villages of "
        "this round, or change the other round.",
    ),
    on_write=_UNSTORED,
    hint=(
        "Lihat member rounds, villages, dan villages_total.",
        "See the members rounds, villages and villages_total.",
    ),
)
ROUND_PLANNED = ProblemKind(
    "round-planned",
    409,
    (
        "Putaran ini belum dibuka",
        "This round has not opened yet",
    ),
    (
        "Putaran yang belum dibuka tidak dapat ditutup. Ubah harinya jika rencananya berubah.",
        "You cannot close a round that has not opened. Change its days if your plan has changed.",
    ),
    hint=(
        "Lihat member opens_at.",
        "See the member opens_at.",
    ),
)
ROUND_OPEN = ProblemKind(
    "round-open",
    409,
    (
        "Putaran ini belum ditutup",
        "This round is not closed yet",
    ),
    (
        "Tutup putaran ini dulu, atau tunggu sampai hari terakhirnya lewat di semua desa.",
        "Close the round first, or wait until its last day is over in all villages.",
    ),
    hint=(
        "Lihat member ends_at, atau kirim POST /v1/rounds/…/close.",
        "See the member ends_at, or send POST /v1/rounds/…/close.",
    ),
)
PROBLEM_KINDS: Final = (
    MALFORMED,
    MALFORMED_GZIP,
    INVALID_GRANT_REQUEST,
    INVALID_GRANT,
    UNAUTHENTICATED,
    INVALID_CLIENT,
    SECOND_FACTOR_REQUIRED,
    SECOND_FACTOR_WRONG,
    SECOND_FACTOR_NOT_BEGUN,
    PEOPLE_ONLY,
    FORBIDDEN_SCOPE,
    FORBIDDEN_REGION,
    GRANT_BEYOND,
    ACCOUNT_BEYOND,
    ACCOUNT_ELSEWHERE,
    IDENTIFICATION_NEEDED,
    OWN_IDENTIFICATION,
    IDENTIFICATION_NOT_WAITING,
    IDENTITY_UNREADABLE,
    FAMILY_RESTRICTED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    REQUEST_TIMEOUT,
    PERIODS_DIFFER,
    CONFLICT,
    REVISION_STALE,
    HELD_CLOSED,
    REVIEW_CONFLICT,
    OWN_SUBMISSION,
    IF_MATCH_MISSING,
    REQUEST_OPEN,
    ROUND_CLOSED,
    ROUND_SETTLED,
    SUBMISSION_ERASED,
    ANSWERS_CLOSED,
    CORRECTED,
    REQUEST_CLOSED,
    REQUEST_EXPIRED,
    CONSENT_WITHDRAWN,
    TWO_SECRETS,
    INDICATOR_IN_USE,
    ROUND_OVERLAP,
    ROUND_PLANNED,
    ROUND_OPEN,
    TOO_LARGE,
    ADDRESS_TOO_LONG,
    WRONG_TYPE,
    WRONG_ENCODING,
    FAULTS,
    TOO_MANY_REQUESTS,
    TOO_MANY_HELD,
    HEADERS_TOO_LARGE,
    INTERNAL,
    UNAVAILABLE,
    ISSUER_UNAVAILABLE,
    BUSY,
    CONTENDED,
)
