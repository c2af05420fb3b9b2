"""Agreement of two interviews: cases worked by hand, and what holds for every pair of answers."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.agreement import Pair, agreement, compare, kappa
from tests.support.factories import instrument

ANSWERS = st.sampled_from(["yes", "no", "dont_know"])
PAIRS: st.SearchStrategy[list[Pair]] = st.lists(st.tuples(ANSWERS, ANSWERS), min_size=1, max_size=40)

WORKED: list[tuple[list[Pair], Fraction | None]] = [
    # Of 50 pairs 35 agree. Yes by chance: 25/50 × 30/50 = 0.3, no: 25/50 × 20/50 = 0.2. (0.7 - 0.5) / (1 - 0.5)
    (
        [*[("yes", "yes")] * 20, *[("yes", "no")] * 5, *[("no", "yes")] * 10, *[("no", "no")] * 15],
        Fraction(2, 5),
    ),
    # All agree, and half of them would by chance.
    ([("yes", "yes"), ("no", "no")], Fraction(1)),
    # None agrees, and half would by chance: (0 - 0.5) / (1 - 0.5)
    ([("yes", "no"), ("no", "yes")], Fraction(-1)),
    # One side never varies, so all agreement is chance.
    ([("yes", "yes"), ("yes", "no")], Fraction(0)),
    # Nobody can tell agreement from chance.
    ([("yes", "yes"), ("yes", "yes")], None),
    ([], None),
]


@pytest.mark.parametrize(("pairs", "expected"), WORKED)
def test_worked_cases(pairs: list[Pair], expected: Fraction | None) -> None:
    assert kappa(pairs) == expected


@given(PAIRS)
def test_kappa_lies_between_its_bounds_and_does_not_depend_on_the_order(pairs: list[Pair]) -> None:
    found = kappa(pairs)
    assert found == kappa([(second, first) for first, second in reversed(pairs)])
    if found is None:
        assert len({answer for pair in pairs for answer in pair}) == 1
    else:
        assert -1 <= found <= 1
        assert (found == 1) == all(first == second for first, second in pairs)


@given(PAIRS)
def test_what_nobody_answered_makes_no_pair(pairs: list[Pair]) -> None:
    assert agreement("q", pairs) == agreement("q", [*pairs, (None, None)])
    assert agreement("q", [*pairs, ("yes", None)]).agreeing == agreement("q", pairs).agreeing


def test_one_pair_tells_nothing() -> None:
    found = agreement("q", [("yes", "yes")])
    assert (found.pairs, found.agreeing, found.share, found.kappa) == (1, 1, None, None)


def test_the_weakest_come_first_and_sensitive_questions_are_left_out() -> None:
    every = instrument()
    choices = [each.code for each in every.questions if each.type == "choice" and each.roster is None][:2]
    pairs = [({choices[0]: "yes", choices[1]: "yes"}, {choices[0]: "yes", choices[1]: "no"})] * 2
    whole = compare(pairs, [every], sensitive=True)
    assert whole[0].question == choices[1]
    shown = {each.question for each in compare(pairs, [every], sensitive=False)}
    assert shown == {each.question for each in whole} - every.sensitive_questions
