"""Turns what is wrong with an answer into a fault that names the question's options or limits."""

from dataclasses import replace

from app.problems import Expected, Fault, pointer, shaped
from app.scoring.answers_1 import AnswerFault
from app.scoring.format_1 import Instrument, Question


def answer_fault(found: AnswerFault, instrument: Instrument) -> Fault:
    """Returns the fault of an answer, with the example, options or limits of its question."""
    where = pointer(("answers", found.question))
    question = instrument.questions.get(found.question)
    if question is None:
        return Fault(found.code, pointer=where, limits={"options": list(instrument.questions)})
    if found.code == "exceeds" and question.at_most is not None:
        other = instrument.questions[question.at_most]
        texts = {"question": (other.text.id, other.text.en)}
        return Fault(found.code, pointer=where, limits=texts, members={"other": other.code})
    fault = shaped(found.code, _expected(question, instrument), pointer=where)
    if question.options is None:
        return fault
    return replace(fault, limits={**fault.limits, "options": _named_options(question.options, instrument)})


def _expected(question: Question, instrument: Instrument) -> Expected:
    if question.options is not None:
        options = instrument.options[question.options]
        return Expected(type="string", example=options[0], options=options)
    minimum, maximum = question.minimum or 0, question.maximum or 0
    return Expected(type="integer", example=max(minimum, min(1, maximum)), minimum=minimum, maximum=maximum)


def _named_options(code: str, instrument: Instrument) -> list[tuple[str, str]]:
    """Returns each option with its text, such as `yes (Ya)`."""
    (listed,) = (each.options for each in instrument.option_list if each.code == code)
    return [(f"{each.code} ({each.text.id})", f"{each.code} ({each.text.en})") for each in listed]
