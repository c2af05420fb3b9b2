"""Where figures come from: the source that everything in these statistics names."""

import re
from datetime import date
from typing import Annotated, Final
from urllib.parse import unquote

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from app.schemas.lines import Line
from app.schemas.moments import Day
from app.schemas.shapes import WITHOUT_NUMBER, In, Out, is_null

_LONGEST_LINK: Final = 500
_LINK: Final = r"^https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?([/?#][!#-;=?-\[\]_a-z~]*)?$"
_NUMBER: Final = re.compile(r"\d{16}")


def _refuse_number(link: str) -> str:
    # Newspapers write day and article as 2021/06/11/13575521, which the rule of other texts would take for a NIK.
    if _NUMBER.search(unquote(link)):
        raise PydanticCustomError("looks_like_nik", "sixteen digits")
    return link


Link = Annotated[
    str,
    Field(
        max_length=_LONGEST_LINK,
        description="An address of the web that begins with https:// or http://, without a username",
        examples=["https://kekerasan.kemenpppa.go.id/ringkasan"],
        pattern=_LINK,
    ),
    AfterValidator(_refuse_number),
]
"""An address that a page may show as a link. It can run nothing and carries no password."""

SourceName = Annotated[
    str,
    Line(200),
    WITHOUT_NUMBER,
    Field(description="Who published them", examples=["Simfoni PPA, Ringkasan 2023"]),
]


class SourceIn(In):
    """Who published the figures, and where."""

    name: SourceName
    url: Link | None = Field(default=None, description="Where they can be read")
    published_on: Day | None = Field(default=None, description="When they were published")
    retrieved_on: Day | None = Field(default=None, description="When they were read there")


class LinkedSourceIn(SourceIn):
    """Who published the figure, with a link that a reader can open."""

    url: Link = Field(description="Where it can be read")


class SourceOut(Out):
    name: str
    url: str | None = Field(default=None, exclude_if=is_null)
    published_on: date | None = Field(default=None, exclude_if=is_null)
    retrieved_on: date | None = Field(default=None, exclude_if=is_null)
