"""Reads the outcomes of one interview by tables that are filled once. Equal to `score.bases_of`, which fills them.

Each answer adds the number of its class to the state of the interview, which is one whole number with a few bits for
each question. A cell is a part of the state with few possible values: some indicators are decided by it together, and
whether some questions were answered as they had to be. Each cell is evaluated plainly once for each of its states.
Nothing is remembered by whole interviews.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import accumulate, chain
from math import lcm, prod
from operator import getitem, itemgetter
from typing import Any, Final

from app.scoring.compiled_atoms import Atoms, NotTabular, Pair, Read
from app.scoring.conditions import OPERATORS, WITHHELD, Answered, Given
from app.scoring.evaluation import Answers, Reading, Value
from app.scoring.instrument import Check, Indicator, Instrument, Question
from app.scoring.score import Basis, outcome_of

_STATES: Final = 2048
"""The states that a cell of several parts can have at most."""
_MOST: Final = 65_536
"""States of one cell that are remembered."""
_NARROW: Final = 4096
"""A number with more possible answers has no table of them."""
_SENT: Final = frozenset((int, str, type(None)))
_FIRST, _SECOND = itemgetter(0), itemgetter(1)

Encode = Callable[[Question, Value | None], bytes]
"""How an answer to a question is stored (None: no answer)."""


@dataclass(frozen=True, slots=True)
class _Cell:
    """What is decided by the same few answers."""

    reads: Read
    indicators: tuple[Indicator, ...] = ()
    questions: tuple[Question, ...] = ()
    checks: tuple[Check, ...] = ()

    def with_part(self, other: "_Cell") -> "_Cell":
        return _Cell(
            self.reads | other.reads,
            self.indicators + other.indicators,
            self.questions + other.questions,
            self.checks + other.checks,
        )

    def is_sound(self, reading: Reading) -> bool:
        """Whether its questions were answered where they had to be and only where they were asked, and checks pass."""
        for each in self.questions:
            if reading.asked(each.code) is not True:
                if each.code in reading.answers:
                    return False
            elif each.required and reading.answers.get(each.code) in (None, *WITHHELD):
                return False
        return not any(reading.holds(each.when) is True for each in self.checks)


class _Wide(dict[Any, Any]):
    """What belongs to a number with many possible answers. It is made when it is first sent, and some remembered."""

    def __init__(self, question: Question, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._low, self._high, self._make = question.minimum or 0, question.maximum or 0, make

    def __missing__(self, sent: object) -> Any:
        if type(sent) is not int or not self._low <= sent <= self._high:
            raise KeyError(sent)
        made = self._make(sent)
        if len(self) < _NARROW:
            self[sent] = made
        return made


def _by_answer(question: Question, instrument: Instrument, make: Callable[[Any], Any]) -> dict[Any, Any]:
    """What belongs to each answer to a question, also to none. Other answers have no entry."""
    found: dict[Any, Any] = {}
    answers: Iterable[str | int] = ()
    if question.type == "choice":
        answers = instrument.options[question.options or ""]
    elif question.type == "integer":
        low, high = int(question.minimum or 0), int(question.maximum or 0)
        if high - low <= _NARROW:
            answers = range(low, high + 1)
        else:
            found = _Wide(question, make)
    found.update((answer, make(answer)) for answer in chain((None, *WITHHELD), answers))
    return found


class _State:
    """Gives each question and each pair of questions its bits in the state."""

    def __init__(self, atoms: Atoms, questions: int) -> None:
        self._atoms, self._end = atoms, questions.bit_length()
        self.given = (1 << self._end) - 1
        """The lowest bits, which count the answers."""
        self.bits: dict[str | Pair, int] = {}
        self.classes: dict[str | Pair, int] = {}
        """How many different values the bits can have."""

    def table(self, question: Question, instrument: Instrument) -> dict[Any, int]:
        """What each answer adds to the state."""
        known: dict[tuple[bool | None, ...], int] = {}
        start = self._end

        def make(answer: Any) -> int:
            found = known.setdefault(self._atoms.class_of(question.code, answer), len(known))
            return (found << start) + (answer is not None)

        found = _by_answer(question, instrument, make)
        # A comparison divides the numbers that are not in the table into two classes, or three with the number itself.
        more = 2 * len(self._atoms.of[question.code]) + 1 if isinstance(found, _Wide) else 0
        self._take(question.code, len(known) + more)
        return found

    def _take(self, key: str | Pair, classes: int) -> int:
        """Returns where the bits start."""
        start, width = self._end, (classes - 1).bit_length()
        self.bits[key], self.classes[key] = (1 << width) - 1 << start, classes
        self._end += width
        return start

    def pair(self, pair: Pair, at: Mapping[str, int]) -> tuple[int, int, Callable[[Any, Any], bool], int, int, int]:
        """Where the two numbers stand, each with its factor, and what a false comparison adds to the state."""
        scale = lcm(pair.left_times.denominator, pair.right_times.denominator)
        left, right = int(pair.left_times * scale), int(pair.right_times * scale)
        start = self._take(pair, 3)
        return at[pair.left], left, OPERATORS[pair.operator], at[pair.right], right, 1 << start

    def joined(self, parts: Sequence[_Cell]) -> list[_Cell]:
        """The parts in their order as cells of few states."""
        found: list[_Cell] = []
        for part in parts:
            whole = found[-1].with_part(part) if found else part
            if found and prod(self.classes[each] for each in whole.reads) <= _STATES:
                found[-1] = whole
            else:
                found.append(part)
        return found


def _parts(instrument: Instrument, atoms: Atoms) -> list[_Cell]:
    """What is to be decided. A question belongs to the first indicator that reads it. Raises NotTabular."""
    indicators = [each for index in instrument.indices for each in index.indicators]
    parts = [_Cell(atoms.read_by_indicator(each), (each,)) for each in indicators]
    for question in instrument.questions:
        if question.ask_when is None and not question.required:
            continue
        given = Answered(question.code) if question.required else Given(question.code)
        part = _Cell(atoms.read_by((question.ask_when, Given(question.code), given)), (), (question,))
        at = next((at for at, each in enumerate(parts) if question.code in each.reads), len(parts))
        parts[at:] = [parts[at].with_part(part), *parts[at + 1 :]] if at < len(parts) else [part]
    refusing = [each for each in instrument.checks if each.effect == "refuse"]
    return parts + [_Cell(atoms.read_by((each.when,)), (), (), (each,)) for each in refusing]


def _warning_parts(instrument: Instrument, atoms: Atoms) -> tuple[list[_Cell], list[Check]]:
    """What decides the checks that warn, and those that have no table."""
    parts, untabled = list[_Cell](), list[Check]()
    for each in instrument.warning_checks:
        try:
            parts.append(_Cell(atoms.read_by((each.when,)), (), (), (each,)))
        except NotTabular:
            untabled.append(each)
    return parts, untabled


class CompiledAnswers:
    """The tables of an instrument. Raises NotTabular where it cannot have any."""

    def __init__(self, instrument: Instrument, encode: Encode) -> None:
        if instrument.rosters or not all(_is_tabular(index) for index in instrument.indices):
            raise NotTabular
        self.instrument, atoms = instrument, Atoms(instrument)
        questions, parts, state = (
            instrument.questions,
            _parts(instrument, atoms),
            _State(atoms, len(instrument.questions)),
        )
        warning, untabled = _warning_parts(instrument, atoms)
        self._codes = tuple(each.code for each in questions)
        at = {code: position for position, code in enumerate(self._codes)}
        self._tables = [state.table(each, instrument) for each in questions]
        self._given = state.given
        self._numbers = _getter([at[each.code] for each in questions if each.type == "integer"])
        self.stored = _stored(instrument, encode)
        named = sorted(questions, key=lambda each: each.code)
        self.written, self.in_order = (
            [_written(each, instrument) for each in named],
            _getter([at[each.code] for each in named]),
        )
        reads = chain.from_iterable(part.reads for part in [*parts, *warning])
        pairs = dict.fromkeys(read for read in reads if isinstance(read, Pair))
        self._pairs = [state.pair(each, at) for each in pairs]
        self._at_most = [(at[each.code], at[each.at_most]) for each in questions if each.at_most is not None]
        if any(questions[most].when_not_asked is not None for _, most in self._at_most):
            raise NotTabular
        self._cells = state.joined(parts)
        self._bits = [sum(state.bits[read] for read in cell.reads) for cell in self._cells]
        self._known: list[dict[int, Any]] = [{} for _ in self._cells]
        """By the bits that a cell reads, its letters, and the points beside them if any indicator is valued."""
        self._untabled: list[tuple[Check, list[int], dict[Any, bool]]] = [
            (each, [at[code] for code in instrument.questions_read(each.when)], {}) for each in untabled
        ]
        """Checks without a table. What they are is remembered by the answers that they read, and the day."""
        self._warning = state.joined(warning)
        self._warning_bits = [sum(state.bits[read] for read in cell.reads) for cell in self._warning]
        self._known_warnings: list[dict[int, tuple[str, ...]]] = [{} for _ in self._warning]
        """By the bits that a cell reads, the codes of its checks that are true."""
        self._spans = _spans([len(index.indicators) for index in instrument.indices])
        self._valued = any(each.points is not None for index in instrument.indices for each in index.indicators)

    def take(self, sent: Mapping[str, object], day: date) -> "Taken | None":
        """What follows from answers as they were sent. None unless they are plainly valid: ask `check_answers` then."""
        values: list[Any] = list(map(sent.get, self._codes))
        if not {*map(type, self._numbers(values))} <= _SENT:  # True is equal to 1 otherwise
            return None
        try:
            state = sum(map(getitem, self._tables, values))
        except (KeyError, TypeError):
            return None
        if state & self._given != len(sent):  # a name is unknown or an answer null
            return None
        for left, right in self._at_most:
            one, other = values[left], values[right]
            if type(one) is int and type(other) is int and one > other:
                return None
        for left, times, holds, right, other_times, unit in self._pairs:
            one, other = values[left], values[right]
            if type(one) is int and type(other) is int:
                state += 2 * unit if holds(one * times, other * other_times) else unit
        try:
            found = list(map(getitem, self._known, map(state.__and__, self._bits)))
        except KeyError:
            return self._learn(values, state, day)
        return Taken(self, values, found, state, day)

    def _learn(self, values: list[Any], state: int, day: date) -> "Taken | None":
        """Evaluates the cells whose state is new. A state is remembered if the interview is sound as a whole."""
        reading = Reading(self.instrument, self.answers(values), day)
        keys = [state & bits for bits in self._bits]
        found = [known.get(key) for known, key in zip(self._known, keys, strict=True)]
        new = [at for at, each in enumerate(found) if each is None]
        if not all(self._cells[at].is_sound(reading) for at in new):
            return None
        for at in new:
            outcomes = [outcome_of(each, reading) for each in self._cells[at].indicators]
            letters, points = "".join([letter for letter, _ in outcomes]), tuple([points for _, points in outcomes])
            found[at] = (letters, points) if self._valued else letters
            if len(self._known[at]) < _MOST:
                self._known[at][keys[at]] = found[at]
        return Taken(self, values, found, state, day)

    def implausible(self, values: Sequence[Any], state: int, day: date) -> list[str]:
        """What `answers.implausible` finds, as codes."""
        try:
            found = list(map(getitem, self._known_warnings, map(state.__and__, self._warning_bits)))
        except KeyError:
            found = self._learn_warnings(values, state, day)
        codes = set(chain.from_iterable(found))
        for each, read, known in self._untabled:
            key = (day, *[values[at] for at in read])
            if key not in known:
                if len(known) >= _MOST:
                    known.clear()
                known[key] = Reading(self.instrument, self.answers(values), day).holds(each.when) is True
            if known[key]:
                codes.add(each.code)
        return [each.code for each in self.instrument.warning_checks if each.code in codes] if codes else []

    def _learn_warnings(self, values: Sequence[Any], state: int, day: date) -> list[tuple[str, ...]]:
        reading, found = Reading(self.instrument, self.answers(values), day), []
        for cell, known, bits in zip(self._warning, self._known_warnings, self._warning_bits, strict=True):
            if (codes := known.get(state & bits)) is None:
                codes = tuple([each.code for each in cell.checks if reading.holds(each.when) is True])
                if len(known) < _MOST:
                    known[state & bits] = codes
            found.append(codes)
        return found

    def answers(self, values: Sequence[Any]) -> dict[str, Value]:
        return {code: value for code, value in zip(self._codes, values, strict=True) if value is not None}

    def bases(self, found: Sequence[Any]) -> tuple[Basis, ...]:
        if not self._valued:
            letters = "".join(found)
            return tuple([Basis(letters[span], none) for span, none in self._spans])
        letters, points = "".join(map(_FIRST, found)), tuple(chain.from_iterable(map(_SECOND, found)))
        return tuple([Basis(letters[span], points[span]) for span, _ in self._spans])


class Taken:
    """Valid answers, read by tables. `bases` and `stored` are what `bases_of` and the stored form give."""

    __slots__ = ("_compiled", "_day", "_found", "_state", "_values")

    def __init__(
        self, compiled: CompiledAnswers, values: Sequence[Any], found: Sequence[Any], state: int, day: date
    ) -> None:
        self._compiled, self._values, self._found, self._state, self._day = compiled, values, found, state, day

    @property
    def implausible(self) -> list[str]:
        """The codes of the checks that warn and are true."""
        return self._compiled.implausible(self._values, self._state, self._day)

    @property
    def instrument(self) -> Instrument:
        return self._compiled.instrument

    @property
    def answers(self) -> Answers:
        return self._compiled.answers(self._values)

    @property
    def stored(self) -> tuple[bytes, tuple[str, ...]]:
        return "".join(map(getitem, self._compiled.stored, self._values)).encode("latin-1"), ()

    @property
    def canonical(self) -> str:
        """The answers as they were sent, in canonical JSON (RFC 8785)."""
        compiled = self._compiled
        return f"{{{''.join(map(getitem, compiled.written, compiled.in_order(self._values)))[:-1]}}}"

    @property
    def bases(self) -> tuple[Basis, ...]:
        return self._compiled.bases(self._found)


def _stored(instrument: Instrument, encode: Encode) -> list[dict[Any, str]]:
    """For each question how each answer is stored, as text with one letter for each byte."""

    def table(question: Question) -> dict[Any, str]:
        return _by_answer(question, instrument, lambda answer: encode(question, answer).decode("latin-1"))

    tables, equal = [table(each) for each in instrument.questions], dict[frozenset[Any], dict[Any, str]]()
    # Questions with equal tables have the same one, which the processor then has at hand.
    return [each if isinstance(each, _Wide) else equal.setdefault(frozenset(each.items()), each) for each in tables]


def _written(question: Question, instrument: Instrument) -> dict[Any, str]:
    """How each answer to a question is written as a member of a JSON object, with a comma behind it.

    Codes need no escapes.
    """

    def write(answer: Any) -> str:
        value = answer if type(answer) is int else f'"{answer}"'
        return "" if answer is None else f'"{question.code}":{value},'

    if question.type != "integer":
        return _by_answer(question, instrument, write)
    found = _Wide(question, write)
    found.update((answer, write(answer)) for answer in (None, *WITHHELD))
    return found


def _getter(positions: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Takes the values at positions. itemgetter of a single one would take no sequence."""
    if len(positions) > 1:
        return itemgetter(*positions)
    return lambda values: [values[position] for position in positions]


def _is_tabular(index: Any) -> bool:
    return not (index.only or index.region.weigh_by or index.method == "rule" or index.applies_when is not None)


def _spans(lengths: Sequence[int]) -> list[tuple[slice, tuple[Fraction | None, ...]]]:
    """For each index, where its indicators stand among all, and points for none of them."""
    ends = list(accumulate(lengths))
    return [(slice(end - length, end), (None,) * length) for end, length in zip(ends, lengths, strict=True)]
