"""Finds what is missing for families that answered all they were asked, by trying interviews of such families.

Every warning has a witness: an interview in which all is known, and in which the outcome is known as soon as a question
that is rightly not asked counts as some answer. What no interview shows is not told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from fractions import Fraction
from itertools import islice
from typing import Any, Final

from app.scoring.conditions import Condition, Formula
from app.scoring.evaluation import Answers, Reading, Value
from app.scoring.instrument import Index, Instrument, Question
from app.scoring.reading.head import parts_of
from app.scoring.reading.interviews import Interviews, samples
from app.scoring.score import MISSING, outcome_of

_MOST_INTERVIEWS: Final = 300
_MOST_WITNESSES: Final = 40
"""So many interviews are asked why their outcome is missing."""
_Parts = Sequence[Condition | Formula | None]


@dataclass(frozen=True, slots=True)
class Missing:
    """table, position: an indicator or category of the index; question: which one was not asked; applies: whether
    already `applies_when` is unknown
    """

    table: str
    position: int
    question: Question
    applies: bool = False


class Trial:
    """Tries interviews of one instrument. left: how many parts of conditions may still be read in all"""

    def __init__(self, instrument: Instrument, left: int = 400_000) -> None:
        self.instrument, self.left = instrument, left
        self._interviews: dict[frozenset[str], list[Answers]] = {}

    def missing(self, index: Index) -> Iterator[Missing]:
        for position in range(len(index.indicators)):
            yield from self._of("indicator", index, position, parts_of(index, position))
        if index.method == "rule":
            for position, category in enumerate(index.categories):
                yield from self._of("category", index, position, [category.when])

    def _of(self, table: str, index: Index, position: int, parts: _Parts) -> Iterator[Missing]:
        names = self._closure([*parts, index.applies_when, *index.only.values()])
        open_ = [
            each
            for each in self.instrument.questions
            if each.code in names and each.ask_when is not None and each.when_not_asked is None
        ]
        if not open_:
            return
        told: set[str] = set()
        drawn = self._drawn(names, parts)
        witnesses = (each for each in drawn if self._outcome(table, index, position, each, {})[1])
        for answers in islice(witnesses, _MOST_WITNESSES):
            if not self._heals(open_, table, index, position, answers):
                continue
            alone = [each for each in open_ if self._heals([each], table, index, position, answers)]
            applies, _ = self._outcome(table, index, position, answers, {})
            for question in alone or open_[:1]:
                if question.code not in told:
                    told.add(question.code)
                    yield Missing(table, position, question, not applies)
            if len(told) == len(open_):
                return

    def _heals(self, open_: Sequence[Question], table: str, index: Index, position: int, answers: Answers) -> bool:
        """Whether the outcome is known if these questions count as some answer where they are not asked."""
        values = {each.code: samples(each, self.instrument, ()) for each in open_}
        return any(
            not self._outcome(
                table, index, position, answers, {code: listed[at % len(listed)] for code, listed in values.items()}
            )[1]
            for at in range(max(map(len, values.values())))
        )

    def _outcome(
        self, table: str, index: Index, position: int, answers: Answers, instead: Mapping[str, Value]
    ) -> tuple[bool, bool]:
        """Whether it is known to apply, and whether its outcome is missing, though the index concerns the family."""
        reading = _Supposing(self.instrument, answers, instead).seen_by(index.only)
        if index.applies_when is not None and reading.holds(index.applies_when) is not True:
            return True, False
        if table == "category":
            before = [index.categories[at].when for at in range(position + 1)]
            held = [True if each is None else reading.holds(each) for each in before]
            return True, held[-1] is None and not any(each is not False for each in held[:-1])
        indicator = index.indicators[position]
        applies = indicator.applies_when is None or reading.holds(indicator.applies_when) is not None
        return applies, outcome_of(indicator, reading)[0] == MISSING

    def _closure(self, parts: Iterable[Any]) -> frozenset[str]:
        """All names that the parts read, also to know who is asked."""
        found = self.instrument.names_read(*parts)
        while True:
            asked = [self.instrument.question[code] for code in found if code in self.instrument.question]
            codes = {each.roster for each in asked if each.roster is not None}
            codes |= {str(each.at_most) for each in asked if each.at_most is not None}
            conditions = [each.ask_when for each in asked]
            rosters = [self.instrument.roster[each] for each in codes | found if each in self.instrument.roster]
            conditions += [each.ask_when for each in rosters]
            codes |= {each.rows for each in rosters if each.rows is not None}
            more = found | codes | self.instrument.names_read(*conditions)
            more |= self.instrument.names_read(*(_formula(self.instrument, code) for code in more))
            if more == found:
                return found
            found = more

    def _drawn(self, names: frozenset[str], parts: _Parts) -> list[Answers]:
        if names not in self._interviews:
            read: list[Any] = [*(_formula(self.instrument, code) for code in names), *parts]
            read += [each.ask_when for each in self.instrument.questions if each.code in names]
            pool = sorted({each for part in read for each in _numbers(part)})
            size = len(names) + sum(1 for part in read for _ in _steps(part))
            number = min(_MOST_INTERVIEWS, self.left // size)
            self.left -= number * size
            interviews = Interviews(self.instrument, names, pool)
            drawn = (interviews.draw() for _ in range(number))
            self._interviews[names] = [each for each in drawn if each is not None]
        return self._interviews[names]


class _Supposing(Reading):
    """An interview as if questions that are not asked counted as these answers."""

    def __init__(self, instrument: Instrument, answers: Answers, instead: Mapping[str, Value]) -> None:
        super().__init__(instrument, answers, instrument.valid_from)
        self.instead = instead

    def _said(self, name: str, row: Any) -> Value | None:
        said = super()._said(name, row)
        return self.instead[name] if said is None and name in self.instead and self.asked(name, row) is False else said


def _formula(instrument: Instrument, code: str) -> Formula | None:
    return instrument.fact[code].formula if code in instrument.fact else None


def _steps(part: Any) -> Iterator[Any]:
    """The part with all that is inside it."""
    yield part
    inside: Iterable[Any] = ()
    if isinstance(part, tuple):
        inside = part
    elif isinstance(part, Mapping):
        inside = part.values()
    elif is_dataclass(part):
        inside = (getattr(part, each.name) for each in fields(part))
    for each in inside:
        yield from _steps(each)


def _numbers(part: Any) -> Iterator[Fraction]:
    return (each for each in _steps(part) if isinstance(each, Fraction))
