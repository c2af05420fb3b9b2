"""Documents the problems of a route as OpenAPI responses, with an example of each problem."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from app.problems import Expected, Problem, ProblemKind, kinds, shaped

_ALWAYS: Final[Mapping[str, tuple[ProblemKind, ...]]] = {
    "scope": (
        kinds.UNAUTHENTICATED,
        kinds.FORBIDDEN_SCOPE,
        kinds.FAULTS,
        kinds.TOO_MANY_REQUESTS,
        kinds.UNAVAILABLE,
        kinds.ISSUER_UNAVAILABLE,
    ),
    "token": (
        kinds.UNAUTHENTICATED,
        kinds.FAULTS,
        kinds.TOO_MANY_REQUESTS,
        kinds.UNAVAILABLE,
        kinds.ISSUER_UNAVAILABLE,
    ),
    "nothing": (kinds.FAULTS, kinds.UNAVAILABLE),
    "process": (kinds.FAULTS,),
}


UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "You have it already: `If-None-Match` names the `ETag` of an earlier response"}
}
"""The OpenAPI response of routes whose responses have an entity tag."""

_RETRY_AFTER: Final = {
    "description": "Seconds to wait before you send the request again, a little different for each response",
    "schema": {"type": "integer", "minimum": 1},
}
_HEAD: Final = (kinds.ADDRESS_TOO_LONG, kinds.HEADERS_TOO_LARGE)
"""Problems of every route, whatever it needs."""
_BODY: Final = (kinds.REQUEST_TIMEOUT, kinds.WRONG_ENCODING, kinds.MALFORMED_GZIP)
"""Problems of every route that takes a body."""


def document(
    *named: ProblemKind, needs: Literal["scope", "token", "nothing", "process"] = "scope"
) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for the problems that a route can return.

    named are the route's own problems. needs adds those of every route that requires a scope, a token or nothing.
    "process" stands for a route that needs no database either.
    """
    of_bodies = _BODY if kinds.TOO_LARGE in named else ()
    return respond_with((*_ALWAYS[needs], *_HEAD, *named, *of_bodies))


def respond_with(each: Iterable[ProblemKind]) -> dict[int | str, dict[str, Any]]:
    """OpenAPI responses for these problems alone, by status."""
    by_status: dict[int, list[ProblemKind]] = {}
    for kind in dict.fromkeys(each):
        by_status.setdefault(kind.status, []).append(kind)
    return {
        status: {
            "description": " · ".join(kind.title[1] for kind in each),
            **({"headers": {"Retry-After": _RETRY_AFTER}} if all(kind.wait for kind in each) else {}),
            "content": {
                "application/problem+json": {
                    "schema": {"$ref": "#/components/schemas/ProblemOut"},
                    "examples": {kind.slug: {"value": example_of(kind)} for kind in each},
                }
            },
        }
        for status, each in sorted(by_status.items())
    }


def example_of(kind: ProblemKind, *, writes: bool = True) -> dict[str, Any]:
    """A problem in English as a client receives it, with one fault if its kind is `faults`.

    writes: whether the request could have stored something
    """
    faults = [shaped("out_of_range", _MEMBERS, pointer="/answers/members")] if kind is kinds.FAULTS else []
    named = {name: value for name, value in _NAMED.items() if f"{{{name}}}" in kind.detail[1]}
    problem = Problem(kind, faults=faults, **named)
    problem.headers["Retry-After"] = "120"
    return problem.render("en", "0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001", writes=writes)


_MEMBERS: Final = Expected(type="integer", example=4, minimum=1, maximum=50)
_NAMED: Final[Mapping[str, Any]] = {
    "limit_bytes": 65536,
    "limit_seconds": 30,
    "figures": 12,
    "expected": "application/json",
    "available": ["application/json", "text/csv"],
    "periods": ["2023-01", "2023-02"],
}
"""Members that the text of a problem names, as examples."""
