"""Chooses the format of a response by the Accept header of the request (RFC 9110 section 12.5.1)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
CSV: Final = "text/csv"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NDJSON: Final = "application/x-ndjson"
HTML: Final = "text/html"
TEXT: Final = "text/plain"

FILE_TYPES: Final = (XLSX, "application/vnd.ms-excel", "application/octet-stream")
"""Media types of office files beside CSV. On Windows, Excel names CSV the second. Some generators know only the third.
"""

FORMATS: Final[Mapping[str, str]] = {"json": JSON, "csv": CSV, "xlsx": XLSX, "html": HTML, "ndjson": NDJSON}
"""The media type of each value of `?format=`."""

_MOST_CHARACTERS: Final = 4000
_NAME: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_RANGE: Final = re.compile(rf"({_NAME})/({_NAME})")
# A quoted text may hold commas and semicolons. One that does not end goes on to the end of the header.
_PARTS: Final = {mark: re.compile(rf'(?:"(?:[^"\\]|\\.|\\\Z)*(?:"|\Z)|[^{mark}"])+', re.DOTALL) for mark in ",;"}
# Java's own client sends `*; q=.2`.
_WEIGHT: Final = re.compile(r"0|0?\.[0-9]{1,9}|1(\.0{0,9})?", re.ASCII)
_PARAMETERS: Final[Mapping[str, Mapping[str, str]]] = {
    JSON: {"charset": "utf-8"},
    CSV: {"charset": "utf-8", "header": "present"},
    HTML: {"charset": "utf-8"},
    TEXT: {"charset": "utf-8"},
}
"""What our representations are. A range may name other parameters, which then make no difference."""


@dataclass(frozen=True, slots=True)
class _Range:
    type: str
    subtype: str
    parameters: tuple[tuple[str, str], ...]
    weight: float

    def precision(self, media_type: str) -> int:
        """How closely the range names a media type: 0 if it does not match, and more the closer it is."""
        if (self.type, self.subtype) == ("*", "*"):
            return 1
        kind, _, subtype = media_type.partition("/")
        if self.type != kind or self.subtype not in ("*", subtype):
            return 0
        ours = _PARAMETERS.get(media_type, {})
        if any(ours.get(name, value) != value for name, value in self.parameters):
            return 0
        return 2 if self.subtype == "*" else 3 + sum(name in ours for name, _ in self.parameters)


@lru_cache(maxsize=256)
def choose(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The offered media type that the header weighs highest, and of equals the first. None if it takes none of them.

    Without the header, or if it holds no media range at all, that is the first. Only the first characters are read.
    """
    ranges = [found for each in _split((accept or "")[:_MOST_CHARACTERS], ",") if (found := _read(each)) is not None]
    if not ranges:
        return offered[0]
    weighed = [(_weight(media_type, ranges), media_type) for media_type in offered]
    highest = max(weight for weight, _ in weighed)
    return next(media_type for weight, media_type in weighed if weight == highest) if highest else None


def _weight(media_type: str, ranges: Sequence[_Range]) -> float:
    """The weight of the range that names the media type most closely, or 0 if none matches."""
    matching = [(precision, each.weight) for each in ranges if (precision := each.precision(media_type))]
    return max(matching)[1] if matching else 0.0


def _read(text: str) -> _Range | None:
    """A media range with its weight, or None if the text is none."""
    name, *parameters = _split(text, ";") or [""]
    found = _RANGE.fullmatch("*/*" if name == "*" else name.lower())
    if found is None:
        return None
    named: list[tuple[str, str]] = []
    weight = 1.0
    for each in parameters:
        key, _, value = (part.strip() for part in each.partition("="))
        if key.lower() == "q":
            # What follows the weight is an extension of the header, which RFC 9110 no longer knows.
            weight = float(value) if _WEIGHT.fullmatch(value) else 1.0
            break
        named.append((key.lower(), value.strip('"').lower()))
    return _Range(found[1], found[2], tuple(named), weight)


def _split(text: str, mark: str) -> list[str]:
    return [part for each in _PARTS[mark].findall(text) if (part := each.strip())]
