"""`ikk instrument try`: an interview in the terminal or from a file, and what the instrument makes of it."""

import json
import sys
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.commands.base import note, stop, stop_with, tell, warn
from app.commands.explaining import explain
from app.commands.instrument_files import read_or_stop
from app.commands.interviewing import Interview
from app.commands.prompting import BACK, END, ask, explain_commands
from app.commands.written import spoken
from app.language.catalogue import language, say
from app.scoring.answers import AnswerFault, check_answers, implausible
from app.scoring.cases import wire
from app.scoring.evaluation import Reading
from app.scoring.instrument import Instrument

_MOST_BYTES: Final = 2_000_000


def try_instrument(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    answers: Annotated[
        Path | None,
        typer.Option(help="Reads the answers from this JSON or TOML file, - for standard input, and asks nothing"),
    ] = None,
    interview: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD", help="The day of the interview. Default: today"),
    ] = None,
) -> None:
    """Interviews you with an instrument file, and shows the score with its reasons. It stores nothing.

    It needs no server and no database. Enter passes over a question, b goes back, and q ends the interview.
    Example: `ikk instrument try my-index.toml --answers family.json --interview 2026-06-15`
    """
    instrument = read_or_stop(file)
    day = interview.date() if interview is not None else datetime.now().astimezone().date()
    given, people = (_interview(instrument, day), None) if answers is None else _read_answers(answers)
    checked, faults = check_answers(given, instrument, day, people)
    if faults:
        stop_with([_said(fault, instrument) for fault in faults])
    for check in implausible(checked, instrument, day):
        warn(say("warning {code}: {text}", code=check.code, text=spoken(check.text)))
    tell(say("{instrument}, interview of {day}", instrument=f"{instrument.code} {instrument.version}", day=day))
    for line in explain(instrument, Reading(instrument, checked, day)):
        tell(line)


def _interview(instrument: Instrument, day: date) -> Mapping[str, Any]:
    """The answers that were given in the terminal, until the end of the questions, q, or the end of the input."""
    held = Interview(instrument, day)
    note(explain_commands())
    while (slot := held.next()) is not None:
        answer = ask(slot, instrument)
        if answer is END:
            break
        if answer is BACK:
            if held.steps:
                held.steps.pop()
            continue
        faults = held.faults(slot, answer)
        if faults:
            warn("\n".join(_said(fault, instrument) for fault in faults))
        else:
            held.steps.append((slot, answer))
    tell("")
    return held.answers()


def _said(fault: AnswerFault, instrument: Instrument) -> str:
    from app.services.intake.answer_faults import answer_fault

    found = answer_fault(fault, instrument).render(language())
    return f"{found.get('pointer', '')}: {found['message']}"


def _read_answers(file: Path) -> tuple[Mapping[str, Any], Sequence[object] | None]:
    """The answers in a file of JSON or TOML, and the people of the family if it is a whole submission."""
    try:
        written = sys.stdin.buffer.read(_MOST_BYTES + 1) if str(file) == "-" else file.read_bytes()
    except OSError as error:
        stop(say("cannot read {file}: {reason}", file=file, reason=error.strerror))
    if len(written) > _MOST_BYTES:
        stop(say("{file} is too large for the answers of one family", file=file))
    found = _parse(written)
    if found is None:
        stop(
            say(
                "{file} has no answers. Write an object of JSON or TOML, such as {example}", file=file, example=_EXAMPLE
            )
        )
    answers, family = found.get("answers"), found.get("family")
    if not isinstance(answers, dict):
        return wire(found), None
    people = family.get("people") if isinstance(family, dict) else None
    return wire(answers), wire(people) if isinstance(people, list) else None


_EXAMPLE: Final = '{"members": 3}'


def _parse(written: bytes) -> Mapping[str, Any] | None:
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    for parse in (_json, _toml):
        try:
            found = parse(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            return found
    return None


def _json(text: str) -> Any:
    return json.loads(text, parse_float=Decimal, parse_constant=_refuse)


def _toml(text: str) -> Any:
    return tomllib.loads(text, parse_float=Decimal)


def _refuse(constant: str) -> Any:
    raise ValueError(constant)
