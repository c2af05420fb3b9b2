"""Reads the outcomes of one interview by tables that are filled once. Equal to `score.bases_of`, which fills them.

Every answer has a bit mask that says which comparisons it makes true or false. The masks of an interview add up to its
state. What a condition gives follows from a few bits of the state, so each is evaluated plainly once for each
combination of them. Nothing is remembered by whole interviews. An instrument whose conditions read more than single
answers, such as rows or facts, has no such tables, and neither has a question with too many answers.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate
from math import lcm
from operator import getitem, gt, itemgetter
from typing import Any, Final

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
from app.scoring.evaluation import Answers, Reading, Value
from app.scoring.instrument import Indicator, Instrument, Points, Question
from app.scoring.score import Basis, bases_of

_MOST: Final = 65_536
_FIRST, _SECOND = itemgetter(0), itemgetter(1)
_NARROW: Final = 4096
"""A number with more possible answers has no table of them."""
_SENT: Final = frozenset((int, str, type(None)))


class NotTabular(Exception):
    """A condition reads more than single answers."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """A comparison of the numbers of two questions, each multiplied."""

    left: str
    left_times: Fraction
    operator: str
    right: str
    right_times: Fraction


Atom = Equal | In | Includes | Compare | Answered | Given | _Pair


class _Atoms:
    """The comparisons with single answers that conditions consist of."""

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self.bit: dict[Atom, int] = {}

    def mask(self, conditions: Sequence[Condition | None]) -> int:
        """The bits of the state that decide what the conditions give. Raises NotTabular."""
        found = 0
        for condition in conditions:
            for atom in () if condition is None else self._atoms(condition):
                found |= 3 << 2 * self.bit.setdefault(atom, len(self.bit))
        return found

    def _atoms(self, condition: Condition) -> Iterator[Atom]:
        match condition:
            case All(parts) | AnyOf(parts):
                for part in parts:
                    yield from self._atoms(part)
            case Not(part):
                yield from self._atoms(part)
            case Counted(_, Constant(), tuple() as parts):
                for part in parts:
                    yield from self._atoms(part)
            case Holds(name):
                formula = self._instrument.fact[name].formula
                if not isinstance(formula, When):
                    raise NotTabular
                yield from self._atoms(formula.condition)
            case Asked(name):
                yield from self._asked(self._question(name))
            case Compare(Named() as left, sign, Named() as right):
                for name in (left.name, right.name):
                    if self._question(name).when_not_asked is not None:
                        raise NotTabular
                yield _Pair(left.name, left.times, sign, right.name, right.times)
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

    def _of(self, atom: Atom, name: str) -> Iterator[Atom]:
        question = self._question(name)
        yield atom
        if question.when_not_asked is not None:
            yield Given(name)
            yield from self._asked(question)

    def _asked(self, question: Question) -> Iterator[Atom]:
        if question.ask_when is not None:
            yield from self._atoms(question.ask_when)

    def _question(self, name: str) -> Question:
        question = self._instrument.question.get(name)
        if question is None or question.roster is not None:
            raise NotTabular
        return question

    def of_points(self, points: Points) -> list[Condition | None]:
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
    assert not isinstance(atom, _Pair)  # noqa: S101 (a pair has two names)
    return atom.name


_Entry = tuple[int, bytes, Value | None]
"""What an answer adds to the state, how it is stored, and its value."""


class _Wide(dict[Any, _Entry]):
    """The entries of a number with many answers, which are made when they are first sent, and some remembered."""

    def __init__(self, known: Mapping[Any, _Entry], make: Callable[[object], _Entry]) -> None:
        super().__init__(known)
        self._make = make

    def __missing__(self, sent: object) -> _Entry:
        entry = self._make(sent)
        if len(self) < _NARROW:
            self[sent] = entry
        return entry


class CompiledAnswers:
    """The tables of an instrument. Raises NotTabular where it cannot have any.

    encode: how an answer to a question is stored (None: no answer)
    """

    def __init__(self, instrument: Instrument, encode: Callable[[Question, Value | None], bytes]) -> None:
        if instrument.rosters or any(index.only or index.region.weigh_by for index in instrument.indices):
            raise NotTabular
        self.instrument, self._encode = instrument, encode
        atoms = _Atoms(instrument)
        self._bits = [atoms.mask(_conditions(each, atoms)) for index in instrument.indices for each in index.indicators]
        if any(index.method == "rule" or index.applies_when is not None for index in instrument.indices):
            raise NotTabular
        self._known: list[dict[int, Any]] = [{} for _ in self._bits]
        """By the bits that an indicator reads, its letter, and its points beside it if any indicator is valued."""
        self._spans = _spans([len(index.indicators) for index in instrument.indices])
        self._valued = any(each.points is not None for index in instrument.indices for each in index.indicators)
        asked = [atoms.mask([each.ask_when]) for each in instrument.questions]
        checked = [atoms.mask([each.when]) for each in instrument.checks]
        self._codes = tuple(each.code for each in instrument.questions)
        self._names = frozenset(self._codes)
        of_question: dict[str, list[tuple[Atom, int]]] = {code: [] for code in self._codes}
        self._pairs = []
        at = {code: position for position, code in enumerate(self._codes)}
        for atom, bit in atoms.bit.items():
            if isinstance(atom, _Pair):
                scale = lcm(atom.left_times.denominator, atom.right_times.denominator)
                times = (int(atom.left_times * scale), int(atom.right_times * scale))
                pair = (at[atom.left], times[0], OPERATORS[atom.operator], at[atom.right], times[1])
                self._pairs.append((*pair, 1 << 2 * bit, 2 << 2 * bit))
            else:
                of_question[_name_of(atom)].append((atom, bit))
        # Above the bits of the comparisons, each question has a bit for an answer and one for an answer with substance.
        base = 2 * len(atoms.bit)
        self._tables = [
            self._table(question, of_question[question.code], base + 2 * position)
            for position, question in enumerate(instrument.questions)
        ]
        self._at_most = [(at[each.code], at[each.at_most]) for each in instrument.questions if each.at_most is not None]
        self._least_most = tuple(_getter([pair[side] for pair in self._at_most]) for side in (0, 1))
        self._numbers = _getter([at[each.code] for each in instrument.questions if each.type == "integer"])
        self._asks = self._make_asks(asked, base)
        self._sound_bits = [*(read | given | required for read, _, given, required in self._asks), *checked]
        self._sound: list[dict[int, bool]] = [{} for _ in self._sound_bits]

    def _table(self, question: Question, atoms: Sequence[tuple[Atom, int]], base: int) -> dict[Any, _Entry]:
        def entry(value: Value | None) -> _Entry:
            mask = 0
            for atom, bit in atoms:
                held = _holds(atom, value)
                mask |= 0 if held is None else (1 if held else 2) << 2 * bit
            if value is not None:
                mask |= (1 if isinstance(value, str) and value in WITHHELD else 3) << base
            return mask, self._encode(question, value), value

        known = {value: entry(value) for value in (None, *WITHHELD)}
        if question.type == "choice":
            return known | {option: entry(option) for option in self.instrument.options[question.options or ""]}
        if question.type == "integer":
            low, high = int(question.minimum or 0), int(question.maximum or 0)
            if high - low <= _NARROW:
                return known | {number: entry(number) for number in range(low, high + 1)}

            def make(sent: object) -> _Entry:
                if type(sent) is not int or not low <= sent <= high:
                    raise KeyError(sent)
                return entry(sent)

            return _Wide(known, make)
        return known

    def _make_asks(self, asked: Sequence[int], base: int) -> list[tuple[int, Condition | None, int, int]]:
        """The conditions under which questions are asked, each with the bits that it reads and of its questions.

        The first of these may not be set where the questions are not asked. The others must be set where they are.
        """
        found: dict[Condition | None, list[int]] = {}
        for position, question in enumerate(self.instrument.questions):
            entry = found.setdefault(question.ask_when, [asked[position], 0, 0])
            entry[1] |= 3 << base + 2 * position
            entry[2] |= 2 << base + 2 * position if question.required else 0
        return [
            (read, condition, given, required)
            for condition, (read, given, required) in found.items()
            if condition is not None or required
        ]

    def take(self, sent: Mapping[str, object], day: date) -> "Taken | None":
        """What follows from answers as they were sent. None unless they are plainly valid: ask `check_answers` then."""
        if not self._names.issuperset(sent):
            return None
        values = list(map(sent.get, self._codes))
        if not _SENT.issuperset(map(type, self._numbers(values))):  # True is equal to 1 otherwise
            return None
        try:
            entries = list(map(getitem, self._tables, values))
        except (KeyError, TypeError):
            return None
        state = sum(map(_FIRST, entries))
        for left, left_times, holds, right, right_times, true, false in self._pairs:
            one, other = values[left], values[right]
            if type(one) is int and type(other) is int:
                state |= true if holds(one * left_times, other * right_times) else false
        if self._at_most and self._exceeds(values):
            return None
        taken = Taken(self, entries, state, day)
        return taken if self._is_sound(taken) else None

    def _exceeds(self, values: list[Any]) -> bool:
        """Whether a number is larger than it may be beside another one."""
        left, right = self._least_most
        try:
            return any(map(gt, left(values), right(values)))
        except TypeError:  # one of them has no number for an answer
            pairs = [(values[position], values[other]) for position, other in self._at_most]
            return any(type(one) is int and type(other) is int and one > other for one, other in pairs)

    def _is_sound(self, taken: "Taken") -> bool:
        state = taken.state
        try:
            return all(map(getitem, self._sound, map(state.__and__, self._sound_bits)))
        except KeyError:
            found = [*self._asks_hold(taken), *self._checks_pass(taken)]
            for memo, bits, sound in zip(self._sound, self._sound_bits, found, strict=True):
                memo[state & bits] = sound
            return all(found)

    def _asks_hold(self, taken: "Taken") -> Iterator[bool]:
        for _, condition, given, required in self._asks:
            asked = True if condition is None else taken.reading.holds(condition)
            yield (taken.state & required == required) if asked else not taken.state & given

    def _checks_pass(self, taken: "Taken") -> Iterator[bool]:
        for check in self.instrument.checks:
            yield taken.reading.holds(check.when) is not True

    def bases(self, taken: "Taken") -> tuple[Basis, ...]:
        state, known = taken.state, self._known
        try:
            found = list(map(getitem, known, map(state.__and__, self._bits)))
        except KeyError:
            plain = bases_of(taken.answers, self.instrument, taken.day)
            letters = [pair for basis in plain for pair in zip(basis.outcomes, basis.points, strict=True)]
            for memo, bits, pair in zip(known, self._bits, letters, strict=True):
                if len(memo) < _MOST:
                    memo[state & bits] = pair if self._valued else pair[0]
            return plain
        if not self._valued:
            return tuple([Basis("".join(found[span]), none) for span, none in self._spans])
        return tuple(
            Basis("".join([letter for letter, _ in found[span]]), tuple([points for _, points in found[span]]))
            for span, _ in self._spans
        )


class Taken:
    """Valid answers, read by tables. `bases` and `stored` are what `bases_of` and the stored form give."""

    __slots__ = ("_answers", "_compiled", "_entries", "_reading", "day", "state")

    def __init__(self, compiled: CompiledAnswers, entries: Sequence[_Entry], state: int, day: date) -> None:
        self._compiled, self._entries, self.state, self.day = compiled, entries, state, day
        self._answers: dict[str, Value] | None = None
        self._reading: Reading | None = None

    @property
    def answers(self) -> Answers:
        if self._answers is None:
            names = self._compiled._codes
            pairs = zip(names, self._entries, strict=True)
            self._answers = {code: value for code, (_, _, value) in pairs if value is not None}
        return self._answers

    @property
    def reading(self) -> Reading:
        if self._reading is None:
            self._reading = Reading(self._compiled.instrument, self.answers, self.day)
        return self._reading

    @property
    def stored(self) -> tuple[bytes, tuple[str, ...]]:
        return b"".join(map(_SECOND, self._entries)), ()

    @property
    def bases(self) -> tuple[Basis, ...]:
        return self._compiled.bases(self)


def _getter(positions: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Takes the values at positions. itemgetter of a single one would take no sequence."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: [values[position] for position in positions]


def _conditions(each: Indicator, atoms: _Atoms) -> list[Condition | None]:
    conditions = [each.applies_when, each.fulfilled_when, each.deprived_when]
    return conditions + ([] if each.points is None else atoms.of_points(each.points))


def _spans(lengths: Sequence[int]) -> list[tuple[slice, tuple[None, ...]]]:
    """For each index, where its indicators stand among all, and points for none of them."""
    ends = list(accumulate(lengths))
    return [(slice(end - length, end), (None,) * length) for end, length in zip(ends, lengths, strict=True)]
