"""Reads facts in the order of the file. A fact may read every question, and the facts above it."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import Any, Final

from app.scoring import conditions as c
from app.scoring.conditions import Constant, Formula, Rows, Term
from app.scoring.instrument import Fact
from app.scoring.reading.bands import rising
from app.scoring.reading.bounds import Bounds, of_arithmetic, of_term, union
from app.scoring.reading.conditions import ConditionReader
from app.scoring.reading.keys import FORMULAS
from app.scoring.reading.names import ANY, Kind, Name
from app.scoring.reading.places import Path
from app.scoring.reading.terms import Scope
from app.scoring.reading.written import Entry, in_broken_list

SEXES: Final = ("female", "male")
RELATIONS: Final = ("head", "spouse", "child", "other")
_AGES: Final = {"age_months": Fraction(1800), "age_years": Fraction(150)}
BROKEN: Final = c.When(c.All(()))
"""Stands for a formula that cannot be read. A file with one gives no instrument."""


class FactReader:
    """Reads facts one after the other, and completes what is known of their names."""

    def __init__(self, reader: ConditionReader, maxima: Mapping[str, int]) -> None:
        """maxima: for each roster how many rows it has at most"""
        self.reader, self.maxima = reader, maxima
        self._read: dict[str, frozenset[str]] = {}
        """For each fact the facts that it reads."""
        self._later: list[tuple[str, str, Path]] = []
        """Facts that read one further down: both codes and the place."""

    def fact(self, entry: Entry) -> Fact:
        code = entry.table.get("code")
        text = entry.texts("name")
        name = self.reader.names.get(code) if isinstance(code, str) else None
        roster = self._roster(entry)
        if name is None or name.path != entry.path:
            name = Name("", "fact", None, entry.path, roster)
        self.reader.positions, self.reader.over, self.reader.later = [], set(), []
        self.reader.facts = set()
        formula = self._formula(entry, name, Scope(roster))
        name.position = max(self.reader.positions, default=-1)
        name.over = frozenset(self.reader.over)
        self._read[name.code] = frozenset(self.reader.facts)
        self._later += [(name.code, code, path) for code, path in self.reader.later]
        name.unread = False
        name.forget_if_twice()
        return Fact(name.code, text, formula, roster)

    def tell_later(self) -> None:
        """Says which facts read one that is computed after them, and which can never be computed."""
        circle_of: dict[str, int] = {}
        for number, (code, read, path) in enumerate(self._later):
            if code in circle_of and circle_of[code] == circle_of.get(read):
                continue
            way = _way(self._read, read, code)
            if way is None:
                self.reader.fault("fact_later", path, code=read)
                continue
            self.reader.fault("facts_circular", path, circle=" → ".join((code, *way)))
            onward, back = _reached(self._read, code), _reached(_turned(self._read), code)
            circle_of |= dict.fromkeys(onward.keys() & back.keys(), number)

    def _roster(self, entry: Entry) -> str | None:
        code = entry.text("roster")
        if code is None:
            return ANY if "roster" in entry else None
        return self.reader.roster_code(code, entry.at("roster"))

    def _formula(self, entry: Entry, name: Name, scope: Scope) -> Formula:
        kinds = [key for key in FORMULAS if key in entry]
        if len(kinds) != 1:
            if kinds:
                entry.fault("one_of_too_many", entry.at(kinds[1]), key=True, keys=", ".join(kinds))
            else:
                entry.fault("formula_missing", entry.path, keys=", ".join(FORMULAS))
            name.kind = None
            return BROKEN
        return _FORMULAS[kinds[0]](self, kinds[0], entry, name, scope)

    # ------------------------------------------------------------------------------------------------ arithmetic

    def _arithmetic(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        raw, path = entry.table[kind], entry.at(kind)
        if isinstance(raw, dict) and kind in ("smallest", "largest"):
            return self._over_rows(kind, entry, name, scope)
        two = kind in ("difference", "product", "quotient")
        listed = (
            self.reader.parts(raw, path, 2, f'{kind} = ["area", "members"]') if two else entry.written.list(raw, path)
        )
        kinds: tuple[Kind, ...] = ("number", "date") if kind in ("smallest", "largest") else ("number",)
        terms = [self.reader.term(each, (*path, at), scope, *kinds) for at, each in enumerate(listed or ())]
        known = [each for each in terms if each is not None]
        if not known or len(known) < len(terms):
            return BROKEN
        for at, each in enumerate(known):
            if not self.reader.same_kind(known[0], each, (*path, at)):
                return BROKEN
        name.kind = self.reader.kind_of(known[0])
        if kind == "quotient" and known[1] == Constant(Fraction(0)):
            entry.fault("divided_by_zero", (*path, 1))
            return BROKEN
        bounds = of_arithmetic(kind, [of_term(each, self.reader.names) for each in known])
        _bound(name, bounds)
        return c.Arithmetic(kind, tuple(known))  # type: ignore[arg-type]

    def _over_rows(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        rows, value = self._rows_value(kind, entry, scope, where=False)
        if rows is None:
            return BROKEN
        kinds: tuple[Kind, ...] = ("number",) if kind == "total" else ("number", "date")
        path = entry.at(kind, "value")
        term = None if value is None else self.reader.term(value, path, scope.of_rows(rows.roster), *kinds)
        if term is None:
            return BROKEN
        name.kind = self.reader.kind_of(term)
        bounds = of_term(term, self.reader.names)
        if kind == "total":
            most = self.maxima.get(rows.roster, 100)
            name.whole = bounds.whole
            name.low = None if bounds.low is None else min(Fraction(0), bounds.low * most)
            name.high = None if bounds.high is None else max(Fraction(0), bounds.high * most)
        else:
            _bound(name, bounds)
        return c.OverRows(kind, rows, term)  # type: ignore[arg-type]

    def _rows_value(self, kind: str, entry: Entry, scope: Scope, *, where: bool) -> tuple[Rows | None, Any]:
        raw, path = entry.table[kind], entry.at(kind)
        rows = self.reader.rows(raw, path, scope, kind="rows_value", has=False)
        if not isinstance(raw, dict):
            return None, None
        inner = Entry(entry.written, raw, path, "rows_value")
        if where:
            inner.get("where", needed=True)
        return rows, inner.get("value", needed=True)

    def _count(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        raw, path = entry.table[kind], entry.at(kind)
        name.whole, name.low = True, Fraction(0)
        if isinstance(raw, dict):
            rows = self.reader.rows(raw, path, scope, kind="rows_count", has=False)
            if rows is None:
                return BROKEN
            name.high = Fraction(self.maxima.get(rows.roster, 100))
            return c.Count(rows)
        parts = self.reader.several(raw, path, scope)
        name.high = Fraction(len(parts))
        return c.Count(parts)

    def _pick(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        rows, value = self._rows_value(kind, entry, scope, where=True)
        if rows is None or value is None:
            return BROKEN
        picked = self.reader.name(value, entry.at(kind, "value"), scope.of_rows(rows.roster))
        if picked is None:
            return BROKEN
        if picked.kind == "text":
            entry.fault("text_as_value", entry.at(kind, "value"), code=picked.code)
            return BROKEN
        name.kind, name.options = picked.kind, picked.options
        name.low, name.high, name.whole = picked.low, picked.high, picked.whole
        return c.Pick(rows, picked.code)

    # ------------------------------------------------------------------------------------------------ tables

    def _values(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        inner = entry.inner(kind, "values")
        if inner is None:
            return BROKEN
        of = self._named(inner, "of", scope, "choice")
        numbers = self.reader.by_option(inner, "options", of, every=True)
        if of is None or numbers is None:
            return BROKEN
        name.low, name.high = min(numbers.values(), default=None), max(numbers.values(), default=None)
        name.whole = all(each.denominator == 1 for each in numbers.values())
        return c.Values(of.code, numbers)

    def _named(self, entry: Entry, key: str, scope: Scope, *kinds: Kind) -> Name | None:
        raw = entry.get(key, needed=True)
        return None if raw is None else self.reader.name(raw, entry.at(key), scope, *kinds)

    def _class(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        inner = entry.inner(kind, "classes")
        if inner is None:
            return BROKEN
        of = self._named(inner, "of", scope, "number")
        entries = inner.entries("classes", "class", needed=True)
        classes: list[c.Class] = []
        for each in entries:
            code = each.code()
            if code is not None and code in [one.code for one in classes]:
                each.fault("code_twice", each.at("code"), code=code, other=code)
            if code in c.WITHHELD:
                each.fault("option_reserved", each.at("code"), code=code)
            text = each.texts("text")
            classes.append(
                c.Class(code or "", {"id": text.id, "en": text.en, **(text.model_extra or {})}, each.number("below"))
            )
        rising(entries, ("below",))
        whole = (
            bool(classes)
            and all(each.code for each in classes)
            and inner.at("classes") not in entry.written.broken_lists
        )
        name.options = tuple(each.code for each in classes) if whole else None
        return BROKEN if of is None else c.Classes(of.code, tuple(classes))

    def _chosen(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        several = self._named(entry, kind, scope, "several")
        name.whole, name.low = True, Fraction(0)
        if several is None:
            return BROKEN
        name.high = None if several.options is None else Fraction(len(several.options))
        return c.Chosen(several.code)

    def _first(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        cases: list[tuple[c.Condition | None, Term]] = []
        broken = False
        entries = entry.entries(kind, "first_value")
        for each in entries:
            when = self.reader.condition(each.table["when"], each.at("when"), scope) if "when" in each else None
            raw = each.get("value", needed=True)
            term = None if raw is None else self.reader.term(raw, each.at("value"), scope, "number", "date")
            broken = (
                broken
                or term is None
                or (bool(cases) and not self.reader.same_kind(cases[0][1], term, each.at("value")))
            )
            if term is not None:
                cases.append((when, term))
        last_without_when(entries)
        if broken or not cases:
            return BROKEN
        name.kind = self.reader.kind_of(cases[0][1])
        _bound(name, union([of_term(term, self.reader.names) for _, term in cases]))
        return c.First(tuple(cases))

    def _when(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        return c.When(self.reader.condition(entry.table[kind], entry.at(kind), scope))

    # ------------------------------------------------------------------------------------------------ dates, people

    def _since(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        day = self._named(entry, kind, scope, "date")
        name.whole = True
        return BROKEN if day is None else c.Since(kind.removesuffix("_since"), day.code)  # type: ignore[arg-type]

    def _person(self, kind: str, entry: Entry, name: Name, scope: Scope) -> Formula:
        part = entry.one_of(kind, ("sex", "relation", *_AGES))
        roster = None if scope.roster is None else self.reader.names.get(scope.roster)
        if scope.roster is None or (roster is not None and not roster.people):
            entry.fault("person_without_people", entry.at(kind), key=True)
        if part is None:
            return BROKEN
        name.kind = "number" if part in _AGES else "choice"
        name.options = {"sex": SEXES, "relation": RELATIONS}.get(part)
        if part in _AGES:
            name.whole, name.low, name.high = True, Fraction(0), _AGES[part]
        return c.OfPerson(part)


_Read = Mapping[str, Iterable[str]]


def _way(read: _Read, start: str, end: str) -> list[str] | None:
    """A shortest way from fact to fact, with both ends."""
    before = _reached(read, start)
    if end not in before:
        return None
    way = [end]
    while way[-1] != start:
        way.append(before[way[-1]])
    return way[::-1]


def _reached(read: _Read, start: str) -> dict[str, str]:
    """The facts that a fact reads, also through others, each with the one before it on a shortest way."""
    before = {start: start}
    left = deque([start])
    while left:
        at = left.popleft()
        for each in read.get(at, ()):
            if each not in before:
                before[each] = at
                left.append(each)
    return before


def _turned(read: _Read) -> _Read:
    found: dict[str, list[str]] = {}
    for code, each in read.items():
        for other in each:
            found.setdefault(other, []).append(code)
    return found


def last_without_when(entries: list[Entry]) -> None:
    """Says where a list of cases has no condition before its end, or one at its end."""
    if in_broken_list(entries):
        return
    without = [each for each in entries if "when" not in each]
    if len(without) == 1 and without[0] is not entries[-1]:
        without[0].fault("rest_early", without[0].path)
        return
    for position, each in enumerate(entries, start=1):
        last = position == len(entries)
        if last and "when" in each:
            each.fault("last_with_when", each.at("when"), key=True)
        elif not last and "when" not in each:
            each.fault("key_missing", each.path, name="when", table=each.told)


def _bound(name: Name, bounds: Bounds) -> None:
    name.low, name.high, name.whole = bounds.low, bounds.high, bounds.whole


_FORMULAS: Final[Mapping[str, Callable[[FactReader, str, Entry, Name, Scope], Formula]]] = {
    **dict.fromkeys(("sum", "smallest", "largest", "difference", "product", "quotient"), FactReader._arithmetic),
    "count": FactReader._count,
    "total": FactReader._over_rows,
    "pick": FactReader._pick,
    "values": FactReader._values,
    "class": FactReader._class,
    "chosen": FactReader._chosen,
    "first": FactReader._first,
    "when": FactReader._when,
    **dict.fromkeys(("months_since", "years_since", "days_since"), FactReader._since),
    "person": FactReader._person,
}
