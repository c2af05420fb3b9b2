"""Every error we can answer with (RFC 9457), in Indonesian and English, and the one place that renders them.

A message says what, why and what to do. It never repeats what a family answered, nor anything else that was sent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from app.fault_texts import FAULT_TEXTS, Texts

Language = Literal["id", "en"]

FAULT_LIMIT: Final = 100
"""At most so many faults are listed; the answer says how many there were."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One problem of the catalogue. A slug is never used again for something else."""

    slug: str
    status: int
    title: Texts
    detail: Texts

    @property
    def uri(self) -> str:
        return f"urn:ikk:problem:{self.slug}"


MALFORMED = Kind(
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
UNAUTHENTICATED = Kind(
    "unauthenticated",
    401,
    ("Perlu token yang berlaku", "A valid token is needed"),
    (
        "Token tidak ada, rusak, atau kedaluwarsa. Minta yang baru di /v1/token.",
        "The token is absent, broken or expired. Ask for a new one at /v1/token.",
    ),
)
INVALID_CLIENT = Kind(
    "invalid-client",
    401,
    ("Instansi atau rahasianya tidak dikenal", "Unknown agency or wrong secret"),
    (
        "client_id dan client_secret tidak cocok, atau instansi dinonaktifkan.",
        "client_id and client_secret do not match, or the agency was disabled.",
    ),
)
INVALID_GRANT_REQUEST = Kind(
    "invalid-token-request",
    400,
    ("Permintaan token tidak sah", "The token request is not valid"),
    (
        "Kirim grant_type dan yang diperlukannya sebagai formulir, masing-masing satu kali; lihat member error.",
        "Send grant_type and what it needs as a form, each member once; see the member error.",
    ),
)
INVALID_GRANT = Kind(
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
FORBIDDEN_SCOPE = Kind(
    "missing-scope",
    403,
    ("Token ini tidak berhak untuk itu", "This token may not do that"),
    (
        "Token tidak memuat cakupan yang disebut dalam member scope. Minta pengelola untuk menambahkannya.",
        "The token lacks the scope named in the member scope. Ask the operator to grant it.",
    ),
)
FORBIDDEN_REGION = Kind(
    "region-outside-caller",
    403,
    ("Wilayah di luar wewenang token ini", "The region lies outside this token's regions"),
    (
        "Token hanya berlaku untuk wilayahnya sendiri dan semua wilayah di bawahnya. Tidak ada yang disimpan.",
        "A token is good for its own regions and all below them only. Nothing was stored.",
    ),
)
GRANT_BEYOND = Kind(
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
ACCOUNT_BEYOND = Kind(
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
IDENTIFICATION_NEEDED = Kind(
    "identification-needed",
    403,
    ("Tujuan membuka identitas belum dinyatakan", "Why the family is to be identified has not been stated"),
    (
        "Nyatakan dahulu tujuan dan lamanya dengan POST /v1/families/{id}/identifications; pernyataan Anda tidak ada "
        "atau sudah kedaluwarsa. Setiap pembacaan dicatat.",
        "State purpose and duration with POST /v1/families/{id}/identifications first: you have not, or the time is "
        "over. Every reading is put on record.",
    ),
)
IDENTITY_UNREADABLE = Kind(
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
FAMILY_RESTRICTED = Kind(
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
NOT_FOUND = Kind(
    "not-found",
    404,
    ("Tidak ditemukan", "Not found"),
    (
        "Alamat atau kode ini tidak ada, atau berada di luar wilayah token.",
        "There is nothing at this address or code, or it lies outside the token's regions.",
    ),
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    ("Metode tidak tersedia di alamat ini", "This address does not take that method"),
    ("Lihat header Allow.", "See the Allow header."),
)
REQUEST_TIMEOUT = Kind(
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
CONFLICT = Kind(
    "submission-differs",
    409,
    (
        "Nomor kiriman ini sudah dipakai untuk isi lain",
        "This submission id was already used for other content",
    ),
    (
        "Yang tersimpan tetap utuh; tandanya ada dalam member stored. Pembetulan hanya atas permintaan "
        "keluarga: jangan kirim wawancara yang sama dengan UUID baru, karena keluarga itu akan terhitung dua kali.",
        "What is stored stays as it is; its receipt is in the member stored. Corrections are made at a family's "
        "request only: do not send the same interview under a new UUID, as its family would count twice.",
    ),
)
SUBMISSION_ERASED = Kind(
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
CORRECTED = Kind(
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
REQUEST_CLOSED = Kind(
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
CONSENT_WITHDRAWN = Kind(
    "consent-withdrawn",
    409,
    ("Persetujuan ini sudah ditarik", "This consent was withdrawn already"),
    (
        "Waktunya ada dalam member withdrawn_at. Tidak ada yang berubah.",
        "See the member withdrawn_at. Nothing was changed.",
    ),
)
TOO_LARGE = Kind(
    "body-too-large",
    413,
    ("Isi terlalu besar", "The body is too large"),
    (
        "Batasnya ada dalam member limit_bytes. Tidak ada yang disimpan.",
        "The limit is in the member limit_bytes. Nothing was stored.",
    ),
)
WRONG_TYPE = Kind(
    "unsupported-media-type",
    415,
    ("Jenis isi tidak didukung", "Unsupported media type"),
    (
        "Kirim Content-Type seperti dalam member expected.",
        "Send the Content-Type named in the member expected.",
    ),
)
FAULTS = Kind(
    "faults",
    422,
    ("Ada yang perlu diperbaiki", "There are faults to correct"),
    (
        "Semua kesalahan ada dalam faults. Tidak ada yang disimpan; perbaiki semuanya lalu kirim lagi.",
        "All faults are listed in faults. Nothing was stored; correct them all and send again.",
    ),
)
TOO_MANY_REQUESTS = Kind(
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
INTERNAL = Kind(
    "internal",
    500,
    ("Kesalahan di server", "A fault of the server"),
    (
        "Ini kesalahan kami dan sudah dicatat. Kirim lagi nanti; sebutkan X-Request-ID saat melapor.",
        "This is our fault and has been logged. Send again later; name the X-Request-ID when you report it.",
    ),
)
UNAVAILABLE = Kind(
    "unavailable",
    503,
    ("Basis data sedang tidak dapat dijangkau", "The database cannot be reached now"),
    (
        "Kami tidak dapat memastikan bahwa ini tersimpan. Kirim lagi dengan id yang sama setelah Retry-After detik.",
        "We cannot confirm that this was stored. Send again under the same id after Retry-After seconds.",
    ),
)
ISSUER_UNAVAILABLE = Kind(
    "issuer-unavailable",
    503,
    ("Layanan masuk tunggal tidak dapat dijangkau", "The single sign-on cannot be reached"),
    (
        "Token ini dari penerbit luar yang kuncinya sedang tidak dapat diambil. Kirim lagi setelah Retry-After detik.",
        "The token is of an outside issuer whose keys cannot be fetched now. Send again after Retry-After seconds.",
    ),
)
BUSY = Kind(
    "busy",
    503,
    ("Server sedang sibuk", "The server is busy"),
    (
        "Terlalu banyak yang masuk pada saat yang sama. Tidak ada yang berubah; kirim lagi setelah Retry-After detik.",
        "Too many are signing in at the same time. Nothing was changed; send again after Retry-After seconds.",
    ),
)

CATALOGUE: Final = (
    MALFORMED,
    INVALID_GRANT_REQUEST,
    INVALID_GRANT,
    UNAUTHENTICATED,
    INVALID_CLIENT,
    FORBIDDEN_SCOPE,
    FORBIDDEN_REGION,
    GRANT_BEYOND,
    ACCOUNT_BEYOND,
    IDENTIFICATION_NEEDED,
    IDENTITY_UNREADABLE,
    FAMILY_RESTRICTED,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    REQUEST_TIMEOUT,
    CONFLICT,
    SUBMISSION_ERASED,
    CORRECTED,
    REQUEST_CLOSED,
    CONSENT_WITHDRAWN,
    TOO_LARGE,
    WRONG_TYPE,
    FAULTS,
    TOO_MANY_REQUESTS,
    INTERNAL,
    UNAVAILABLE,
    ISSUER_UNAVAILABLE,
    BUSY,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct. pointer: JSON pointer (RFC 6901) into the body; parameter: of the path or query."""

    code: str
    pointer: str | None = None
    parameter: str | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: Language) -> dict[str, str]:
        place = {"pointer": self.pointer} if self.pointer is not None else {"parameter": self.parameter or ""}
        message = _pick(FAULT_TEXTS[self.code], language).format(**self.limits)
        return {**place, "code": self.code, "message": message}


_SHAPE_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "missing": "missing",
        "extra_forbidden": "unknown_member",
        "literal_error": "not_allowed",
        "enum": "not_allowed",
        "greater_than_equal": "too_small",
        "less_than_equal": "too_large",
        "string_pattern_mismatch": "bad_format",
        "string_too_long": "bad_format",
        "string_too_short": "bad_format",
        "too_short": "missing",
        "too_long": "bad_format",
        "value_error": "bad_format",
        "uuid_parsing": "bad_format",
        "datetime_parsing": "bad_format",
        "datetime_from_date_parsing": "bad_format",
        "timezone_aware": "bad_format",
        "int_parsing": "wrong_type",
    }
)


def shape_faults(errors: Iterable[Mapping[str, Any]], *, of_parameters: bool = False) -> list[Fault]:
    """Faults from Pydantic's errors: of a body (loc is the path into it) or of path and query parameters."""
    faults = []
    for error in errors:
        code = _SHAPE_CODES.get(error["type"], "wrong_type")
        limits = error.get("ctx") or {}
        limit = {"limit": limits.get("ge", limits.get("le"))}
        if of_parameters:
            faults.append(Fault(code, parameter=pointer(error["loc"][1:2])[1:], limits=limit))
        else:
            faults.append(Fault(code, pointer=pointer(error["loc"]), limits=limit))
    return faults


Shape = TypeVar("Shape", bound=BaseModel)


def read_shape(
    shape: type[Shape], content: object, place: Sequence[str | int] = ()
) -> tuple[Shape | None, list[Fault]]:
    """A body, or the part of it at a place, in its shape; else None and everything that is wrong with it."""
    try:
        return shape.model_validate(content), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        return None, shape_faults({**each, "loc": (*place, *each["loc"])} for each in errors)


class Problem(Exception):
    """An error to answer with; raised by services and by what stands before them."""

    def __init__(
        self,
        kind: Kind,
        *,
        faults: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        **members: object,
    ) -> None:
        super().__init__(kind.slug)
        self.kind = kind
        self.faults = faults
        self.headers = dict(headers or {})
        self.members = members

    def render(self, language: Language, request_id: str) -> dict[str, object]:
        """The body of the answer."""
        kind = self.kind
        body: dict[str, object] = {
            "type": kind.uri,
            "title": _pick(kind.title, language),
            "status": kind.status,
            "detail": _pick(kind.detail, language),
            "instance": f"urn:ikk:request:{request_id}",
            **self.members,
        }
        if self.faults:
            body["faults"] = [fault.render(language) for fault in self.faults[:FAULT_LIMIT]]
            body["faults_total"] = len(self.faults)
            body["faults_truncated"] = len(self.faults) > FAULT_LIMIT
        return body


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}", re.ASCII)


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer from its steps; a name that does not look like one of ours is not repeated but shown as `…`."""
    return "".join(f"/{step}" if isinstance(step, int) or _NAME.fullmatch(step) else "/…" for step in path)


def _pick(texts: Texts, language: Language) -> str:
    return texts[0] if language == "id" else texts[1]


def language_of(accept_language: str | None) -> Language:
    """The language of a message by the Accept-Language header (RFC 9110); Indonesian where it prefers neither."""
    best: Language = "id"
    best_quality = 0.0
    for part in (accept_language or "").split(","):
        name, _, parameters = part.strip().partition(";")
        tag = name.strip().lower().split("-")[0]
        try:
            quality = float(parameters.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if quality > best_quality and tag in ("id", "in", "en"):
            best, best_quality = ("en" if tag == "en" else "id"), quality
    return best
