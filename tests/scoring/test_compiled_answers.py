"""The tables read from answers what the plain evaluation reads, for random instruments and interviews."""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.answers import check_answers
from app.scoring.compiled_answers import CompiledAnswers
from app.scoring.compiled_atoms import NotTabular
from app.scoring.evaluation import Answers, Value
from app.scoring.instrument import Instrument, Question
from app.scoring.score import bases_of
from tests.scoring.drawn import DAY, draw_answers, draw_instrument


def _encode(question: Question, value: Value | None) -> bytes:
    return f"{question.code}={value};".encode()


def _stored(answers: Answers, instrument: Instrument) -> bytes:
    return b"".join(_encode(each, answers.get(each.code)) for each in instrument.questions)  # type: ignore[arg-type]


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_outcomes_and_stored_answers_are_equal(seed: int) -> None:
    random = Random(seed)
    instrument = draw_instrument(random)
    try:
        compiled = CompiledAnswers(instrument, _encode)
    except NotTabular:
        return

    for _ in range(20):
        answers = draw_answers(instrument, random, silent=0.4)
        taken = compiled.take(answers, DAY)
        if taken is not None:
            assert taken.answers == answers
            assert taken.bases == bases_of(answers, instrument, DAY)
            assert taken.stored == (_stored(answers, instrument), ())


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_answers_that_may_be_wrong_have_the_same_faults(seed: int) -> None:
    """Whatever was sent, the tables take it only if the plain check finds no fault."""
    random = Random(seed)
    instrument = draw_instrument(random)
    try:
        tables = CompiledAnswers(instrument, _encode)
    except NotTabular:
        return

    for _ in range(20):
        sent = {**draw_answers(instrument, random, silent=0.2)}
        for _ in range(random.randint(1, 3)):
            _spoil(sent, instrument, random)
        taken = tables.take(sent, DAY)
        answers, faults = check_answers(sent, instrument, DAY, None)
        if taken is not None:
            assert faults == []
            assert taken.answers == answers
            assert taken.bases == bases_of(answers, instrument, DAY)


def _spoil(sent: dict[str, Any], instrument: Instrument, random: Random) -> None:
    """Changes one answer to another one, which may be right or wrong."""
    code = random.choice([*(each.code for each in instrument.questions), "unknown"])
    sent.pop(code, None)
    answer: Any = random.choice(
        (None, 0, 1, 3, 99, True, 1.0, "1", "yes", "no", "refused", "dont_know", ["01"], {}, ...)
    )
    if answer is not ...:
        sent[code] = answer
