"""JSON Schema 2020-12 of an instrument's answers, for the apps that ask the questions."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any, Final

from app.lines import PATTERN
from app.scoring.answer_values import limit_of
from app.scoring.conditions import DONT_KNOW, REFUSED
from app.scoring.instrument import Instrument, Question, Roster
from app.scoring.parts import Text
from app.scoring.people import PERSON, RELATIONS, SEXES

Schema = dict[str, Any]
_DAY: Final = r"^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
_PERSON: Final[Schema] = {
    "description": "Only where `people` of `family` is not sent",
    "anyOf": [
        {
            "type": "object",
            "properties": {
                "sex": {"enum": [*SEXES, None]},
                "birth_date": {"anyOf": [{"type": "string", "format": "date", "pattern": _DAY}, {"type": "null"}]},
                "relation": {"enum": [*RELATIONS, None]},
            },
            "additionalProperties": False,
        },
        {"type": "null"},
    ],
}


def schema_of(instrument: Instrument) -> Schema:
    """Describes the names, types, options and ranges that check_answers accepts.

    It accepts null for a question that may be left out. JSON Schema cannot compare two answers, and it reads numbers as
    doubles. So members that begin with `x-` say when a question is asked, which other answer bounds it, and how many
    decimal places it has. The length of a text is that of the cleaned text, which is never longer than the one sent.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:ikk:instrument:{instrument.code}:{instrument.version}:answers",
        "title": instrument.title.en,
        "description": f"Answers of {instrument.code} {instrument.version}, {instrument.digest}",
        "type": "object",
        "properties": {
            each.code: _roster(each, instrument) if isinstance(each, Roster) else _question(each, instrument)
            for each in instrument.asked
        },
        "required": _required(each for each in instrument.asked if isinstance(each, Question)),
        "additionalProperties": False,
    }


def _required(questions: Any) -> list[str]:
    return [each.code for each in questions if each.required and each.ask_when is None]


def _roster(roster: Roster, instrument: Instrument) -> Schema:
    questions = instrument.row_questions[roster.code]
    properties = {each.code: _question(each, instrument) for each in questions}
    if roster.people:
        properties[PERSON] = _PERSON
    row = {
        "type": "object",
        "properties": properties,
        "required": _required(questions),
        "additionalProperties": False,
    }
    rows = {"type": "array", "maxItems": roster.maximum, "items": row}
    schema: Schema = {**_titles(roster.name), "anyOf": [rows, {"enum": [REFUSED, DONT_KNOW, None]}]}
    if roster.rows is not None:
        schema["x-rows"] = roster.rows
    if roster.people:
        schema["x-people"] = True
    return schema | _written(roster.code, instrument, "roster")


def _question(question: Question, instrument: Instrument) -> Schema:
    others: list[str | None] = [] if question.required else [REFUSED, DONT_KNOW]
    if not question.required or question.ask_when is not None:
        # null is no answer, as if the question were left out.
        others.append(None)
    schema: Schema = _titles(question.text)
    if question.type == "choice":
        schema["enum"] = [*instrument.options[question.options or ""], *others]
    else:
        value = _value(question, instrument)
        schema |= {"anyOf": [value, {"enum": others}]} if others else value
    if question.at_most is not None:
        schema["x-at-most"] = question.at_most
    schema |= _written(question.code, instrument, "question")
    if question.specify_of is not None:
        schema["x-specify-of"] = question.specify_of
    return schema


def _value(question: Question, instrument: Instrument) -> Schema:
    match question.type:
        case "several":
            options = instrument.options[question.options or ""]
            most = question.maximum_chosen
            schema: Schema = {"type": "array", "items": {"enum": list(options)}, "uniqueItems": True, "minItems": 1}
            schema |= {} if most is None else {"maxItems": most}
            if question.alone:
                alone = list(question.alone)
                schema |= {"x-alone": alone, "if": {"contains": {"enum": alone}}, "then": {"maxItems": 1}}
            return schema
        case "date":
            bounds = {"x-earliest": question.earliest, "x-latest": question.latest}
            return {
                "type": "string",
                "format": "date",
                "pattern": _DAY,
                **{name: _json(bound) for name, bound in bounds.items() if bound is not None},
            }
        case "text":
            pattern = "^[0-9]*$" if question.only_digits else PATTERN
            least, most = int(question.minimum or 1), int(question.maximum or 0)
            return {"type": "string", "minLength": least, "maxLength": most, "pattern": pattern}
        case _:
            bounds = {"minimum": _json(question.minimum or 0), "maximum": _json(question.maximum or 0)}
            whole = question.type == "integer"
            return {"type": "integer", **bounds} if whole else {"type": "number", **bounds, "x-digits": question.digits}


def _titles(text: Text) -> Schema:
    """The title in English, and in Indonesian and the other languages of the file."""
    others = {f"x-title-{language}": str(words) for language, words in (text.model_extra or {}).items()}
    return {"title": text.en, "x-title-id": text.id, **others}


def _written(code: str, instrument: Instrument, table: str) -> Schema:
    """What the file says of a question or roster beside its values, in the file's own form."""
    listed: list[Mapping[str, Any]] = instrument.content.get(table, [])
    found = next((each for each in listed if each["code"] == code), {})
    told = {"x-ask-when": found.get("ask_when"), "x-when-not-asked": found.get("when_not_asked")}
    told["x-sensitive"] = found.get("sensitive") or None
    return {name: value for name, value in told.items() if value is not None}


def _json(value: Any) -> Any:
    """A bound as JSON has it."""
    if isinstance(value, int | Fraction):
        bound = limit_of(Fraction(value))
        return bound if isinstance(bound, int) else float(bound)
    return value.isoformat() if isinstance(value, date) else value
