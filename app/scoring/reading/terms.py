"""Reads names, options and terms against what may be read at their place."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.scoring.conditions import WITHHELD, Constant, Named, Term
from app.scoring.reading.faults import Both
from app.scoring.reading.meant import meant
from app.scoring.reading.names import ANY, Kind, Name, Names
from app.scoring.reading.places import Path
from app.scoring.reading.written import Entry, Written, coded


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be read at a place.

    roster: whose row it is about, None for the family
    before: only what stands before this question is known; None: all questions are
    """

    roster: str | None = None
    before: int | None = None

    def of_rows(self, roster: str) -> "Scope":
        return Scope(roster, self.before)


class NameReader:
    """Reads names of one file.

    Since they were last emptied:
    positions, over: positions of what was read, and rosters whose rows were
    facts, later: facts that were read, and those further down with their places
    """

    def __init__(self, written: Written, names: Names) -> None:
        self.written, self.names = written, names
        self.positions: list[int] = []
        self.over: set[str] = set()
        self.facts: set[str] = set()
        self.later: list[tuple[str, Path]] = []

    def fault(self, kind: str, path: Path, *, key: bool = False, **values: Any) -> None:
        self.written.fault(kind, path, key=key, **values)

    def name(self, raw: Any, path: Path, scope: Scope, *kinds: Kind) -> Name | None:
        """The name that a text is. None if it may not be read here, after its fault."""
        code = self.written.text(raw, path)
        if code is None:
            return None
        name = self.names.get(code)
        if name is None:
            self._unknown(code, path)
            return None
        self.names.read.add(code)
        if name.role == "roster":
            if not name.twice:
                self.fault("roster_as_name", path, code=code)
            return None
        if name.role == "fact":
            self.facts.add(code)
        if not self._reachable(name, path, scope):
            return None
        self.positions.append(name.position)
        self.over |= name.over
        if kinds and name.kind is not None and name.kind not in kinds:
            self._misfit(name, path, kinds)
            return None
        return name

    def _unknown(self, code: str, path: Path) -> None:
        if code in WITHHELD:
            self.fault("withheld_as_name", path, code=code)
        elif not self.written.unsure & {"question", "fact", "roster"}:
            self.fault("name_unknown", path, code=code[:60], meant=self.names.like(code))

    def _reachable(self, name: Name, path: Path, scope: Scope) -> bool:
        if ANY not in (name.roster, scope.roster) and name.roster not in (None, scope.roster):
            self.fault("row_outside", path, code=name.code, roster=name.roster)
            return False
        if name.unread:
            self.later.append((name.code, path))
            return False
        if scope.before is not None and name.position >= scope.before:
            self.tell_unknown(name, path, scope.before)
            return False
        if scope.before is not None and scope.roster is not None and scope.roster in name.over:
            self.fault("rows_not_yet_known", path, code=name.code, roster=scope.roster)
            return False
        return True

    def tell_unknown(self, name: Name, path: Path, before: int) -> None:
        """Says that what is asked from the question at this position on cannot be known here."""
        if name.position == before and name.role != "roster":
            kind = "asked_by_own_answer" if name.role == "question" else "asked_by_itself"
            self.fault(kind, path, code=name.code)
        elif name.role == "fact":
            asked = (each for each in self.names.every.values() if each.role == "question")
            question = next((each.code for each in asked if each.position == name.position), "…")
            self.fault("fact_not_yet_known", path, code=name.code, question=question)
        else:
            self.fault("not_yet_known", path, code=name.code)

    def _misfit(self, name: Name, path: Path, kinds: tuple[Kind, ...]) -> None:
        kind = name.kind or "text"
        cure = _CURES[kind].format(name.code)
        self.fault("misfit", path, code=name.code, found=_KIND_TEXTS[kind], wanted=_KIND_TEXTS[kinds[0]], cure=cure)

    def roster_code(self, code: str, path: Path) -> str:
        """The code of a roster, or ANY if there is none, after its fault."""
        name = self.names.get(code)
        if name is not None and name.role == "roster":
            self.names.read.add(code)
            return code
        rosters = [each.code for each in self.names.every.values() if each.role == "roster"]
        if "roster" not in self.written.unsure and not (name is not None and name.twice):
            self.fault("roster_unknown", path, code=code[:60], meant=meant(code, rosters))
        return ANY

    def by_option(self, entry: Entry, key: str, name: Name | None, *, every: bool) -> dict[str, Fraction] | None:
        """A number for each option of a choice. every: whether none may be left out"""
        raw = entry.get(key, needed=True)
        table = None if raw is None else self.written.table(raw, entry.at(key))
        if table is None:
            return None
        numbers: dict[str, Fraction] = {}
        broken = False
        for code, path, value in coded(self.written, table, entry.at(key)):
            option = self.option(code, path, name)
            number = self.written.number(value, path)
            broken = broken or option is None or number is None
            if option is not None and number is not None:
                numbers[option] = number
        named = {code for code, _, _ in coded(self.written, table, entry.at(key))}
        options = name.options if name is not None and name.options is not None and every else ()
        if named <= set(options):
            # Otherwise an option that there is not may be meant for one of them.
            for option in [each for each in options if each not in named]:
                self.fault("option_without", entry.at(key), code=option, name=name.code if name else "")
                broken = True
        return None if broken else numbers

    def option(self, raw: Any, path: Path, name: Name | None) -> str | None:
        """An option of a choice. Whatever is wrong with the choice itself was said already."""
        code = self.written.text(raw, path)
        if code is None:
            return None
        if code in WITHHELD:
            self.fault("withheld_compared", path, code=code)
            return None
        if name is not None and name.options is not None and code not in name.options:
            self.fault("option_unknown", path, name=name.code, code=code[:60], meant=meant(code, name.options))
            return None
        return code

    def parts(self, value: Any, path: Path, number: int, example: str) -> list[Any] | None:
        """The members of a list that has exactly so many."""
        if isinstance(value, list) and len(value) == number:
            return value
        self.fault("form", path, example=example)
        return None

    def term(self, raw: Any, path: Path, scope: Scope, *kinds: Kind) -> Term | None:
        """A number, a date, a name, or { value, times }."""
        match raw:
            case dict():
                entry = Entry(self.written, raw, path, "term")
                name = (
                    self.name(entry.get("value", needed=True), entry.at("value"), scope, "number")
                    if "value" in raw
                    else None
                )
                if "value" not in raw:
                    entry.get("value", needed=True)
                times = entry.number("times", Fraction(1))
                return None if name is None or times is None else Named(name.code, times)
            case date():
                day = self.written.day(raw, path)
                if day is not None and "date" not in kinds:
                    self.fault("type", path, wanted=("angka", "a number"), found=("tanggal", "a date"))
                    return None
                return None if day is None else Constant(day)
            case str() if "/" not in raw:
                name = self.name(raw, path, scope, *kinds)
                return None if name is None else Named(name.code)
            case bool() | int() | Decimal() | str():
                number = self.written.number(raw, path)
                return None if number is None else Constant(number)
        self.fault("term_form", path)
        return None

    def same_kind(self, left: Term, right: Term, path: Path) -> bool:
        kinds = [self.kind_of(left), self.kind_of(right)]
        if None in kinds or kinds[0] == kinds[1]:
            return True
        self.fault("number_with_date", path)
        return False

    def kind_of(self, term: Term) -> Kind | None:
        if isinstance(term, Constant):
            return "date" if isinstance(term.value, date) else "number"
        name = self.names.get(term.name)
        return None if name is None else name.kind


_KIND_TEXTS: Final[Mapping[Kind, Both]] = {
    "choice": ("pilihan", "a choice"),
    "several": ("pertanyaan dengan beberapa pilihan", "a question with several options"),
    "number": ("angka", "a number"),
    "date": ("tanggal", "a date"),
    "text": ("teks", "a text"),
    "condition": ("syarat", "a condition"),
}
_CURES: Final[Mapping[Kind, str]] = {
    "choice": 'equal = ["{0}", "…"]',
    "several": 'includes = ["{0}", ["…"]]',
    "number": 'compare = ["{0}", ">", 0]',
    "date": 'compare = ["{0}", "<", 2026-01-31]',
    "text": 'answered = "{0}"',
    "condition": 'holds = "{0}"',
}
"""A condition that reads a name of this kind."""
