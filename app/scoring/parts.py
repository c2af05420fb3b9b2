"""Building blocks of an instrument file: codes, texts in both languages, and the status of an entry."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["official", "literature", "provisional"]
"""The source of an entry: a ministry's text, published research, or our own working assumption."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(BaseModel):
    """A text that people read or hear, by language: Indonesian (id), English (en), and others such as Banjar (bjn).

    Where a file has no English, `en` repeats the Indonesian text.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, str]

    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]

    def __eq__(self, other: object) -> bool:
        """Whether both say the same, also if they are of files of different formats."""
        return isinstance(other, Text) and self.model_dump() == other.model_dump()


class BothTexts(Text):
    """A text of a file of format 1, in Indonesian and English."""

    model_config = ConfigDict(extra="forbid")
