"""What all wire shapes share: strict input, plain output, localized text, region codes."""

from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.regions import undot
from app.scoring.instrument import Status
from app.scoring.instrument import Text as Localized


class In(BaseModel):
    """What clients send: unknown members are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Out(BaseModel):
    """What we answer."""

    model_config = ConfigDict(frozen=True)


def _canonical(text: str) -> str:
    code = undot(text)
    if code is None:
        raise ValueError("not a region code")
    return code


RegionCode = Annotated[
    str,
    Field(
        description="Kemendagri code, 2, 4, 6 or 10 digits, dotted or not; `ID` is the country",
        examples=["6372061004"],
        max_length=13,
        json_schema_extra={"pattern": r"^(ID|[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{2}(\.?[0-9]{4})?)?)?)$"},
    ),
    AfterValidator(_canonical),
]

__all__ = ["In", "Localized", "Out", "Page", "RegionCode", "Status"]

Each = TypeVar("Each")


class Page(Out, Generic[Each]):
    """A page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[Each]
    next: str | None = Field(description="Give it as `cursor` to read on; null: this was the last page")
