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
from app.problems.shape_texts import every_text
from app.problems.wording import MOST_LISTED
from app.routers.documenting import example_of

PAGE: Final = Path(__file__).parents[1] / "docs" / "problems.md"

_HEAD: Final = f"""\
# Problems

This page lists every error that the service returns, in both languages. `python -m tools.write_problems` writes it
from the catalogue in the code, and a test compares the two. Do not edit this page.

The response is `application/problem+json` (RFC 9457). Let your program decide by `type` and, in `faults`, by `code`.
Both are stable and never used again for something else. `title`, `detail` and `message` are for people, in the
language of `Accept-Language`. The languages are `id` and `en`, and Indonesian is the default. `hint` is for you and
not for the users of your app. No text repeats what was sent. `instance` holds the request's `X-Request-ID`. Give it
when you ask for help.

The tables below show `{{…}}` where a text names a limit, an example or a wait. What stands in brackets at the end of a
detail is added only if the request could have stored something, that is not to `GET` and `HEAD`.

Every `429` and `503` has the header `Retry-After`, the seconds to wait before you send the request again. It is a
little longer for some than for others, so that devices do not all come back at once. The text names the same wait.

A `422` lists up to {FAULT_LIMIT} faults at once, and `faults_total` counts all of them.

`POST /v1/submissions/batch` returns for each interview that it refused the problem that `PUT /v1/submissions/{{id}}`
would have returned. It stands in `problem` of the entry.
"""

_FAULT_HEAD: Final = f"""\
## Fault codes

A fault is what is wrong with one part of a request. It has a `pointer`, which is a JSON pointer into the body, or a
`parameter`, which is the name of a path or query parameter. In a CSV file the pointer is made of line and column, as
in `/17/region`.

A fault of shape also has members for programs, as far as the published schema says them: `expected` (the JSON type),
`example` (a value that is right there), `options` with `options_total` (the first {MOST_LISTED}), `minimum`, `maximum`,
`max_length` and `max_entries`. The text names the same. Where a code has several texts, the fault has the first one
whose `{{…}}` the schema can fill.

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
| Indonesian | {kind.title[0]} | {_detail(kind, 0)} |
| English | {kind.title[1]} | {_detail(kind, 1)} |
{_hint(kind)}"""


def _detail(kind: ProblemKind, language: int) -> str:
    """The detail, with what is added for a request that could have stored something in brackets."""
    return kind.detail[language] if kind.on_write is None else f"{kind.detail[language]} ({kind.on_write[language]})"


def _hint(kind: ProblemKind) -> str:
    return "" if kind.hint is None else f"\nIndonesian hint: {kind.hint[0]}\n\nEnglish hint: {kind.hint[1]}\n"


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
    every = ((code, texts) for code in FAULT_TEXTS for texts in every_text(code))
    rows = [f"| `{code}` | {texts[0]} | {texts[1]} |" for code, texts in every]
    return _FAULT_HEAD + "\n".join(rows) + "\n"


def main() -> None:
    PAGE.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
