"""Checks a family's answers against the questions of an instrument: every fault at once, none twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.scoring.instrument import Instrument, Question
from app.scoring.rules import WITHHELD, Answers, questions_of


@dataclass(frozen=True, slots=True)
class AnswerFault:
    """What is wrong with the answer to one question. Never carries the answer itself.

    code: unknown_question | unknown_option | wrong_type | out_of_range | exceeds | not_asked | unanswered
    limits: what of the instrument a message may name (minimum, maximum; the other question).
    """

    question: str
    code: str
    limits: Mapping[str, int | str] = field(default_factory=dict)


def check_answers(answers: Mapping[str, object], instrument: Instrument) -> list[AnswerFault]:
    """All faults: those of the instrument's questions in its order, then the questions it does not have.

    A question is asked when its ask_when is true; an answer to a question that is not asked is a fault, unless
    that hangs on an answer that is itself faulty. An asked question without answer is none (its indicators
    are `missing`), unless the question is required.
    """
    faults: list[AnswerFault] = []
    sound: dict[str, str | int] = {}
    faulty: set[str] = set()
    for question in instrument.question:
        if question.code not in answers:
            continue
        answer = answers[question.code]
        fault = _fault_of(answer, question, instrument)
        if fault is None:
            assert isinstance(answer, str | int)  # noqa: S101 (what _fault_of has just made sure of)
            sound[question.code] = answer
        else:
            faulty.add(question.code)
            faults.append(fault)
    faults += _excesses(sound, instrument)
    faults += _faults_of_asking(sound, faulty, instrument)
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


def _excesses(sound: Answers, instrument: Instrument) -> list[AnswerFault]:
    faults = []
    for question in instrument.question:
        if question.at_most is not None:
            answer, other = sound.get(question.code), sound.get(question.at_most)
            if isinstance(answer, int) and isinstance(other, int) and answer > other:
                faults.append(AnswerFault(question.code, "exceeds", {"other": question.at_most}))
    return faults


def _faults_of_asking(sound: Answers, faulty: set[str], instrument: Instrument) -> list[AnswerFault]:
    faults = []
    for question in instrument.question:
        rule = question.ask_when
        asked = True if rule is None else rule.holds(sound)
        if not asked and question.code in sound:
            if rule is None or asked is False or not faulty & questions_of(rule):
                faults.append(AnswerFault(question.code, "not_asked"))
        elif asked and question.required and question.code not in faulty:
            said = sound.get(question.code)
            if said is None or said in WITHHELD:
                faults.append(AnswerFault(question.code, "unanswered"))
    return faults
