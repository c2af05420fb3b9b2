"""What every part of an instrument file is made of: codes, texts in both languages, and the status of an entry."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["official", "literature", "provisional"]
"""How far an entry may be trusted: a ministry's text, published research, or our own working assumption."""

Code = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """What people read or hear, in both languages."""

    id: Annotated[str, Field(min_length=1)]
    en: Annotated[str, Field(min_length=1)]
