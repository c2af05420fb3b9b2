"""The tables read from answers what the plain evaluation reads, for random instruments and interviews."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.compiled_answers import CompiledAnswers, NotTabular
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
