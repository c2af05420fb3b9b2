"""Stored answers: one number per question, in the instrument's order of questions.

The order can be relied on, because an instrument never changes. A choice is stored as the position of its option, and
a number as itself (it is never negative). -1 is "refused", -2 is "does not know", and None means that the question was
not answered. This takes about a fifth of the space of the same answers in JSON, so a row stays below the size at which
PostgreSQL compresses it.
"""

from collections.abc import Sequence
from typing import Final

from app.scoring.format_1 import Instrument
from app.scoring.rules_1 import DONT_KNOW, REFUSED, Answers

_WITHHELD_CODES: Final = {REFUSED: -1, DONT_KNOW: -2}
_WITHHELD_WORDS: Final = {code: word for word, code in _WITHHELD_CODES.items()}


def encode_answers(answers: Answers, instrument: Instrument) -> list[int | None]:
    """Encodes valid answers (see check_answers). The inverse of decode_answers."""
    return [_encode(answers.get(code), options) for code, options in instrument.columns]


def _encode(answer: str | int | None, options: tuple[str, ...]) -> int | None:
    if not isinstance(answer, str):
        return answer
    withheld = _WITHHELD_CODES.get(answer)
    return options.index(answer) if withheld is None else withheld


def decode_answers(codes: Sequence[int | None], instrument: Instrument) -> dict[str, str | int]:
    """The answers as the device sent them, in the instrument's order of questions. None are left of an empty list."""
    answers: dict[str, str | int] = {}
    if not codes:
        return answers
    for (question, options), code in zip(instrument.columns, codes, strict=True):
        if code is not None:
            word = _WITHHELD_WORDS.get(code)
            answers[question] = word or (options[code] if options else code)
    return answers
