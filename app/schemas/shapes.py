"""What all shapes of requests and responses share, such as strict input, region codes and pages."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, ClassVar, Final, Generic, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationInfo,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from app.identity.numbers import holds_number
from app.problems import UnknownMembers
from app.regions.codes import undot
from app.turns import in_turns


def without_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema of the same values, except null. It is what a query or a form can hold."""
    if "anyOf" not in schema:
        return schema
    rest = {name: value for name, value in schema.items() if name != "anyOf"}
    others = [each for each in schema["anyOf"] if each != {"type": "null"}]
    return {**others[0], **rest} if len(others) == 1 else {**rest, "anyOf": others}


def is_null(value: object) -> bool:
    """For `exclude_if` of a member that a body leaves out where it is null."""
    return value is None


class _Published(BaseModel):
    """Base of all shapes. It says how they look in the OpenAPI document.

    They publish no defaults. Generators of clients would demand a member that has one, or think that it is never null.
    """

    # Each is built when it is first used. A server would otherwise build 270 at its start, and most need only a few.
    model_config = ConfigDict(defer_build=True)
    leaves_out_null: ClassVar[bool] = False

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, describe: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = describe(core)
        shape = describe.resolve_ref_schema(schema)
        sparse = {field.alias or name for name, field in cls.model_fields.items() if field.exclude_if is is_null}
        for name, member in shape.get("properties", {}).items():
            optional = member.pop("default", ...) is None
            if optional and (cls.leaves_out_null or name in sparse):
                shape["properties"][name] = without_null(member)
                shape["required"] = [each for each in shape.get("required", ()) if each != name]
        return schema


class In(_Published):
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


class FormIn(In):
    """Base of the forms that clients send. A form cannot say null."""

    leaves_out_null = True


class Out(_Published):
    """Base of the bodies of responses, which hold every member, also those that are null."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True, serialize_by_alias=True)


class SparseOut(Out):
    """Base of the bodies of responses that leave out what is null."""

    leaves_out_null = True


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


InstrumentCode = Annotated[str, Field(max_length=40, examples=["ikk-29"])]
InstrumentVersion = Annotated[str, Field(max_length=20, examples=["2025.2"])]


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
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """`RegionPage` for a page of `RegionOut`, because this is the name in generated clients."""
        return f"{params[0].__name__.removesuffix('Out')}Page"

    @classmethod
    async def of(
        cls, rows: Sequence[Row], limit: int, *, shape: Callable[[Row], Each], cursor: Callable[[Row], str]
    ) -> "Page[Each]":
        """A page from up to `limit` + 1 rows. One row more than `limit` means that there is a next page."""
        more = len(rows) > limit
        items = [shape(row) async for row in in_turns(rows[:limit])]
        return cls(items=items, next=cursor(rows[limit - 1]) if more else None)
