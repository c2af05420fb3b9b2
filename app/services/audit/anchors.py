"""Finds anchors in a log of the servers: heads of the chain kept outside the database. This module is pure."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from app.services.audit.chain import START, Head

_WRAPPERS: Final = ("log", "message", "MESSAGE")
"""Members in which Docker, Fluent Bit and journald keep the line that a server wrote."""


def find_anchors(lines: Iterable[str]) -> Iterator[Head]:
    """Yields each head that a server logged. Ignores other lines, and whatever comes before the JSON on a line."""
    for line in lines:
        found = _read(line)
        for name in _WRAPPERS:
            if isinstance(inner := found.get(name), str) and found.get("event") is None:
                found = _read(inner)
        head = _head_of(found) if found.get("event") == "audit head" else None
        if head is not None:
            yield head


def _read(line: str) -> dict[str, Any]:
    """Returns the JSON object at the end of a line, or an empty one."""
    try:
        found = json.loads(line[line.index("{") :])
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _head_of(found: dict[str, Any]) -> Head | None:
    position, text = found.get("position"), found.get("hash")
    if type(position) is not int or not 1 <= position < 2**63 or not isinstance(text, str):
        return None
    try:
        head = Head(position, bytes.fromhex(text))
    except ValueError:
        return None
    return head if len(head.hash) == len(START) else None
