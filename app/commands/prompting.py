"""Asks one thing in the terminal, and reads what was typed as an answer."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.commands.base import out, stop, tell
from app.commands.interviewing import LEFT_OUT, Part, Slot
from app.commands.written import spoken
from app.language.catalogue import say
from app.scoring.conditions import DONT_KNOW, REFUSED
from app.scoring.instrument import Instrument, Option, Question

BACK: Final = object()
END: Final = object()
_COMMANDS: Final = {"": LEFT_OUT, "r": REFUSED, "d": DONT_KNOW, "b": BACK, "q": END}
_SEXES: Final = ("female", "male")
_RELATIONS: Final = ("head", "spouse", "child", "other")


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as it is listed: what to type for it, and its text."""

    key: str
    code: str
    text: str


def ask(slot: Slot, instrument: Instrument) -> Any:
    """The answer that was typed, LEFT_OUT, BACK or END. The end of the input is END."""
    choices = _choices(slot, instrument)
    _show(slot, choices)
    while True:
        typed = _read_line()
        if typed is None:
            return END
        typed = typed.strip()
        if typed in _COMMANDS:
            return _COMMANDS[typed]
        answer = _answer(slot, typed, choices)
        if answer is not None:
            return answer
        tell(_help(slot, choices))


def explain_commands() -> str:
    return say("Enter passes over a question, r refuses, d does not know, b goes back, q ends the interview.")


def _read_line() -> str | None:
    out.print("> ", end="", markup=False)
    try:
        typed = sys.stdin.readline()
    except UnicodeDecodeError:
        stop(say("the input is not UTF-8"))
    return typed or None


def _show(slot: Slot, choices: Sequence[Choice]) -> None:
    tell("")
    if slot.roster is not None and slot.row:
        tell(say("{roster}, {row:,} of {rows:,}", roster=spoken(slot.roster.name), row=slot.row, rows=slot.rows))
    if slot.question is not None:
        _show_question(slot.question)
    elif slot.part is not None:
        tell(_said_of(slot.part))
    elif slot.roster is not None:
        tell(say("{roster}: how many rows?", roster=spoken(slot.roster.name)))
    for each in choices:
        tell(f"  {each.key}  {each.text}")


def _said_of(part: Part) -> str:
    return {"sex": say("Sex"), "relation": say("Relation to the head"), "birth_date": say("Birth date")}[part]


def _show_question(question: Question) -> None:
    unit = f" [{question.unit}]" if question.unit else ""
    tell(f"{question.code}: {spoken(question.text)}{unit}")
    if question.hint is not None:
        tell(f"  ({spoken(question.hint)})")


def _choices(slot: Slot, instrument: Instrument) -> list[Choice]:
    """Options are typed as they are numbered. If all codes are numbers, these are typed."""
    if slot.part == "sex":
        texts: list[tuple[str, str]] = [(code, _word_of(code)) for code in _SEXES]
    elif slot.part == "relation":
        texts = [(code, _word_of(code)) for code in _RELATIONS]
    elif slot.question is not None and slot.question.options is not None:
        listed: tuple[Option, ...] = instrument.option_lists[slot.question.options]
        texts = [(each.code, spoken(each.text)) for each in listed]
    else:
        return []
    numbered = not all(re.fullmatch(r"[0-9]+", code) for code, _ in texts)
    return [Choice(str(at) if numbered else code, code, text) for at, (code, text) in enumerate(texts, start=1)]


def _word_of(code: str) -> str:
    return {
        "female": say("female"),
        "male": say("male"),
        "head": say("head"),
        "spouse": say("spouse"),
        "child": say("child"),
        "other": say("other"),
    }[code]


def _answer(slot: Slot, typed: str, choices: Sequence[Choice]) -> Any:
    """What was typed as an app would send it, or None if it cannot be read at all."""
    question = slot.question
    if question is not None and question.type == "several":
        named = [_code(each, choices) for each in re.split(r"[\s,;]+", typed) if each]
        return None if None in named else named
    if choices:
        return _code(typed, choices)
    if question is not None and question.type == "text":
        return typed[1:-1] if len(typed) > 1 and typed[0] == typed[-1] == '"' else typed
    if slot.part == "birth_date" or (question is not None and question.type == "date"):
        return typed
    return _number(typed)


def _code(typed: str, choices: Sequence[Choice]) -> str | None:
    by_key = {each.key: each.code for each in choices}
    return by_key.get(typed) or next((each.code for each in choices if each.code == typed), None)


def _number(typed: str) -> int | Decimal | None:
    """A number with a decimal point or comma."""
    if re.fullmatch(r"-?[0-9]{1,30}", typed):
        return int(typed)
    try:
        return Decimal(typed.replace(",", ".")) if re.fullmatch(r"-?[0-9]{1,30}[.,][0-9]{1,30}", typed) else None
    except InvalidOperation:
        return None


def _help(slot: Slot, choices: Sequence[Choice]) -> str:
    if slot.question is not None and slot.question.type == "several":
        return say("write the numbers of the options, such as {example}", example="1 2")
    if choices:
        return say("write the number of an option")
    return say("write a number, such as {example}", example=3)
