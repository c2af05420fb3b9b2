"""Checks a family's answers against the questions of an instrument. Lists all faults, and each fault once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from app.scoring.format_1 import Instrument, Question
from app.scoring.rules_1 import WITHHELD, Answers, questions_of

AnswerFaultCode = Literal[
    "unknown_question", "unknown_option", "wrong_type", "out_of_range", "exceeds", "not_asked", "unanswered"
]


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What is wrong with the answer to one question. A fault never carries the answer itself.

    limits holds the parts of the instrument that a message may name (minimum, maximum, the other question).
    """

    question: str
    code: AnswerFaultCode
    limits: Mapping[str, int | str] = field(default_factory=dict)


def check_answers(answers: Mapping[str, object], instrument: Instrument) -> list[AnswerFault]:
    """All faults in the instrument's order of questions, then the questions that the instrument does not have.

    None is no answer, as if the question were left out.
    A question is asked when its ask_when is true. An answer to a question that is not asked is a fault, unless
    ask_when reads an answer that is itself faulty. An asked question without an answer is a fault only if the
    question is required. Otherwise its indicators are `missing`.
    """
    faults: list[AnswerFault] = []
    valid: dict[str, str | int] = {}
    faulty: set[str] = set()
    for question in instrument.question:
        answer = answers.get(question.code)
        if answer is None:
            continue
        fault = _fault_of(answer, question, instrument)
        if fault is None:
            assert isinstance(answer, str | int)  # noqa: S101 (_fault_of has just checked it)
            valid[question.code] = answer
        else:
            faulty.add(question.code)
            faults.append(fault)
    faults += _excesses(valid, instrument)
    faults += _faults_of_asking(valid, faulty, instrument)
    faults.sort(key=lambda fault: instrument.positions[fault.question])
    faults += [AnswerFault(code, "unknown_question") for code in answers if code not in instrument.questions]
    return faults


def _fault_of(answer: object, question: Question, instrument: Instrument) -> AnswerFault | None:
    if isinstance(answer, str):
        if answer in WITHHELD:
            return None
        if question.options is None:
            return AnswerFault(question.code, "wrong_type")
        return None if answer in instrument.options[question.options] else AnswerFault(question.code, "unknown_option")
    if type(answer) is not int or question.options is not None:
        return AnswerFault(question.code, "wrong_type")
    minimum, maximum = question.minimum or 0, question.maximum or 0
    if minimum <= answer <= maximum:
        return None
    return AnswerFault(question.code, "out_of_range", {"minimum": minimum, "maximum": maximum})


def _excesses(valid: Answers, instrument: Instrument) -> list[AnswerFault]:
    faults = []
    for question in instrument.question:
        if question.at_most is not None:
            answer, other = valid.get(question.code), valid.get(question.at_most)
            if isinstance(answer, int) and isinstance(other, int) and answer > other:
                faults.append(AnswerFault(question.code, "exceeds", {"other": question.at_most}))
    return faults


def _faults_of_asking(valid: Answers, faulty: set[str], instrument: Instrument) -> list[AnswerFault]:
    faults = []
    for question in instrument.question:
        rule = question.ask_when
        asked = True if rule is None else rule.holds(valid)
        if not asked and question.code in valid:
            if rule is None or asked is False or not faulty & questions_of(rule):
                faults.append(AnswerFault(question.code, "not_asked"))
        elif asked and question.required and question.code not in faulty:
            said = valid.get(question.code)
            if said is None or said in WITHHELD:
                faults.append(AnswerFault(question.code, "unanswered"))
    return faults
