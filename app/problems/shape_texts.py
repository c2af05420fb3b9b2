"""The texts of faults of shape, in Indonesian and English, by the code of the fault and what the schema says.

A fault takes the first text of its code whose `{…}` the schema can fill. Each code has a text without any at its end.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.problems.fault_texts import FAULT_TEXTS, FaultCode, Texts

_PICK: Final = ("Isi dengan salah satu dari: {options}.", "Use one of: {options}.")
_BETWEEN: Final = (
    "Isi dengan angka bulat dari {minimum} sampai {maximum}, misalnya {example}.",
    "Use a whole number from {minimum} to {maximum}, such as {example}.",
)

SHAPE_TEXTS: Final[Mapping[FaultCode, Sequence[Texts]]] = MappingProxyType(
    {
        "missing": (
            (
                "Bagian ini belum diisi. Isi dengan salah satu dari: {options}.",
                "This is not filled in. Use one of: {options}.",
            ),
            ("Bagian ini belum diisi. Contoh isian: {example}.", "This is not filled in. Example: {example}."),
        ),
        "unknown_member": (
            (
                "Bagian ini tidak dikenal. Hapus, atau pakai salah satu dari: {options}.",
                "This is not known here. Remove it, or use one of: {options}.",
            ),
        ),
        "not_allowed": (_PICK,),
        "too_small": (_BETWEEN,),
        "too_large": (_BETWEEN,),
        "out_of_range": (
            (
                "Isi antara {minimum} dan {maximum}, misalnya {example}.",
                "Use a value between {minimum} and {maximum}, such as {example}.",
            ),
        ),
        "bad_format": (
            _PICK,
            (
                "Penulisannya belum benar. Contoh yang benar: {example}.",
                "It is not written correctly. Use, for example: {example}.",
            ),
        ),
        "too_early": (
            (
                'Tanggal ini tidak boleh sebelum tanggal pada pertanyaan "{question}". Contoh penulisan: {example}.',
                'This day must not be before the day in the question "{question}". Write, for example: {example}.',
            ),
        ),
        "too_late": (
            (
                'Tanggal ini tidak boleh sesudah tanggal pada pertanyaan "{question}". Contoh penulisan: {example}.',
                'This day must not be after the day in the question "{question}". Write, for example: {example}.',
            ),
        ),
        "too_many_rows": (
            (
                'Daftar ini lebih panjang daripada jumlah pada pertanyaan "{question}". Hapus baris yang berlebih, '
                "atau perbaiki jumlahnya.",
                'This list is longer than the number in the question "{question}". Remove rows, or correct the number.',
            ),
        ),
        "more_people_than_rows": (
            (
                'Dalam people ada lebih banyak orang daripada jumlah pada pertanyaan "{question}". Periksa mana yang '
                "benar.",
                'There are more people in people than the number in the question "{question}". Check which is right.',
            ),
        ),
        "looks_like_nik": (
            (
                "Isian ini memuat 16 angka seperti NIK atau No KK, yang tidak boleh ditulis di sini. Hapus angkanya. "
                "Contoh yang benar: {example}.",
                "This holds sixteen digits like a NIK or a card number, which must not stand here. Remove them. Use, "
                "for example: {example}.",
            ),
        ),
        "unreadable": (
            (
                "Ada karakter yang tidak dapat dibaca di sini. Hapus, lalu ketik ulang, misalnya: {example}.",
                "There is a character here that cannot be read. Remove it and type the text again, such as: {example}.",
            ),
        ),
        "loose_marks": (
            (
                "Aksen harus menempel pada sebuah huruf, dan terlalu banyak aksen pada satu huruf tidak diterima. "
                "Hapus yang berlebih, misalnya: {example}.",
                "An accent needs a letter before it, and no letter takes so many. Remove the others, as in: {example}.",
            ),
        ),
    }
)

TYPE_TEXTS: Final[Mapping[str, Sequence[Texts]]] = MappingProxyType(
    {
        "integer": (
            _BETWEEN,
            (
                "Isian ini harus berupa angka bulat, misalnya {example}.",
                "This must be a whole number, such as {example}.",
            ),
        ),
        "number": (
            (
                "Isi dengan angka dari {minimum} sampai {maximum}, misalnya {example}.",
                "Use a number from {minimum} to {maximum}, such as {example}.",
            ),
            ("Isian ini harus berupa angka, misalnya {example}.", "This must be a number, such as {example}."),
        ),
        "string": (
            (
                "Isian ini harus berupa teks dalam tanda kutip, misalnya {quoted}.",
                "This must be a text in quotation marks, such as {quoted}.",
            ),
        ),
        "boolean": (("Isi dengan true (ya) atau false (tidak).", "Use true or false."),),
        "array": (("Isian ini harus berupa daftar, misalnya {example}.", "This must be a list, such as {example}."),),
        "object": (
            (
                "Bagian ini harus berupa objek dengan isian di dalamnya, misalnya {example}.",
                "This must be an object with members, such as {example}.",
            ),
        ),
    }
)
"""The texts of `wrong_type` by the type in JSON that is expected."""

ERROR_TEXTS: Final[Mapping[str, Sequence[Texts]]] = MappingProxyType(
    {
        "string_too_long": (
            (
                "Isian ini terlalu panjang. Paling banyak {max_length} karakter, misalnya: {example}.",
                "This is too long. Use at most {max_length} characters, such as: {example}.",
            ),
            (
                "Isian ini terlalu panjang. Paling banyak {max_length} karakter.",
                "This is too long. Use at most {max_length} characters.",
            ),
        ),
        "string_too_short": (
            (
                "Isian ini kosong atau terlalu pendek. Contoh yang benar: {example}.",
                "This is empty or too short. Use, for example: {example}.",
            ),
            ("Isian ini kosong. Hapus bagian ini, atau isi.", "This is empty. Remove it, or fill it in."),
        ),
        "too_long": (
            (
                "Daftar ini terlalu panjang. Paling banyak {max_entries} isian.",
                "This list is too long. Use at most {max_entries} entries.",
            ),
        ),
        "release_name": (
            (
                "Isi dengan latest untuk rilis terbaru, atau id sebuah rilis, yaitu UUID, misalnya "
                "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2. Daftarnya ada di GET /v1/releases.",
                "Use latest for the latest release, or the id of a release, which is a UUID such as "
                "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2. GET /v1/releases lists them.",
            ),
        ),
    }
)
"""The texts of `bad_format` that say more, by the type of Pydantic's error."""


def texts_of(code: FaultCode, error: str = "", type: str | None = None) -> Sequence[Texts]:
    """The texts that a fault of shape can have, the most exact one first."""
    exact = ERROR_TEXTS.get(error, ())
    if code == "wrong_type":
        # Who sends no list at all does not know yet that a list is asked for.
        return (*(() if type == "array" else (_PICK,)), *TYPE_TEXTS.get(type or "", ()), FAULT_TEXTS[code])
    return (*exact, *SHAPE_TEXTS.get(code, ()), FAULT_TEXTS[code])


def every_text(code: FaultCode) -> list[Texts]:
    """Every text that a fault of the code can have."""
    by_type = [*(each for texts in TYPE_TEXTS.values() for each in texts)] if code == "wrong_type" else []
    by_error = [*(each for texts in ERROR_TEXTS.values() for each in texts)] if code == "bad_format" else []
    return list(dict.fromkeys([*by_error, *SHAPE_TEXTS.get(code, ()), *by_type, *texts_of(code)]))
