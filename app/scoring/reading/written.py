"""Reads the values of one table of a file, and says what is wrong with each in the words of its author.

A value of another TOML type is a fault that names the cure. A broken value is read as None or as its default, so that
nothing that depends on it is blamed too.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.scoring.parts import Text
from app.scoring.reading.faults import Both, Found
from app.scoring.reading.keys import KEYS, LISTS, WRITTEN_AS
from app.scoring.reading.meant import meant, nearest
from app.scoring.reading.places import Path

CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
NO_TEXT: Final = Text(id="…", en="…")
_RATIO: Final = re.compile(r"-?[0-9]{1,15}/[0-9]{1,15}")
_PLAIN: Final = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?")
_THOUSANDS: Final = re.compile(r"-?[1-9][0-9]{0,2}(?:\.000)")
_SURE: Final = 0.75
"""How much alike a key must be to be read as another one."""
MOST_DIGITS: Final = 15
MOST_DECIMALS: Final = 9

WHOLE: Final[Both] = ("bilangan bulat, misalnya 3", "a whole number, such as 3")
NUMBER: Final[Both] = ('angka, misalnya 2 atau 0.5 atau "1/3"', 'a number, such as 2 or 0.5 or "1/3"')
TEXT: Final[Both] = ('teks dalam tanda kutip, misalnya "a"', 'a text in quotes, such as "a"')
PLAIN_NUMBER: Final[Both] = (
    "angka tanpa tanda kutip, misalnya 2 atau 0.5",
    "a number without quotes, such as 2 or 0.5",
)
FLAG: Final[Both] = ("true atau false tanpa tanda kutip", "true or false without quotes")
DAY: Final[Both] = ("tanggal tanpa tanda kutip, misalnya 2026-01-31", "a date without quotes, such as 2026-01-31")
LIST: Final[Both] = ("daftar dalam [ ]", "a list in [ ]")
TABLE: Final[Both] = ("isian bernama dalam { }", "named values in { }")


class Written:
    """What the readers of all parts share: where faults go, and what the head of the file says."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.languages: tuple[str, ...] | None = None
        """None if the file does not say it rightly."""
        self.unsure: set[str] = set()
        """Tables of which some entry has no code that can be read. Whoever names what is not there is not blamed."""
        self.broken_lists: set[Path] = set()
        """Lists of which some entry is no table. Nothing is said of their order and their ends."""

        self.faulty: set[Path] = set()
        """Places that have a fault or a warning already."""

    def fault(self, kind: str, path: Path, *, key: bool = False, **values: Any) -> None:
        self.faulty.add(path)
        self.found.add(kind, path, key=key, **values)

    # ------------------------------------------------------------------------------------------------ single values

    def whole(self, value: Any, path: Path) -> int | None:
        if type(value) is int:
            return value if self._fits(Decimal(value) if abs(value) < 10**30 else Decimal("1e30"), path) else None
        if isinstance(value, Decimal) and value.is_finite() and self._fits(value, path, say=False):
            text = str(value)
            if _THOUSANDS.fullmatch(text):
                self.fault("thousands", path, value=text, many=text.replace(".", "_"), one=text.partition(".")[0])
            else:
                self.fault("not_whole", path, value=text)
            return None
        self._wrong(value, path, WHOLE)
        return None

    def number(self, value: Any, path: Path, *, ratio: bool = True) -> Fraction | None:
        """A number, also as a ratio in quotes."""
        if type(value) is int:
            whole = self.whole(value, path)
            return None if whole is None else Fraction(whole)
        if isinstance(value, Decimal):
            if not self._fits(value, path):
                return None
            if _THOUSANDS.fullmatch(str(value)):
                text = str(value)
                self.fault(
                    "decimal_thousands", path, value=text, many=text.replace(".", "_"), one=text.partition(".")[0]
                )
            return Fraction(value)
        if ratio and isinstance(value, str) and _RATIO.fullmatch(value):
            above, _, below = value.partition("/")
            if int(below) == 0:
                self.fault("ratio_by_zero", path, value=value)
                return None
            return Fraction(int(above), int(below))
        self._wrong(value, path, NUMBER if ratio else PLAIN_NUMBER)
        return None

    def _fits(self, value: Decimal, path: Path, *, say: bool = True) -> bool:
        """Within what is exact and short enough to be read by people."""
        if not value.is_finite():
            if say:
                self.fault("no_number", path, value=str(value).lower())
            return False
        _, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)  # noqa: S101 (it is finite)
        fits = value.adjusted() < MOST_DIGITS and exponent >= -MOST_DECIMALS and len(digits) <= MOST_DIGITS + 9
        if not fits and say:
            self.fault("number_long", path)
        return fits

    def text(self, value: Any, path: Path) -> str | None:
        if isinstance(value, str):
            if value.strip():
                return value
            self.fault("text_empty", path)
            return None
        self._wrong(value, path, TEXT)
        return None

    def flag(self, value: Any, path: Path) -> bool | None:
        if isinstance(value, bool):
            return value
        self._wrong(value, path, FLAG)
        return None

    def day(self, value: Any, path: Path) -> date | None:
        if isinstance(value, datetime):
            self.fault("day_with_time", path, value=value.date().isoformat())
            return None
        if isinstance(value, date):
            return value
        self._wrong(value, path, DAY)
        return None

    def list(self, value: Any, path: Path, *, empty: bool = False) -> Sequence[Any] | None:
        if not isinstance(value, list):
            self._wrong(value, path, LIST)
            return None
        if not value and not empty:
            self.fault("list_empty", path)
            return None
        return value

    def table(self, value: Any, path: Path) -> Mapping[str, Any] | None:
        if isinstance(value, dict):
            return value
        self._wrong(value, path, TABLE)
        return None

    def code(self, value: Any, path: Path) -> str | None:
        """A code as an entry gives it to itself, also in a wrong form, after its fault."""
        text = self.text(value, path)
        if text is not None and not CODE.fullmatch(text):
            self.fault("code_form", path, code=text[:60])
        return text

    def _wrong(self, value: Any, path: Path, wanted: Both) -> None:
        self.fault("type", path, wanted=wanted, found=_told(value))

    def texts(self, value: Any, path: Path) -> Text:
        """A text by language. Indonesian is obligatory."""
        if isinstance(value, str):
            self.fault("text_language", path, text=value[:40])
            return NO_TEXT
        table = self.table(value, path)
        if table is None:
            return NO_TEXT
        said = {}
        for language, each in table.items():
            at = (*path, language)
            if self.languages is not None and language not in self.languages:
                self.fault("language_unknown", at, key=True, language=language, languages=", ".join(self.languages))
            elif (text := self.text(each, at)) is not None:
                said[language] = text
        if "id" not in table:
            self.fault("text_without_id", path)
        for language in self.languages or ():
            if language not in table and language != "id":
                self.fault("text_missing", path, language=language)
        indonesian = said.get("id", "…")
        return Text(**{**said, "id": indonesian, "en": said.get("en", indonesian)})


def _told(value: Any) -> Both:
    """What stands there, shortly. It is a text of the author, never an answer of a family."""
    match value:
        case bool():
            return ("true/false", "true/false")
        case int() | Decimal():
            short = str(value)[:20]
            return (f"angka {short}", f"the number {short}")
        case str():
            return (f'teks "{value[:30]}"', f'the text "{value[:30]}"')
        case date():
            return ("tanggal", "a date")
        case list():
            return ("daftar [ ]", "a list [ ]")
        case dict():
            return ("isian bernama { }", "named values { }")
    return ("waktu", "a time of day")


class Entry:
    """One table of the file. Keys that its kind does not have are faults at once."""

    def __init__(self, written: Written, table: Mapping[str, Any], path: Path, kind: str) -> None:
        self.written, self.path, self.kind = written, path, kind
        self._misspelt: dict[str, str] = {}
        self.doubled: list[tuple[str, str]] = []
        """Keys of the kind that are there, each with a misspelt one beside it."""
        for key, value in table.items():
            if key not in KEYS[kind]:
                self._unknown(key, value, table)
        self.table = {**table, **{key: table[misspelt] for key, misspelt in self._misspelt.items()}}

    def _unknown(self, key: str, value: Any, table: Mapping[str, Any]) -> None:
        path = (*self.path, key)
        if self.kind != "file" and key in LISTS and isinstance(value, list):
            self.fault("misplaced_list", path, key=True, name=key)
            return
        if self.kind == "roster" and key == "roster":
            self.fault("roster_nested", path, key=True)
            return
        homes = [kind for kind, keys in KEYS.items() if kind in LISTS and key in keys]
        if self.kind == "file" and homes:
            self.fault("misplaced_key", path, key=True, name=key, home=homes[0])
            return
        self.fault("key_unknown", path, key=True, name=key, table=self.told, meant=meant(key, KEYS[self.kind]))
        # A misspelt key is read as the one that is meant, so that it is not missing too.
        near = nearest(key, KEYS[self.kind], _SURE)
        if near is not None and near not in table:
            self._misspelt.setdefault(near, key)
        elif near is not None:
            self.doubled.append((near, key))

    def fault(self, kind: str, path: Path, *, key: bool = False, **values: Any) -> None:
        self.written.fault(kind, path, key=key, **values)

    @property
    def told(self) -> str:
        """The table as the author writes it."""
        return WRITTEN_AS.get(self.kind, self.kind)

    def at(self, key: str, *steps: str | int) -> Path:
        return (*self.path, self._misspelt.get(key, key), *steps)

    def __contains__(self, key: str) -> bool:
        return key in self.table

    def get(self, key: str, *, needed: bool = False) -> Any:
        """The raw value. A needed one that is not there is a fault."""
        if key not in self.table and needed:
            self.fault("key_missing", self.path, name=key, table=self.told)
        return self.table.get(key)

    def code(self) -> str | None:
        """The entry's own code."""
        raw = self.get("code", needed=True)
        return None if raw is None else self.written.code(raw, self.at("code"))

    def is_known(self, code: str, path: Path, table: str, known: Collection[str]) -> bool:
        """Whether there is such an entry in a table of the file. If not it is a fault, unless the table is unsure."""
        if code and code in known:
            return True
        if table in self.written.unsure:
            return False
        self.fault("code_unknown", path, code=code[:60], table=table, meant=meant(code, filter(None, known)))
        return False

    def whole(self, key: str, least: int, most: int, default: int | None = None, *, needed: bool = False) -> int | None:
        raw = self.get(key, needed=needed)
        if raw is None:
            return default
        value = self.written.whole(raw, self.at(key))
        if value is None or least <= value <= most:
            return value
        self.fault("number_outside", self.at(key), name=key, least=least, most=most)
        return None

    def number(self, key: str, default: Fraction | None = None, *, needed: bool = False) -> Fraction | None:
        raw = self.get(key, needed=needed)
        return default if raw is None else self.written.number(raw, self.at(key))

    def positive(self, key: str, default: Fraction, most: int = 1_000_000) -> Fraction:
        """A number above 0. A broken one is read as the default."""
        value = self.number(key, default)
        if value is not None and not 0 < value <= most:
            self.fault("not_positive", self.at(key), name=key, most=most)
        return default if value is None or value <= 0 else value

    def share(self, key: str, *, needed: bool = False) -> Fraction | None:
        """A number above 0 and up to 1."""
        value = self.number(key, needed=needed)
        if value is not None and not 0 < value <= 1:
            self.fault("not_share", self.at(key), name=key)
            return None
        return value

    def text(self, key: str, *, needed: bool = False) -> str | None:
        raw = self.get(key, needed=needed)
        return None if raw is None else self.written.text(raw, self.at(key))

    def texts(self, key: str) -> Text:
        raw = self.get(key, needed=True)
        return NO_TEXT if raw is None else self.written.texts(raw, self.at(key))

    def texts_or_none(self, key: str) -> Text | None:
        return self.texts(key) if key in self.table else None

    def flag(self, key: str) -> bool:
        raw = self.table.get(key)
        return bool(raw is not None and self.written.flag(raw, self.at(key)))

    def day(self, key: str, *, needed: bool = False) -> date | None:
        raw = self.get(key, needed=needed)
        return None if raw is None else self.written.day(raw, self.at(key))

    def one_of(self, key: str, allowed: Sequence[str], default: str | None = None, *, needed: bool = False) -> Any:
        """One of the allowed words. None or the default if it is not there or broken."""
        raw = self.get(key, needed=needed)
        value = default if raw is None else self.written.text(raw, self.at(key))
        if raw is None or value is None or value in allowed:
            return value
        self.fault(
            "word_unknown",
            self.at(key),
            name=key,
            value=value[:40],
            allowed=", ".join(allowed),
            meant=meant(value, allowed),
        )
        return default

    def texts_in(
        self, key: str, *, needed: bool = False, empty: bool = False, twice: bool = False
    ) -> list[tuple[str, Path]]:
        """The texts of a list with their places. What is not a text is left out, after its fault.

        twice: whether a text may stand there twice. Otherwise that is a fault, and it is read once
        """
        raw = self.get(key, needed=needed)
        listed = None if raw is None else self.written.list(raw, self.at(key), empty=empty)
        found: dict[Path, str] = {}
        for position, each in enumerate(listed or ()):
            path = self.at(key, position)
            text = self.written.text(each, path)
            if text is not None and not twice and text in found.values():
                self.fault("listed_twice", path, code=text[:60])
            elif text is not None:
                found[path] = text
        return [(text, path) for path, text in found.items()]

    def inner(self, key: str, kind: str, *, needed: bool = False) -> "Entry | None":
        """A table inside this one."""
        raw = self.get(key, needed=needed)
        table = None if raw is None else self.written.table(raw, self.at(key))
        return None if table is None else Entry(self.written, table, self.at(key), kind)

    def entries(self, key: str, kind: str, *, needed: bool = False) -> "list[Entry]":
        """The tables of a list inside this one."""
        raw = self.get(key, needed=needed)
        if isinstance(raw, dict):
            # A header in single brackets. It is read as the only entry.
            name = ".".join(each for each in self.at(key) if isinstance(each, str))
            self.fault("single_brackets", self.at(key), key=True, name=name, key_=key)
            return [Entry(self.written, raw, self.at(key), kind)]
        listed = None if raw is None else self.written.list(raw, self.at(key))
        if raw is not None and not isinstance(raw, list):
            self.written.broken_lists.add(self.at(key))
        return entries_of(self.written, listed or (), self.at(key), kind)


def entries_of(written: Written, listed: Sequence[Any], path: Path, kind: str) -> list[Entry]:
    found = []
    for position, each in enumerate(listed):
        table = written.table(each, (*path, position))
        if table is not None:
            found.append(Entry(written, table, (*path, position), kind))
        else:
            written.broken_lists.add(path)
    return found


def in_broken_list(entries: Sequence[Entry]) -> bool:
    """Whether beside these entries of a list stand some that are no tables, or some have the same code."""
    codes = [code_of(each) for each in entries if "code" in each]
    return len(codes) > len(set(codes)) or any(each.path[:-1] in each.written.broken_lists for each in entries)


def coded(written: Written, table: Mapping[str, Any], path: Path) -> list[tuple[str, Path, Any]]:
    """The entries of a table whose keys are codes. A code with a dot is two keys for TOML, unless it is in quotes."""
    found = []
    for key, value in table.items():
        at = (*path, key)
        while isinstance(value, dict) and len(value) == 1:
            ((inner, value),) = value.items()
            key = f"{key}.{inner}"
            at = (*at, inner)
        if len(at) > len(path) + 1:
            written.fault("dotted_key", (*path, at[len(path)]), key=True, code=key)
        found.append((key, at, value))
    return found


def code_of(entry: Entry) -> str:
    """The code of an entry, whether it is rightly written or not. Empty without one."""
    code = entry.table.get("code")
    return code if isinstance(code, str) else ""


def about_of(entry: Entry) -> Any:
    """What the entry says about itself for registers, as it stands."""
    return entry.written.table(entry.table["about"], entry.at("about")) if "about" in entry else None


def refuse(entry: Entry, keys: Iterable[str], method: str) -> None:
    """Says which keys have no meaning with the method of the index."""
    for key in keys:
        if key in entry:
            entry.fault("key_without_meaning", entry.at(key), key=True, name=key, method=method)
