"""The type of a line of text that people write, such as a name, an address or a note. `app/lines.py` cleans it."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from app.lines import PATTERN, begins, clean, is_clean, is_unreadable


def find_cleaned(sent: Any, kept: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The paths of texts in a valid body of which something was taken out or turned.

    Blanks around a text and its composed form are not told. `kept` has the members of `sent` as they are kept.
    """
    if isinstance(kept, Mapping):
        for name, below in kept.items():
            yield from find_cleaned(sent.get(name), below, (*path, name))
    elif isinstance(kept, list):
        for position, below in enumerate(kept):
            yield from find_cleaned(sent[position], below, (*path, position))
    elif isinstance(kept, str) and isinstance(sent, str) and unicodedata.normalize("NFC", sent.strip()) != kept:
        yield path


@dataclass(frozen=True, slots=True)
class Line:
    """Annotates a `str` as a line of text: `Annotated[str, Line(100)]`. The value is cleaned.

    `most` counts code points as they are sent. The length is checked first, because composing a long run of marks takes
    time that grows with its square.
    """

    most: int

    def __get_pydantic_core_schema__(self, source: Any, make: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        text = core_schema.str_schema(min_length=1, max_length=self.most)
        return core_schema.no_info_after_validator_function(_read, text)

    def __get_pydantic_json_schema__(self, core: CoreSchema, describe: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**describe(core), "pattern": PATTERN}


def _read(text: str) -> str:
    if is_clean(text):
        return text
    if is_unreadable(text):
        raise PydanticCustomError("unreadable", "a character that nobody can read")
    found = clean(text)
    if not found:
        raise PydanticCustomError("string_pattern_mismatch", "nothing that can be seen")
    if not begins(found):
        raise PydanticCustomError("loose_marks", "a mark without a letter")
    return found
