"""Faults and warnings of an instrument file, in Indonesian and English, each with its line and column."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.scoring.reading.places import Path, Places

MOST_FAULTS: Final = 500
"""A file with more is not an instrument. The rest is left out."""


@dataclass(frozen=True, slots=True, order=True)
class FileFault:
    """message in English. indonesian is empty where the catalogue of the command line has the text."""

    line: int
    message: str
    column: int = 1
    code: str = ""
    indonesian: str = ""

    def text(self, language: str) -> str:
        return self.indonesian if language == "id" and self.indonesian else self.message


class InstrumentFaults(ValueError):
    """The file is not a valid instrument. `faults` lists everything that is wrong, ordered by place."""

    def __init__(self, faults: Iterable[FileFault]) -> None:
        self.faults = list(in_order(faults))
        super().__init__("; ".join(f"line {fault.line}: {fault.message}" for fault in self.faults))


def in_order(faults: Iterable[FileFault]) -> tuple[FileFault, ...]:
    """Each fault once, in the order of the file."""
    return tuple(sorted(set(faults), key=lambda each: (each.line, each.column, each.code, each.message)))


class EnoughError(Exception):
    """There are so many faults that nobody reads more."""


Both = tuple[str, str]
"""A text in Indonesian and English."""
Texts = Mapping[str, tuple[str, str, str]]
"""For each kind of fault or warning its code, and its Indonesian and English text with gaps."""


class Found:
    """Collects what is wrong with a file, so that everything is told at once."""

    def __init__(self, places: Places, texts: Texts) -> None:
        self.places = places
        self._texts = texts
        self._told = 0
        self.faults: set[FileFault] = set()
        self.warnings: set[FileFault] = set()

    def add(self, kind: str, path: Path, *, key: bool = False, **values: Any) -> None:
        """A fault, or a warning if its code starts with W. Raises EnoughError after the last one that is told.

        values: each a text, a number, or a pair of texts
        key: whether it is about the name of the key, not about its value
        """
        code, *texts = self._texts[kind]
        line, column = self.places.key(path) if key else self.places.value(path)
        indonesian, english = (
            text.format(**{name: value[at] if isinstance(value, tuple) else value for name, value in values.items()})
            for at, text in enumerate(texts)
        )
        chosen = self.warnings if code.startswith("W") else self.faults
        chosen.add(FileFault(line, english, column, code, indonesian))
        self._told += 1
        if len(self.faults) >= MOST_FAULTS or self._told >= 10 * MOST_FAULTS:
            raise EnoughError
