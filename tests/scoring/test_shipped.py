"""The shipped instruments of format 2 mean what those mean that they follow, and their worked cases hold for all.

The cases of a file are the specification of its scoring, worked out by hand. They are run with every version of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.scoring.answers import check_answers, implausible
from app.scoring.cases import run_cases
from app.scoring.conditions import WITHHELD, All, AnyOf, Asked, Compare, Condition, Constant, In, Named, Not
from app.scoring.evaluation import Reading
from app.scoring.family_sums import sums_of
from app.scoring.follows import follow_faults
from app.scoring.instrument import Case, Index, Instrument
from app.scoring.reading.files import check_instrument_file
from app.scoring.reading.format_1_sensitive import SENSITIVE_QUESTIONS
from app.scoring.score import FULFILLED, MISSING, NOT_APPLICABLE, UNFULFILLED, Score, score
from app.scoring.sums import Key, sums
from app.synthetic import draw_answers
from app.synthetic_answers import Strength

FOLDER = Path(__file__).parents[2] / "app" / "instruments"
FAMILIES = 1_000


def _read(file: str) -> Instrument:
    checked = check_instrument_file((FOLDER / f"{file}.toml").read_bytes())
    assert checked.faults == ()
    assert checked.instrument is not None
    return checked.instrument


@dataclass(frozen=True)
class Shipped:
    """A file of format 2, and the frozen files that it is comparable with, the latest last."""

    file: str
    before: tuple[str, ...]

    def __str__(self) -> str:
        return self.file

    @property
    def latest(self) -> Instrument:
        return READ[self.file]

    @property
    def followed(self) -> Instrument:
        return READ[self.before[-1]]

    @property
    def case_names(self) -> list[str]:
        return [each.name for each in self.latest.cases]


ALL = (
    Shipped("ikk-29-2026.1", ("ikk-29-2025.1", "ikk-29-2025.2")),
    Shipped("ikk-29-2026.2", ("ikk-29-2025.1", "ikk-29-2025.2", "ikk-29-2026.1")),
    Shipped("ketahanan-24-2016.3", ("ketahanan-24-2016.1", "ketahanan-24-2016.2")),
)
READ = {file: _read(file) for each in ALL for file in (*each.before, each.file)}
each_shipped = pytest.mark.parametrize("shipped", ALL, ids=str)


def test_every_shipped_file_is_here() -> None:
    assert sorted(READ) == sorted(file.stem for file in FOLDER.glob("*.toml"))
    for file, instrument in READ.items():
        assert file == f"{instrument.code}-{instrument.version}"


# --------------------------------------------------------------------------------------------- the same as before


NOT_ASKED: Mapping[str, Condition] = {
    "malnourished_child": Compare(Named("children_0_17"), "==", Constant(Fraction(0))),
    "childcare": Compare(Named("children_0_17"), "==", Constant(Fraction(0))),
    "difficulty_served": In("difficulty", ("none", "some")),
}
"""What the versions before write where these write that a question was not asked."""


def written_out(condition: Condition, instrument: Instrument) -> Condition:
    """The condition without `asked`, as files of format 1 write it."""
    match condition:
        case Not(Asked(name)):
            return NOT_ASKED[name]
        case Asked(name):
            asked_when = instrument.question[name].ask_when
            assert asked_when is not None
            return asked_when
        case All(parts) | AnyOf(parts):
            return type(condition)(tuple(written_out(each, instrument) for each in parts))
    return condition


def as_before(index: Index, instrument: Instrument) -> Index:
    """The index as a file of format 1 gives it, which has no mark of an indicator and says nothing for registers."""
    found = []
    for each in index.indicators:
        assert each.fulfilled_when is not None
        applies = None if each.applies_when is None else written_out(each.applies_when, instrument)
        fulfilled = written_out(each.fulfilled_when, instrument)
        found.append(replace(each, applies_when=applies, fulfilled_when=fulfilled, sensitive=False))
    return replace(index, about=None, indicators=tuple(found))


@each_shipped
def test_questions_and_index_are_those_of_the_version_that_it_follows(shipped: Shipped) -> None:
    """Every text, mark, limit, condition, weight, category, status and source."""
    new, old = shipped.latest, shipped.followed
    for part in ("code", "title", "description", "status", "languages", "sources", "option_lists", "sections"):
        assert getattr(new, part) == getattr(old, part), part
    assert new.questions == old.questions
    indices = new.indices if old.format > 1 else tuple(as_before(each, new) for each in new.indices)
    assert indices == old.indices


@each_shipped
def test_not_asked_says_exactly_what_it_replaces(shipped: Shipped) -> None:
    """For every answer and every kind of no answer to what decides whether the question is asked."""
    new, tried = shipped.latest, 0
    (index,) = new.indices
    for code in NOT_ASKED.keys() & new.question.keys():
        (reader,) = (each for each in index.indicators if code in new.questions_read(each.fulfilled_when))
        applies = reader.applies_when or All(())
        unknown = ("refused", "dont_know", None)
        degrees = (*(each.code for each in new.option_lists["difficulty"]), *unknown)
        for number, couple, difficulty in product((*range(4), *unknown), ("yes", "no", *unknown), degrees):
            said = {"children_0_17": number, "couple": couple, "difficulty": difficulty}
            answers = {name: answer for name, answer in said.items() if answer is not None}
            reading = Reading(new, answers, new.valid_from)
            if reading.holds(applies) is True:
                assert reading.holds(Not(Asked(code))) is reading.holds(NOT_ASKED[code])
                tried += 1
    assert tried


@each_shipped
def test_it_follows_the_version_before_it(shipped: Shipped) -> None:
    follows = shipped.latest.follows
    assert follows is not None
    assert list(follow_faults(shipped.latest, shipped.followed)) == []
    assert (follows.version, follows.comparable) == (shipped.followed.version, "all")
    assert follows.note is not None
    assert shipped.latest.valid_from >= shipped.followed.valid_from


@each_shipped
def test_nothing_provisional_is_called_official(shipped: Shipped) -> None:
    (index,) = shipped.latest.indices
    assert shipped.latest.status == "provisional"
    assert {each.status for each in index.groups} | {each.status for each in index.categories} == {"provisional"}
    for each in index.indicators:
        assert each.note, each.code
        assert each.status in ("provisional", "literature"), each.code
        assert ("working-catalogue" in each.sources) == (each.status == "provisional"), each.code


@each_shipped
def test_every_sensitive_indicator_is_marked(shipped: Shipped) -> None:
    (index,) = shipped.latest.indices
    assert {at for at, each in enumerate(index.indicators) if each.sensitive} == index.sensitive


@each_shipped
def test_the_check_warns_of_nothing_but_the_length_of_an_amount(shipped: Shipped) -> None:
    """Its limit of a thousand million stays, because a lower one would refuse what was taken before."""
    checked = check_instrument_file((FOLDER / f"{shipped.file}.toml").read_bytes())
    assert [each.code for each in checked.warnings] == ["W13"]


@each_shipped
def test_it_marks_every_question_that_any_earlier_version_or_the_list_marks(shipped: Shipped) -> None:
    marked = {each.code for each in shipped.latest.questions if each.sensitive}
    for file in shipped.before:
        assert marked >= {each.code for each in READ[file].questions if each.sensitive}
    assert marked >= set(SENSITIVE_QUESTIONS[shipped.latest.code, READ[shipped.before[0]].version])


# ----------------------------------------------------------------------------------------- the same for families


def _always(strength: float) -> Strength:
    return lambda _: strength


def families(file: str) -> Iterator[dict[str, str | int]]:
    """Drawn families as a device sends them. In some of them answers are withheld, left out or do not fit."""
    instrument, random = READ[file], Random(file)
    codes = [each.code for each in instrument.questions]
    for number in range(FAMILIES):
        strength = random.random()
        drawn = draw_answers(instrument, random, _always(strength))
        if number % 3 == 0:
            for code in random.sample(codes, random.randint(1, len(codes))):
                if random.random() < 0.5:
                    drawn.pop(code, None)
                elif code in drawn:
                    drawn[code] = random.choice(sorted(WITHHELD))
        if number % 10 == 1:
            drawn |= {code: value for code, value in (("members", 1), ("members_15_up", 0)) if code in drawn}
        yield drawn


def by_key(found: Score, instrument: Instrument) -> dict[Key, int]:
    return {each.key: value for each, value in zip(sums(instrument), sums_of(found, instrument), strict=True)}


@each_shipped
def test_every_family_gets_the_same_as_from_the_version_before(shipped: Shipped) -> None:
    """The same faults, outcomes, values, categories and contributions, and the same sums by key."""
    new, old, day = shipped.latest, shipped.followed, date(2026, 6, 1)
    states, letters, faulty = set(), set(), 0
    for answers in families(shipped.before[-1]):
        checked, faults = check_answers(answers, new, day)
        assert check_answers(answers, old, day) == (checked, faults)
        found = score(answers, new, day)
        assert score(answers, old, day) == found
        before, now = by_key(found, old), by_key(found, new)
        assert {key: now[key] for key in before} == before
        states.add((found.main.state, found.main.category))
        letters |= set(enumerate(found.main.basis.outcomes))
        faulty += bool(faults)
    # The families are of every kind.
    (index,) = new.indices
    assert states == {("incomplete", None), *(("scored", at) for at in range(len(index.categories)))}
    assert letters == {
        (at, letter)
        for at, each in enumerate(index.indicators)
        for letter in (FULFILLED, UNFULFILLED, MISSING, NOT_APPLICABLE)
        if letter != NOT_APPLICABLE or each.applies_when is not None
    }
    assert 0 < faulty < FAMILIES / 2


# -------------------------------------------------------------------------------------------------- worked cases


def without_incomplete(expect: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {code: {key: value for key, value in each.items() if key != "incomplete"} for code, each in expect.items()}


@pytest.mark.parametrize(
    ("file", "shipped"), [(file, each) for each in ALL for file in (*each.before, each.file)], ids=str
)
def test_the_cases_hold_for_every_version(file: str, shipped: Shipped) -> None:
    latest, instrument = shipped.latest, READ[file]
    regions = latest.region_cases
    if instrument.format == 1:
        # Its sums do not tell why a family has no index.
        regions = tuple(replace(each, expect=without_incomplete(each.expect)) for each in regions)
    assert regions
    assert run_cases(replace(instrument, cases=latest.cases, region_cases=regions)) == []


@each_shipped
def test_every_category_state_and_outcome_has_a_case(shipped: Shipped) -> None:
    latest = shipped.latest
    (index,) = latest.indices
    expected = [each.expect[latest.code] for each in latest.cases]
    assert {each["category"] for each in expected} == {*(each.code for each in index.categories), "none"}
    assert {each.get("state", "scored") for each in expected} == {"scored", "incomplete"}
    seen = {
        (indicator.code, each.get("outcomes", {}).get(indicator.code, each["others"]))
        for each in expected
        for indicator in index.indicators
    }
    assert seen >= {(each.code, letter) for each in index.indicators for letter in (FULFILLED, UNFULFILLED)}
    assert {letter for _, letter in seen} == {FULFILLED, UNFULFILLED, NOT_APPLICABLE, MISSING}


@each_shipped
def test_every_case_says_how_it_was_worked_out_and_names_all_figures(shipped: Shipped) -> None:
    groups = {each.code for each in shipped.latest.indices[0].groups}
    for each in shipped.latest.cases:
        expected = each.expect[shipped.latest.code]
        assert each.working, each.name
        assert {"value", "category", "groups", "others"} <= set(expected), each.name
        assert set(expected["groups"]) == groups, each.name


@each_shipped
def test_the_contributions_of_a_case_add_up_to_its_value(shipped: Shipped) -> None:
    for each in shipped.latest.cases:
        found = score(each.answers, shipped.latest, shipped.latest.valid_from).main
        if found.parts is None:
            assert found.value is None, each.name
        else:
            assert sum((part for part in found.parts if part is not None), Fraction(0)) == found.value, each.name


@each_shipped
def test_a_wrong_expectation_is_found(shipped: Shipped) -> None:
    latest = shipped.latest
    first = latest.cases[0]
    wrong = replace(first, expect={latest.code: {**first.expect[latest.code], "value": 99}})
    (found,) = run_cases(replace(latest, cases=(wrong, *latest.cases[1:]), region_cases=()))
    assert (found.path, found.expected, found.found) == (("case", 0, "expect", latest.code, "value"), "99", "100")


# -------------------------------------------------------------------------------------------------------- checks

ODD: Mapping[str, Mapping[str, int]] = {
    "many_members": {"members": 16},
    "couple_alone": {"members": 1},
    "only_children": {"children_0_17": 6},
    "nobody_15_up": {"members_15_up": 0},
    "elderly_not_in_15_up": {"members_60_up": 4},
    "women_not_in_15_up": {"women_18_up": 4},
    "school_more_than_members": {"members_7_18_dropped_out": 1},
    "income_in_thousands": {"income_month": 2_500},
    "income_large": {"income_month": 100_000_001},
    "expenditure_in_thousands": {"expenditure_month": 9_999},
    "expenditure_large": {"expenditure_month": 250_000_000},
}
"""Answers of the first case that each check warns of, by its code."""


def warned(answers: Mapping[str, Any], instrument: Instrument) -> set[str]:
    return {each.code for each in implausible(answers, instrument, instrument.valid_from)}


@each_shipped
def test_each_check_warns_of_its_answers_and_refuses_nothing(shipped: Shipped) -> None:
    latest: Instrument = shipped.latest
    usual: Case = latest.cases[0]
    assert {each.effect for each in latest.checks} == {"warn"}
    for check in latest.checks:
        assert check.code in warned({**usual.answers, **ODD[check.code]}, latest)


@each_shipped
def test_no_check_warns_of_a_usual_family(shipped: Shipped) -> None:
    found = {each.name: warned(each.answers, shipped.latest) for each in shipped.latest.cases}
    # In this case two of two go to school, and one of them left it.
    found.pop("An index of exactly 75 is cukup", None)
    assert {name: checks for name, checks in found.items() if checks} == {}


@each_shipped
def test_no_check_reads_a_sensitive_question(shipped: Shipped) -> None:
    latest = shipped.latest
    sensitive = {each.code for each in latest.questions if each.sensitive}
    assert not sensitive & {name for each in latest.checks for name in latest.names_read(each.when)}
