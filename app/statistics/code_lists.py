"""The code lists by which case statistics are broken down, from `codelists.toml` beside this file.

No system publishes codes for these lists. The codes are ours, and the names are those that Simfoni PPA publishes.
"""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final, Literal

Dimension = Literal["sex", "age_group", "age_status", "place", "kind", "service", "relation"]
"""By what counts are broken down. Each has a code list of the same name."""
DIMENSIONS: Final[tuple[Dimension, ...]] = (
    "sex",
    "age_group",
    "age_status",
    "place",
    "kind",
    "service",
    "relation",
)

_NOT_WORDS: Final = re.compile(r"[\W_]+")
_ALIKE: Final = 0.6
_LONGEST: Final = 60
"""A longer text is none of ours, and comparing it would take long."""


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list. `withdrawn` is the first day of the periods that refuse it, and `use` is what replaces it."""

    code: str
    name: tuple[str, str]
    """In Indonesian and in English."""
    also: tuple[str, ...] = ()
    """How files write it besides."""
    age_status: str | None = None
    """Of an age group: the age status that it lies in."""
    withdrawn: date | None = None
    use: str | None = None


@dataclass(frozen=True)
class CodeList:
    """The codes of a dimension, with the source of their names."""

    code: str
    name: tuple[str, str]
    source: str
    url: str
    codes: Mapping[str, Code]

    @cached_property
    def _by_name(self) -> Mapping[str, str]:
        """The codes by every way to write them."""
        return {_fold(text): each.code for each in self.codes.values() for text in (each.code, *each.name, *each.also)}

    def read(self, text: str) -> str | None:
        """The code that a cell of a file names by its code or by a name. None if it names none."""
        return self._by_name.get(_fold(text))

    def suggest(self, text: str) -> str | None:
        """The code that a misspelt text resembles."""
        found = difflib.get_close_matches(_fold(text), self._by_name, n=1, cutoff=_ALIKE)
        return self._by_name[found[0]] if found else None

    def usable(self, day: date) -> list[str]:
        """The codes that a period beginning on this day may use."""
        return [each.code for each in self.codes.values() if each.withdrawn is None or day < each.withdrawn]


def _fold(text: str) -> str:
    """Words in small letters. Blanks, dashes, slashes and brackets all separate words."""
    return _NOT_WORDS.sub(" ", unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()).strip()


def read_lists(text: str) -> Mapping[str, CodeList]:
    """The code lists of a file such as `codelists.toml`."""
    return MappingProxyType({each["code"]: _read_list(each) for each in tomllib.loads(text)["list"]})


def _read_list(written: Mapping[str, Any]) -> CodeList:
    codes = {each["code"]: _read_code(each) for each in written["codes"]}
    name, source = written["name"], written["source"]
    return CodeList(written["code"], (name["id"], name["en"]), source["name"], source["url"], codes)


def _read_code(written: Mapping[str, Any]) -> Code:
    rest = {name: written[name] for name in ("age_status", "withdrawn", "use") if name in written}
    return Code(written["code"], (written["id"], written["en"]), tuple(written.get("also", ())), **rest)


CODE_LISTS: Final = read_lists((files("app.statistics") / "codelists.toml").read_text("utf-8"))
