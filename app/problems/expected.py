"""What may stand at a place of a body or in a parameter, read from the JSON Schema that the service publishes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel

from app.problems.wording import MOST_LISTED, AsTyped, Year

Path = Sequence[str | int]
Schema = Mapping[str, Any]

_SOME_ID: Final = "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2"
"""A name in an object whose members are named by ids."""
_RIGHT: Final = ("example", "minimum", "maximum", "first_day", "last_day")
"""Limits that are members of a fault under the same name."""
_DEEPEST: Final = 20
"""No body is as deep. A reference that leads back to itself ends here."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a schema says about a value. A part that it does not say is None or empty."""

    type: str | None = None
    """The name of the type in JSON, such as `string` or `integer`."""
    example: Any = None
    options: tuple[str, ...] = ()
    """The values that are allowed, or the names of an object's members."""
    minimum: int | Decimal | None = None
    maximum: int | Decimal | None = None
    max_length: int | None = None
    max_entries: int | None = None

    def __post_init__(self) -> None:
        """Raises TypeError for options that are no tuple, because a text would be shown letter by letter."""
        if not isinstance(self.options, tuple):
            raise TypeError("the options are no tuple")

    def members(self) -> dict[str, Any]:
        """Members of a fault for programs. They have at most MOST_LISTED options."""
        told = {
            "expected": self.type,
            "example": self.example,
            "minimum": as_json(self.minimum),
            "maximum": as_json(self.maximum),
            "max_length": self.max_length,
            "max_entries": self.max_entries,
        }
        found = {name: value for name, value in told.items() if value is not None}
        if self.options:
            found |= {"options": list(self.options[:MOST_LISTED]), "options_total": len(self.options)}
        return found

    def limits(self) -> dict[str, Any]:
        """The same for a text."""
        found = {name: value for name, value in self.members().items() if not name.startswith("options")}
        found |= {name: value for name in ("minimum", "maximum") if (value := getattr(self, name)) is not None}
        if self.options:
            found["options"] = list(self.options)
        if self.example is not None:
            found |= {"example": AsTyped(self.example), "quoted": AsTyped(self.example, quoted=True)}
        return found


def as_json(value: Any) -> Any:
    """A limit as JSON has it."""
    if isinstance(value, AsTyped):
        return value.value
    return float(value) if isinstance(value, Decimal) else value.isoformat() if hasattr(value, "isoformat") else value


def limits_as_json(limits: Mapping[str, Any]) -> dict[str, Any]:
    """What the text of a fault says to be right, as its members. They have at most MOST_LISTED options.

    Options with texts for people are no members.
    """
    found = {name: as_json(limits[name]) for name in _RIGHT if name in limits}
    options = limits.get("options", [])
    if options and all(isinstance(each, str) for each in options):
        found |= {"options": list(options[:MOST_LISTED]), "options_total": len(options)}
    return found


UNKNOWN: Final = Expected()


def expect(schema: Schema, path: Path, definitions: Schema) -> Expected:
    """What a schema says about the value at a path. It says nothing about a member that it does not know."""
    found = _find(schema, path, definitions)
    return UNKNOWN if found is None else _read(found, definitions)


@lru_cache(maxsize=256)
def schema_of(shape: type[BaseModel]) -> Schema:
    """The published schema of a shape. Making it takes milliseconds."""
    return shape.model_json_schema()


def expect_in(shape: type[BaseModel], path: Path) -> Expected:
    """What a shape says about the value at a path in it."""
    schema = schema_of(shape)
    return expect(schema, path, schema.get("$defs", {}))


def expect_names_in(shape: type[BaseModel], path: Path) -> Expected:
    """The names that the object at a path in a shape may have, as options."""
    schema = schema_of(shape)
    found = _find(schema, path, schema.get("$defs", {}))
    return UNKNOWN if found is None else Expected(options=tuple(found.get("properties", ())))


def _find(schema: Schema, path: Path, definitions: Schema) -> Schema | None:
    schema = _resolve(schema, definitions)
    if not path:
        return schema
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        below = schema.get("items")
    else:
        below = schema.get("properties", {}).get(step, schema.get("additionalProperties"))
    return _find(below, rest, definitions) if isinstance(below, Mapping) else None


def _resolve(schema: Schema, definitions: Schema) -> Schema:
    """The schema itself, with its reference followed and without null. Of several alternatives it takes the first.

    Single values beside an alternative that takes others, such as any id, are not all that is allowed. Then it takes
    the alternative that takes others.
    """
    for _ in range(_DEEPEST):
        rest = {name: value for name, value in schema.items() if name not in ("$ref", "anyOf", "allOf", "oneOf")}
        if "$ref" in schema:
            schema = {**definitions.get(schema["$ref"].rpartition("/")[2], {}), **rest}
        elif choices := schema.get("anyOf") or schema.get("allOf") or schema.get("oneOf"):
            some = [each for each in choices if each != {"type": "null"}]
            schema = {**next((each for each in some if not _lists_values(each)), some[0] if some else {}), **rest}
        else:
            break
    return schema


def _lists_values(schema: Schema) -> bool:
    return "const" in schema or "enum" in schema


def _read(schema: Schema, definitions: Schema) -> Expected:
    allowed = schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    limits = {name: schema.get(name) for name in ("minimum", "maximum")}
    if schema.get("format") == "year":
        limits = {name: None if each is None else Year(each) for name, each in limits.items()}
    kind = schema.get("type")
    return Expected(
        type=kind if isinstance(kind, str) else None,
        example=example_of(schema, definitions),
        options=tuple(str(each) for each in allowed),
        max_length=schema.get("maxLength"),
        max_entries=schema.get("maxItems", schema.get("maxProperties")),
        **limits,
    )


def example_of(schema: Schema, definitions: Schema, depth: int = 0) -> Any:
    """A value that the schema accepts, or None if it names none. An object has the members that it needs."""
    schema = _resolve(schema, definitions)
    if depth > _DEEPEST:
        return None
    for found in _stated(schema):
        return found
    if schema.get("type") == "array":
        each = example_of(schema.get("items", {}), definitions, depth + 1)
        return None if each is None else [each]
    if schema.get("type") == "object":
        return _object(schema, definitions, depth + 1)
    return {"boolean": True, "integer": schema.get("minimum", 1), "number": schema.get("minimum", 1)}.get(
        schema.get("type", "")
    )


def _stated(schema: Schema) -> Iterator[Any]:
    yield from schema.get("examples", ())
    if "example" in schema:
        yield schema["example"]
    yield from schema.get("enum", ())
    if "const" in schema:
        yield schema["const"]


def _object(schema: Schema, definitions: Schema, depth: int) -> Any:
    members = schema.get("properties", {})
    names = schema.get("required") or list(members)[:1]
    found = {name: example_of(members.get(name, {}), definitions, depth) for name in names}
    if not members and isinstance(below := schema.get("additionalProperties"), Mapping):
        found = {_SOME_ID: example_of(below, definitions, depth)}
    return {name: value for name, value in found.items() if value is not None} or None


def of_parameter(schema: Schema, names: Sequence[str] = ()) -> Expected:
    """What the schema of a parameter says, whose example may stand beside it."""
    found = _read(_resolve(schema, {}), {})
    return replace(found, options=tuple(names)) if names else found
