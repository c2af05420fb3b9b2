"""The language of conditions: three-valued logic, unknown results, refused conditions, writing and reading back."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from app.scoring.rules_1 import (
    DONT_KNOW,
    OPERATORS,
    REFUSED,
    All,
    Answered,
    Answers,
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

TRUE = Equal("savings", "yes")
FALSE = Equal("savings", "no")
UNKNOWN = Equal("water", "piped")
ANSWERS: Answers = {"savings": "yes", "members": 4, "income": 1_000_000, "earners": DONT_KNOW}
BY_TRUTH: dict[bool | None, Rule] = {True: TRUE, False: FALSE, None: UNKNOWN}

CODES = st.sampled_from(["members", "income", "savings", "water"])
WORDS = st.text(min_size=1, max_size=5)
NUMBERS = st.integers(-(10**18), 10**18)
LEAVES: SearchStrategy[Rule] = st.one_of(
    st.builds(Equal, CODES, WORDS),
    st.builds(In, CODES, st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    st.builds(Compare, CODES, st.sampled_from(sorted(OPERATORS)), NUMBERS | st.builds(Multiple, CODES, NUMBERS)),
    st.builds(Answered, CODES),
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

modest = settings(max_examples=50, deadline=None)


def test_it_works() -> None:
    rule = parse_rule({"all": [{"equal": ["savings", "yes"]}, {"compare": ["members", ">", 3]}]})
    assert rule == All((Equal("savings", "yes"), Compare("members", ">", 3)))
    assert rule.holds(ANSWERS) is True


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
        assert All(pair).holds(ANSWERS) is both
        assert AnyOf(pair).holds(ANSWERS) is either


@pytest.mark.parametrize(("inner", "negated"), [(True, False), (False, True), (None, None)])
def test_not_follows_kleene(inner: bool | None, negated: bool | None) -> None:
    assert Not(BY_TRUTH[inner]).holds(ANSWERS) is negated


@pytest.mark.parametrize("answers", [{}, {"water": REFUSED}, {"water": DONT_KNOW}], ids=["absent", REFUSED, DONT_KNOW])
def test_without_an_answer_of_substance_a_comparison_is_unknown(answers: Answers) -> None:
    assert Equal("water", "piped").holds(answers) is None
    assert In("water", ("piped", "bottled")).holds(answers) is None
    assert Compare("water", ">", 0).holds(answers) is None
    assert Answered("water").holds(answers) is False


def test_answered_is_true_for_any_substance_even_zero() -> None:
    assert Answered("children").holds({"children": 0}) is True
    assert Answered("savings").holds(ANSWERS) is True


def test_in_takes_any_of_its_options() -> None:
    assert In("water", ("piped", "well")).holds({"water": "well"}) is True
    assert In("water", ("piped", "well")).holds({"water": "river"}) is False


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
    assert [rule.holds({"members": number}) for number in (3, 4, 5)] == [below, at, above]


def test_compare_with_a_multiple_of_another_answer() -> None:
    assert Compare("income", ">=", Multiple("members", 250_000)).holds(ANSWERS) is True
    assert Compare("income", ">", Multiple("members", 250_000)).holds(ANSWERS) is False


@pytest.mark.parametrize("other", ["earners", "water"], ids=["withheld", "absent"])
def test_compare_with_a_multiple_of_nothing_is_unknown(other: str) -> None:
    assert Compare("income", ">", Multiple(other, 1)).holds(ANSWERS) is None


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


@given(RULES, st.dictionaries(CODES, st.integers(0, 9) | st.sampled_from(["yes", REFUSED, DONT_KNOW])))
@modest
def test_only_the_questions_that_a_rule_names_decide_it(rule: Rule, answers: dict[str, str | int]) -> None:
    named = {code: answer for code, answer in answers.items() if code in questions_of(rule)}
    assert rule.holds(named) is rule.holds(answers)


def test_leaves_come_in_reading_order_with_the_questions_of_multiples() -> None:
    rule = AnyOf((Not(TRUE), All((Compare("income", ">", Multiple("members", 2)), Answered("water")))))
    assert [leaf.question for leaf in leaves(rule)] == ["savings", "income", "water"]
    assert questions_of(rule) == {"savings", "income", "members", "water"}
