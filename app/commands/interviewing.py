"""Which question comes next in an interview, and the answers so far as an app would send them."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from app.scoring.answers import check_answers
from app.scoring.conditions import OfPerson
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument, Question, Roster

Path = tuple[str | int, ...]
LEFT_OUT: Final = object()
"""What stands for an answer to a question that was passed over."""
PERSON: Final = "person"
Part = Literal["sex", "relation", "birth_date"]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing to ask: a question, what a rule reads of a person, or how many rows a roster has.

    path: where its answer stands among the answers
    row, rows: number of the row from 1 and how many there are, 0 outside a roster
    """

    path: Path
    question: Question | None = None
    part: Part | None = None
    roster: Roster | None = None
    row: int = 0
    rows: int = 0


@dataclass
class Interview:
    """The answers so far, in the order in which they were given."""

    instrument: Instrument
    day: date
    steps: list[tuple[Slot, Any]] = field(default_factory=list)

    def answers(self) -> dict[str, Any]:
        """The answers in the shape of a submission. Rows that a roster must have are there, also without answers."""
        found: dict[str, Any] = {}
        for slot, answer in self.steps:
            if slot.roster is None:
                if answer is not LEFT_OUT:
                    found[str(slot.path[0])] = answer
            elif slot.row == 0:
                if answer is not LEFT_OUT:
                    found[slot.roster.code] = [{} for _ in range(answer)] if isinstance(answer, int) else answer
            else:
                _put(found.setdefault(slot.roster.code, [{} for _ in range(slot.rows)]), slot, answer)
        return found

    def faults(self, slot: Slot, answer: Any) -> list[Any]:
        """What is wrong with an answer to this slot."""
        if answer is LEFT_OUT and not (slot.question and slot.question.required):
            return []
        tried = Interview(self.instrument, self.day, [*self.steps, (slot, answer)])
        _, faults = check_answers(tried.answers(), self.instrument, self.day)
        return [fault for fault in faults if tuple(fault.path[: len(slot.path)]) == slot.path]

    def next(self) -> Slot | None:
        """The first slot that has no answer yet, None at the end."""
        given = {slot.path for slot, _ in self.steps}
        return next((slot for slot in self._slots() if slot.path not in given), None)

    def _reading(self) -> Reading:
        answers, _ = check_answers(self.answers(), self.instrument, self.day)
        return Reading(self.instrument, answers, self.day)

    def _slots(self) -> Iterator[Slot]:
        """All slots that are asked after the answers so far. Later ones are right only as far as these decide them."""
        reading = self._reading()
        for each in self.instrument.asked:
            if isinstance(each, Roster):
                yield from self._slots_of_rows(each, reading)
            elif reading.asked(each.code):
                yield Slot((each.code,), each)

    def _slots_of_rows(self, roster: Roster, reading: Reading) -> Iterator[Slot]:
        if not reading.asked(roster.code):
            return
        stated = reading.value(roster.rows) if roster.rows is not None else None
        if stated is None:
            yield Slot((roster.code,), roster=roster)
            chosen = next((answer for slot, answer in self.steps if slot.path == (roster.code,)), LEFT_OUT)
            rows = chosen if isinstance(chosen, int) else 0
        else:
            rows = min(int(stated), roster.maximum)  # type: ignore[arg-type]
        read = reading.rows(roster.code)
        for at in range(rows):
            for part in _parts(roster, self.instrument):
                yield Slot((roster.code, at, PERSON, part), part=part, roster=roster, row=at + 1, rows=rows)
            for question in self.instrument.row_questions[roster.code]:
                if at < len(read) and reading.asked(question.code, read[at]):
                    yield Slot((roster.code, at, question.code), question, roster=roster, row=at + 1, rows=rows)


def _put(rows: list[dict[str, Any]], slot: Slot, answer: Any) -> None:
    if answer is LEFT_OUT or not isinstance(rows, list):
        return
    row = rows[slot.row - 1]
    if slot.part is not None:
        row = row.setdefault(PERSON, {})
    row[str(slot.path[-1])] = deepcopy(answer)


def _parts(roster: Roster, instrument: Instrument) -> tuple[Part, ...]:
    """What is asked of the person of each row, as far as facts read it."""
    if not roster.people:
        return ()
    formulas = [fact.formula for fact in instrument.facts if fact.roster == roster.code]
    read = {each.part for each in formulas if isinstance(each, OfPerson)}
    parts: list[Part] = []
    parts += ["sex"] if "sex" in read else []
    parts += ["relation"] if "relation" in read else []
    parts += ["birth_date"] if read & {"age_months", "age_years"} else []
    return tuple(parts)
