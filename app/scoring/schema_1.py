"""JSON Schema 2020-12 of an instrument's answers, for the apps that ask the questions."""

from app.scoring.format_1 import Instrument, Question
from app.scoring.rules_1 import DONT_KNOW, REFUSED, write_rule


def schema_of(instrument: Instrument) -> dict[str, object]:
    """Describes the names, types, options and ranges that check_answers accepts.

    It accepts null for a question that may be left out. JSON Schema cannot compare two answers. So `x-ask-when` says
    when a question is asked, and `x-at-most` names the question whose number may not be exceeded.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ikk:instrument:{instrument.code}:{instrument.version}:answers",
        "title": instrument.title.en,
        "description": f"Answers of {instrument.code} {instrument.version}, {instrument.digest}",
        "type": "object",
        "properties": {question.code: _property(question, instrument) for question in instrument.question},
        "required": [
            question.code for question in instrument.question if question.required and question.ask_when is None
        ],
        "additionalProperties": False,
    }


def _property(question: Question, instrument: Instrument) -> dict[str, object]:
    others: list[str | None] = [] if question.required else [REFUSED, DONT_KNOW]
    if not question.required or question.ask_when is not None:
        # null is no answer, as if the question were left out.
        others.append(None)
    schema: dict[str, object] = {"title": question.text.en, "x-title-id": question.text.id}
    if question.options is not None:
        schema["enum"] = [*instrument.options[question.options], *others]
    else:
        number = {"type": "integer", "minimum": question.minimum, "maximum": question.maximum}
        schema |= {"anyOf": [number, {"enum": others}]} if others else number
    if question.at_most is not None:
        schema["x-at-most"] = question.at_most
    if question.ask_when is not None:
        schema["x-ask-when"] = write_rule(question.ask_when)
    if question.sensitive:
        schema["x-sensitive"] = True
    return schema
