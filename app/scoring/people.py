"""What a rule may read of a family's people: sex, relation, and completed months of age on the day of the interview."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from app.scoring.answer_values import EARLIEST, AnswerFault, Path, read_date
from app.scoring.evaluation import Answers, Person, Row, since
from app.scoring.instrument import Instrument

PERSON: Final = "person"
"""The member of a row with its person, where the people of the family are not sent."""
SEXES: Final = ("female", "male")
RELATIONS: Final = ("head", "spouse", "child", "other")
MEMBERS: Final = ("sex", "birth_date", "relation")


def person_of(told: object, day: date | None) -> Person | None:
    """The person as far as it is validly told. None if nothing is known of it."""
    if not isinstance(told, Mapping):
        return None
    sex, relation, born = told.get("sex"), told.get("relation"), read_date(told.get("birth_date"))
    age = None
    if born is not None and day is not None and EARLIEST <= born <= day:
        age = since(born, day, "months")
    found = Person(sex if sex in SEXES else None, relation if relation in RELATIONS else None, age)
    return None if found == Person() else found


def person_faults(told: object, path: Path, day: date | None) -> Iterator[AnswerFault]:
    """What is wrong with the person of a row."""
    if not isinstance(told, Mapping):
        yield AnswerFault(path, "wrong_type")
        return
    for name, options in (("sex", SEXES), ("relation", RELATIONS)):
        if told.get(name) not in (None, *options):
            yield AnswerFault((*path, name), "unknown_option", {"options": options})
    written = told.get("birth_date")
    if written is not None:
        born = read_date(written)
        if born is None:
            yield AnswerFault((*path, "birth_date"), "bad_date" if isinstance(written, str) else "wrong_type")
        elif born < EARLIEST:
            yield AnswerFault((*path, "birth_date"), "too_early", {"minimum": EARLIEST})
        elif day is not None and born > day:
            yield AnswerFault((*path, "birth_date"), "too_late", {"maximum": day})
    for name in told:
        if name not in MEMBERS:
            yield AnswerFault((*path, name), "unknown_member", {"options": MEMBERS})


def renew_people(answers: Answers, instrument: Instrument, people: Sequence[object], day: date) -> Answers:
    """The same answers with the persons of the rows as `people` tells them now, by place."""
    renewed: dict[str, Any] = dict(answers)
    for roster in instrument.rosters:
        rows = answers.get(roster.code)
        if roster.people and isinstance(rows, tuple):
            renewed[roster.code] = tuple(
                Row(row.answers, person_of(people[at], day) if at < len(people) else None)
                for at, row in enumerate(rows)
                if isinstance(row, Row)
            )
    return renewed
