"""Checks a family's answers as they are sent against an instrument. Lists all faults, and each fault once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.scoring.answer_values import EARLIEST, AnswerFault, AnswerFaultCode, Path, read_answer
from app.scoring.conditions import WITHHELD, OfPerson, Since
from app.scoring.evaluation import Answers, Person, Reading, Row, Value
from app.scoring.instrument import INTERVIEW, Bound, Check, Instrument, Question, Roster
from app.scoring.people import MEMBERS, PERSON, person_faults, person_of

__all__ = ["AnswerFault", "AnswerFaultCode", "Path", "check_answers", "implausible"]


def check_answers(
    sent: Mapping[str, object],
    instrument: Instrument,
    day: date | None,
    people: Sequence[object] | None = None,
) -> tuple[Answers, list[AnswerFault]]:
    """The valid answers in the form that is scored, and all faults.

    The faults are in the instrument's order of questions, then the names that the instrument does not have.
    None is no answer, as if the question were left out.
    A question is asked when its ask_when is true. An answer to a question that is not asked is a fault, unless
    ask_when reads an answer that is itself faulty. An asked question without an answer is a fault only if the
    question is required.

    day: the local day of the interview. None if nobody knows it: then nothing that depends on it is a fault
    people: `people` of the submission's `family`, which are the rows of a roster with `people`. None or empty
    if they are not sent
    """
    return _Checking(instrument, day, people).check(sent)


def implausible(answers: Answers, instrument: Instrument, day: date) -> list[Check]:
    """The checks with the effect `warn` that are true of valid answers."""
    warning = instrument.warning_checks
    if not warning:
        return []
    reading = Reading(instrument, answers, day)
    return [each for each in warning if reading.holds(each.when) is True]


class _Checking:
    """The check of one interview. `faulty` has the names of questions and rosters whose answers have faults."""

    def __init__(self, instrument: Instrument, day: date | None, people: Sequence[object] | None) -> None:
        self.instrument = instrument
        self.day = day
        self.people = people or None
        self.of_person = {each.code for each in instrument.facts if isinstance(each.formula, OfPerson)}
        self.places = {entry.code: at for at, entry in enumerate(instrument.asked)}
        self.faults: list[AnswerFault] = []
        self.valid: dict[str, Any] = {}
        self.faulty: set[str] = set() if day is not None else _ages(instrument)
        self.faulty_rows: dict[tuple[str, int], set[str]] = {}

    def check(self, sent: Mapping[str, object]) -> tuple[Answers, list[AnswerFault]]:
        for entry in self.instrument.asked:
            if isinstance(entry, Roster):
                self._read_roster(sent.get(entry.code), entry)
            else:
                self._read(sent.get(entry.code), entry, (entry.code,), self.valid, self.faulty)
        reading = Reading(self.instrument, self.valid, self.day)
        for entry in self.instrument.asked:
            if isinstance(entry, Roster):
                self._check_roster(entry, reading)
            else:
                self._check_asking(entry, reading, (entry.code,), self._all_faulty(), None)
        self.faults.sort(key=self._place)
        self.faults += [AnswerFault((code,), "unknown_question") for code in sent if code not in self.places]
        faulty = self._all_faulty()
        for each in self.instrument.checks:
            if (
                each.effect == "refuse"
                and reading.holds(each.when) is True
                and not faulty & self.instrument.names_read(each.when)
            ):
                self.faults.append(AnswerFault((), "implausible", {"check": each.code}))
        return self.valid, self.faults

    def _place(self, fault: AnswerFault) -> tuple[int, int, int]:
        """Where a fault stands in the list."""
        code, *below = fault.path
        row = below[0] if below and isinstance(below[0], int) else -1
        of_row = [each.code for each in self.instrument.row_questions.get(str(code), ())]
        question = of_row.index(str(below[1])) if len(below) > 1 and below[1] in of_row else len(of_row)
        return self.places[str(code)], row, question if len(below) > 1 else -1

    def _read(self, sent: object, question: Question, path: Path, valid: dict[str, Any], faulty: set[str]) -> None:
        if sent is None:
            return
        answer, faults = read_answer(sent, question, self.instrument, path)
        self.faults += faults
        if faults:
            faulty.add(question.code)
        else:
            valid[question.code] = answer

    def _read_roster(self, sent: object, roster: Roster) -> None:
        """Reads the rows. The people of the family are rows even if nothing was asked of them."""
        path = (roster.code,)
        reading = Reading(self.instrument, dict(self.valid), self.day)
        people = self.people if roster.people else None
        if sent is None and (people is None or reading.asked(roster.code) is not True):
            return
        if isinstance(sent, str) and sent in WITHHELD:
            self.valid[roster.code] = sent
            return
        if sent is not None and not isinstance(sent, list | tuple):
            self._fault_roster(AnswerFault(path, "wrong_type"), roster)
            return
        rows: Sequence[object] = () if sent is None else sent
        asked = reading.asked(roster.code) is not False
        if asked and len(rows) > roster.maximum:
            self._fault_roster(AnswerFault(path, "too_many_rows", {"maximum": roster.maximum}), roster)
            return
        if asked:
            # Rows that should not be there at all are not counted.
            self._check_number(rows, people, roster, reading)
        rows = rows[: roster.maximum]
        count = max(len(rows), min(len(people or ()), roster.maximum))
        self.valid[roster.code] = tuple(
            self._read_row(rows[at] if at < len(rows) else {}, at, roster, people) for at in range(count)
        )

    def _check_number(
        self, rows: Sequence[object], people: Sequence[object] | None, roster: Roster, reading: Reading
    ) -> None:
        stated: Any = None if roster.rows is None else reading.value(roster.rows)
        most = roster.maximum if stated is None else max(0, min(int(stated), roster.maximum))
        limits: dict[str, Any] = {"maximum": most}
        if roster.rows is not None and most < roster.maximum:
            limits["other"] = roster.rows
        if people is not None and len(people) > most:
            limits["people"] = len(people)
            self._fault_roster(AnswerFault((roster.code,), "more_people_than_rows", limits), roster)
        elif len(rows) > most:
            self._fault_roster(AnswerFault((roster.code,), "too_many_rows", limits), roster)
        elif people is not None and len(rows) > len(people):
            fault = AnswerFault((roster.code,), "more_rows_than_people", {"maximum": len(people)})
            self._fault_roster(fault, roster)

    def _fault_roster(self, fault: AnswerFault, roster: Roster) -> None:
        self.faults.append(fault)
        questions = (each.code for each in self.instrument.row_questions[roster.code])
        self.faulty |= {roster.code, *self.of_person, *questions}

    def _read_row(self, sent: object, at: int, roster: Roster, people: Sequence[object] | None) -> Row:
        path = (roster.code, at)
        faulty = self.faulty_rows.setdefault(path, set())
        if not isinstance(sent, Mapping):
            self.faults.append(AnswerFault(path, "wrong_type"))
            faulty |= {*self.of_person, *(each.code for each in self.instrument.row_questions[roster.code])}
            sent = {}
        answers: dict[str, Value] = {}
        for question in self.instrument.row_questions[roster.code]:
            self._read(sent.get(question.code), question, (*path, question.code), answers, faulty)
        known = {each.code for each in self.instrument.row_questions[roster.code]}
        known |= {PERSON} if roster.people else set()
        self.faults += [AnswerFault((*path, name), "unknown_question") for name in sent if name not in known]
        return Row(answers, self._person_of_row(sent, at, path, faulty, people) if roster.people else None)

    def _person_of_row(
        self, row: Mapping[str, object], at: int, path: Path, faulty: set[str], people: Sequence[object] | None
    ) -> Person | None:
        """The person by its place among the people of the family. If these are not sent, the row states it."""
        stated = row.get(PERSON)
        if people is None:
            faults = [] if stated is None else list(person_faults(stated, (*path, PERSON), self.day))
            self.faults += faults
            if faults:
                faulty |= self.of_person
            return person_of(stated, self.day)
        if stated is not None:
            self.faults.append(AnswerFault((*path, PERSON), "person_twice"))
        person: object = people[at] if at < len(people) else None
        told = {name: person.get(name) for name in MEMBERS} if isinstance(person, Mapping) else person
        if told is not None and any(person_faults(told, (), self.day)):
            # It has its fault below /family. Here it only must not seem that its age is not known.
            faulty |= self.of_person
        return person_of(person, self.day)

    def _check_roster(self, roster: Roster, reading: Reading) -> None:
        said = self.valid.get(roster.code)
        self._check_asking(roster, reading, (roster.code,), self._all_faulty(), None)
        if roster.code in self.faulty or reading.asked(roster.code) is not True:
            return
        questions = self.instrument.row_questions[roster.code]
        needed = [each for each in questions if each.required and each.ask_when is None]
        rows = reading.rows(roster.code)
        if not isinstance(said, tuple):
            if needed and rows:
                self.faults.append(AnswerFault((roster.code,), "unanswered"))
            return
        if roster.rows is None or reading.value(roster.rows) is None:
            # Nobody knows whether there are more rows than those that were sent.
            rows = rows[: len(said)]
        elsewhere = self._all_faulty(but=roster.code)
        for at, row in enumerate(rows):
            path = (roster.code, at)
            faulty = elsewhere | self.faulty_rows.get(path, set())
            for question in questions if row.row is not None else needed:
                self._check_asking(question, reading, (*path, question.code), faulty, row)

    def _check_asking(self, entry: Question | Roster, reading: Reading, path: Path, faulty: set[str], row: Any) -> None:
        """Adds faults of an answer that is not asked for or is missing, and of one that others bound."""
        answers = self.valid if row is None else {} if row.row is None else row.row.answers
        said = answers.get(entry.code)
        asked = reading.asked(entry.code, row)
        if isinstance(entry, Question) and not _is_silent(said):
            self.faults += self._beyond(entry, said, reading, path, row)
        if asked is not True and said is not None:
            ask_when = entry.ask_when
            if ask_when is None or asked is False or not faulty & self.instrument.names_read(ask_when):
                self.faults.append(AnswerFault(path, "not_asked"))
        elif isinstance(entry, Question) and asked and entry.required and entry.code not in faulty and _is_silent(said):
            self.faults.append(AnswerFault(path, "unanswered"))

    def _beyond(self, question: Question, said: Any, reading: Reading, path: Path, row: Any) -> Iterator[AnswerFault]:
        """Faults of an answer that is beyond another one, or a date beyond its bounds."""
        if question.at_most is not None:
            most: Any = reading.value(question.at_most, row)
            if most is not None and said > most:
                yield AnswerFault(path, "exceeds", {"other": question.at_most})
        if question.type == "date":
            earliest, latest = (self._day_of(bound, reading, row) for bound in (question.earliest, question.latest))
            earliest = max(earliest or EARLIEST, EARLIEST)
            if said < earliest:
                yield AnswerFault(path, "too_early", {"minimum": earliest, **_other(question.earliest)})
            if latest is not None and said > latest:
                yield AnswerFault(path, "too_late", {"maximum": latest, **_other(question.latest)})

    def _day_of(self, bound: Bound, reading: Reading, row: Any) -> date | None:
        if bound is None or isinstance(bound, date):
            return bound
        found = self.day if bound == INTERVIEW else reading.value(bound, row)
        return found if isinstance(found, date) else None

    def _all_faulty(self, *, but: str | None = None) -> set[str]:
        """Names with faults, those of rows included, except in the rows of one roster."""
        return self.faulty.union(*(names for (roster, _), names in self.faulty_rows.items() if roster != but))


def _ages(instrument: Instrument) -> set[str]:
    """Facts that are counted up to the day of the interview."""
    return {
        each.code
        for each in instrument.facts
        if isinstance(each.formula, Since)
        or (isinstance(each.formula, OfPerson) and each.formula.part in ("age_months", "age_years"))
    }


def _is_silent(said: Any) -> bool:
    return said is None or (isinstance(said, str) and said in WITHHELD)


def _other(bound: Bound) -> dict[str, str]:
    return {"other": bound} if isinstance(bound, str) and bound != INTERVIEW else {}
