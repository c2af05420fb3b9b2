"""Turns what is wrong with an answer into a fault that names the question's options or limits."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from app.problems import Expected, Fault, pointer, shaped
from app.problems.fault_texts import Texts
from app.scoring.answer_values import limit_of
from app.scoring.answers import AnswerFault
from app.scoring.instrument import Instrument, Question
from app.scoring.parts import Text
from app.scoring.people import MEMBERS, PERSON, RELATIONS, SEXES

_EXAMPLE_TEXT: Final = "perahu"
_EXAMPLE_DAY: Final = date(2020, 6, 15)
_PERSON: Final = {
    "sex": Expected(type="string", example=SEXES[0], options=SEXES),
    "birth_date": Expected(type="string", example="1987-04-23"),
    "relation": Expected(type="string", example=RELATIONS[2], options=RELATIONS),
}
_OF_OTHERS: Final = frozenset({"exceeds", "too_early", "too_late", "too_many_rows", "more_people_than_rows"})
"""Faults whose limit can be another answer. Then the text names the question and not the limit."""


def answer_fault(found: AnswerFault, instrument: Instrument) -> Fault:
    """Returns the fault of an answer, with the example, options or limits of its question."""
    where = pointer(("answers", *found.path), known=instrument.question.keys() | instrument.roster.keys())
    if found.code == "implausible":
        check = next(each for each in instrument.checks if each.code == found.limits["check"])
        return Fault("implausible", where, limits={"check": _texts(check.text)}, members={"check": check.code})
    if found.code == "unknown_question":
        return Fault(found.code, pointer=where, limits={"options": _names_at(found.path, instrument)})
    other = instrument.question.get(str(found.limits.get("other")))
    if found.code in _OF_OTHERS and other is not None:
        expected = Expected() if found.code == "exceeds" else _at(found.path, instrument)
        texts = {"question": _texts(other.text)}
        fault = shaped(found.code, expected, pointer=where, own=texts)
        return replace(fault, members={"other": other.code})
    own: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in found.limits.items()
    }
    fault = shaped(found.code, _at(found.path, instrument), pointer=where, own=own)
    question = _question_at(found.path, instrument)
    if question is None or question.options is None:
        return fault
    named = {"options": _named_options(question.options, instrument)}
    if "alone" in own:
        named["alone"] = _named_options(question.options, instrument, only=own["alone"])
    return replace(fault, limits={**fault.limits, **named})


def _names_at(path: tuple[str | int, ...], instrument: Instrument) -> list[str]:
    """The names that may stand beside the one at the end of a path."""
    if len(path) == 1:
        return [each.code for each in instrument.asked]
    roster = instrument.roster[str(path[0])]
    return [each.code for each in instrument.row_questions[roster.code]] + ([PERSON] if roster.people else [])


def _question_at(path: tuple[str | int, ...], instrument: Instrument) -> Question | None:
    code = path[2] if path[0] in instrument.roster and len(path) > 2 else path[0]
    return instrument.question.get(str(code))


def _at(path: tuple[str | int, ...], instrument: Instrument) -> Expected:
    """What the instrument says about the value at a path."""
    roster = instrument.roster.get(str(path[0]))
    question = _question_at(path, instrument)
    if question is not None:
        expected = _expected(question, instrument)
        one_of_several = question.type == "several" and isinstance(path[-1], int)
        return replace(expected, type="string", example=expected.options[0]) if one_of_several else expected
    assert roster is not None  # noqa: S101 (a path begins with a question or a roster)
    if PERSON in path:
        example = {name: each.example for name, each in _PERSON.items()}
        member = _PERSON.get(str(path[-1]))
        return member or Expected(type="object", example=example, options=MEMBERS if path[-1] != PERSON else ())
    row = {each.code: _expected(each, instrument).example for each in instrument.row_questions[roster.code][:1]}
    return Expected(type="array", example=[row]) if len(path) == 1 else Expected(type="object", example=row)


def _expected(question: Question, instrument: Instrument) -> Expected:
    match question.type:
        case "choice":
            options = instrument.options[question.options or ""]
            return Expected(type="string", example=options[0], options=options)
        case "several":
            options = instrument.options[question.options or ""]
            return Expected(type="array", example=[options[0]], options=options)
        case "integer" | "decimal":
            return _expected_number(question)
        case "date":
            earliest, latest = (
                each if isinstance(each, date) else None for each in (question.earliest, question.latest)
            )
            day = min(max(_EXAMPLE_DAY, earliest or _EXAMPLE_DAY), latest or date.max)
            return Expected(type="string", example=day.isoformat())
        case "text":
            least, most = int(question.minimum or 1), int(question.maximum or 0)
            length = max(least, min(most, len(_EXAMPLE_TEXT)))
            digits = "".join(str(place % 10) for place in range(length))
            text = _EXAMPLE_TEXT[:length].ljust(length, _EXAMPLE_TEXT[-1])
            return Expected(type="string", example=digits if question.only_digits else text)


def _expected_number(question: Question) -> Expected:
    minimum, maximum = limit_of(question.minimum or 0), limit_of(question.maximum or 0)
    if question.type == "integer":
        return Expected(type="integer", example=max(minimum, min(1, maximum)), minimum=minimum, maximum=maximum)
    example = max(minimum, min(Decimal("1.5"), maximum))
    return Expected(type="number", example=float(example), minimum=minimum, maximum=maximum)


def _named_options(code: str, instrument: Instrument, only: Collection[str] | None = None) -> list[tuple[str, str]]:
    """Returns each option with its text, such as `yes (Ya)`."""
    listed = [each for each in instrument.option_lists[code] if only is None or each.code in only]
    return [(f"{each.code} ({each.text.id})", f"{each.code} ({each.text.en})") for each in listed]


def _texts(text: Text) -> Texts:
    return text.id, text.en
