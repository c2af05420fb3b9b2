"""The tables read from answers what the plain evaluation reads, for random instruments and interviews."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.scoring.answers import check_answers, implausible
from app.scoring.compiled_answers import CompiledAnswers
from app.scoring.compiled_atoms import NotTabular
from app.scoring.evaluation import Answers, Value
from app.scoring.instrument import Instrument, Question
from app.scoring.reading.files import read_instrument
from app.scoring.score import bases_of
from app.synthetic import draw_answers as draw_valid
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
            assert taken.implausible == [each.code for each in implausible(answers, instrument, DAY)]


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


@pytest.mark.parametrize("file", sorted(SHIPPED_INSTRUMENTS.glob("*.toml")), ids=lambda file: file.stem)
def test_the_same_checks_warn(file: Path) -> None:
    """Numbers that are often the largest or the smallest, so that checks of published instruments warn."""
    instrument, random = read_instrument(file.read_bytes()), Random(5)
    compiled, warned = CompiledAnswers(instrument, _encode), set[str]()
    numbers = [each for each in instrument.questions if each.type == "integer"]
    for _ in range(600):
        answers = dict(draw_valid(instrument, random, lambda _: 0.7))
        for each in random.sample(numbers, 2):
            if each.code in answers:
                answers[each.code] = random.choice([each.minimum or 0, each.maximum or 0, 1])
        taken = compiled.take(answers, DAY)
        if taken is not None:
            assert taken.implausible == [each.code for each in implausible(answers, instrument, DAY)]
            warned.update(taken.implausible)
    assert bool(warned) == bool(instrument.warning_checks)
