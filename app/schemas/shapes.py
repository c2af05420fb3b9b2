"""What all wire shapes share: strict input, plain output, localized text, region codes."""

import unicodedata
from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.regions.codes import undot


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

_UNWRITTEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode categories that a line of a name or an address has no use for: controls, directions, line ends."""


def _plain(text: str) -> str:
    normal = unicodedata.normalize("NFC", text.strip())
    if not normal or any(unicodedata.category(each) in _UNWRITTEN for each in normal):
        raise ValueError("not a line of text")
    return normal


TextLine = Annotated[str, AfterValidator(_plain)]
"""A line that people write: in Unicode's composed form (NFC), without blanks around it, never empty."""

Each = TypeVar("Each")
Row = TypeVar("Row")


class Page(Out, Generic[Each]):
    """A page of a list; `next` is the cursor of the page after it, null on the last."""

    items: list[Each]
    next: str | None = Field(description="Give it as `cursor` to read on; null: this was the last page")

    @classmethod
    def of(
        cls, rows: Sequence[Row], limit: int, *, shape: Callable[[Row], Each], cursor: Callable[[Row], str]
    ) -> "Page[Each]":
        """A page from up to `limit` + 1 rows: the one too many says that there is a next page."""
        more = len(rows) > limit
        return cls(items=[shape(row) for row in rows[:limit]], next=cursor(rows[limit - 1]) if more else None)
