"""Answers as they are stored: one number a question, in the instrument's order, as an instrument never changes.

A choice is the place of its option, a number is itself (never negative), -1 is "refused", -2 is "does not know", and
None was not answered. About a fifth of the same answers in JSON, so a row stays below the size PostgreSQL compresses.
"""

from collections.abc import Sequence
from typing import Final

from app.scoring.instrument import Instrument
from app.scoring.rules import DONT_KNOW, REFUSED, Answers

_WITHHELD_CODES: Final = {REFUSED: -1, DONT_KNOW: -2}
_WITHHELD_WORDS: Final = {code: word for word, code in _WITHHELD_CODES.items()}


def encode_answers(answers: Answers, instrument: Instrument) -> list[int | None]:
    """From answers without fault; the inverse of decode_answers."""
    return [_encode(answers.get(code), options) for code, options in instrument.columns]


def _encode(answer: str | int | None, options: tuple[str, ...]) -> int | None:
    if not isinstance(answer, str):
        return answer
    withheld = _WITHHELD_CODES.get(answer)
    return options.index(answer) if withheld is None else withheld


def decode_answers(codes: Sequence[int | None], instrument: Instrument) -> dict[str, str | int]:
    """The answers as they were sent, in the instrument's order of questions."""
    answers: dict[str, str | int] = {}
    for (question, options), code in zip(instrument.columns, codes, strict=True):
        if code is not None:
            word = _WITHHELD_WORDS.get(code)
            answers[question] = word or (options[code] if options else code)
    return answers
