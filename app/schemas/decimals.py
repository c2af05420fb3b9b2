"""Decimal numbers that come and go exactly. JSON has them as numbers, never as texts."""

from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PlainSerializer, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

_LARGEST: Final = 10**15 - 1
"""With no more than 15 digits, a number is the same in every program, also in one that reads it as a double."""


def _read(value: object) -> Decimal | int:
    # `bool` is an `int`, and `float` cannot come from a body, whose numbers are read exactly.
    if type(value) is not int and not isinstance(value, Decimal):
        raise PydanticCustomError("decimal_type", "no number")
    if not -_LARGEST <= value <= _LARGEST:
        bounds = {"minimum": -_LARGEST, "maximum": _LARGEST}
        raise PydanticCustomError("number_out_of_range", "too large or too small", bounds)
    return value


class _ExactSchema:
    def __get_pydantic_core_schema__(self, source: Any, make: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(_read)

    def __get_pydantic_json_schema__(self, core: CoreSchema, describe: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "type": "number",
            "exclusiveMinimum": -_LARGEST - 1,
            "exclusiveMaximum": _LARGEST + 1,
            "examples": [10.53],
        }


ExactNumber = Annotated[Decimal | int, _ExactSchema()]
"""A number in a body. It is kept exactly as it was sent, and a text such as "10.53" is a fault."""


def _write(number: float) -> int | float:
    return int(number) if number == int(number) else number


PlainNumber = Annotated[float, PlainSerializer(_write), WithJsonSchema({"type": "number"})]
"""A number in a response. A whole one has no decimal point."""
