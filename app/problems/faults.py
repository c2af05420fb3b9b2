"""Faults of single parts of a request. Each has a path, a stable code and a message."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.problems.fault_texts import FAULT_TEXTS, FaultCode, Texts
from app.problems.language import Language, pick

FAULT_LIMIT: Final = 100
"""A problem lists at most this many faults. `faults_total` counts all of them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to correct, in the body or in a parameter.

    pointer is a JSON pointer (RFC 6901) into the body. parameter is the name of a path or query parameter.
    """

    code: FaultCode
    pointer: str | None = None
    parameter: str | None = None
    limits: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the fault in the response, for programs."""
    texts: Texts | None = None
    """The texts, if they are not those of the code."""

    def render(self, language: Language) -> dict[str, Any]:
        part = {"pointer": self.pointer} if self.pointer is not None else {"parameter": self.parameter or ""}
        spoken = {name: pick(each, language) if isinstance(each, tuple) else each for name, each in self.limits.items()}
        message = pick(self.texts or FAULT_TEXTS[self.code], language).format(**spoken)
        return {**part, "code": self.code, "message": message, **self.members}


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
        "moment_out_of_range": "out_of_range",
        "looks_like_nik": "looks_like_nik",
        "uuid_parsing": "bad_format",
        "reserved_uuid": "reserved_uuid",
        "datetime_parsing": "bad_format",
        "datetime_from_date_parsing": "bad_format",
        "timezone_aware": "bad_format",
        "int_parsing": "wrong_type",
    }
)


_RANGE: Final = ("minimum", "maximum")


def shape_faults(errors: Iterable[Mapping[str, Any]], *, of_parameters: bool = False) -> list[Fault]:
    """Faults from Pydantic's errors. `loc` is the path in a body, or for a parameter `path` or `query` and its name."""
    faults = []
    for error in errors:
        code = _SHAPE_CODES.get(error["type"], "wrong_type")
        limits = error.get("ctx") or {}
        limit = {"limit": limits.get("ge", limits.get("le")), **{name: limits.get(name) for name in _RANGE}}
        if of_parameters:
            faults.append(Fault(code, parameter=pointer(error["loc"][1:2])[1:], limits=limit))
        else:
            faults.append(Fault(code, pointer=pointer(error["loc"]), limits=limit))
    return faults


@dataclass(slots=True)
class UnknownMembers:
    """Counts the unknown members of one body. Only the first become faults of their own, because each takes time."""

    listed: int = 0
    left_out: int = 0

    def leave_out(self, content: Mapping[str, Any], known: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns an object of the body without the unknown members that are beyond the limit."""
        if content.keys() <= known.keys():
            return content
        unknown = [name for name in content if name not in known]
        kept = unknown[: FAULT_LIMIT - self.listed]
        self.listed += len(kept)
        if len(kept) == len(unknown):
            return content
        self.left_out += len(unknown) - len(kept)
        return {name: content[name] for name in (*(name for name in known if name in content), *kept)}


Shape = TypeVar("Shape", bound=BaseModel)


def read_shape(shape: type[Shape], content: object, path: Sequence[str | int] = ()) -> tuple[Shape | None, list[Fault]]:
    """Reads a body, or the part of it at a path, as a shape. Returns None and all faults if it is not valid.

    Beyond FAULT_LIMIT unknown members, the list repeats one fault for each, so that its length is the number of faults.
    """
    unknown = UnknownMembers()
    try:
        return shape.model_validate(content, context=unknown), []
    except ValidationError as error:
        errors = error.errors(include_url=False, include_input=False)
        faults = shape_faults({**each, "loc": (*path, *each["loc"])} for each in errors)
        return None, faults + [Fault("unknown_member", pointer="/…")] * unknown.left_out


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}", re.ASCII)


def pointer(path: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) from its steps. It shows `…` for a name that does not look like one of ours.

    Such a name may be what somebody typed, and a message never repeats what was sent.
    """
    return "".join(f"/{step}" if isinstance(step, int) or _NAME.fullmatch(step) else "/…" for step in path)
