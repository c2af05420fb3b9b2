"""Validates a request body that leaves out what it does not state, without making objects of its models.

The validator follows from the fields of the model. It accepts less than the model does, because nothing may be null.
"""

from functools import reduce
from operator import or_
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import GetCoreSchemaHandler, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema, SchemaValidator, core_schema

from app.schemas.shapes import In


def plain_validator(model: type[In], *, kept: type[In], unread: str) -> SchemaValidator:
    """Validates a body as a dict of what the fields of the model read. Models below become dicts too.

    kept: a model that stays an object
    unread: a member that is an object of which nothing is validated
    """
    shape: Any = Annotated[dict, _Members(model, kept, unread)]
    validator = TypeAdapter(shape).validator
    assert isinstance(validator, SchemaValidator)  # noqa: S101 (not deferred)
    return validator


class _Members:
    """The schema of a dict with the fields of a model."""

    def __init__(self, model: type[In], kept: type[In], unread: str) -> None:
        self._model, self._kept, self._unread = model, kept, unread

    def __get_pydantic_core_schema__(self, source: Any, make: GetCoreSchemaHandler) -> CoreSchema:
        fields = sorted(self._model.model_fields.items())
        members = {name: self._member(name, field, make) for name, field in fields}
        return core_schema.typed_dict_schema(members, extra_behavior="forbid")

    def _member(self, name: str, field: FieldInfo, make: GetCoreSchemaHandler) -> core_schema.TypedDictField:
        kind: Any = dict if name == self._unread else self._without_models(_stated(field))
        return core_schema.typed_dict_field(make.generate_schema(kind), required=field.is_required())

    def _without_models(self, kind: Any) -> Any:
        if isinstance(kind, type) and issubclass(kind, In) and kind is not self._kept:
            return Annotated[dict, _Members(kind, self._kept, self._unread)]
        if get_origin(kind) is Annotated:
            inner, *notes = get_args(kind)
            return Annotated[(self._without_models(inner), *notes)]
        return list[self._without_models(get_args(kind)[0])] if get_origin(kind) is list else kind  # type: ignore[misc]


def _stated(field: FieldInfo) -> Any:
    """The type of what a field holds if it is not null, with its annotations."""
    kind: Any = field.annotation
    if get_origin(kind) in (Union, UnionType):
        kinds = [each for each in get_args(kind) if each is not type(None)]
        kind = reduce(or_, kinds)
    return Annotated[(kind, *field.metadata)] if field.metadata else kind
