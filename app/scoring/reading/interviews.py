"""Draws interviews of families that answer all they are asked, with values near those that conditions compare with."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from app.scoring.evaluation import Answers, Person, Reading, Row
from app.scoring.instrument import Instrument, Question, Roster
from app.scoring.people import RELATIONS, SEXES

MOST_ROWS: Final = 3
_AGES: Final = (0, 30, 100, 200, 300, 500, 900)
_DAYS: Final = (0, 20, 200, 500, 1500, 3000, 7000, 12000, 25000)


class _Dice:
    """Draws the same in every check."""

    def __init__(self) -> None:
        self.state = 1

    def choice(self, listed: Sequence[Any]) -> Any:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return listed[(self.state >> 33) % len(listed)]


class Interviews:
    """pool: the numbers that conditions compare with"""

    def __init__(self, instrument: Instrument, names: frozenset[str], pool: Sequence[Fraction]) -> None:
        self.instrument, self.dice = instrument, _Dice()
        self.asked = [each for each in instrument.asked if each.code in names]
        self.rows = {each.rows for each in instrument.rosters}
        self.names, self.pool = names, pool
        months = {int(each) * factor + step for each in pool[:50] for factor in (1, 12) for step in (-1, 0, 1)}
        self.ages = sorted({*_AGES, *(each for each in months if 0 <= each <= 1800)})
        self._samples: dict[str, list[Any]] = {}

    def draw(self) -> Answers | None:
        """One interview. None if it is one that no family can give."""
        answers: dict[str, Any] = {}
        for entry in self.asked:
            reading = Reading(self.instrument, answers, self.instrument.valid_from)
            if reading.asked(entry.code) is not True:
                continue
            if isinstance(entry, Question):
                answers[entry.code] = self._value(entry)
            elif not self._draw_rows(entry, reading, answers):
                return None
        return answers if self._is_valid(answers) else None

    def _draw_rows(self, roster: Roster, reading: Reading, answers: dict[str, Any]) -> bool:
        stated: Any = None if roster.rows is None else reading.value(roster.rows)
        most = min(MOST_ROWS, roster.maximum)
        number = (
            self.dice.choice(range(most + 1)) if roster.rows is None else 0 if stated is None else max(0, int(stated))
        )
        if number > most:
            return False
        rows = [Row({}, self._person() if roster.people else None) for _ in range(number)]
        for question in self.instrument.row_questions[roster.code]:
            if question.code not in self.names:
                continue
            answers[roster.code] = tuple(rows)
            seen = Reading(self.instrument, answers, self.instrument.valid_from)
            for at, row in enumerate(seen.rows(roster.code)):
                if seen.asked(question.code, row) is True:
                    rows[at] = Row({**rows[at].answers, question.code: self._value(question)}, rows[at].person)
        answers[roster.code] = tuple(rows)
        return True

    def _value(self, question: Question) -> Any:
        if question.code not in self._samples:
            found = samples(question, self.instrument, self.pool)
            if question.code in self.rows:
                found = [each for each in (0, 1, 2, MOST_ROWS) if (question.minimum or 0) <= each] or found
            self._samples[question.code] = found
        return self.dice.choice(self._samples[question.code])

    def _person(self) -> Person:
        choose = self.dice.choice
        return Person(choose(SEXES), choose(RELATIONS), choose(self.ages))

    def _is_valid(self, answers: Answers) -> bool:
        reading = Reading(self.instrument, answers, self.instrument.valid_from)
        for question in self.asked:
            most = question.at_most if isinstance(question, Question) else None
            said: Any = answers.get(question.code)
            limit: Any = None if most is None or said is None else reading.value(most)
            if limit is not None and said > limit:
                return False
        refusing = [each for each in self.instrument.checks if each.effect == "refuse"]
        return not any(
            self.instrument.names_read(each.when) <= self.names and reading.holds(each.when) is True
            for each in refusing
        )


def samples(question: Question, instrument: Instrument, pool: Sequence[Fraction]) -> list[Any]:
    """Some answers to a question, all of them for a choice."""
    match question.type:
        case "choice":
            return list(instrument.options[question.options or ""])
        case "several":
            options = instrument.options[question.options or ""]
            together = tuple(each for each in options if each not in question.alone)[: question.maximum_chosen]
            return [*((each,) for each in options), *([together] if len(together) > 1 else [])]
        case "integer" | "decimal":
            unit = Fraction(1, 10**question.digits)
            low, high = Fraction(question.minimum or 0), Fraction(question.maximum or 0)
            near = {each + step for each in pool for step in (-unit, 0, unit)} | {low, low + unit, high}
            return sorted(each for each in near if low <= each <= high and (each / unit).denominator == 1)
        case "date":
            return _days(question, instrument.valid_from, pool)
    return ["x"]


def _days(question: Question, today: date, pool: Sequence[Fraction]) -> list[Any]:
    back = {*_DAYS, *(int(each) * unit for each in pool if 0 <= each <= 1200 for unit in (1, 31, 366))}
    earliest, latest = question.earliest, question.latest
    first = earliest if isinstance(earliest, date) else date(1900, 1, 1)
    last = latest if isinstance(latest, date) else today
    found = [today - timedelta(days=each) for each in sorted(back) if each < 40_000]
    return [each for each in found if first <= each <= last] or [last]
