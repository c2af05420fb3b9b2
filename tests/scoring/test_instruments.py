"""The shipped instruments: counts, weights and claims, a questionnaire to read aloud, and laws of scoring."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from app.identity.checks import MOST_PEOPLE
from app.scoring.answers_1 import check_answers
from app.scoring.follows import follow_faults
from app.scoring.format_1 import Instrument, Question
from app.scoring.load import read_instrument
from app.scoring.parts import Text
from app.scoring.rules_1 import Equal, In, leaves, questions_of
from app.scoring.score_1 import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED, score, score_outcomes
from app.scoring.sensitive import SENSITIVE_QUESTIONS
from tests.support.strategies import answers_for
from tests.support.sums import definition_of

FILES = [
    path
    for path in sorted((Path(__file__).parents[2] / "app" / "instruments").glob("*.toml"))
    if "\nformat = 1\n" in path.read_text("utf-8")
]
"""The files of format 1. Those of format 2 have the same questions and rules, as `test_shipped` shows."""
INSTRUMENTS = {path.stem: read_instrument(path.read_bytes()) for path in FILES}
IKK = INSTRUMENTS["ikk-29-2025.2"]
KETAHANAN = INSTRUMENTS["ketahanan-24-2016.2"]

COMPOSITION = "family"
PRIVATE = "private"
ASSUMED = "working-catalogue"
LONGEST = 220
"""The most characters of a question, which is about what can be said in two breaths."""
SENSITIVE = {"ikk-29": {"KKSP1", "KKSP2", "KKSP3"}, "ketahanan-24": {"KSP1", "KSP2", "KSP3"}}
"""The indicators on violence and law."""

each_instrument = pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
modest = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@each_instrument
def test_a_question_about_members_takes_as_many_as_a_family_may_have(instrument: Instrument) -> None:
    """Otherwise a family that `family.members` takes could not be sent."""
    asked = [each for each in instrument.question if each.same_as == "members"]
    parts = [each for each in instrument.question if each.unit == "people"]
    assert asked
    assert {(each.minimum, each.maximum) for each in asked} == {(1, MOST_PEOPLE)}
    assert {each.maximum for each in parts} == {MOST_PEOPLE}


def read_by_indicators(instrument: Instrument) -> set[str]:
    rules = [indicator.fulfilled_when for indicator in instrument.indicator]
    rules += [each.applies_when for each in instrument.indicator if each.applies_when is not None]
    return {code for rule in rules for code in questions_of(rule)}


def texts(part: BaseModel, path: str = "") -> Iterator[tuple[str, Text]]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        for place, each in enumerate(value if isinstance(value, tuple) else (value,)):
            here = f"{path}.{name}[{place}]"
            if isinstance(each, Text):
                yield here, each
            elif isinstance(each, BaseModel):
                yield from texts(each, here)


def composition(instrument: Instrument) -> list[Question]:
    return [question for question in instrument.question if question.section == COMPOSITION]


# ---------------------------------------------------------------------------------------- what the files claim


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_named_after_its_instrument(path: Path) -> None:
    instrument = INSTRUMENTS[path.stem]
    assert path.stem == f"{instrument.code}-{instrument.version}"


@pytest.mark.parametrize(
    ("instrument", "counts"),
    [
        (IKK, {"KLS": 3, "KKF": 6, "KKE": 8, "KKSP": 6, "KKSB": 6}),
        (KETAHANAN, {"LLK": 7, "KF": 4, "KE": 7, "KSP": 3, "KSB": 3}),
    ],
    ids=["ikk-29", "ketahanan-24"],
)
def test_the_number_of_indicators_is_the_published_one(instrument: Instrument, counts: dict[str, int]) -> None:
    assert Counter(indicator.dimension for indicator in instrument.indicator) == counts
    codes = [f"{dimension}{place}" for dimension, count in counts.items() for place in range(1, count + 1)]
    assert [indicator.code for indicator in instrument.indicator] == codes


@each_instrument
def test_all_weights_are_equal(instrument: Instrument) -> None:
    assert len({dimension.weight for dimension in instrument.dimension}) == 1
    assert len({indicator.weight for indicator in instrument.indicator}) == 1


@each_instrument
def test_what_is_not_official_does_not_claim_to_be(instrument: Instrument) -> None:
    assert instrument.status == "provisional"
    assert {dimension.status for dimension in instrument.dimension} == {"provisional"}
    assert {category.status for category in instrument.category} == {"provisional"}
    for indicator in instrument.indicator:
        assert indicator.note, indicator.code
        assert (ASSUMED in indicator.sources) == (indicator.status == "provisional"), indicator.code


def test_only_rules_read_in_the_book_of_2016_are_called_literature() -> None:
    assert {indicator.status for indicator in IKK.indicator} == {"provisional"}
    known = {indicator.code for indicator in KETAHANAN.indicator if indicator.status == "literature"}
    assert known == {"KE1", "KE2", "KE3", "KE5"}


@each_instrument
def test_every_source_is_used_and_can_be_looked_up(instrument: Instrument) -> None:
    named = [dimension.sources for dimension in instrument.dimension]
    named += [indicator.sources for indicator in instrument.indicator]
    assert all(named)
    used = set(instrument.scoring.sources).union(*named)
    assert used == {source.code for source in instrument.source}
    assert [source.code for source in instrument.source if source.url is None] == [ASSUMED]


# ------------------------------------------------------------------------------------------- the questionnaire


@each_instrument
def test_every_text_is_there_in_both_languages(instrument: Instrument) -> None:
    assert [where for where, text in texts(instrument) if text.id.strip() == text.en.strip()] == []


@each_instrument
def test_every_question_can_be_read_aloud_and_has_a_hint(instrument: Instrument) -> None:
    for question in instrument.question:
        assert len(question.text.id) <= LONGEST, question.code
        assert len(question.text.en) <= LONGEST, question.code
        assert question.text.id.endswith("?"), question.code
        assert question.text.en.endswith("?"), question.code
        assert question.hint is not None, question.code


@each_instrument
def test_every_question_is_needed(instrument: Instrument) -> None:
    asked = {question.code for question in instrument.question if question.section != COMPOSITION}
    assert asked <= read_by_indicators(instrument)


@each_instrument
def test_every_option_list_is_used(instrument: Instrument) -> None:
    assert {question.options for question in instrument.question if question.options} == set(instrument.options)


@each_instrument
def test_who_belongs_to_the_family_comes_first_and_is_required(instrument: Instrument) -> None:
    first = composition(instrument)
    assert list(instrument.question[: len(first)]) == first
    assert [question.code for question in instrument.question if question.required] == [
        question.code for question in first
    ]
    assert {question.code: question.same_as for question in first if question.same_as} == {
        "members": "members",
        "head_sex": "head_sex",
    }


@each_instrument
def test_the_questions_follow_the_order_of_the_sections(instrument: Instrument) -> None:
    order = [section.code for section in instrument.section]
    assert list(dict.fromkeys(question.section for question in instrument.question)) == order
    assert [order.index(question.section) for question in instrument.question] == sorted(
        order.index(question.section) for question in instrument.question
    )


@each_instrument
def test_sensitive_topics_are_flagged_introduced_and_asked_last(instrument: Instrument) -> None:
    family = {question.code for question in composition(instrument)}
    topics: set[str] = set()
    for indicator in instrument.indicator:
        if indicator.code in SENSITIVE[instrument.code]:
            topics |= questions_of(indicator.fulfilled_when) - family
    listed = SENSITIVE_QUESTIONS.get((instrument.code, instrument.version))
    marked = {question.code for question in instrument.question if question.sensitive}
    # The first versions mark nothing but these topics. Later ones mark what the list adds for the first.
    assert marked == topics if listed is not None else marked > topics
    assert {question.code for question in instrument.question if question.section == PRIVATE} == topics
    assert instrument.section[0].read is not None
    assert instrument.section[-1].code == PRIVATE
    assert instrument.section[-1].read is not None


def test_what_both_instruments_ask_they_ask_alike() -> None:
    for code in IKK.questions.keys() & KETAHANAN.questions.keys():
        here, there = IKK.questions[code], KETAHANAN.questions[code]
        assert here.model_copy(update={"ask_when": there.ask_when}) == there, code
        if here.options is not None:
            assert IKK.options[here.options] == KETAHANAN.options[here.options], code


@each_instrument
def test_no_rule_takes_every_option_of_a_question(instrument: Instrument) -> None:
    for indicator in instrument.indicator:
        for leaf in leaves(indicator.fulfilled_when):
            if isinstance(leaf, Equal | In):
                taken = {leaf.value} if isinstance(leaf, Equal) else set(leaf.values)
                options = set(instrument.options[instrument.questions[leaf.question].options or ""])
                assert taken < options, (indicator.code, leaf.question)


# ------------------------------------------------------------------------------- laws over all possible answers


@each_instrument
def test_every_indicator_can_have_every_outcome_that_its_rules_allow(instrument: Instrument) -> None:
    wanted = {
        (place, letter)
        for place, indicator in enumerate(instrument.indicator)
        for letter in (FULFILLED, UNFULFILLED, MISSING, NOT_APPLICABLE)
        if letter != NOT_APPLICABLE or indicator.applies_when is not None
    }

    def none_is_left(answers: dict[str, str | int]) -> bool:
        wanted.difference_update(enumerate(score(answers, instrument).outcomes))
        return not wanted

    search = settings(modest, max_examples=2000, phases=[Phase.generate], derandomize=True, database=None)
    find(answers_for(instrument), none_is_left, settings=search)


@each_instrument
@given(draw=st.data())
@modest
def test_answers_as_asked_have_no_fault(instrument: Instrument, draw: st.DataObject) -> None:
    assert check_answers(draw.draw(answers_for(instrument)), instrument) == []


@each_instrument
@given(draw=st.data())
@modest
def test_who_answers_everything_has_no_missing_indicator(instrument: Instrument, draw: st.DataObject) -> None:
    assert MISSING not in score(draw.draw(answers_for(instrument, complete=True)), instrument).outcomes


@each_instrument
@given(draw=st.data())
@modest
def test_nobody_is_asked_what_does_not_concern_them(instrument: Instrument, draw: st.DataObject) -> None:
    answers = draw.draw(answers_for(instrument, complete=True))
    family = {question.code for question in composition(instrument)}
    for indicator, letter in zip(instrument.indicator, score(answers, instrument).outcomes, strict=True):
        if letter == NOT_APPLICABLE:
            assert not (questions_of(indicator.fulfilled_when) - family) & answers.keys(), indicator.code


@each_instrument
@given(draw=st.data())
@modest
def test_values_lie_between_0_and_100_and_contributions_add_up(instrument: Instrument, draw: st.DataObject) -> None:
    result = score(draw.draw(answers_for(instrument)), instrument)
    values = [each.value for each in result.dimensions]
    assert all(value is None or 0 <= value <= 100 for value in values)
    parts = [part for part in result.contributions if part is not None]
    if result.index is None:
        assert parts == []
        assert result.category is None
    else:
        assert 0 <= result.index <= 100
        assert sum(parts, Fraction(0)) == result.index


@each_instrument
@given(draw=st.data())
@modest
def test_the_order_of_the_answers_changes_nothing(instrument: Instrument, draw: st.DataObject) -> None:
    answers = draw.draw(answers_for(instrument))
    shuffled = dict(draw.draw(st.permutations(list(answers.items()))))
    assert check_answers(shuffled, instrument) == []
    assert score(shuffled, instrument) == score(answers, instrument)


@each_instrument
@given(draw=st.data())
@modest
def test_fulfilling_one_more_indicator_never_lowers_the_index(instrument: Instrument, draw: st.DataObject) -> None:
    outcomes = score(draw.draw(answers_for(instrument)), instrument).outcomes
    before = score_outcomes(outcomes, instrument).index
    for place, letter in enumerate(outcomes):
        if letter == UNFULFILLED:
            after = score_outcomes(outcomes[:place] + FULFILLED + outcomes[place + 1 :], instrument).index
            assert (before is None) == (after is None)
            assert before is None or (after is not None and after > before)


@pytest.mark.parametrize(
    ("old", "new"), [("ikk-29-2025.1", "ikk-29-2025.2"), ("ketahanan-24-2016.1", "ketahanan-24-2016.2")]
)
def test_a_comparable_version_changes_only_what_its_note_says(old: str, new: str) -> None:
    earlier, later = (INSTRUMENTS[file].model_dump() for file in (old, new))
    for content in (earlier, later):
        for question in content["question"]:
            question["sensitive"] = None
        for name in ("version", "valid_from", "follows"):
            del content[name]
    assert later == earlier
    follows = INSTRUMENTS[new].follows
    assert follows is not None
    assert (follows.version, follows.comparable) == (INSTRUMENTS[old].version, "all")
    assert list(follow_faults(definition_of(INSTRUMENTS[new]), definition_of(INSTRUMENTS[old]))) == []
