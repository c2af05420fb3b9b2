"""The words that a phone shows after sending."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from app.problems import Language
from app.problems.fault_texts import Texts
from app.problems.language import pick
from app.problems.phone_texts import (
    CONFLICT,
    CORRECTED,
    DROPPED,
    HELD,
    MORE_FAULTS,
    NO_CATEGORY,
    NO_SCORE,
    PROVISIONAL,
    RECEIPT,
    SCORE,
    STORED,
    WAITS,
    WARNING,
)
from app.problems.wording import say
from app.scoring.instrument import Instrument

_MOST_FAULTS: Final = 5
_MOST_NAMES: Final = 10
_LONGEST_NAME: Final = 100
_ANSWERS: Final = "/answers/"
_NOT_TO_REPAIR: Final = frozenset(("sent_by_other", "village_elsewhere"))
"""Faults that no edit on the phone mends."""


def say_stored(told: Mapping[str, Any], language: Language) -> str:
    """Returns index, category, receipt code and warnings of a stored submission, from the JSON of SubmissionOut.

    It depends only on what is stored, so that what is sent again has the same message.
    """
    lines = [_say_first(told["revision"], language), _say_score(told["score"], language)]
    if told["score"]["instrument_status"] == "provisional":
        lines.append(pick(PROVISIONAL, language))
    lines.append(_fill(RECEIPT, language, code=told["receipt"]["code"]))
    texts = dict.fromkeys(each["message"][language] for each in told["warnings"])
    return "\n".join([*lines, *(_fill(WARNING, language, text=each) for each in texts)])


def say_held(told: Mapping[str, Any], instrument: Instrument, language: Language) -> str:
    """Returns why a submission with faults is held, and its receipt code, from the JSON of HeldFaultyOut."""
    codes = {each["code"] for each in told["faults"]}
    if codes == {"base_unknown"}:
        first = WAITS
    else:
        # What has faults of its own is repaired on the phone, also if something else is stored.
        first = CONFLICT if told["kind"] == "conflict" and codes <= _NOT_TO_REPAIR else HELD
    faults = _say_faults(told["faults"], instrument, language)
    return "\n".join([pick(first, language), *faults, _fill(RECEIPT, language, code=told["receipt"]["code"])])


def say_conflict(told: Mapping[str, Any], language: Language) -> str:
    """Returns what becomes of content that differs from what is stored, from the JSON of HeldReceiptOut."""
    return "\n".join([pick(CONFLICT, language), _fill(RECEIPT, language, code=told["receipt"]["code"])])


def say_dropped(names: Sequence[str], language: Language) -> str:
    """Returns which files were not kept, each once."""
    shown = list(dict.fromkeys(each[:_LONGEST_NAME] for each in names))[:_MOST_NAMES]
    return _fill(DROPPED, language, names=", ".join(shown))


def _say_first(revision: int, language: Language) -> str:
    return pick(STORED, language) if revision == 1 else _fill(CORRECTED, language, revision=revision)


def _say_score(score: Mapping[str, Any], language: Language) -> str:
    if score["index"] is None:
        return pick(NO_SCORE, language)
    index = say(score["index"], language)
    if score["category"] is None:
        return _fill(NO_CATEGORY, language, index=index)
    return _fill(SCORE, language, index=index, category=score["category"]["name"][language])


def _say_faults(faults: Sequence[Mapping[str, Any]], instrument: Instrument, language: Language) -> Iterator[str]:
    for each in faults[:_MOST_FAULTS]:
        where = _say_place(str(each.get("pointer") or ""), instrument, language)
        yield f"– {where}: {each['message']}" if where else f"– {each['message']}"
    if (more := len(faults) - _MOST_FAULTS) > 0:
        yield _fill(MORE_FAULTS, language, count=more)


def _say_place(pointer: str, instrument: Instrument, language: Language) -> str:
    """The question at a pointer into the answers, or what else the pointer names."""
    code = pointer.rpartition("/")[2]
    question = next((each for each in instrument.questions if each.code == code), None)
    if question is None or not pointer.startswith(_ANSWERS):
        return pointer.lstrip("/")
    return question.text.en if language == "en" else question.text.id


def _fill(texts: Texts, language: Language, **values: object) -> str:
    return pick(texts, language).format(**values)
