"""Which comparisons with single answers the conditions of an instrument consist of, and what each answer makes of them.

Answers of a question that make the same of all comparisons are of one class. What a condition gives then follows from
the classes of a few answers. Conditions that read more than single answers, such as rows or facts, are not tabular.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.scoring.conditions import (
    OPERATORS,
    WITHHELD,
    All,
    Answered,
    AnyOf,
    Asked,
    Compare,
    Condition,
    Constant,
    Counted,
    Equal,
    Given,
    Holds,
    In,
    Includes,
    Named,
    Not,
    When,
)
from app.scoring.evaluation import Value
from app.scoring.instrument import Indicator, Instrument, Points, Question


class NotTabular(Exception):
    """A condition reads more than single answers."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A comparison of the numbers of two questions, each multiplied."""

    left: str
    left_times: Fraction
    operator: str
    right: str
    right_times: Fraction


Atom = Equal | In | Includes | Compare | Answered | Given
Read = frozenset[str | Pair]
"""The questions and the pairs of questions that decide something."""


class Atoms:
    """The comparisons with single answers that conditions consist of."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self.of: dict[str, list[Atom]] = {each.code: [] for each in instrument.questions}
        """The comparisons with each question that conditions read so far."""

    def read_by(self, conditions: Iterable[Condition | None]) -> Read:
        """What decides the conditions. Raises NotTabular."""
        found = set[str | Pair]()
        for condition in conditions:
            for atom in () if condition is None else self._atoms(condition):
                found.add(atom if isinstance(atom, Pair) else self._add(atom))
        return frozenset(found)

    def read_by_indicator(self, each: Indicator) -> Read:
        """What decides the outcome of an indicator. Raises NotTabular."""
        points = () if each.points is None else self._conditions_of(each.points)
        return self.read_by((each.applies_when, each.fulfilled_when, each.deprived_when, *points))

    def class_of(self, question: str, answer: Value | None) -> tuple[bool | None, ...]:
        """What an answer makes of all comparisons with its question."""
        return tuple([_holds(atom, answer) for atom in self.of[question]])

    def _add(self, atom: Atom) -> str:
        name = _name_of(atom)
        if atom not in self.of[name]:
            self.of[name].append(atom)
        return name

    def _atoms(self, condition: Condition) -> Iterator[Atom | Pair]:
        match condition:
            case All(parts) | AnyOf(parts) | Counted(_, Constant(), tuple() as parts):
                for part in parts:
                    yield from self._atoms(part)
            case Not(part):
                yield from self._atoms(part)
            case Holds(name):
                formula = self._instrument.fact[name].formula
                if not isinstance(formula, When):
                    raise NotTabular
                yield from self._atoms(formula.condition)
            case Asked(name):
                yield from self._asked(self._question(name))
            case Compare(Named() as left, sign, Named() as right):
                if any(self._question(each.name).when_not_asked is not None for each in (left, right)):
                    raise NotTabular
                yield Pair(left.name, left.times, sign, right.name, right.times)
            case Compare(Named(name), _, Constant()) | Compare(Constant(), _, Named(name)):
                yield from self._of(condition, name)
            case Compare():
                return
            case Equal(name) | In(name) | Includes(name):
                yield from self._of(condition, name)
            case Answered(name) | Given(name):
                self._question(name)
                yield condition
            case _:
                raise NotTabular

    def _of(self, atom: Atom, name: str) -> Iterator[Atom | Pair]:
        question = self._question(name)
        yield atom
        if question.when_not_asked is not None:
            yield Given(name)
            yield from self._asked(question)

    def _asked(self, question: Question) -> Iterator[Atom | Pair]:
        if question.ask_when is not None:
            yield from self._atoms(question.ask_when)

    def _question(self, name: str) -> Question:
        question = self._instrument.question.get(name)
        if question is None or question.roster is not None:
            raise NotTabular
        return question

    def _conditions_of(self, points: Points) -> list[Condition | None]:
        """Conditions that together decide the points. Raises NotTabular."""
        found: list[Condition | None] = [condition for condition, _ in points.first]
        if points.of is None:
            return found
        question = self._question(points.of)
        options = self._instrument.options.get(question.options or "", ())
        if points.options is not None:
            found += [Equal(points.of, option) for option in options]
        elif points.each is not None:
            found += [Includes(points.of, (option,)) for option in options]
        elif points.ranges:
            bounds = [Constant(each.below) for each in points.ranges if each.below is not None]
            found += [Compare(Named(points.of), "<", bound) for bound in bounds] or [Answered(points.of)]
        else:
            raise NotTabular
        return found


def _holds(atom: Atom, answer: Value | None) -> bool | None:
    """What a comparison with one question's answer gives, without what it counts as where it is not asked."""
    if isinstance(atom, Given):
        return answer is not None
    known = answer is not None and not (isinstance(answer, str) and answer in WITHHELD)
    if isinstance(atom, Answered):
        return known
    if not known:
        return None
    said: Any = answer
    match atom:
        case Equal(_, option):
            return bool(said == option)
        case In(_, options):
            return said in options
        case Includes(_, options):
            return any(option in said for option in options)
        case Compare(left, sign, right):
            one, other = (_term(each, said) for each in (left, right))
            return OPERATORS[sign](one, other)
    raise TypeError(atom)


def _term(term: Named | Constant, said: Any) -> Any:
    if isinstance(term, Constant):
        return term.value
    return said if term.times == 1 else said * term.times


def _name_of(atom: Atom) -> str:
    if isinstance(atom, Compare):
        return next(each.name for each in (atom.left, atom.right) if isinstance(each, Named))
    return atom.name
