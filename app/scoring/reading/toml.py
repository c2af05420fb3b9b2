"""Reads the bytes of a file as TOML, or says where they are not."""

import re
import tomllib
from codecs import BOM_UTF8
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from app.scoring.reading.fault_texts import FAULT_TEXTS
from app.scoring.reading.faults import FileFault, Found, InstrumentFaults
from app.scoring.reading.keys import LISTS
from app.scoring.reading.places import MOST_ENTRIES, Places, TooLargeError, find_places

LARGEST: Final = 2_000_000
"""Bytes of a file."""
_PLACE: Final = re.compile(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", re.DOTALL)
_TWICE: Final = ("Cannot overwrite", "Cannot declare", "Duplicate inline", "Cannot mutate", "Cannot redefine")
_TOO: Final = {"deep": "nested", "questions": "many_questions", "entries": "many_entries", "values": "many_values"}
_THREE: Final = ('"""', "'''")
_OF_A_LINE: Final = ("toml_line", "toml_brace", "toml_bracket", "toml_sign", "toml_equals", "toml_key")
_QUOTED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'[^']*'|#.*""")
"""The whole texts and the comment of a line. What holds a quote beside them has a text without its end."""
_HEADER: Final = re.compile(r"[ \t]*\[\[?[ \t]*([a-z_]+)[ \t]*\]")
# How messages of tomllib begin → our kind of fault.
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(_TWICE, "toml_twice"),
    "Expected newline or end of document": "toml_line",
    "Expected '=' after a key": "toml_equals",
    "Invalid initial character for a key": "toml_key",
    "Unclosed inline table": "toml_brace",
    "Unclosed array": "toml_bracket",
    "Expected ']": "toml_header",
    "Unterminated string": "toml_quote",
    "Illegal character": "toml_sign",
    "Found invalid character": "toml_sign",
    "Unescaped": "toml_backslash",
    "Invalid hex value": "toml_backslash",
    "Escaped character": "toml_no_character",
    "Invalid date": "toml_date",
}


def decode(file: bytes) -> str:
    """The text of a file with plain line ends, without a byte order mark. Raises InstrumentFaults."""
    if len(file) > LARGEST:
        raise _fault("file_large", 1, 1, most=LARGEST // 1_000_000)
    if file.startswith(b"PK\x03\x04"):
        raise _fault("file_office", 1, 1)
    file = file.removeprefix(BOM_UTF8)
    if b"\r" in file and b"\n" not in file:
        raise _fault("file_lines", 1, 1)
    try:
        return file.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        before = file[: error.start]
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1
        raise _fault("not_utf8", before.count(b"\n") + 1, column) from None


def parse(text: str) -> tuple[dict[str, Any], Places]:
    """The tables of a text and where each stands. Raises InstrumentFaults."""
    try:
        places = find_places(text)
    except TooLargeError as error:
        raise _fault(f"too_{_TOO[error.what]}", *Places(text).at(error.offset), most=MOST_ENTRIES) from None
    try:
        return tomllib.loads(text, parse_float=Decimal), places
    except tomllib.TOMLDecodeError as error:
        raise _toml_fault(text, str(error), places) from None
    except (ValueError, RecursionError):
        # A number of thousands of digits is none for Python.
        found = re.search(r"[0-9_]{1000,}", text)
        raise _fault("number_long", *places.at(found.start() if found else 0)) from None


def _toml_fault(text: str, message: str, places: Places) -> InstrumentFaults:
    found = _PLACE.fullmatch(message)
    line, column = text.count("\n") + 1, len(text.rpartition("\n")[2]) + 1
    if found is not None and found[2] is not None:
        line, column = int(found[2]), int(found[3])
    kind = next((kind for start, kind in _KINDS.items() if message.startswith(start)), "toml_value")
    if kind == "toml_twice":
        return _twice_fault(text, places, line, column)
    start = "" if places.lost is None else text[places.lost : places.lost + 3]
    if start in _THREE:
        return _fault("toml_three_quotes", *places.at(places.lost or 0), sign=start)
    if start[:1] == "'":
        return _fault("toml_quote", *places.at(places.lost or 0), sign="'")
    if kind == "toml_quote" or (kind in _OF_A_LINE and '"' in _QUOTED.sub("", text.split("\n")[line - 1])):
        # A text without its end makes the rest of its line unreadable.
        return _fault("toml_quote", line, column, sign='"')
    return _fault(kind, line, column)


def _twice_fault(text: str, places: Places, line: int, column: int) -> InstrumentFaults:
    """A header in single brackets looks as if its list were there twice."""
    if places.twice is not None:
        line, column = places.at(places.twice)
    header = _HEADER.match(text.split("\n")[line - 1])
    if header is not None and header[1] in LISTS:
        single = re.search(rf"^[ \t]*\[[ \t]*({header[1]})[ \t]*\]", text, re.MULTILINE)
        if single is not None:
            return _fault("single_brackets", *places.at(single.start(1)), name=header[1], key_=header[1])
    return _fault("toml_twice", line, column)


def _fault(kind: str, line: int, column: int, **values: Any) -> InstrumentFaults:
    found = Found(Places(""), FAULT_TEXTS)
    found.add(kind, (), **values)
    (fault,) = found.faults
    return InstrumentFaults([FileFault(line, fault.message, column, fault.code, fault.indonesian)])


def as_json(value: Any) -> Any:
    """A value of the file as JSON. A decimal that JSON's numbers would not give back becomes a text."""
    match value:
        case Mapping():
            return {key: as_json(each) for key, each in value.items()}
        case list():
            return [as_json(each) for each in value]
        case Decimal():
            number = float(value)
            return number if value.is_finite() and Decimal(repr(number)) == value else str(value)
        case date() | time():
            return value.isoformat()
    return value
