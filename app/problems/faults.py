"""Faults of single parts of a request. Each has a path, a stable code and a message."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from app.problems.expected import UNKNOWN, Expected, Path, as_json, expect_in, expect_names_in, limits_as_json
from app.problems.fault_texts import FAULT_TEXTS, FaultCode, Texts
from app.problems.language import Language, pick
from app.problems.shape_texts import texts_of
from app.problems.wording import say

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
    """What the text names. A pair of texts is said in one language, and a list shows its first options."""
    members: Mapping[str, Any] = field(default_factory=dict)
    """Further members of the fault in the response, for programs. They come before the limits of the same name."""
    texts: Texts | None = None
    """The texts, if they are not those of the code."""

    def __post_init__(self) -> None:
        """Raises TypeError for options that are no list, because a text would be shown letter by letter."""
        for options in (self.limits.get("options"), self.members.get("options")):
            if options is not None and not isinstance(options, list):
                raise TypeError(f"the options of the fault {self.code} are no list")

    def render(self, language: Language) -> dict[str, Any]:
        part = {"pointer": self.pointer} if self.pointer is not None else {"parameter": self.parameter or ""}
        spoken = {name: say(value, language) for name, value in self.limits.items()}
        message = pick(self.texts or FAULT_TEXTS[self.code], language).format(**spoken)
        return {**part, "code": self.code, "message": message, **limits_as_json(self.limits), **self.members}


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
        "number_out_of_range": "out_of_range",
        "looks_like_nik": "looks_like_nik",
        "unreadable": "unreadable",
        "loose_marks": "loose_marks",
        "uuid_parsing": "bad_format",
        "release_name": "bad_format",
        "reserved_uuid": "reserved_uuid",
        "datetime_parsing": "bad_format",
        "datetime_from_date_parsing": "bad_format",
        "timezone_aware": "bad_format",
        "int_parsing": "wrong_type",
    }
)
_OWN_LIMITS: Final = MappingProxyType(
    {"minimum": "minimum", "maximum": "maximum", "max_length": "max_length", "ge": "minimum", "le": "maximum"}
)
"""What errors say about themselves, by the names that our own errors and Pydantic's have for it."""


def shaped(
    code: FaultCode,
    expected: Expected,
    *,
    error: str = "",
    pointer: str | None = None,
    parameter: str | None = None,
    own: Mapping[str, Any] = MappingProxyType({}),
) -> Fault:
    """A fault of shape, with the first text that what is expected can fill. `own` are limits beyond the schema's."""
    limits = {**expected.limits(), **own}
    texts = next(
        (each for each in texts_of(code, error, expected.type) if _named(each) <= limits.keys()), FAULT_TEXTS[code]
    )
    return Fault(code, pointer, parameter, limits, {**expected.members(), **_plain(own)}, texts)


def _named(texts: Texts) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(texts[0]) if name}


def _plain(limits: Mapping[str, Any]) -> dict[str, Any]:
    """Limits as JSON has them."""
    return {name: as_json(value) for name, value in limits.items()}


def fault_in(
    shape: type[BaseModel],
    code: FaultCode,
    path: Path,
    *,
    prefix: Path = (),
    error: str = "",
    own: Mapping[str, Any] | None = None,
) -> Fault:
    """A fault at a path of a shape, with its example, options and limits. `prefix` leads to the shape."""
    expected = expect_names_in(shape, path[:-1]) if code == "unknown_member" else expect_in(shape, path)
    return shaped(code, expected, error=error, pointer=pointer((*prefix, *path)), own=own or {})


def _code_of(error: Mapping[str, Any]) -> FaultCode:
    return _SHAPE_CODES.get(error["type"], "wrong_type")


def _own_limits(error: Mapping[str, Any]) -> dict[str, Any]:
    context = error.get("ctx") or {}
    return {limit: context[name] for name, limit in _OWN_LIMITS.items() if name in context}


def parameter_faults(errors: Iterable[Mapping[str, Any]], expected_of: Callable[[str], Expected]) -> list[Fault]:
    """Faults from Pydantic's errors in parameters. `loc` is `path` or `query` and the name."""
    found = []
    for error in errors:
        name = str(error["loc"][1]) if len(error["loc"]) > 1 else ""
        shown = pointer([name])[1:]
        found.append(
            shaped(_code_of(error), expected_of(name), error=error["type"], parameter=shown, own=_own_limits(error))
        )
    return found


def shape_faults(
    shape: type[BaseModel], errors: Iterable[Mapping[str, Any]], prefix: Path = (), *, listed: int = 0
) -> list[Fault]:
    """Faults from Pydantic's errors in a shape. Only those that can be listed look up what is expected.

    `listed` is how many others stand before them.
    """
    found: list[Fault] = []
    for error in errors:
        code, path = _code_of(error), error["loc"]
        expected = UNKNOWN
        if listed + len(found) < FAULT_LIMIT:
            expected = expect_names_in(shape, path[:-1]) if code == "unknown_member" else expect_in(shape, path)
        where = pointer((*prefix, *path))
        found.append(shaped(code, expected, error=error["type"], pointer=where, own=_own_limits(error)))
    return found


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


def read_shape(
    shape: type[Shape],
    content: object,
    path: Path = (),
    *,
    published: type[BaseModel] | None = None,
    listed: int = 0,
) -> tuple[Shape | None, list[Fault]]:
    """Reads a body, or the part of it at a path, as a shape. Returns None and all faults if it is not valid.

    `published` is the shape that says what is right, if `shape` checks only a part of it. `listed` is how many faults
    were found before. Beyond FAULT_LIMIT unknown members, the list repeats one fault for each, so that its length is
    the number of faults.
    """
    unknown = UnknownMembers(min(listed, FAULT_LIMIT))
    try:
        return shape.model_validate(content, context=unknown), []
    except ValidationError as error:
        faults = shape_faults(
            published or shape, error.errors(include_url=False, include_input=False), path, listed=listed
        )
        return None, faults + [Fault("unknown_member", pointer="/…")] * unknown.left_out


def below(path: str, faults: Iterable[Fault]) -> list[Fault]:
    """Faults of a part of a body, with pointers from the top. `path` is the pointer of the part."""
    return [replace(fault, pointer=f"{path}{fault.pointer or ''}") for fault in faults]


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,39}", re.ASCII)


def pointer(path: Sequence[str | int], *, known: Collection[str] = ()) -> str:
    """A JSON pointer (RFC 6901) from its steps. It shows `…` for a name that does not look like one of ours.

    Such a name may be what somebody typed, and a message never repeats what was sent. `known` are further names.
    """
    return "".join(
        f"/{step}" if isinstance(step, int) or step in known or _NAME.fullmatch(step) else "/…" for step in path
    )
