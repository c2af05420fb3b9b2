"""The type of a line of text that people write, such as a name, an address or a note, and how it is cleaned.

What cannot be seen is taken out, and every run of blanks, tabs and line breaks becomes one blank. What is left may hold
no control characters and none for private use. docs/decisions/0028-texts-with-examples.md gives the reasons.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

# Classes of a regular expression that Python and ECMAScript (JSON Schema) read alike. The ranges are written out,
# because what `\p{…}` and `\s` stand for differs between them and between versions of Unicode.
_BLANKS: Final = r"\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
_JOINERS: Final = r"\u200c\u200d"
_IGNORABLE: Final = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164"
    r"\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
)
"""What Unicode calls default ignorable, and marks of format that nothing shows: soft hyphens, blanks without width,
directions, variation selectors, fillers and tags."""
_IGNORABLE_BEYOND: Final = "\U00013430-\U0001345f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_REFUSED: Final = r"\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ue000-\uf8ff\ufdd0-\ufdef\ufffe\uffff"
"""Controls, private use, and what is no character. Nobody can say what was meant."""
_REFUSED_BEYOND: Final = "\U000f0000-\U0010ffff"
"""What is beyond U+FFFF is not published, because ranges of it need the flag `u` in ECMAScript."""
_MARKS: Final = r"\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""Combining marks, which need a letter before them."""
_JOINING: Final = (
    r"\u0600-\u06ff\u0700-\u07ff\u0840-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\u1a00-\u1aaf\u1b00-\u1c7f"
    r"\ua840-\ua87f\ua8e0-\ua8ff\ua930-\ua9df\uaa60-\uaa7f\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe"
)
"""Scripts that write with joiners, such as Arabic (Jawi), Balinese, Javanese, Sundanese, Batak and Devanagari."""

_UNSEEN: Final = re.compile(f"[{_IGNORABLE}{_IGNORABLE_BEYOND}]+")
_LOOSE_JOINER: Final = re.compile(f"(?<![{_JOINING}])[{_JOINERS}]+|[{_JOINERS}]+(?![{_JOINING}{_JOINERS}])")
_BLANK: Final = re.compile(f"[{_BLANKS}]+")
_UNREADABLE: Final = re.compile(f"[{_REFUSED}{_REFUSED_BEYOND}]")
_BEGINNING: Final = re.compile(f"[^{_MARKS}]")
PATTERN: Final = (
    f"^[{_BLANKS}{_IGNORABLE}{_JOINERS}]*[^{_BLANKS}{_IGNORABLE}{_JOINERS}{_MARKS}{_REFUSED}][^{_REFUSED}]*$"
)
"""Accepts the same texts as the service, up to U+FFFF. Something must be seen, and no mark comes first."""


def clean(text: str) -> str:
    """The text in composed form (NFC), without what cannot be seen and with single blanks.

    A joiner stays between two letters of a script that writes with joiners.
    """
    text = _LOOSE_JOINER.sub("", _UNSEEN.sub("", text))
    return unicodedata.normalize("NFC", _BLANK.sub(" ", text).strip(" "))


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
    if _UNREADABLE.search(text):
        raise PydanticCustomError("unreadable", "a character that nobody can read")
    found = clean(text)
    if not _BEGINNING.match(found):
        raise PydanticCustomError("string_pattern_mismatch", "nothing that can be seen, or a mark without a letter")
    return found
