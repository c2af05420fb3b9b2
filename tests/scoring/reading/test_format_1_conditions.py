"""The language of conditions: three-valued logic, unknown results, refused conditions, writing and reading back."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from app.scoring.conditions import DONT_KNOW, OPERATORS, REFUSED
from app.scoring.evaluation import Answers, Reading
from app.scoring.instrument import Question
from app.scoring.parts import Text
from app.scoring.reading.files import read_instrument
from app.scoring.reading.format_1_classes import condition_of
from app.scoring.reading.format_1_conditions import (
    All,
    Answered,
    AnyOf,
    Compare,
    Equal,
    In,
    Multiple,
    Not,
    Rule,
    RuleError,
    leaves,
    parse_rule,
    questions_of,
    write_rule,
)
from tests.scoring.small import SMALL

TRUE = Equal("savings", "yes")
FALSE = Equal("savings", "no")
UNKNOWN = Equal("water", "piped")
ANSWERS: Answers = {"savings": "yes", "members": 4, "income": 1_000_000, "earners": DONT_KNOW}
BY_TRUTH: dict[bool | None, Rule] = {True: TRUE, False: FALSE, None: UNKNOWN}

CHOICES = ("savings", "water")
NUMBERED = ("members", "income", "insured", "children", "earners")
CODES = st.sampled_from(CHOICES)
NUMBER_CODES = st.sampled_from(NUMBERED[:2])
WORDS = st.text(min_size=1, max_size=5)
NUMBERS = st.integers(-(10**18), 10**18)
LEAVES: SearchStrategy[Rule] = st.one_of(
    st.builds(Equal, CODES, WORDS),
    st.builds(In, CODES, st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    st.builds(
        Compare,
        NUMBER_CODES,
        st.sampled_from(sorted(OPERATORS)),
        NUMBERS | st.builds(Multiple, NUMBER_CODES, NUMBERS),
    ),
    st.builds(Answered, CODES | NUMBER_CODES),
)
RULES: SearchStrategy[Rule] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Not, inner),
    ),
    max_leaves=8,
)

WITHHELD = st.sampled_from([REFUSED, DONT_KNOW])
ANSWERED = st.fixed_dictionaries(
    {},
    optional={code: st.just("yes") | WITHHELD for code in CHOICES}
    | {code: st.integers(0, 9) | WITHHELD for code in NUMBERED[:2]},
)

modest = settings(max_examples=50, deadline=None)


def asking(code: str) -> Question:
    return Question(code, "choice" if code in CHOICES else "integer", Text(id=code, en=code))


INSTRUMENT = replace(
    read_instrument(SMALL.encode("utf-8")), questions=tuple(asking(code) for code in (*CHOICES, *NUMBERED))
)


def held(rule: Rule, answers: Answers) -> bool | None:
    """What the condition that the rule describes is, for these answers."""
    return Reading(INSTRUMENT, answers, INSTRUMENT.valid_from).holds(condition_of(rule))


def test_it_works() -> None:
    rule = parse_rule({"all": [{"equal": ["savings", "yes"]}, {"compare": ["members", ">", 3]}]})
    assert rule == All((Equal("savings", "yes"), Compare("members", ">", 3)))
    assert held(rule, ANSWERS) is True


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, None, None, None),
    ],
)
def test_all_and_any_follow_kleene(
    left: bool | None, right: bool | None, both: bool | None, either: bool | None
) -> None:
    for pair in ((BY_TRUTH[left], BY_TRUTH[right]), (BY_TRUTH[right], BY_TRUTH[left])):
        assert held(All(pair), ANSWERS) is both
        assert held(AnyOf(pair), ANSWERS) is either


@pytest.mark.parametrize(("inner", "negated"), [(True, False), (False, True), (None, None)])
def test_not_follows_kleene(inner: bool | None, negated: bool | None) -> None:
    assert held(Not(BY_TRUTH[inner]), ANSWERS) is negated


@pytest.mark.parametrize("answers", [{}, {"water": REFUSED}, {"water": DONT_KNOW}], ids=["absent", REFUSED, DONT_KNOW])
def test_without_an_answer_of_substance_a_comparison_is_unknown(answers: Answers) -> None:
    assert held(Equal("water", "piped"), answers) is None
    assert held(In("water", ("piped", "bottled")), answers) is None
    assert held(Compare("water", ">", 0), answers) is None
    assert held(Answered("water"), answers) is False


def test_answered_is_true_for_any_substance_even_zero() -> None:
    assert held(Answered("children"), {"children": 0}) is True
    assert held(Answered("savings"), ANSWERS) is True


def test_in_takes_any_of_its_options() -> None:
    assert held(In("water", ("piped", "well")), {"water": "well"}) is True
    assert held(In("water", ("piped", "well")), {"water": "river"}) is False


@pytest.mark.parametrize(
    ("sign", "below", "at", "above"),
    [
        ("<", True, False, False),
        ("<=", True, True, False),
        ("==", False, True, False),
        ("!=", True, False, True),
        (">=", False, True, True),
        (">", False, False, True),
    ],
)
def test_compare_knows_its_bound(sign: str, below: bool, at: bool, above: bool) -> None:
    rule = Compare("members", sign, 4)
    assert [held(rule, {"members": number}) for number in (3, 4, 5)] == [below, at, above]


def test_compare_with_a_multiple_of_another_answer() -> None:
    assert held(Compare("income", ">=", Multiple("members", 250_000)), ANSWERS) is True
    assert held(Compare("income", ">", Multiple("members", 250_000)), ANSWERS) is False


@pytest.mark.parametrize("other", ["earners", "water"], ids=["withheld", "absent"])
def test_compare_with_a_multiple_of_nothing_is_unknown(other: str) -> None:
    assert held(Compare("income", ">", Multiple(other, 1)), ANSWERS) is None


def test_a_multiple_is_once_where_times_is_left_out() -> None:
    written = {"compare": ["insured", "==", {"question": "members"}]}
    assert parse_rule(written) == Compare("insured", "==", Multiple("members", 1))


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (None, "exactly one key"),
        ("savings = yes", "exactly one key"),
        ([{"answered": "savings"}], "exactly one key"),
        ({}, "exactly one key"),
        ({"answered": "savings", "not": {"answered": "savings"}}, "exactly one key"),
        ({"equals": ["savings", "yes"]}, "unknown condition 'equals'"),
        ({"equal": "savings"}, "equal takes"),
        ({"equal": ["savings"]}, "equal takes"),
        ({"equal": ["savings", "yes", "no"]}, "equal takes"),
        ({"equal": ["members", 4]}, "equal takes"),
        ({"equal": ["savings", True]}, "equal takes"),
        ({"equal": {"savings": "yes"}}, "equal takes"),
        ({"in": ["water", []]}, "in takes"),
        ({"in": ["water", "piped"]}, "in takes"),
        ({"in": ["water", ["piped", 1]]}, "in takes"),
        ({"in": [1, ["piped"]]}, "in takes"),
        ({"compare": ["members", "=", 1]}, "compare takes"),
        ({"compare": ["members", ">"]}, "compare takes"),
        ({"compare": ["members", ">", True]}, "compare takes"),
        ({"compare": ["members", ">", 1.5]}, "compare takes"),
        ({"compare": ["members", ">", "1"]}, "compare takes"),
        ({"compare": [4, ">", 1]}, "compare takes"),
        ({"compare": ["members", ">", {"times": 2}]}, "compare takes"),
        ({"compare": ["members", ">", {"question": "income", "times": True}]}, "compare takes"),
        ({"compare": ["members", ">", {"question": "income", "times": 0.5}]}, "compare takes"),
        ({"compare": ["members", ">", {"question": "income", "plus": 2}]}, "compare takes"),
        ({"all": []}, "all takes a list"),
        ({"all": {"answered": "savings"}}, "all takes a list"),
        ({"any": []}, "any takes a list"),
        ({"any": "savings"}, "any takes a list"),
        ({"any": [{"answered": "savings"}, {"equal": []}]}, "equal takes"),
        ({"not": []}, "exactly one key"),
        ({"not": {"answered": 1}}, "answered takes"),
        ({"answered": ["savings"]}, "answered takes"),
    ],
)
def test_what_is_not_in_the_language_is_refused(written: object, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse_rule(written)


@given(RULES)
@modest
def test_a_rule_written_as_json_reads_back_the_same(rule: Rule) -> None:
    assert parse_rule(json.loads(json.dumps(write_rule(rule)))) == rule


@given(RULES, ANSWERED)
@modest
def test_only_the_questions_that_a_rule_names_decide_it(rule: Rule, answers: dict[str, str | int]) -> None:
    named = {code: answer for code, answer in answers.items() if code in questions_of(rule)}
    assert held(rule, named) is held(rule, answers)


def test_leaves_come_in_reading_order_with_the_questions_of_multiples() -> None:
    rule = AnyOf((Not(TRUE), All((Compare("income", ">", Multiple("members", 2)), Answered("water")))))
    assert [leaf.question for leaf in leaves(rule)] == ["savings", "income", "water"]
    assert questions_of(rule) == {"savings", "income", "members", "water"}
