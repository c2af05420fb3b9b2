"""Reads the values of names and the truth of conditions in one interview. The plain definition of what a file means.

None is unknown everywhere. A name is unknown if the family refused, did not know, or left the question out though it
was asked, or if nobody can tell whether it was asked. Whoever knows less therefore never gets another known outcome,
except by `given` and `answered`.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, Final

from app.scoring.conditions import (
    OPERATORS,
    WITHHELD,
    All,
    Answered,
    AnyOf,
    Arithmetic,
    Asked,
    Chosen,
    Classes,
    Compare,
    Condition,
    Constant,
    Count,
    Counted,
    Equal,
    First,
    Formula,
    Given,
    Holds,
    In,
    Includes,
    Not,
    OfPerson,
    OverRows,
    Pick,
    Quantified,
    Rows,
    Since,
    Term,
    Values,
    When,
)
from app.scoring.instrument import Instrument

Value = str | int | Fraction | date | tuple[str, ...] | bool
"""The value of a name. A choice is the code of its option, several is a tuple of codes in the order of the list."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a rule may read of the person of a row. age_months: completed months on the interview's local day"""

    sex: str | None = None
    relation: str | None = None
    age_months: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """The answers of one row of a roster, by question."""

    answers: Mapping[str, Value] = field(default_factory=dict)
    person: Person | None = None


Answers = Mapping[str, "Value | tuple[Row, ...]"]
"""Valid answers by question and by roster. `refused` and `dont_know` are answers. What is left out has no entry."""


class _Read:
    """A row as it is read, with what was computed of it.

    row: None if nothing is known of it
    exists: whether it exists for the index, None if that is unknown
    """

    __slots__ = ("exists", "memo", "row")

    def __init__(self, row: Row | None, exists: bool | None = True) -> None:
        self.row = row
        self.exists = exists
        self.memo: dict[str, Value | None] = {}


class Reading:
    """One interview as a whole, or as one index sees it."""

    def __init__(self, instrument: Instrument, answers: Answers, day: date | None) -> None:
        """day: None if nobody knows it, so that no age is known"""
        self.instrument = instrument
        self.answers = answers
        self.day = day
        self._memo: dict[str, Value | None] = {}
        self._rows: dict[str, list[_Read]] = {}

    def seen_by(self, only: Mapping[str, Condition]) -> "Reading":
        """The same interview for an index, where only those rows exist that pass in the whole interview."""
        if not only:
            return self
        seen = copy(self)
        seen._memo, seen._rows = {}, {}
        for roster, condition in only.items():
            found = [_Read(each.row, self.holds(condition, each)) for each in self.rows(roster)]
            seen._rows[roster] = [each for each in found if each.exists is not False]
        return seen

    def value(self, name: str, row: _Read | None = None) -> Value | None:
        """The value of a question or fact. `row` is the row that names of its roster are read from."""
        question = self.instrument.question.get(name)
        of_row = (question or self.instrument.fact[name]).roster is not None
        if of_row and row is None:
            raise LookupError(f"{name} is read outside its roster")
        memo = row.memo if of_row and row is not None else self._memo
        if name not in memo:
            if question is None:
                memo[name] = self._fact(self.instrument.fact[name].formula, row)
            else:
                memo[name] = self._said(name, row)
        return memo[name]

    def _said(self, name: str, row: _Read | None) -> Value | None:
        question = self.instrument.question[name]
        answer = self._answer(name, row)
        if answer is None:
            return question.when_not_asked if self.asked(name, row) is False else None
        return None if isinstance(answer, str) and answer in WITHHELD else answer

    def _answer(self, name: str, row: _Read | None) -> Value | None:
        """The answer as it was given."""
        question = self.instrument.question.get(name)
        if question is not None and question.roster is not None:
            return None if row is None or row.row is None else row.row.answers.get(name)
        found: Any = self.answers.get(name)
        return found  # type: ignore[no-any-return]

    def asked(self, name: str, row: _Read | None = None) -> bool | None:
        """What the condition of a question or roster is. True without one."""
        question = self.instrument.question.get(name)
        condition = self.instrument.roster[name].ask_when if question is None else question.ask_when
        return True if condition is None else self.holds(condition, row)

    def rows(self, roster: str) -> Sequence[_Read]:
        """The rows that there are. Of some, nothing may be known."""
        if roster not in self._rows:
            self._rows[roster] = [_Read(each) for each in self._find_rows(roster)]
        return self._rows[roster]

    def _find_rows(self, roster: str) -> list[Row | None]:
        definition = self.instrument.roster[roster]
        number = definition.maximum
        if definition.rows is not None:
            stated = self.value(definition.rows)
            number = definition.maximum if stated is None else min(int(stated), definition.maximum)  # type: ignore[arg-type]
        said = self.answers.get(roster)
        if self.asked(roster) is False:
            return []
        if isinstance(said, tuple):
            found: list[Row | None] = list(said)  # type: ignore[arg-type]
            unknown = number - len(found) if definition.rows is not None else 0
            return found + [None] * max(0, unknown)
        return [None] * number

    def holds(self, condition: Condition, row: _Read | None = None) -> bool | None:
        """Whether a condition is true, false or unknown (None)."""
        match condition:
            case Equal(name, option):
                said = self.value(name, row)
                return None if said is None else said == option
            case In(name, options):
                said = self.value(name, row)
                return None if said is None else said in options
            case Includes(name, options):
                said = self.value(name, row)
                return None if said is None else any(option in said for option in options)  # type: ignore[operator]
            case Compare(left, sign, right):
                one, other = self.term(left, row), self.term(right, row)
                return None if one is None or other is None else OPERATORS[sign](one, other)
            case Answered(name):
                if name in self.instrument.fact:
                    return self.value(name, row) is not None
                answer = self._answer(name, row)
                return answer is not None and not (isinstance(answer, str) and answer in WITHHELD)
            case Given(name):
                return self._answer(name, row) is not None
            case Asked(name):
                return self.asked(name, row)
            case Holds(name):
                return self.value(name, row)  # type: ignore[return-value]
            case All(parts):
                return _all(self.holds(part, row) for part in parts)
            case AnyOf(parts):
                return _not(_all(_not(self.holds(part, row)) for part in parts))
            case Not(part):
                return _not(self.holds(part, row))
            case Quantified(kind, rows):
                return self._quantified(kind, rows)
            case Counted(kind, number, of):
                return self._counted(kind, self.term(number, row), of, row)

    def _quantified(self, kind: str, rows: Rows) -> bool | None:
        true, false, unknown = self._tally(rows, every=kind == "every")
        if kind == "every":
            return False if false else None if unknown else True
        some = True if true else None if unknown else False
        return some if kind == "some" else _not(some)

    def _counted(
        self, kind: str, number: Value | None, of: tuple[Condition, ...] | Rows, row: _Read | None
    ) -> bool | None:
        if number is None:
            return None
        true, _, unknown = self._tally(of, row)
        least: Any = number
        if kind == "exactly":
            if true > least or true + unknown < least:
                return False
            return None if unknown else True
        enough = _at_least(true, unknown, least if kind == "at_least" else least + 1)
        return enough if kind == "at_least" else _not(enough)

    def _tally(
        self, of: tuple[Condition, ...] | Rows, row: _Read | None = None, *, every: bool = False
    ) -> tuple[int, int, int]:
        """How many conditions, or rows, are true, false and unknown. A row is true where it passes and has it.

        A row of which nothing is known is unknown, because it may not exist at all.

        every: a row is also true where it does not pass
        """
        if isinstance(of, tuple):
            held = [self.holds(each, row) for each in of]
        elif every:
            held = [_either(_not(self._passes(of, each)), self._has(of, each)) for each in self.rows(of.roster)]
        else:
            held = [_all((self._passes(of, each), self._has(of, each))) for each in self.rows(of.roster)]
        return held.count(True), held.count(False), held.count(None)

    def _passes(self, rows: Rows, row: _Read) -> bool | None:
        if row.row is None:
            return None
        return row.exists if rows.where is None else _all((row.exists, self.holds(rows.where, row)))

    def _has(self, rows: Rows, row: _Read) -> bool | None:
        if row.row is None:
            return None
        return True if rows.has is None else self.holds(rows.has, row)

    def term(self, term: Term, row: _Read | None = None) -> Any:
        """The number or date of a term, or None."""
        if isinstance(term, Constant):
            return term.value
        value = self.value(term.name, row)
        return value if value is None or term.times == 1 else value * term.times  # type: ignore[operator]

    def _fact(self, formula: Formula, row: _Read | None) -> Value | None:
        match formula:
            case Arithmetic(kind, terms):
                values = [self.term(each, row) for each in terms]
                return None if None in values else _ARITHMETIC[kind](values)
            case Count(of):
                true, _, unknown = self._tally(of, row)
                return None if unknown else true
            case OverRows(kind, rows, value):
                return self._over_rows(kind, rows, value)
            case Pick(rows, name):
                found = self._passing_rows(rows)
                return self.value(name, found[0]) if found is not None and len(found) == 1 else None
            case Values(of, options):
                chosen: Any = self.value(of, row)
                return None if chosen is None else options[chosen]
            case Classes(of, classes):
                number: Any = self.value(of, row)
                if number is None:
                    return None
                return next(each.code for each in classes if each.below is None or number < each.below)
            case Chosen(name):
                several: Any = self.value(name, row)
                return None if several is None else len(several)
            case First(cases):
                for condition, term in cases:
                    held = True if condition is None else self.holds(condition, row)
                    if held is not False:
                        return self.term(term, row) if held else None
                return None
            case When(condition):
                return self.holds(condition, row)
            case Since(unit, name):
                day: Any = self.value(name, row)
                return None if day is None or self.day is None else since(day, self.day, unit)
            case OfPerson(part):
                return _of_person(None if row is None or row.row is None else row.row.person, part)

    def _over_rows(self, kind: str, rows: Rows, value: Term) -> Value | None:
        found = self._passing_rows(rows)
        if found is None:
            return None
        values = [self.term(value, each) for each in found]
        if None in values or (not values and kind != "total"):
            return None
        found_value: Value | None = _ARITHMETIC["sum" if kind == "total" else kind](values)
        return found_value

    def _passing_rows(self, rows: Rows) -> list[_Read] | None:
        """The rows that pass `where`, or None if that is unknown of any."""
        held = [(each, self._passes(rows, each)) for each in self.rows(rows.roster)]
        return None if any(passes is None for _, passes in held) else [each for each, passes in held if passes]


def _all(parts: Iterable[bool | None]) -> bool | None:
    unknown = False
    for part in parts:
        if part is False:
            return False
        unknown = unknown or part is None
    return None if unknown else True


def _either(one: bool | None, other: bool | None) -> bool | None:
    return _not(_all((_not(one), _not(other))))


def _not(held: bool | None) -> bool | None:
    return None if held is None else not held


def _at_least(true: int, unknown: int, number: Any) -> bool | None:
    if true >= number:
        return True
    return False if true + unknown < number else None


_ARITHMETIC: Final[Mapping[str, Any]] = {
    "sum": lambda values: sum(values),
    "smallest": min,
    "largest": max,
    "difference": lambda values: values[0] - values[1],
    "product": lambda values: values[0] * values[1],
    "quotient": lambda values: None if values[1] == 0 else Fraction(values[0]) / values[1],
}


def since(day: date, today: date, unit: str) -> int:
    """Completed months, years or days from a day to another. 29 February completes a year on 1 March."""
    if unit == "days":
        return (today - day).days
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    return months // 12 if unit == "years" else months


def _of_person(person: Person | None, part: str) -> Value | None:
    if person is None:
        return None
    if part == "age_years":
        return None if person.age_months is None else person.age_months // 12
    found: Value | None = getattr(person, part)
    return found
