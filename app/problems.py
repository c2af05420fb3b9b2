"""Every error we can answer with (RFC 9457), in Indonesian and English, and the one place that renders them.

A message says what, why and what to do. It never repeats what a family answered, nor anything else that was sent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

Language = Literal["id", "en"]
Texts = tuple[str, str]
"""The same in Indonesian and in English."""

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
        "Kirim grant_type=client_credentials, client_id dan client_secret sebagai formulir; lihat member error.",
        "Send grant_type=client_credentials, client_id and client_secret as a form; see the member error.",
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
CONFLICT = Kind(
    "submission-differs",
    409,
    (
        "Nomor kiriman ini sudah dipakai untuk isi lain",
        "This submission id was already used for other content",
    ),
    (
        "Yang tersimpan tetap utuh; tandanya ada dalam member stored. Pembetulan belum tersedia: jangan kirim "
        "wawancara yang sama dengan UUID baru, karena keluarga itu akan terhitung dua kali.",
        "What is stored stays as it is; its receipt is in the member stored. Corrections are not possible yet: do not "
        "send the same interview under a new UUID, as its family would count twice.",
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

CATALOGUE: Final = (
    MALFORMED,
    INVALID_GRANT_REQUEST,
    UNAUTHENTICATED,
    INVALID_CLIENT,
    FORBIDDEN_SCOPE,
    FORBIDDEN_REGION,
    NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    TOO_LARGE,
    WRONG_TYPE,
    FAULTS,
    INTERNAL,
    UNAVAILABLE,
)

FAULT_TEXTS: Final[Mapping[str, Texts]] = MappingProxyType(
    {
        "missing": ("Bagian ini wajib ada.", "This member is needed."),
        "unknown_member": (
            "Bagian ini tidak dikenal; hapus atau periksa ejaannya.",
            "This member is not known; remove it or check its spelling.",
        ),
        "wrong_type": (
            "Jenis nilainya salah; lihat skema.",
            "The value has the wrong type; see the schema.",
        ),
        "bad_format": (
            "Bentuk nilainya salah; lihat skema.",
            "The value has the wrong form; see the schema.",
        ),
        "out_of_range": (
            "Nilainya harus antara {minimum} dan {maximum}.",
            "The value must lie between {minimum} and {maximum}.",
        ),
        "too_small": ("Nilainya paling sedikit {limit}.", "The value must be at least {limit}."),
        "too_large": ("Nilainya paling banyak {limit}.", "The value must be at most {limit}."),
        "not_allowed": ("Nilai ini bukan pilihan yang ada.", "The value is not one of those allowed."),
        "unknown_region": (
            "Kode ini bukan desa atau kelurahan pada daftar wilayah yang berlaku.",
            "The code is not a village of the list of regions in force.",
        ),
        "unknown_instrument": (
            "Instrumen dan versi ini belum diterbitkan di sini; lihat /v1/instruments.",
            "This instrument and version have not been published here; see /v1/instruments.",
        ),
        "surveyed_in_future": (
            "Waktu wawancara lebih maju dari jam server; periksa jam perangkat.",
            "The interview lies ahead of the server's clock; check the device's clock.",
        ),
        "surveyed_before_instrument": (
            "Wawancara ini mendahului berlakunya instrumen; periksa tanggal atau versi.",
            "The interview is older than the instrument; check the date or the version.",
        ),
        "unknown_question": (
            "Pertanyaan ini tidak ada dalam instrumen.",
            "The instrument has no such question.",
        ),
        "unknown_option": (
            "Jawaban ini bukan salah satu pilihan pertanyaan.",
            "The answer is not one of the question's options.",
        ),
        "exceeds": (
            "Nilainya tidak boleh melebihi jawaban {other}.",
            "The value must not exceed the answer to {other}.",
        ),
        "not_asked": (
            "Pertanyaan ini tidak diajukan kepada keluarga dengan jawaban lain seperti ini; hapus jawabannya.",
            "This question is not asked of a family with these other answers; remove the answer.",
        ),
        "unanswered": (
            "Pertanyaan ini harus dijawab agar keluarga dapat dinilai.",
            "This question must be answered before the family can be scored.",
        ),
        "bad_cursor": (
            "Cursor ini bukan dari daftar yang sama; mulai lagi tanpa cursor.",
            "The cursor does not belong to this list; start again without it.",
        ),
        "bad_period": ("from harus tidak melebihi to.", "from must not lie after to."),
    }
)
"""What can be wrong with one part of a request, by its stable code."""


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
