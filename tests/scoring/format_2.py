"""Completes short examples of format 2: adds the head of the file, and every name and text that they leave out."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

EXAMPLES = sorted(file.stem for file in (Path(__file__).parent / "reading" / "examples").glob("*.toml"))
HEAD: Mapping[str, Any] = {
    "format": 2,
    "code": "example",
    "version": "1",
    "status": "provisional",
    "sources": ["own"],
    "valid_from": date(2026, 1, 1),
    "languages": ["id"],
    "title": {"id": "Contoh"},
    "source": [{"code": "own", "title": "Our own example"}],
}
TEXTS = {
    "option_list": (),
    "options": ("text",),
    "section": ("title",),
    "question": ("text",),
    "roster": ("name",),
    "fact": ("name",),
    "classes": ("text",),
    "check": ("text",),
    "index": ("name",),
    "group": ("name",),
    "indicator": ("name",),
    "category": ("name",),
}
"""What the entries of each list need."""


def example(name: str, **head: Any) -> str:
    """The whole file of one of EXAMPLES, such as `stages`."""
    return complete((Path(__file__).parent / "reading" / "examples" / f"{name}.toml").read_text("utf-8"), **head)


def complete(example: str, **head: Any) -> str:
    """The whole file of a short example. head replaces values of its head"""
    tables = {**HEAD, **tomllib.loads(example, parse_float=Decimal), **head}
    tables = _filled(tables, "", tables["languages"])
    return "".join(f"{key} = {written(value)}\n" for key, value in tables.items())


def _filled(value: Any, key: str, languages: Sequence[str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(each, name, languages) for name, each in value.items()}
    if isinstance(value, list):
        return [
            _filled(_named(each, key, languages), key, languages) if isinstance(each, dict) else each for each in value
        ]
    return value


def _named(entry: dict[str, Any], key: str, languages: Sequence[str]) -> dict[str, Any]:
    text = dict.fromkeys(languages, str(entry.get("code", "…")))
    return {**entry, **{name: text for name in TEXTS.get(key, ()) if name not in entry}}


def written(value: Any) -> str:
    """A value as TOML."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "{ " + ", ".join(f"{json.dumps(key)} = {written(each)}" for key, each in value.items()) + " }"
        case list():
            return "[" + "".join(f"\n{written(each)}," for each in value) + "]"
        case str():
            return json.dumps(value, ensure_ascii=False)
    return value.isoformat() if isinstance(value, date) else str(value)
