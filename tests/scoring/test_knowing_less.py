"""Whoever knows less of a family never gets another known outcome, category or value of an indicator."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from app.scoring.score import MISSING, bases_of
from tests.scoring.drawn import DAY, draw_answers, draw_instrument, know_less


@settings(deadline=None)
@given(st.integers(0, 2**32))
def test_knowing_less_never_turns_a_known_outcome_into_another(seed: int) -> None:
    random = Random(seed)
    instrument = draw_instrument(random, knowing=False)
    answers = draw_answers(instrument, random)
    more = bases_of(answers, instrument, DAY)
    less = bases_of(know_less(answers, instrument, random), instrument, DAY)

    for known, left, index in zip(more, less, instrument.indices, strict=True):
        for at, (before, after) in enumerate(zip(known.outcomes, left.outcomes, strict=True)):
            if MISSING not in (before, after):
                assert (before, known.points[at]) == (after, left.points[at]), index.indicators[at].code
        assert known.applies == left.applies or None in (known.applies, left.applies)
        assert known.category == left.category or None in (known.category, left.category)
        assert known.measure == left.measure or None in (known.measure, left.measure)
