"""Reads the answer to one question from its JSON value, by the type of the question."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal

from app.lines import begins, clean, has_long_marks, is_unreadable
from app.scoring.conditions import WITHHELD
from app.scoring.evaluation import Value
from app.scoring.instrument import Instrument, Question

Path = tuple[str | int, ...]
AnswerFaultCode = Literal[
    "unknown_question",
    "unknown_option",
    "unknown_member",
    "wrong_type",
    "out_of_range",
    "exceeds",
    "not_asked",
    "unanswered",
    "nothing_chosen",
    "chosen_twice",
    "chosen_alone",
    "too_many_chosen",
    "too_many_digits",
    "bad_date",
    "too_early",
    "too_late",
    "bad_length",
    "unreadable",
    "loose_marks",
    "only_digits",
    "too_many_rows",
    "more_rows_than_people",
    "more_people_than_rows",
    "person_twice",
    "implausible",
]
EARLIEST: Final = date(1900, 1, 1)
"""No answer names an earlier day. Nobody alive was born earlier."""
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_DIGITS: Final = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What is wrong with the answer to one question. A fault never carries the answer itself.

    path: steps from the answers to the value, such as ("savings",) or ("members", 2, "immunised")
    limits: what a message may name. Most are of the instrument: minimum, maximum, digits, options, the other question
    """

    path: Path
    code: AnswerFaultCode
    limits: Mapping[str, int | Decimal | date | str | tuple[str, ...]] = field(default_factory=dict)


def read_answer(
    sent: object, question: Question, instrument: Instrument, path: Path
) -> tuple[Value | None, list[AnswerFault]]:
    """The answer in the form of `evaluation.Answers`, None if it has faults. Bounds of dates are checked later."""
    if isinstance(sent, str) and sent in WITHHELD:
        return sent, []
    match question.type:
        case "choice":
            return _choice(sent, instrument.options[question.options or ""], path)
        case "several":
            return _several(sent, question, instrument.options[question.options or ""], path)
        case "integer" | "decimal":
            return _number(sent, question, path)
        case "date":
            found = read_date(sent)
            return found, [] if found else [AnswerFault(path, "bad_date" if isinstance(sent, str) else "wrong_type")]
        case "text":
            return _text(sent, question, path)


def read_date(sent: object) -> date | None:
    """The day of a text such as 2026-06-15, or None if that is no day of the calendar."""
    if not isinstance(sent, str) or not _DATE.fullmatch(sent):
        return None
    try:
        return date.fromisoformat(sent)
    except ValueError:
        return None


def _choice(sent: object, options: tuple[str, ...], path: Path) -> tuple[Value | None, list[AnswerFault]]:
    if not isinstance(sent, str):
        return None, [AnswerFault(path, "wrong_type")]
    return (sent, []) if sent in options else (None, [AnswerFault(path, "unknown_option")])


def _several(
    sent: object, question: Question, options: tuple[str, ...], path: Path
) -> tuple[Value | None, list[AnswerFault]]:
    if not isinstance(sent, list | tuple):
        return None, [AnswerFault(path, "wrong_type")]
    faults: list[AnswerFault] = []
    chosen: set[str] = set()
    for position, each in enumerate(sent):
        if not isinstance(each, str):
            faults.append(AnswerFault((*path, position), "wrong_type"))
        elif each not in options:
            faults.append(AnswerFault((*path, position), "unknown_option"))
        elif each in chosen:
            faults.append(AnswerFault((*path, position), "chosen_twice"))
        else:
            chosen.add(each)
    faults += _together(sent, chosen, question, path)
    return (None, faults) if faults else (tuple(each for each in options if each in chosen), [])


def _together(
    sent: list[object] | tuple[object, ...], chosen: set[str], question: Question, path: Path
) -> Iterator[AnswerFault]:
    """Faults of the options as a whole."""
    if not sent:
        yield AnswerFault(path, "nothing_chosen")
    if len(chosen) > 1 and chosen & set(question.alone):
        alone = tuple(each for each in question.alone if each in chosen)
        yield AnswerFault(path, "chosen_alone", {"alone": alone})
    if question.maximum_chosen is not None and len(chosen) > question.maximum_chosen:
        yield AnswerFault(path, "too_many_chosen", {"maximum": question.maximum_chosen})


def _number(sent: object, question: Question, path: Path) -> tuple[Value | None, list[AnswerFault]]:
    whole = question.type == "integer"
    allowed = (int,) if whole else (int, float, Decimal)
    if type(sent) not in allowed:
        return None, [AnswerFault(path, "wrong_type")]
    number = Decimal(repr(sent)) if isinstance(sent, float) else Decimal(sent)  # type: ignore[arg-type]
    if not number.is_finite():
        return None, [AnswerFault(path, "wrong_type")]
    minimum, maximum = limit_of(question.minimum or 0), limit_of(question.maximum or 0)
    if not minimum <= number <= maximum:
        return None, [AnswerFault(path, "out_of_range", {"minimum": minimum, "maximum": maximum})]
    if _decimal_places(number) > question.digits:
        return None, [AnswerFault(path, "too_many_digits", {"digits": question.digits})]
    return int(number) if whole else Fraction(number), []


def limit_of(number: Fraction | int) -> int | Decimal:
    """A bound as it is written. Bounds of numbers have no more decimal places than a decimal has."""
    if number.denominator == 1:
        return int(number)
    return Decimal(number.numerator) / number.denominator


def _decimal_places(number: Decimal) -> int:
    """How many digits a number needs after the point. 36.50 needs one."""
    _, digits, exponent = number.as_tuple()
    zeros = next((at for at, digit in enumerate(reversed(digits)) if digit), len(digits))
    return 0 if not any(digits) else max(0, -int(exponent) - zeros)


def _text(sent: object, question: Question, path: Path) -> tuple[Value | None, list[AnswerFault]]:
    if not isinstance(sent, str):
        return None, [AnswerFault(path, "wrong_type")]
    if is_unreadable(sent) or has_long_marks(sent):
        return None, [AnswerFault(path, "unreadable" if is_unreadable(sent) else "loose_marks")]
    text = clean(sent)
    minimum, maximum = int(question.minimum or 1), int(question.maximum or 0)
    if not minimum <= len(text) <= maximum:
        return None, [AnswerFault(path, "bad_length", {"minimum": minimum, "maximum": maximum})]
    if question.only_digits and not _DIGITS.fullmatch(text):
        return None, [AnswerFault(path, "only_digits")]
    return (text, []) if begins(text) else (None, [AnswerFault(path, "loose_marks")])
