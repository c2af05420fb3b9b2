"""Stored answers decode to exactly the answers that were sent."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from app.scoring.coding_1 import decode_answers, encode_answers
from app.scoring.format_1 import Instrument
from app.scoring.load import read_instrument
from app.scoring.rules_1 import DONT_KNOW, REFUSED
from tests.scoring.small import SMALL
from tests.support.factories import instrument
from tests.support.strategies import answers_for

modest = settings(max_examples=50, deadline=None)


def test_it_works() -> None:
    small = read_instrument(SMALL.encode("utf-8"))
    assert encode_answers({"members": 4, "savings": "no"}, small) == [4, None, 1]
    assert decode_answers([4, None, 1], small) == {"members": 4, "savings": "no"}


def test_refused_not_known_zero_and_unanswered_are_four_things() -> None:
    small = read_instrument(SMALL.encode("utf-8"))
    answers: list[dict[str, str | int]] = [{"insured": REFUSED}, {"insured": DONT_KNOW}, {"insured": 0}, {}]
    stored = [encode_answers(each, small) for each in answers]
    assert [each[1] for each in stored] == [-1, -2, 0, None]
    assert [decode_answers(each, small) for each in stored] == answers


@pytest.mark.parametrize("file", ["ikk-29-2025.1", "ketahanan-24-2016.1", "ikk-29-2025.2", "ketahanan-24-2016.2"])
@given(draw=st.data())
@modest
def test_what_was_sent_comes_back(file: str, draw: DataObject) -> None:
    each: Instrument = instrument(file)
    answers = draw.draw(answers_for(each))
    stored = encode_answers(answers, each)
    assert len(stored) == len(each.question)
    assert decode_answers(stored, each) == answers
