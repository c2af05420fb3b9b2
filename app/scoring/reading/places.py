"""Where each key and value of a TOML text stands, which tomllib does not keep.

The walk goes over the text once, before tomllib reads it. So it also finds what is too deep or too long to be read.
Where a text is not TOML the walk ends, and tomllib says what is wrong.
"""

import re
import tomllib
from bisect import bisect_right
from typing import Final

Path = tuple[str | int, ...]
"""Steps to a part of the file. ("question", 3, "ask_when") is the ask_when of the fourth question."""
MOST_STEPS: Final = 100
MOST_ENTRIES: Final = 2000
"""Entries of a list, such as the questions."""
MOST_VALUES: Final = 120_000
"""Values of a file. So many are in 2,000 questions and 20,000 parts of conditions."""

_BLANK: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BLANKS: Final = frozenset((" ", "\t", "\n", "#"))
_SPACE: Final = re.compile(r"[ \t]*")
_BARE: Final = r"[A-Za-z0-9_-]+"
_KEY: Final = re.compile(rf"""{_BARE}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING: Final = re.compile(
    r'''"""(?:[^"\\]|\\.|"(?!""))*"{3,5}|\'\'\'(?:[^']|'(?!''))*'{3,5}|"(?!"")(?:[^"\\\n]|\\.)*"|'(?!'')[^'\n]*\'''',
    re.DOTALL,
)
_BARE_VALUE: Final = re.compile(r"[^\s,\]}#=\[{]+(?: \d\d:[^\s,\]}#]+)?")


class TooLargeError(ValueError):
    """The text is too deep, or has too many questions, entries of a list or values, at this offset.

    what: `deep`, `questions`, `entries` or `values`
    """

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what, self.offset = what, offset


class _LostError(ValueError):
    """The text is not TOML from here on."""


class Places:
    """Lines and columns in a text, from 1, by offset or by path."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        self._starts += (found.end() for found in re.finditer("\n", text))
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {(): 0}
        self.twice: int | None = None
        """The offset of the first key or header that is there already."""
        self.lost: int | None = None
        """The offset from which on the text is not TOML."""

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def value(self, path: Path) -> tuple[int, int]:
        """Where a value stands, or the nearest part around it that stands in the file."""
        while path not in self.values:
            path = path[:-1]
        return self.at(self.values[path])

    def key(self, path: Path) -> tuple[int, int]:
        """Where the key of a value stands."""
        return self.at(self.keys[path]) if path in self.keys else self.value(path)


def find_places(text: str) -> Places:
    """The places in a text, as far as it is TOML. Raises TooLargeError."""
    places = Places(text)
    walk = _Walk(text, places)
    try:
        walk.document()
    except _LostError:
        places.lost = walk.offset
    return places


class _Walk:
    def __init__(self, text: str, places: Places) -> None:
        self.text, self.places = text, places
        self.offset = 0
        self.lengths: dict[Path, int] = {}
        self.count = 0
        self.given: set[Path] = set()
        """Paths that have their value or header already."""

    def document(self) -> None:
        table: Path = ()
        self._skip(_BLANK)
        while self.offset < len(self.text):
            if self.text[self.offset] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.offset)
        if found is None:
            raise _LostError
        self.offset = found.end()

    def _blank(self) -> None:
        if self.text[self.offset : self.offset + 1] in _BLANKS:
            self._skip(_BLANK)

    def _take(self, sign: str) -> bool:
        end = self.offset + len(sign)
        if self.text[self.offset : end] != sign:
            return False
        self.offset = end
        return True

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise _LostError

    def _header(self) -> Path:
        start = self.offset
        self._need("[")
        many = self._take("[")
        path: Path = ()
        *above, last = self._dotted()
        for step, _ in above:
            path = self._entered((*path, step))
        path = (*path, last[0])
        self.places.keys.setdefault(path, last[1])
        if many:
            self.places.values.setdefault(path, start)
            path = self._append(path, start)
        else:
            path = self._entered(path)
            self._give(path, last[1])
        self.places.values.setdefault(path, start)
        self._need("]]" if many else "]")
        return path

    def _entered(self, path: Path) -> Path:
        """The last entry of an array of tables, or the table itself."""
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def _append(self, path: Path, offset: int) -> Path:
        position = self.lengths.get(path, 0)
        self.lengths[path] = position + 1
        if position >= MOST_ENTRIES:
            raise TooLargeError("questions" if path == ("question",) else "entries", offset)
        return (*path, position)

    def _dotted(self) -> list[tuple[str, int]]:
        steps = []
        while True:
            self._skip(_SPACE)
            start = self.offset
            self._skip(_KEY)
            steps.append((_unquoted(self.text[start : self.offset]), start))
            if len(steps) > MOST_STEPS:
                raise TooLargeError("deep", start)
            self._skip(_SPACE)
            if not self._take("."):
                return steps

    def _pair(self, table: Path) -> None:
        path, start = table, self.offset
        for step, start in self._dotted():
            path = (*path, step)
            self.places.keys.setdefault(path, start)
            self.places.values.setdefault(path, start)
        self._need("=")
        self._give(path, start)
        self._skip(_SPACE)
        self._value(path)

    def _give(self, path: Path, offset: int) -> None:
        if path in self.given and self.places.twice is None:
            self.places.twice = offset
        self.given.add(path)

    def _value(self, path: Path) -> None:
        start = self.offset
        self.count += 1
        if len(path) > MOST_STEPS or self.count > MOST_VALUES:
            raise TooLargeError("deep" if len(path) > MOST_STEPS else "values", start)
        self.places.values[path] = start
        sign = self.text[start : start + 1]
        if sign == "[":
            self._array(path)
        elif sign == "{":
            self._inline_table(path)
        else:
            self._skip(_STRING if sign in ("'", '"') else _BARE_VALUE)

    def _array(self, path: Path) -> None:
        self.offset += 1
        self._blank()
        while not self._take("]"):
            self._value(self._append(path, self.offset))
            self._blank()
            if not self._take(","):
                self._need("]")
                return
            self._blank()

    def _inline_table(self, path: Path) -> None:
        self.offset += 1
        self._skip(_SPACE)
        while not self._take("}"):
            self._pair(path)
            self._skip(_SPACE)
            if not self._take(","):
                self._need("}")
                return
            self._skip(_SPACE)


def _unquoted(key: str) -> str:
    if key[0] == '"' and "\\" in key:
        try:
            return str(tomllib.loads(f"key = {key}")["key"])
        except tomllib.TOMLDecodeError:
            raise _LostError from None
    return key[1:-1] if key[0] in "\"'" else key
