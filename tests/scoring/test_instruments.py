"""The shipped instruments: counts, weights and claims, a questionnaire to read aloud, and laws of scoring."""

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from app.identity.checks import MOST_PEOPLE
from app.scoring.answers import check_answers
from app.scoring.conditions import Equal, In
from app.scoring.follows import follow_faults
from app.scoring.instrument import Instrument, Question
from app.scoring.parts import Text
from app.scoring.reading.files import read_instrument
from app.scoring.reading.format_1_sensitive import SENSITIVE_QUESTIONS
from app.scoring.score import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED, IndexScore, bases_of, score_basis
from tests.support.factories import SURVEYED_AT
from tests.support.strategies import answers_for, leaves

FILES = [
    path
    for path in sorted((Path(__file__).parents[2] / "app" / "instruments").glob("*.toml"))
    if "\nformat = 1\n" in path.read_text("utf-8")
]
"""The files of format 1. Those of format 2 have the same questions and rules, as `test_shipped` shows."""
INSTRUMENTS = {path.stem: read_instrument(path.read_bytes()) for path in FILES}
IKK = INSTRUMENTS["ikk-29-2025.2"]
KETAHANAN = INSTRUMENTS["ketahanan-24-2016.2"]

DAY = SURVEYED_AT.date()
COMPOSITION = "family"
PRIVATE = "private"
ASSUMED = "working-catalogue"
LONGEST = 220
"""The most characters of a question, which is about what can be said in two breaths."""
SENSITIVE = {"ikk-29": {"KKSP1", "KKSP2", "KKSP3"}, "ketahanan-24": {"KSP1", "KSP2", "KSP3"}}
"""The indicators on violence and law."""

each_instrument = pytest.mark.parametrize("instrument", INSTRUMENTS.values(), ids=INSTRUMENTS)
modest = settings(
    # The files are never edited, and every law is tried with four of them.
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


@each_instrument
def test_a_question_about_members_takes_as_many_as_a_family_may_have(instrument: Instrument) -> None:
    """Otherwise a family that `family.members` takes could not be sent."""
    asked = [each for each in instrument.questions if each.same_as == "members"]
    parts = [each for each in instrument.questions if each.unit == "people"]
    assert asked
    assert all((each.minimum, each.maximum) == (Fraction(1), Fraction(MOST_PEOPLE)) for each in asked)
    assert all(each.maximum == MOST_PEOPLE for each in parts)


def read_by_indicators(instrument: Instrument) -> frozenset[str]:
    rules = [rule for each in instrument.main.indicators for rule in (each.fulfilled_when, each.applies_when)]
    return instrument.questions_read(*rules)


def texts(part: Any, path: str = "") -> Iterator[tuple[str, Text]]:
    if isinstance(part, Text):
        yield path, part
    elif is_dataclass(part):
        for each in fields(part):
            if each.name != "content":
                yield from texts(getattr(part, each.name), f"{path}.{each.name}")
    elif isinstance(part, Mapping | tuple):
        for name, each in part.items() if isinstance(part, Mapping) else enumerate(part):
            yield from texts(each, f"{path}[{name}]")


def score(answers: Mapping[str, Any], instrument: Instrument) -> IndexScore:
    (basis,) = bases_of(answers, instrument, DAY)
    return score_basis(basis, instrument.main)


def faults_of(answers: Mapping[str, Any], instrument: Instrument) -> Any:
    return check_answers(answers, instrument, DAY)[1]


def composition(instrument: Instrument) -> list[Question]:
    return [question for question in instrument.questions if question.section == COMPOSITION]


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
    assert Counter(instrument.main.groups[each.group or 0].code for each in instrument.main.indicators) == counts
    codes = [f"{dimension}{place}" for dimension, count in counts.items() for place in range(1, count + 1)]
    assert [indicator.code for indicator in instrument.main.indicators] == codes


@each_instrument
def test_all_weights_are_equal(instrument: Instrument) -> None:
    assert len({dimension.weight for dimension in instrument.main.groups}) == 1
    assert len({indicator.weight for indicator in instrument.main.indicators}) == 1


@each_instrument
def test_what_is_not_official_does_not_claim_to_be(instrument: Instrument) -> None:
    assert instrument.status == "provisional"
    assert {dimension.status for dimension in instrument.main.groups} == {"provisional"}
    assert {category.status for category in instrument.main.categories} == {"provisional"}
    for indicator in instrument.main.indicators:
        assert indicator.note, indicator.code
        assert (ASSUMED in indicator.sources) == (indicator.status == "provisional"), indicator.code


def test_only_rules_read_in_the_book_of_2016_are_called_literature() -> None:
    assert {indicator.status for indicator in IKK.main.indicators} == {"provisional"}
    known = {indicator.code for indicator in KETAHANAN.main.indicators if indicator.status == "literature"}
    assert known == {"KE1", "KE2", "KE3", "KE5"}


@each_instrument
def test_every_source_is_used_and_can_be_looked_up(instrument: Instrument) -> None:
    named = [dimension.sources for dimension in instrument.main.groups]
    named += [indicator.sources for indicator in instrument.main.indicators]
    assert all(named)
    assert instrument.main.region.weak is not None
    used = set(instrument.main.region.weak.sources).union(*named)
    assert used == {source.code for source in instrument.sources}
    assert [source.code for source in instrument.sources if source.url is None] == [ASSUMED]


# ------------------------------------------------------------------------------------------- the questionnaire


@each_instrument
def test_every_text_is_there_in_both_languages(instrument: Instrument) -> None:
    assert [where for where, text in texts(instrument) if text.id.strip() == text.en.strip()] == []


@each_instrument
def test_every_question_can_be_read_aloud_and_has_a_hint(instrument: Instrument) -> None:
    for question in instrument.questions:
        assert len(question.text.id) <= LONGEST, question.code
        assert len(question.text.en) <= LONGEST, question.code
        assert question.text.id.endswith("?"), question.code
        assert question.text.en.endswith("?"), question.code
        assert question.hint is not None, question.code


@each_instrument
def test_every_question_is_needed(instrument: Instrument) -> None:
    asked = {question.code for question in instrument.questions if question.section != COMPOSITION}
    assert asked <= read_by_indicators(instrument)


@each_instrument
def test_every_option_list_is_used(instrument: Instrument) -> None:
    assert {question.options for question in instrument.questions if question.options} == set(instrument.options)


@each_instrument
def test_who_belongs_to_the_family_comes_first_and_is_required(instrument: Instrument) -> None:
    first = composition(instrument)
    assert list(instrument.questions[: len(first)]) == first
    assert [question.code for question in instrument.questions if question.required] == [
        question.code for question in first
    ]
    assert {question.code: question.same_as for question in first if question.same_as} == {
        "members": "members",
        "head_sex": "head_sex",
    }


@each_instrument
def test_the_questions_follow_the_order_of_the_sections(instrument: Instrument) -> None:
    order = [section.code for section in instrument.sections]
    sections = [str(question.section) for question in instrument.questions]
    assert list(dict.fromkeys(sections)) == order
    assert sections == sorted(sections, key=order.index)


@each_instrument
def test_sensitive_topics_are_flagged_introduced_and_asked_last(instrument: Instrument) -> None:
    family = {question.code for question in composition(instrument)}
    topics: set[str] = set()
    for indicator in instrument.main.indicators:
        if indicator.code in SENSITIVE[instrument.code]:
            topics |= instrument.questions_read(indicator.fulfilled_when) - family
    listed = SENSITIVE_QUESTIONS.get((instrument.code, instrument.version))
    marked = {each["code"] for each in instrument.content["question"] if each["sensitive"]}
    # The first versions mark nothing but these topics. Later ones mark what the list adds for the first.
    assert marked == topics if listed is not None else marked > topics
    assert {question.code for question in instrument.questions if question.section == PRIVATE} == topics
    assert instrument.sections[0].read is not None
    assert instrument.sections[-1].code == PRIVATE
    assert instrument.sections[-1].read is not None


def test_what_both_instruments_ask_they_ask_alike() -> None:
    for code in IKK.question.keys() & KETAHANAN.question.keys():
        here, there = IKK.question[code], KETAHANAN.question[code]
        assert replace(here, ask_when=there.ask_when) == there, code
        if here.options is not None:
            assert IKK.options[here.options] == KETAHANAN.options[here.options], code


@each_instrument
def test_no_rule_takes_every_option_of_a_question(instrument: Instrument) -> None:
    for indicator in instrument.main.indicators:
        assert indicator.fulfilled_when is not None
        for leaf in leaves(indicator.fulfilled_when):
            if isinstance(leaf, Equal | In):
                taken = {leaf.option} if isinstance(leaf, Equal) else set(leaf.options)
                options = set(instrument.options[instrument.question[leaf.name].options or ""])
                assert taken < options, (indicator.code, leaf.name)


# ------------------------------------------------------------------------------- laws over all possible answers


@pytest.mark.parametrize("instrument", [IKK, KETAHANAN], ids=["ikk-29", "ketahanan-24"])
def test_every_indicator_can_have_every_outcome_that_its_rules_allow(instrument: Instrument) -> None:
    wanted = {
        (place, letter)
        for place, indicator in enumerate(instrument.main.indicators)
        for letter in (FULFILLED, UNFULFILLED, MISSING, NOT_APPLICABLE)
        if letter != NOT_APPLICABLE or indicator.applies_when is not None
    }

    def none_is_left(answers: dict[str, str | int]) -> bool:
        wanted.difference_update(enumerate(score(answers, instrument).basis.outcomes))
        return not wanted

    search = settings(modest, max_examples=2000, phases=[Phase.generate], derandomize=True, database=None)
    find(answers_for(instrument), none_is_left, settings=search)


@each_instrument
@given(draw=st.data())
@modest
def test_answers_as_asked_have_no_fault(instrument: Instrument, draw: st.DataObject) -> None:
    assert faults_of(draw.draw(answers_for(instrument)), instrument) == []


@each_instrument
@given(draw=st.data())
@modest
def test_who_answers_everything_has_no_missing_indicator(instrument: Instrument, draw: st.DataObject) -> None:
    assert MISSING not in score(draw.draw(answers_for(instrument, complete=True)), instrument).basis.outcomes


@each_instrument
@given(draw=st.data())
@modest
def test_nobody_is_asked_what_does_not_concern_them(instrument: Instrument, draw: st.DataObject) -> None:
    answers = draw.draw(answers_for(instrument, complete=True))
    family = {question.code for question in composition(instrument)}
    for indicator, letter in zip(instrument.main.indicators, score(answers, instrument).basis.outcomes, strict=True):
        if letter == NOT_APPLICABLE:
            assert not (instrument.questions_read(indicator.fulfilled_when) - family) & answers.keys(), indicator.code


@each_instrument
@given(draw=st.data())
@modest
def test_values_lie_between_0_and_100_and_contributions_add_up(instrument: Instrument, draw: st.DataObject) -> None:
    result = score(draw.draw(answers_for(instrument)), instrument)
    values = [each.value for each in result.groups]
    assert all(value is None or 0 <= value <= 100 for value in values)
    parts = [part for part in result.parts or () if part is not None]
    if result.value is None:
        assert parts == []
        assert result.category is None
    else:
        assert 0 <= result.value <= 100
        assert sum(parts, Fraction(0)) == result.value


@each_instrument
@given(draw=st.data())
@modest
def test_the_order_of_the_answers_changes_nothing(instrument: Instrument, draw: st.DataObject) -> None:
    answers = draw.draw(answers_for(instrument))
    shuffled = dict(draw.draw(st.permutations(list(answers.items()))))
    assert faults_of(shuffled, instrument) == []
    assert score(shuffled, instrument) == score(answers, instrument)


@each_instrument
@given(draw=st.data())
@modest
def test_fulfilling_one_more_indicator_never_lowers_the_index(instrument: Instrument, draw: st.DataObject) -> None:
    result = score(draw.draw(answers_for(instrument)), instrument)
    basis, before = result.basis, result.value
    for place, letter in enumerate(basis.outcomes):
        if letter == UNFULFILLED:
            outcomes = basis.outcomes[:place] + FULFILLED + basis.outcomes[place + 1 :]
            after = score_basis(basis._replace(outcomes=outcomes), instrument.main).value
            assert (before is None) == (after is None)
            assert before is None or (after is not None and after > before)


@pytest.mark.parametrize(
    ("old", "new"), [("ikk-29-2025.1", "ikk-29-2025.2"), ("ketahanan-24-2016.1", "ketahanan-24-2016.2")]
)
def test_a_comparable_version_changes_only_what_its_note_says(old: str, new: str) -> None:
    earlier, later = (deepcopy(dict(INSTRUMENTS[file].content)) for file in (old, new))
    for content in (earlier, later):
        for question in content["question"]:
            question["sensitive"] = None
        for name in ("version", "valid_from", "follows"):
            content.pop(name, None)
    assert later == earlier
    follows = INSTRUMENTS[new].follows
    assert follows is not None
    assert (follows.version, follows.comparable) == (INSTRUMENTS[old].version, "all")
    assert list(follow_faults(INSTRUMENTS[new], INSTRUMENTS[old])) == []
