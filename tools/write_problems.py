"""Writes docs/problems.md from the catalogue in app/problems/problem_texts.py: `python -m tools.write_problems`.

The endpoints that return a problem are read from the OpenAPI document, so the two cannot differ.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from app.config import Settings
from app.main import create_app
from app.platform.key_ring import make_ring
from app.problems import FAULT_LIMIT
from app.problems.fault_texts import FAULT_TEXTS
from app.problems.problem_texts import FAULTS, PROBLEM_KINDS, ProblemKind
from app.routers.documenting import example_of

PAGE: Final = Path(__file__).parents[1] / "docs" / "problems.md"

_HEAD: Final = f"""\
# Problems

This page lists every error that the service returns, in both languages. `python -m tools.write_problems` writes it
from the catalogue in the code, and a test compares the two. Do not edit this page.

The response is `application/problem+json` (RFC 9457). Let your program decide by `type` and, in `faults`, by `code`.
Both are stable and never used again for something else. `title`, `detail` and `message` are for people, in the
language of `Accept-Language`. The languages are `id` and `en`, and Indonesian is the default. No message repeats what
was sent. `instance` holds the request's `X-Request-ID`. Give it when you ask for help.

A `422` lists up to {FAULT_LIMIT} faults at once, and `faults_total` counts all of them.
"""

_FAULT_HEAD: Final = """\
## Fault codes

A fault is what is wrong with one part of a request. It has a `pointer`, which is a JSON pointer into the body, or a
`parameter`, which is the name of a path or query parameter. In a CSV file the pointer is made of line and column, as
in `/17/region`.

| code | Indonesian | English |
| --- | --- | --- |
"""


def openapi() -> dict[str, Any]:
    """The OpenAPI document of the service. Building it needs no database."""
    with TemporaryDirectory() as folder:
        settings = Settings(folder=Path(folder), keys_file=None)
        make_ring(settings.key_ring_file)
        return create_app(settings, "postgresql://unused").openapi()


def operations(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Every operation by method and path, such as `PUT /v1/submissions/{id}`."""
    return {
        f"{method.upper()} {path}": operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def render() -> str:
    """The text of the page."""
    known = operations(openapi())
    return "\n".join([_HEAD, _example(), _overview(), *(_section(kind, known) for kind in PROBLEM_KINDS), _faults()])


def _example() -> str:
    return f"```json\n{json.dumps(example_of(FAULTS), indent=2, ensure_ascii=False)}\n```\n"


def _overview() -> str:
    rows = [
        f"| {kind.status} | [{kind.slug}](#{kind.slug}) | {kind.title[0]} | {kind.title[1]} |" for kind in PROBLEM_KINDS
    ]
    return "\n".join(["| status | slug | Indonesian | English |", "| --- | --- | --- | --- |", *rows, ""])


def _section(kind: ProblemKind, known: Mapping[str, Mapping[str, Any]]) -> str:
    return f"""\
## {kind.slug}

Status {kind.status}, type `{kind.uri}`. Returned by {_answered_by(kind, known)}.

| | When | What to do |
| --- | --- | --- |
| Indonesian | {kind.title[0]} | {kind.detail[0]} |
| English | {kind.title[1]} | {kind.detail[1]} |
"""


def _answered_by(kind: ProblemKind, known: Mapping[str, Mapping[str, Any]]) -> str:
    """The endpoints that return the problem. Those that need a token are grouped if all of them return it."""
    naming = {name for name, operation in known.items() if kind.slug in _slugs(operation, kind.status)}
    if not naming:
        return "any address"
    secured = {name for name, operation in known.items() if operation.get("security")}
    together = ["every endpoint that needs a token"] if secured <= naming else []
    rest = naming - secured if together else naming
    return ", ".join([*together, *(f"`{name}`" for name in known if name in rest)])


def _slugs(operation: Mapping[str, Any], status: int) -> frozenset[str]:
    content = operation["responses"].get(str(status), {}).get("content", {})
    return frozenset(content.get("application/problem+json", {}).get("examples", {}))


def _faults() -> str:
    rows = [f"| `{code}` | {texts[0]} | {texts[1]} |" for code, texts in FAULT_TEXTS.items()]
    return _FAULT_HEAD + "\n".join(rows) + "\n"


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
