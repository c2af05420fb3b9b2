"""The names of a file that conditions and facts may read: questions, facts and rosters, with what is known of each.

A broken entry keeps its name. What is unknown of it is None, and nothing that depends on that is blamed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Literal

from app.scoring.conditions import WITHHELD
from app.scoring.reading.keys import FORMULAS
from app.scoring.reading.meant import meant
from app.scoring.reading.places import Path
from app.scoring.reading.written import CODE, Entry, Written

Kind = Literal["choice", "several", "number", "date", "text", "condition"]
RESERVED: Final = frozenset({"interview", "person", "region.kind", "region.urban", *WITHHELD})
ANY: Final = "?"
"""The roster of what names one that there is not. Rows of every roster fit."""
SPECIFY: Final = "_specify"
_KINDS: Final[Mapping[str, Kind]] = {
    "choice": "choice",
    "several": "several",
    "integer": "number",
    "decimal": "number",
    "date": "date",
    "text": "text",
}
_FACT_KINDS: Final[Mapping[str, Kind | None]] = {
    "when": "condition",
    "class": "choice",
    "pick": None,
    "first": None,
    "smallest": None,
    "largest": None,
    "person": None,
}


@dataclass(slots=True)
class Name:
    """A question, fact or roster.

    position: of a question in the file, of a fact that of the last question it reads, of a roster its first question
    options: of a choice or several; low, high: bounds of a number; whole: whether it can only be a whole number
    over: rosters whose rows a fact counts or adds up, also through other facts
    """

    code: str
    role: Literal["question", "fact", "roster"]
    kind: Kind | None
    path: Path
    roster: str | None = None
    position: int = -1
    options: tuple[str, ...] | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    whole: bool = False
    over: frozenset[str] = frozenset()
    people: bool = False
    unread: bool = False
    """A fact that is not read yet, because it stands further down."""
    twice: bool = False
    """Whether several entries have this code, so that nobody knows which one is meant."""

    def forget_if_twice(self) -> None:
        if self.twice:
            self.kind = self.options = self.low = self.high = None
            self.roster, self.position, self.over = ANY, -1, frozenset()


@dataclass(slots=True)
class Names:
    every: dict[str, Name] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)
    """The names that something read, so that the others can be warned of."""

    def get(self, code: str) -> Name | None:
        return self.every.get(code)

    def like(self, code: str) -> Any:
        return meant(code, self.every)


def collect_names(written: Written, entries: Mapping[str, Sequence[Entry]]) -> Names:
    """All names, before anything reads them. Says which codes are not rightly written or there twice."""
    names = Names()
    folded: dict[str, str] = {}
    for table in ("roster", "question", "fact"):
        for position, entry in enumerate(entries[table]):
            code = entry.code()
            if code is None:
                continue
            _check_code(entry, code)
            alike = folded.setdefault(_fold(code), code)
            if code in names.every or alike != code:
                kind = "code_twice" if code in names.every else "code_alike"
                entry.fault(kind, entry.at("code"), code=code, other=alike)
            if code in names.every:
                names.every[code].twice = True
            else:
                names.every[code] = _name_of(table, entry, code, position)
    _place_rosters(names, entries)
    return names


def _check_code(entry: Entry, code: str) -> None:
    if CODE.fullmatch(code) and (code in RESERVED or code.endswith(SPECIFY)):
        entry.fault("code_reserved", entry.at("code"), code=code)


def _fold(code: str) -> str:
    return re.sub(r"[._-]", "", code).casefold() or code


def _name_of(table: str, entry: Entry, code: str, position: int) -> Name:
    roster = entry.table.get("roster")
    row_of = roster if isinstance(roster, str) else ANY if "roster" in entry.table else None
    if table == "roster":
        return Name(code, "roster", None, entry.path, people=entry.table.get("people") not in (None, False))
    if table == "question":
        asked_as = entry.table.get("type")
        kind = _KINDS.get(asked_as) if isinstance(asked_as, str) else None
        return Name(code, "question", kind, entry.path, row_of, position, whole=asked_as == "integer")
    formula = next((key for key in FORMULAS if key in entry.table), "")
    return Name(code, "fact", _FACT_KINDS.get(formula, "number"), entry.path, row_of, unread=True)


def _place_rosters(names: Names, entries: Mapping[str, Sequence[Entry]]) -> None:
    for name in names.every.values():
        above = names.every.get(name.roster) if name.roster is not None else None
        if name.roster is not None and (above is None or above.role != "roster"):
            name.roster = ANY
    for name in names.every.values():
        if name.role == "roster":
            rows = [
                each.position for each in names.every.values() if each.role == "question" and each.roster == name.code
            ]
            name.position = min(rows, default=len(entries["question"]))
    for name in names.every.values():
        name.forget_if_twice()
