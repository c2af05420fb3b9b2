"""How a text that people write is cleaned, and what no such text may hold.

What cannot be seen is taken out, and every run of blanks, tabs and line breaks becomes one blank. What is left may hold
no control characters and none for private use. docs/decisions/0028-texts-with-examples.md gives the reasons.
"""

import re
import unicodedata
from typing import Final

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

_MOST_MARKS: Final = 30

_UNSEEN: Final = re.compile(f"[{_IGNORABLE}{_IGNORABLE_BEYOND}]+")
_LOOSE_JOINER: Final = re.compile(f"(?<![{_JOINING}])[{_JOINERS}]+|[{_JOINERS}]+(?![{_JOINING}{_JOINERS}])")
_BLANK: Final = re.compile(f"[{_BLANKS}]+")
_UNREADABLE: Final = re.compile(f"[{_REFUSED}{_REFUSED_BEYOND}]")
_CLEAN: Final = re.compile("[!-~]+(?: [!-~]+)*")
_BEGINNING: Final = re.compile(f"[^{_MARKS}]")
PATTERN: Final = (
    f"^[{_BLANKS}{_IGNORABLE}{_JOINERS}]*[^{_BLANKS}{_IGNORABLE}{_JOINERS}{_MARKS}{_REFUSED}][^{_REFUSED}]*$"
)
"""Accepts the same texts as the service, up to U+FFFF. Something must be seen, and no mark comes first."""


def is_clean(text: str) -> bool:
    """Whether a text holds only signs and letters of ASCII with single blanks. It is then kept as it is."""
    return _CLEAN.fullmatch(text) is not None


def clean(text: str) -> str:
    """The text in composed form (NFC), without what cannot be seen and with single blanks.

    A joiner stays between two letters of a script that writes with joiners.
    """
    text = _LOOSE_JOINER.sub("", _UNSEEN.sub("", text))
    return unicodedata.normalize("NFC", _BLANK.sub(" ", text).strip(" "))


def is_unreadable(text: str) -> bool:
    """Whether a text has a character of which nobody can say what was meant."""
    return _UNREADABLE.search(text) is not None


def begins(cleaned: str) -> bool:
    """Whether something can be seen, and no mark comes before the first letter."""
    return _BEGINNING.match(cleaned) is not None


def has_long_marks(text: str) -> bool:
    """Whether more combining marks follow one another than any script needs (30, as in UAX 15).

    Composing such a run takes time that grows with its square, so a long text is looked through before it is cleaned.
    """
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > _MOST_MARKS:
            return True
    return False
