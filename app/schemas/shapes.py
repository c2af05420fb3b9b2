"""What all shapes of requests and responses share, such as strict input, region codes and pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from app.identity.numbers import holds_number
from app.problems import UnknownMembers
from app.regions.codes import undot
from app.turns import in_turns


class In(BaseModel):
    """Base of the bodies that clients send. It refuses unknown members. A member that is null counts as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _leave_out(cls, body: Any, asked: ValidationInfo) -> Any:
        if not isinstance(body, dict):
            return body
        if isinstance(asked.context, UnknownMembers):
            body = asked.context.leave_out(body, cls.model_fields)
        return {name: value for name, value in body.items() if value is not None or name not in cls.model_fields}


class Out(BaseModel):
    """Base of the bodies of responses."""

    model_config = ConfigDict(frozen=True)


def _canonical(text: str) -> str:
    code = undot(text)
    if code is None:
        raise ValueError("not a region code")
    return code


_CODE: Final = r"^(ID|[0-9]{2}([0-9]{2}([0-9]{2}([0-9]{4})?)?)?|[0-9]{2}\.[0-9]{2}(\.[0-9]{2}(\.[0-9]{4})?)?)$"
RegionCode = Annotated[
    str,
    Field(
        description="Kemendagri code of 2, 4, 6 or 10 digits, with or without dots. `ID` is the country",
        examples=["6372061004"],
        max_length=13,
        json_schema_extra={"pattern": _CODE},
    ),
    AfterValidator(_canonical),
]


def _refuse_number(text: str) -> str:
    if holds_number(text):
        raise PydanticCustomError("looks_like_nik", "sixteen digits")
    return text


WITHOUT_NUMBER: Final = AfterValidator(_refuse_number)
"""Every text that the service keeps outside of an identity has this, so that no NIK or card number hides in it."""

Each = TypeVar("Each")
Row = TypeVar("Row")


class Page(Out, Generic[Each]):
    """One page of a list, with the cursor of the next page."""

    items: list[Each]
    next: str | None = Field(description="Send it as `cursor` to get the next page. null on the last page")

    @classmethod
    async def of(
        cls, rows: Sequence[Row], limit: int, *, shape: Callable[[Row], Each], cursor: Callable[[Row], str]
    ) -> "Page[Each]":
        """A page from up to `limit` + 1 rows. One row more than `limit` means that there is a next page."""
        more = len(rows) > limit
        items = [shape(row) async for row in in_turns(rows[:limit])]
        return cls(items=items, next=cursor(rows[limit - 1]) if more else None)
