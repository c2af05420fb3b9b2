"""The type of a line of text, such as a name or an address, with its bounds."""

import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

# Classes of a regular expression that Python, Rust (pydantic) and ECMAScript (JSON Schema) read alike. The ranges are
# written out, because what `\p{…}` and `\s` stand for differs between them and between versions of Unicode.
_WIDE_BLANKS: Final = r"\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_AROUND: Final = rf"[\t-\r \u0085\u2028\u2029{_WIDE_BLANKS}]*"
_UNSEEN: Final = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\ue000-\uf8ff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff"
)
"""Controls, ends of lines, directions, joiners, soft hyphens and private use, which no name or address needs."""
_UNSEEN_BEYOND: Final = (
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0001\U000e0020-\U000e007f\U000f0000-\U0010ffff"
)
"""The same beyond U+FFFF. They are not published, because ranges of them need the flag `u` in ECMAScript."""
_MARKS: Final = r"\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f"
"""Combining marks and variation selectors, which need a letter before them."""


@dataclass(frozen=True, slots=True)
class Line:
    """Annotates a `str` as a line of text: `Annotated[str, Line(100)]`. The value has Unicode's composed form (NFC).

    `most` and `least` count code points as they are sent, `most` with the blanks around the line and `least` without.
    The length is checked first, because composing a long run of marks takes time that grows with its square. The
    published schema accepts the same texts as the service, but for unseen characters beyond U+FFFF.
    """

    most: int
    least: int = 1

    def pattern(self, unseen: str) -> str:
        """Accepts blanks around the line, which are dropped. Nothing in it may be unseen, nor a mark come first."""
        any_, seen = f"[^{unseen}]", f"[^ {_WIDE_BLANKS}{unseen}]"
        rest = f"(?:{any_}*{seen})?" if self.least < 2 else f"{any_}{{{self.least - 2},}}{seen}"
        return f"^{_AROUND}[^ {_WIDE_BLANKS}{unseen}{_MARKS}]{rest}{_AROUND}$"

    def __get_pydantic_core_schema__(self, source: Any, make: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        pattern = self.pattern(_UNSEEN + _UNSEEN_BEYOND)
        text = core_schema.str_schema(min_length=self.least, max_length=self.most, pattern=pattern)
        return core_schema.no_info_after_validator_function(_compose, text)

    def __get_pydantic_json_schema__(self, core: CoreSchema, describe: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**describe(core), "pattern": self.pattern(_UNSEEN)}


def _compose(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())
