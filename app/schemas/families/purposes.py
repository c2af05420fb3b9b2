"""The purposes for which an identity is read or a family is searched for, by code with their texts.

A purpose is a code and never words, because the audit log keeps it after the family was erased.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from app.schemas.shapes import WITHOUT_NUMBER
from app.scoring.parts import Text

PurposeCode = Literal[
    "subject_request", "complaint", "data_quality", "assistance_matching", "protection_case", "court_order", "breach"
]

PURPOSES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "subject_request": Text(
            id="Melayani permintaan keluarga atas haknya.", en="To serve what a family asks for by right."
        ),
        "complaint": Text(id="Menangani pengaduan.", en="To handle a complaint."),
        "data_quality": Text(
            id="Memeriksa mutu data, misalnya keluarga ganda.", en="To check the data, such as a family entered twice."
        ),
        "assistance_matching": Text(
            id="Mencocokkan penerima bantuan atas permintaan instansi.",
            en="To match recipients of assistance, at the request of an agency.",
        ),
        "protection_case": Text(
            id="Melindungi perempuan atau anak dalam suatu kasus.", en="To protect a woman or a child in a case."
        ),
        "court_order": Text(
            id="Memenuhi perintah pengadilan atau penegak hukum.",
            en="To obey an order of a court or of law enforcement.",
        ),
        "breach": Text(
            id="Memberi tahu keluarga tentang kegagalan pelindungan data.", en="To notify families of a data breach."
        ),
        "unlisted": Text(id="Dinyatakan sebelum ada daftar tujuan.", en="Stated before purposes were listed."),
    }
)
"""Texts by code. Nobody can state `unlisted`. It stands for purposes that were free text before version 0005."""

if set(get_args(PurposeCode)) != PURPOSES.keys() - {"unlisted"}:
    raise AssertionError("PurposeCode names every purpose that can be stated")

Purpose = Annotated[
    PurposeCode,
    Field(
        description="Why, from a fixed list. The audit log keeps the code permanently. "
        + " ".join(f"`{code}`: {PURPOSES[code].en}" for code in get_args(PurposeCode)),
        examples=["assistance_matching"],
    ),
]
Letter = Annotated[
    str,
    Field(
        max_length=40,
        pattern=r"^[0-9A-Z][0-9A-Z/.-]*$",
        description="The number of a letter, in capitals, digits and `/ . -`. The audit log keeps a keyed mark of it",
        examples=["460/112/DINSOS/XI/2026"],
    ),
    WITHOUT_NUMBER,
]
