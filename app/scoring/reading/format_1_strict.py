"""What a file of format 1 gets away with when it is loaded, but not when it is checked or published.

A number in quotes, `1.000` for 1000 and "yes" for true are read leniently for ever, because released files may have
them.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.scoring.reading.bands import shown
from app.scoring.reading.faults import Found
from app.scoring.reading.places import Path
from app.scoring.reading.written import Written

_WHOLE: Final = ("format", "minimum", "maximum", "minimum_answered")
_NUMBER: Final = ("weight", "weak_below", "below", "up_to")
_FLAG: Final = ("required", "sensitive")
_DAY: Final = ("valid_from",)
_RULES: Final = ("ask_when", "applies_when", "fulfilled_when")
"""Conditions are read strictly in any case."""


def tell_lenient_values(tables: Mapping[str, Any], found: Found) -> None:
    """Adds a fault for each value that is of another type than its key needs, or on another scale."""
    written = Written(found)
    for key, value, path in _values(tables, ()):
        if key in _WHOLE:
            written.whole(value, path)
        elif key in _NUMBER:
            written.number(value, path, ratio=False)
        elif key in _FLAG:
            written.flag(value, path)
        elif key in _DAY and (isinstance(value, datetime) or not isinstance(value, date)):
            written.day(value, path)
    _tell_scale(tables, found)


def _values(value: Any, path: Path) -> Iterator[tuple[str, Any, Path]]:
    if isinstance(value, dict):
        for key, each in value.items():
            if isinstance(each, dict | list) and key not in _RULES:
                yield from _values(each, (*path, key))
            elif key not in _RULES:
                yield key, each, (*path, key)
    elif isinstance(value, list):
        for position, each in enumerate(value):
            yield from _values(each, (*path, position))


def _tell_scale(tables: Mapping[str, Any], found: Found) -> None:
    """Bounds are percentages. Bounds of 0 to 1 would put nearly every family into the last category."""
    scoring, categories = tables.get("scoring"), tables.get("category")
    weak = scoring.get("weak_below") if isinstance(scoring, dict) else None
    if _is_share(weak):
        found.add("share_for_percent", ("scoring", "weak_below"), cure=_percent(weak))
    bounds: list[tuple[Any, Path]] = [
        (each[key], ("category", position, key))
        for position, each in enumerate(categories if isinstance(categories, list) else ())
        for key in ("below", "up_to")
        if isinstance(each, dict) and key in each
    ]
    if bounds and all(_is_share(bound) for bound, _ in bounds):
        for bound, path in bounds:
            found.add("share_for_percent", path, cure=_percent(bound))


def _is_share(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 < value <= 1


def _percent(value: Any) -> str:
    return shown(Fraction(value) * 100)
