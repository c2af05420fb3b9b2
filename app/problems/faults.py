"""Faults of single parts of a request. Each has a path, a stable code and a message."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.problems.fault_texts import FAULT_TEXTS, FaultCode
from app.problems.language import Language, pick


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct, in the body or in a parameter.

    pointer is a JSON pointer (RFC 6901) into the body. parameter is the name of a path or query parameter.
    """

    code: FaultCode
    pointer: str | None = None
    parameter: str | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)

    def render(self, language: Language) -> dict[str, str]:
        part = {"pointer": self.pointer} if self.pointer is not None else {"parameter": self.parameter or ""}
        message = pick(FAULT_TEXTS[self.code], language).format(**self.limits)
        return {**part, "code": self.code, "message": message}


_SHAPE_CODES: Final[Mapping[str, FaultCode]] = MappingProxyType(
    {
        "missing": "missing",
        "extra_forbidden": "unknown_member",
        "literal_error": "not_allowed",
        "enum": "not_allowed",
        "greater_than_equal": "too_small",
        "less_than_equal": "too_large",
        "string_pattern_mismatch": "bad_format",
        "string_too_long": "bad_format",
        "string_too_short": "bad_format",
        "too_short": "missing",
        "too_long": "bad_format",
        "value_error": "bad_format",
        "uuid_parsing": "bad_format",
        "reserved_uuid": "reserved_uuid",
        "datetime_parsing": "bad_format",
        "datetime_from_date_parsing": "bad_format",
        "timezone_aware": "bad_format",
        "int_parsing": "wrong_type",
    }
)


def shape_faults(errors: Iterable[Mapping[str, Any]], *, of_parameters: bool = False) -> list[Fault]:
    """Faults from Pydantic's errors. `loc` is the path in a body, or for a parameter `path` or `query` and its name."""
    faults = []
    for error in errors:
        code = _SHAPE_CODES.get(error["type"], "wrong_type")
        limits = error.get("ctx") or {}
        limit = {"limit": limits.get("ge", limits.get("le"))}
        if of_parameters:
            faults.append(Fault(code, parameter=pointer(error["loc"][1:2])[1:], limits=limit))
        else:
            faults.append(Fault(code, pointer=pointer(error["loc"]), limits=limit))
    return faults


Shape = TypeVar("Shape", bound=BaseModel)


def read_shape(shape: type[Shape], content: object, path: Sequence[str | int] = ()) -> tuple[Shape | None, list[Fault]]:
    """Reads a body, or the part of it at a path, as a shape. Returns None and all faults if it is not valid."""
    try:
        return shape.model_validate(content), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        return None, shape_faults({**each, "loc": (*path, *each["loc"])} for each in errors)


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}", re.ASCII)


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) from its steps. It shows `…` for a name that does not look like one of ours.

    Such a name may be what somebody typed, and a message never repeats what was sent.
    """
    return "".join(f"/{step}" if isinstance(step, int) or _NAME.fullmatch(step) else "/…" for step in path)
