"""The catalogue of problems, which holds every error the service returns (RFC 9457) in Indonesian and English.

A message says what is wrong, why, and what to do. It never repeats what was sent, and above all not a family's answers.
"""

from dataclasses import dataclass
from typing import Final

from app.problems.fault_texts import Texts


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One problem of the catalogue. A slug is never reused for another problem."""

    slug: str
    status: int
    title: Texts
    detail: Texts

    @property
    def uri(self) -> str:
        return f"urn:ikk:problem:{self.slug}"


MALFORMED = ProblemKind(
    "malformed-json",
    400,
    ("Isi kiriman bukan JSON yang sah", "The body is not valid JSON"),
    (
        "Isi harus satu objek JSON dalam UTF-8, tanpa nama ganda, NaN, atau karakter Unicode yang terpotong. "
        "Tidak ada yang disimpan; perbaiki lalu kirim lagi.",
        "The body must be one JSON object in UTF-8, without repeated names, NaN or broken Unicode. "
        "Nothing was stored; correct it and send it again.",
    ),
)
UNAUTHENTICATED = ProblemKind(
    "unauthenticated",
    401,
    ("Perlu token yang berlaku", "A valid token is needed"),
    (
        "Token tidak ada, rusak, atau kedaluwarsa. Minta yang baru di /v1/token.",
        "The token is absent, broken or expired. Ask for a new one at /v1/token.",
    ),
)
INVALID_CLIENT = ProblemKind(
    "invalid-client",
    401,
    ("Instansi atau rahasianya tidak dikenal", "Unknown agency or wrong secret"),
    (
        "client_id dan client_secret tidak cocok, atau instansi dinonaktifkan.",
        "client_id and client_secret do not match, or the agency was disabled.",
    ),
)
INVALID_GRANT_REQUEST = ProblemKind(
    "invalid-token-request",
    400,
    ("Permintaan token tidak sah", "The token request is not valid"),
    (
        "Kirim grant_type dan yang diperlukannya sebagai formulir, masing-masing satu kali; lihat member error.",
        "Send grant_type and what it needs as a form, each member once; see the member error.",
    ),
)
INVALID_GRANT = ProblemKind(
    "invalid-grant",
    400,
    ("Nama, kata sandi, kode, atau token penyegar salah", "Wrong name, password, code or refresh token"),
    (
        "Tidak cocok, sudah dipakai, kedaluwarsa, atau akunnya tidak (lagi) memiliki peran. Masuk lagi dengan kata "
        "sandi; jika tetap gagal, minta kode baru dari pengelola.",
        "It does not match, was used already or has expired, or the account holds no role (any more). Sign in again "
        "with the password; if that fails too, ask the administrator for a new code.",
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
        "Token ini milik sistem instansi atau layanan masuk tunggal. Orang yang masuk dengan layanan masuk tunggal "
        "mengatur faktor kedua di sana.",
        "The token belongs to an agency's system or to the single sign-on. People of the single sign-on set up their "
        "second factor there.",
    ),
)
FORBIDDEN_SCOPE = ProblemKind(
    "missing-scope",
    403,
    ("Token ini tidak berhak untuk itu", "This token may not do that"),
    (
        "Token tidak memuat cakupan yang disebut dalam member scope. Minta pengelola untuk menambahkannya.",
        "The token lacks the scope named in the member scope. Ask the operator to grant it.",
    ),
)
FORBIDDEN_REGION = ProblemKind(
    "region-outside-caller",
    403,
    ("Wilayah di luar wewenang token ini", "The region lies outside this token's regions"),
    (
        "Token hanya berlaku untuk wilayahnya sendiri dan semua wilayah di bawahnya. Tidak ada yang disimpan.",
        "A token is good for its own regions and all below them only. Nothing was stored.",
    ),
)
GRANT_BEYOND = ProblemKind(
    "grant-beyond-caller",
    403,
    ("Wewenang yang diberikan melebihi wewenang sendiri", "More would be given than the caller holds"),
    (
        "Anda hanya dapat memberikan tugas atau cakupan yang seluruhnya Anda miliki di wilayah itu, beserta hak "
        "mengelolanya. Tidak ada yang disimpan; minta pengelola di wilayah yang lebih tinggi.",
        "You can give only roles and scopes that you hold in full in that region, together with the right to manage "
        "them. Nothing was stored; ask an administrator of a wider region.",
    ),
)
ACCOUNT_BEYOND = ProblemKind(
    "account-beyond-caller",
    403,
    ("Akun ini bukan untuk Anda kelola", "This account is not yours to manage"),
    (
        "Akun ini memiliki wewenang yang tidak dapat Anda berikan, atau ini akun Anda sendiri. Tidak ada yang berubah; "
        "minta pengelola di wilayah yang lebih tinggi.",
        "The account holds something that you could not give, or it is your own. Nothing was changed; ask an "
        "administrator of a wider region.",
    ),
)
IDENTIFICATION_NEEDED = ProblemKind(
    "identification-needed",
    403,
    ("Tujuan membuka identitas belum dinyatakan", "Why the family is to be identified has not been stated"),
    (
        "Nyatakan dahulu tujuan dan lamanya dengan POST /v1/families/{id}/identifications; pernyataan Anda tidak ada, "
        "belum disetujui orang kedua, atau sudah kedaluwarsa. Setiap pembacaan dan penolakan dicatat.",
        "State purpose and duration with POST /v1/families/{id}/identifications first: you have not, a second person "
        "has not approved it yet, or the time is over. Every reading and refusal is audited.",
    ),
)
OWN_IDENTIFICATION = ProblemKind(
    "own-identification",
    403,
    ("Tujuan ini dinyatakan oleh Anda sendiri", "You stated this purpose yourself"),
    (
        "Orang kedua yang berwenang di wilayah keluarga ini harus menyetujuinya. Tidak ada yang berubah.",
        "A second person who may read identities in the family's region has to approve it. Nothing was changed.",
    ),
)
IDENTIFICATION_NOT_WAITING = ProblemKind(
    "identification-not-waiting",
    409,
    ("Pernyataan tujuan ini tidak menunggu persetujuan", "This stated purpose does not wait for approval"),
    (
        "Pernyataan ini sudah disetujui, tidak memerlukan persetujuan, atau lebih dari 24 jam tidak disetujui. "
        "Tidak ada yang berubah.",
        "It was approved already, needs no approval, or nobody approved it within 24 hours. Nothing was changed.",
    ),
)
IDENTITY_UNREADABLE = ProblemKind(
    "identity-unreadable",
    500,
    ("Identitas keluarga tidak dapat dibuka", "Who the family is cannot be opened"),
    (
        "Identitas disegel dengan kunci yang tidak ada pada berkas kunci layanan, atau telah diubah. Minta operator "
        "mengembalikan berkas kunci.",
        "The identity was sealed under a key that the service does not have any more, or it was altered. Ask the "
        "operator to bring the key ring back.",
    ),
)
FAMILY_RESTRICTED = ProblemKind(
    "family-restricted",
    403,
    ("Keluarga ini meminta agar datanya tidak diproses", "The family asked that its data not be processed"),
    (
        "Kiriman ini tetap tersimpan, tetapi tidak dibaca dan tidak dihitung selama pembatasan berlaku. Hanya pejabat "
        "pelindungan data yang melayani permintaan keluarga ini.",
        "The submission stays stored but is neither read nor counted as long as the restriction holds. Only the data "
        "protection officer serves the requests of this family.",
    ),
)
NOT_FOUND = ProblemKind(
    "not-found",
    404,
    ("Tidak ditemukan", "Not found"),
    (
        "Alamat atau kode ini tidak ada, atau berada di luar wilayah token.",
        "There is nothing at this address or code, or it lies outside the token's regions.",
    ),
)
METHOD_NOT_ALLOWED = ProblemKind(
    "method-not-allowed",
    405,
    ("Metode tidak tersedia di alamat ini", "This address does not take that method"),
    ("Lihat header Allow.", "See the Allow header."),
)
REQUEST_TIMEOUT = ProblemKind(
    "request-timeout",
    408,
    ("Isi kiriman tidak selesai diterima", "The body did not arrive in time"),
    (
        "Isi tidak tiba seluruhnya dalam batas waktu pada member limit_seconds. Tidak ada yang disimpan; kirim lagi "
        "dengan id yang sama.",
        "The body did not arrive whole within the time in the member limit_seconds. Nothing was stored; send it again "
        "under the same id.",
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
        "Yang tersimpan tetap utuh. Jika akun ini pengirimnya, isi yang tersimpan berbeda, dan tandanya ada dalam "
        "member stored. Pembetulan hanya atas permintaan keluarga. Jangan kirim wawancara yang sama dengan UUID baru, "
        "karena wawancara itu akan tersimpan dua kali.",
        "What is stored stays as it is. If this account sent it, the stored content differs, and its receipt is in the "
        "member stored. Corrections are made at a family's request only. Do not send the same interview under a new "
        "UUID, as the interview would be stored twice.",
    ),
)
SUBMISSION_ERASED = ProblemKind(
    "submission-erased",
    410,
    ("Kiriman ini telah dihapus", "This submission was erased"),
    (
        "Kiriman ini pernah diterima, lalu dihapus atas permintaan keluarga. Tidak ada yang disimpan: jangan kirim "
        "lagi, juga tidak dengan UUID baru, dan hapus wawancara ini dari perangkat.",
        "It was received, and erased later at the family's request. Nothing was stored: do not send it again, nor "
        "under a new UUID, and delete the interview from the device.",
    ),
)
CORRECTED = ProblemKind(
    "submission-corrected",
    409,
    (
        "Kiriman ini telah dibetulkan atas permintaan keluarga",
        "This submission was corrected at the family's request",
    ),
    (
        "Kiriman ini pernah diterima, lalu isinya diganti; revisi dan tandanya ada dalam member revision dan stored. "
        "Tidak ada yang perlu dikirim lagi, dan yang dikirim sekarang tidak disimpan.",
        "It was received, and what it says was replaced since; see the members revision and stored. Nothing needs to "
        "be sent again, and what was sent now is not stored.",
    ),
)
REQUEST_CLOSED = ProblemKind(
    "request-closed",
    409,
    ("Permintaan ini sudah dilayani atau ditolak", "This request was done or refused already"),
    (
        "Lihat member request_status dan closed_at. Tidak ada yang berubah; untuk melayani keluarga itu lagi, catat "
        "permintaan baru.",
        "See the members request_status and closed_at. Nothing was changed; to serve the family again, record a new "
        "request.",
    ),
)
REQUEST_EXPIRED = ProblemKind(
    "request-expired",
    409,
    ("Permintaan ini sudah terlalu lama", "This request is too old to open anything"),
    (
        "Lihat member due_at: batas waktunya sudah lewat lebih dari 14 hari, sehingga data keluarga tidak dibuka lagi "
        "dengannya. Tolak atau tutup permintaan ini, dan catat permintaan baru jika keluarga meminta lagi.",
        "See the member due_at: it is more than 14 days past, so the request no longer opens the family's data. Refuse "
        "or close it, and record a new one if the family asks again.",
    ),
)
CONSENT_WITHDRAWN = ProblemKind(
    "consent-withdrawn",
    409,
    ("Persetujuan ini sudah ditarik", "This consent was withdrawn already"),
    (
        "Waktunya ada dalam member withdrawn_at. Tidak ada yang berubah.",
        "See the member withdrawn_at. Nothing was changed.",
    ),
)
TWO_SECRETS = ProblemKind(
    "two-secrets",
    409,
    ("Instansi ini sudah memiliki dua rahasia", "This agency has two secrets already"),
    (
        "Keduanya ada dalam member secrets, yang terbaru lebih dahulu. Tidak ada yang berubah. Jika yang lama tidak "
        "dipakai lagi, kirim lagi dengan id rahasia itu sebagai end, misalnya "
        "?end=c0a8f4d2-1b7e-4a43-8d1f-5e2b7c9a6d30.",
        "Both are in the member secrets, the newest first. Nothing was changed. If the old one is no longer in use, "
        "send again with its id as end, for example ?end=c0a8f4d2-1b7e-4a43-8d1f-5e2b7c9a6d30.",
    ),
)
TOO_LARGE = ProblemKind(
    "body-too-large",
    413,
    ("Isi terlalu besar", "The body is too large"),
    (
        "Batasnya ada dalam member limit_bytes. Tidak ada yang disimpan.",
        "The limit is in the member limit_bytes. Nothing was stored.",
    ),
)
ADDRESS_TOO_LONG = ProblemKind(
    "address-too-long",
    414,
    ("Alamat permintaan terlalu panjang", "The address of the request is too long"),
    (
        "Alamat beserta query-nya paling banyak sepanjang limit_bytes. Kurangi query, lalu kirim lagi.",
        "The address with its query has at most limit_bytes bytes. Shorten the query and send it again.",
    ),
)
HEADERS_TOO_LARGE = ProblemKind(
    "headers-too-large",
    431,
    ("Header permintaan terlalu besar", "The headers of the request are too large"),
    (
        "Semua header bersama-sama paling banyak sebesar limit_bytes. Kirim hanya yang diperlukan.",
        "All headers together have at most limit_bytes bytes. Send only those that are needed.",
    ),
)
WRONG_TYPE = ProblemKind(
    "unsupported-media-type",
    415,
    ("Jenis isi tidak didukung", "Unsupported media type"),
    (
        "Kirim Content-Type seperti dalam member expected.",
        "Send the Content-Type named in the member expected.",
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
    ("Ada yang perlu diperbaiki", "There are faults to correct"),
    (
        "Semua kesalahan ada dalam faults. Tidak ada yang disimpan; perbaiki semuanya lalu kirim lagi.",
        "All faults are listed in faults. Nothing was stored; correct them all and send again.",
    ),
)
TOO_MANY_REQUESTS = ProblemKind(
    "too-many-requests",
    429,
    ("Terlalu banyak permintaan", "Too many requests"),
    (
        "Batas bagi akun, alamat, atau pemegang token ini telah tercapai. Tidak ada yang disimpan; kirim lagi setelah "
        "Retry-After detik.",
        "The limit of this account, address or caller is reached. Nothing was stored; send again after Retry-After "
        "seconds.",
    ),
)
INTERNAL = ProblemKind(
    "internal",
    500,
    ("Kesalahan di server", "A fault of the server"),
    (
        "Ini kesalahan kami dan sudah dicatat. Kirim lagi nanti; sebutkan X-Request-ID saat melapor.",
        "This is our fault and has been logged. Send again later; name the X-Request-ID when you report it.",
    ),
)
UNAVAILABLE = ProblemKind(
    "unavailable",
    503,
    ("Layanan sedang tidak tersedia", "The service is unavailable now"),
    (
        "Basis data tidak dapat dijangkau, penuh, atau terlalu lambat. Kami tidak dapat memastikan bahwa ini "
        "tersimpan. Kirim lagi dengan id yang sama setelah Retry-After detik.",
        "The database cannot be reached, is full or too slow. We cannot confirm that this was stored. "
        "Send again under the same id after Retry-After seconds.",
    ),
)
ISSUER_UNAVAILABLE = ProblemKind(
    "issuer-unavailable",
    503,
    ("Layanan masuk tunggal tidak dapat dijangkau", "The single sign-on cannot be reached"),
    (
        "Token ini dari penerbit luar yang kuncinya sedang tidak dapat diambil. Kirim lagi setelah Retry-After detik.",
        "The token is of an outside issuer whose keys cannot be fetched now. Send again after Retry-After seconds.",
    ),
)
BUSY = ProblemKind(
    "busy",
    503,
    ("Server sedang sibuk", "The server is busy"),
    (
        "Terlalu banyak yang masuk pada saat yang sama. Tidak ada yang berubah; kirim lagi setelah Retry-After detik.",
        "Too many are signing in at the same time. Nothing was changed; send again after Retry-After seconds.",
    ),
)
CONTENDED = ProblemKind(
    "contended",
    503,
    (
        "Terlalu banyak yang menyimpan ke keluarga atau desa ini sekaligus",
        "Too many are storing to this family or village",
    ),
    (
        "Kiriman ini belum tersimpan. Kirim lagi dengan id yang sama setelah Retry-After detik.",
        "This submission was not stored. Send it again under the same id after Retry-After seconds.",
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
    IDENTIFICATION_NEEDED,
    OWN_IDENTIFICATION,
    IDENTIFICATION_NOT_WAITING,
    IDENTITY_UNREADABLE,
    FAMILY_RESTRICTED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    CONFLICT,
    SUBMISSION_ERASED,
    CORRECTED,
    REQUEST_CLOSED,
    REQUEST_EXPIRED,
    CONSENT_WITHDRAWN,
    TWO_SECRETS,
    TOO_LARGE,
    ADDRESS_TOO_LONG,
    WRONG_TYPE,
    WRONG_ENCODING,
    FAULTS,
    TOO_MANY_REQUESTS,
    HEADERS_TOO_LARGE,
    INTERNAL,
    UNAVAILABLE,
    ISSUER_UNAVAILABLE,
    BUSY,
    CONTENDED,
)
