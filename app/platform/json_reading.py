"""Reads JSON strictly: one object without repeated names, broken Unicode, or numbers that would lose digits."""

import json
from collections.abc import Sequence
from typing import Any, Final

from app.platform.canonical_json import read_number
from app.problems import Problem, kinds

JSON_BYTES: Final = 64 * 1024
"""The largest body in JSON. An interview has 2 to 15 KiB. A route that takes more names its own limit."""


def refuse_repeats(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """The pairs as an object. Raises ValueError if a name is repeated."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a name is repeated")
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that the bytes hold. Raises malformed-json (400)."""
    try:
        content = json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=refuse_repeats,
            parse_constant=_refuse_constant,
            parse_float=read_number,
        )
        if b"\\u" in body:
            # Half a surrogate pair passes the parser but is not valid text. It could neither be stored nor be sent
            # back.
            json.dumps(content, ensure_ascii=False, default=str).encode("utf-8")
    except (ValueError, RecursionError):
        raise Problem(kinds.MALFORMED) from None
    if not isinstance(content, dict):
        raise Problem(kinds.MALFORMED)
    return content
