"""Draws plausible answers of invented families to any instrument, in the form in which a device sends them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import islice, product
from random import Random
from typing import Any, Final

from app.scoring.answer_values import EARLIEST
from app.scoring.conditions import DONT_KNOW, REFUSED
from app.scoring.evaluation import Reading, Row
from app.scoring.instrument import Bound, Indicator, Instrument, Question, Roster
from app.scoring.people import PERSON, person_of

_WITHHELD_SHARE: Final = 0.01
_TRIES: Final = 400
_PLAUSIBLE_TRIES: Final = 20
_WORDS: Final = "rumah kayu di tepi sungai dekat pasar "

Strength = Callable[[Indicator], float]
"""The probability, 0 to 1, that a family fulfils an indicator."""
Drawn = dict[str, Any]
"""Answers in the form of `evaluation.Answers`."""


class DrawnFamily:
    """The drawing of one family's answers. `people` are those of its rows, as a row states them."""

    def __init__(self, instrument: Instrument, random: Random, day: date) -> None:
        self.instrument, self.random, self.day = instrument, random, day
        self.composition = draw_composition(random)
        self.people: list[Mapping[str, str]] = []
        if any(each.people for each in instrument.rosters):
            self.people = [self._person(at) for at in range(max(each.maximum for each in instrument.rosters))]

    def draw(self, strength: Strength) -> Drawn:
        """Valid answers that fulfil indicators with the given probabilities, and no check of the instrument refuses."""
        answers: Drawn = {}
        for _ in range(_PLAUSIBLE_TRIES):
            answers = self._draw(strength)
            reading = Reading(self.instrument, answers, self.day)
            if not any(each.effect == "refuse" and reading.holds(each.when) for each in self.instrument.checks):
                break
        return answers

    def _draw(self, strength: Strength) -> Drawn:
        drawn = self._known()
        answers = self.complete(drawn)
        for index in self.instrument.indices:
            for indicator in index.indicators:
                if self._fulfils(indicator, answers) is False and self.random.random() < strength(indicator):
                    answers = self._repair(answers, set(drawn), indicator)
        asked = [each for each in self.instrument.questions if each.code in answers and not each.required]
        withheld = [each.code for each in asked if self.random.random() < _WITHHELD_SHARE]
        for code in withheld:
            answers[code] = self.random.choice((REFUSED, DONT_KNOW))
        return self.complete(answers)

    def _known(self) -> Drawn:
        """The family's composition, as far as the instrument asks for it."""
        asked = self.instrument.question
        found = {code: value for code, value in self.composition.items() if code in asked}
        for each in self.instrument.questions:
            if each.same_as is not None and each.roster is None:
                found.setdefault(each.code, self.composition[each.same_as])
        return {code: value for code, value in found.items() if self._takes(asked[code], value)}

    def _takes(self, question: Question, value: str | int) -> bool:
        if question.type == "choice":
            return value in self.instrument.options[question.options or ""]
        if question.type != "integer" or not isinstance(value, int):
            return False
        return (question.minimum or 0) <= value <= (question.maximum or 0)

    def complete(self, answers: Mapping[str, Any], rows: Mapping[str, Any] | None = None) -> Drawn:
        """Answers to exactly the questions that are asked. Missing ones are drawn at random.

        rows: by question of a roster, the answer of all its rows
        """
        completed: Drawn = {}
        reading = Reading(self.instrument, completed, self.day)
        for entry in self.instrument.asked:
            if reading.asked(entry.code) is not True:
                continue
            if isinstance(entry, Roster):
                completed[entry.code] = self._rows(entry, answers.get(entry.code), completed, rows or {})
            else:
                completed[entry.code] = self._answer(entry, answers.get(entry.code), reading, None)
        return completed

    def _answer(self, question: Question, answer: Any, reading: Reading, row: Any) -> Any:
        most: Any = None if question.at_most is None else reading.value(question.at_most, row)
        if answer is None or (most is not None and not isinstance(answer, str) and answer > most):
            return self._any(question, most, reading, row)
        return answer

    def _rows(self, roster: Roster, before: Any, completed: Drawn, wanted: Mapping[str, Any]) -> tuple[Row, ...]:
        stated: Any = None
        if roster.rows is not None:
            stated = Reading(self.instrument, dict(completed), self.day).value(roster.rows)
        number = self.composition["members"] if stated is None else stated
        rows = []
        for at in range(max(0, min(int(number), roster.maximum))):
            old = before[at].answers if isinstance(before, tuple) and at < len(before) else {}
            rows.append(self._row(roster, at, {**old, **wanted}, completed))
        return tuple(rows)

    def _row(self, roster: Roster, at: int, answers: Mapping[str, Any], completed: Drawn) -> Row:
        found: Drawn = {}
        drawn = Row(found, person_of(self.people[at], self.day) if roster.people else None)
        reading = Reading(self.instrument, {**completed, roster.code: (drawn,)}, self.day)
        row = reading.rows(roster.code)[0]
        for question in self.instrument.row_questions[roster.code]:
            if reading.asked(question.code, row) is True:
                found[question.code] = self._answer(question, answers.get(question.code), reading, row)
        return drawn

    def _any(self, question: Question, most: Any, reading: Reading, row: Any) -> Any:
        options = self.instrument.options.get(question.options or "", ())
        match question.type:
            case "choice":
                return self.random.choice(options)
            case "several":
                together = [each for each in options if each not in question.alone] or options[:1]
                number = self.random.randint(1, min(3, len(together), question.maximum_chosen or 3))
                chosen = set(self.random.sample(together, number))
                return tuple(each for each in options if each in chosen)
            case "date":
                return self._any_day(question, reading, row)
            case "text":
                return self._any_text(question)
            case _:
                unit = 10**question.digits
                low = int((question.minimum or 0) * unit)
                high = min(
                    int((question.maximum or 0) * unit), low + 6 * unit if most is None else max(low, int(most * unit))
                )
                number = self.random.randint(low, high)
                return number if question.type == "integer" else Fraction(number, unit)

    def _any_day(self, question: Question, reading: Reading, row: Any) -> date:
        latest = self._bound(question.latest, reading, row) or self.day
        earliest = self._bound(question.earliest, reading, row) or max(EARLIEST, latest - timedelta(days=20 * 365))
        return earliest + timedelta(days=self.random.randint(0, max(0, (latest - earliest).days)))

    def _bound(self, bound: Bound, reading: Reading, row: Any) -> date | None:
        if bound is None or isinstance(bound, date):
            return bound
        found = reading.value(bound, row) if bound in self.instrument.question else self.day
        return found if isinstance(found, date) else None

    def _any_text(self, question: Question) -> str:
        most = int(question.maximum or 0)
        length = max(int(question.minimum or 1), min(most, self.random.randint(5, 30)))
        if question.only_digits:
            # Sixteen digits in a row could be a NIK.
            return "".join(
                str(self.random.randint(0, 9)) for _ in range(min(length, max(15, int(question.minimum or 1))))
            )
        text = (_WORDS * (1 + length // len(_WORDS)))[:length]
        return text.strip().ljust(length, "i") if text.endswith(" ") else text

    def _fulfils(self, indicator: Indicator, answers: Drawn) -> bool | None:
        """Whether the indicator is fulfilled, or as good as it can be. None if it does not apply or that is unknown."""
        reading = Reading(self.instrument, answers, self.day)
        if indicator.applies_when is not None and reading.holds(indicator.applies_when) is not True:
            return None
        if indicator.fulfilled_when is not None:
            return reading.holds(indicator.fulfilled_when)
        if indicator.deprived_when is not None:
            deprived = reading.holds(indicator.deprived_when)
            return None if deprived is None else not deprived
        return None

    def _repair(self, answers: Drawn, fixed: set[str], indicator: Indicator) -> Drawn:
        """Changes the answers that the indicator reads so that it is fulfilled, if that is possible."""
        read = self.instrument.questions_read(indicator.fulfilled_when, indicator.deprived_when)
        open_questions = sorted(read - fixed)
        choices = [self._candidates(self.instrument.question[code], answers) for code in open_questions]
        combinations = list(islice(product(*choices), _TRIES))
        self.random.shuffle(combinations)
        for combination in combinations:
            told = dict(zip(open_questions, combination, strict=True))
            of_rows = {code: value for code, value in told.items() if self.instrument.question[code].roster is not None}
            changed = self.complete({**answers, **{code: told[code] for code in told.keys() - of_rows.keys()}}, of_rows)
            if self._fulfils(indicator, changed):
                return changed
        return dict(answers)

    def _candidates(self, question: Question, answers: Drawn) -> Sequence[Any]:
        options = self.instrument.options.get(question.options or "", ())
        if question.type == "choice":
            return options
        if question.type == "several":
            return tuple((each,) for each in options)
        if question.type == "date":
            return (self.day, self.day - timedelta(days=366), self.day - timedelta(days=6 * 366))
        if question.type == "text":
            return (self._any_text(question),)
        low, high = question.minimum or 0, question.maximum or 0
        counts = {answer for answer in answers.values() if isinstance(answer, int) and low <= answer <= high}
        found = sorted({low, min(high, low + 5), min(high, 6_000_000), *counts})
        return tuple(map(int, found)) if question.type == "integer" else tuple(map(Fraction, found))

    def _person(self, at: int) -> Mapping[str, str]:
        random = self.random
        age = random.randint(25, 60) if at < 2 else random.randint(0, 17)
        born = date(self.day.year - age - 1, random.randint(1, 12), random.randint(1, 28))
        couple = at == 1 and self.composition["couple"] == "yes"
        sex = random.choice(("female", "male")) if at else str(self.composition["head_sex"])
        relation = "head" if at == 0 else "spouse" if couple else "other" if at == 1 else "child"
        return {"sex": sex, "birth_date": born.isoformat(), "relation": relation}

    def wire(self, answers: Drawn) -> dict[str, Any]:
        """The answers as a device sends them. Rows of people state their persons."""
        return {code: self._sent(answer, self.instrument.roster.get(code)) for code, answer in answers.items()}

    def _sent(self, answer: Any, roster: Roster | None) -> Any:
        if isinstance(answer, tuple) and roster is not None:
            people = [{PERSON: each} for each in self.people] if roster.people else [{}] * len(answer)
            return [{**person, **self.wire(dict(row.answers))} for person, row in zip(people, answer, strict=False)]
        if isinstance(answer, tuple):
            return list(answer)
        if isinstance(answer, Fraction):
            return float(answer)
        return answer.isoformat() if isinstance(answer, date) else answer


def draw_composition(random: Random) -> dict[str, Any]:
    """The composition of a family, as answers to the questions with which both shipped instruments begin."""
    couple = random.random() < 0.82
    adults = (2 if couple else 1) + random.choice((0, 0, 0, 1, 2))
    children = random.choice((0, 1, 1, 2, 2, 3))
    if not couple and adults == 1:
        children = max(children, 1)
    head_female = random.random() < (0.05 if couple else 0.75)
    return {
        "members": adults + children,
        "head_sex": "female" if head_female else "male",
        "couple": "yes" if couple else "no",
        "children_0_17": children,
        "members_7_18": random.randint(0, children),
        "members_15_up": adults,
        "members_60_up": random.choice((0, 0, 0, 1)),
        "women_18_up": 1 if couple or head_female else 0,
    }
