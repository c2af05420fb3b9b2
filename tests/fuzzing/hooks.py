"""What Schemathesis loads before it draws requests: callers of every kind, and ids and members that exist.

Drawn ids would end at a 404, and drawn bodies at a 422. Here some of them give way to what the service knows.
"""

import json
import os
from pathlib import Path
from random import Random
from typing import Any, Final

import schemathesis
from schemathesis import Case, HookContext

_GIVEN: Final[dict[str, Any]] = json.loads(Path(os.environ["FUZZ_GIVEN"]).read_text("utf-8"))
_EVERYTHING: Final[str] = _GIVEN["everything"]
_OTHERS: Final[list[str | None]] = _GIVEN["others"]
_KNOWN: Final[dict[str, list[dict[str, Any]]]] = _GIVEN["known"]

_UNSENT: Final = {operation: list(requests) for operation, requests in _KNOWN.items()}
_PRIVATE: Final = "\\ue000-\\uf8ff"
"""A range of a class in patterns. Hypothesis walks through all its 6,400 characters each time it reads a pattern."""


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:
    """Takes private characters out of the patterns, which saves time. Drawn names may then hold some."""
    document = json.dumps(raw_schema, ensure_ascii=False)
    raw_schema.update(json.loads(document.replace(json.dumps(_PRIVATE)[1:-1], "")))


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Gives the request a caller and, in most cases, known values.

    The first requests of each operation become known ones as a whole, so that each operation succeeds.
    """
    # The text of the request is the seed, so the choice depends on nothing else.
    drawn = Random(repr((case.method, case.path, case.path_parameters, case.query, case.body, case.headers)))
    raw = case.operation.definition.raw
    token = _EVERYTHING if drawn.random() < 0.6 else drawn.choice(_OTHERS)
    if case.method.upper() == case.operation.method.upper() and _UNSENT.get(raw["operationId"]):
        token = _EVERYTHING
        replace(case, raw, _UNSENT[raw["operationId"]].pop(0))
    elif raw["operationId"] in _KNOWN:
        mix(case, drawn, drawn.choice(_KNOWN[raw["operationId"]]))
    # The token endpoints refuse a bearer token beside a form's credentials.
    if token is not None and (raw["security"] or drawn.random() < 0.2):
        case.headers["Authorization"] = f"Bearer {token}"


def replace(case: Case[Any], raw: dict[str, Any], known: dict[str, Any]) -> None:
    """Makes the request the known one, with nothing drawn left in it."""
    case.path_parameters = dict(known["path"])
    case.query = dict(known["query"])
    case.headers.clear()
    case.cookies.clear()
    if "requestBody" in raw:
        case.media_type, case.body = next(iter(raw["requestBody"]["content"])), known["body"]


def mix(case: Case[Any], drawn: Random, known: dict[str, Any]) -> None:
    """Puts some values of the known request into this one."""
    if drawn.random() < 0.6:
        case.path_parameters.update(known["path"])
    case.query.update({name: value for name, value in known["query"].items() if drawn.random() < 0.4})
    if isinstance(known["body"], str):
        case.body = known["body"] if drawn.random() < 0.3 else case.body
    elif isinstance(case.body, dict):
        case.body.update({name: value for name, value in known["body"].items() if drawn.random() < 0.6})
