"""What a reader without sensitive outcomes gets is a function of the visible ones, and what it says is true."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.schemas.aggregates.aggregate import AggregateSummaryOut, RegionRefOut
from app.schemas.intake.score import ScoreOut
from app.scoring.basis_text import read_bases
from app.scoring.catalogue import Catalogue, Published
from app.scoring.disclosure import FEW_FAMILIES, WITHHELD, Bounds, ProtectedIndex, disclose
from app.scoring.disclosure import protect as protect_bases
from app.scoring.instrument import Instrument
from app.scoring.reading.files import read_instrument
from app.scoring.reading.format_1_sensitive import SENSITIVE_QUESTIONS
from app.scoring.region import estimate
from app.scoring.versions import Versions
from tests.scoring.small import SMALL
from tests.support.factories import instrument
from tests.support.sums import score_outcomes, sums_of_families

FILES = ("ikk-29-2025.1", "ikk-29-2025.2", "ketahanan-24-2016.1", "ketahanan-24-2016.2")
SENSITIVE = {
    "ikk-29-2025.1": "KLS1 KLS3 KKF2 KKF3 KKF4 KKSP1 KKSP2 KKSP3 KKSP5 KKSB1 KKSB3",
    "ketahanan-24-2016.1": "LLK1 LLK3 LLK6 KF2 KF3 KSP1 KSP2 KSP3 KSB1 KSB3",
}
SENSITIVE["ikk-29-2025.2"] = SENSITIVE["ikk-29-2025.1"]
SENSITIVE["ketahanan-24-2016.2"] = SENSITIVE["ketahanan-24-2016.1"]
"""Written by hand, so that a question taken from the list fails here. Later versions mark the same in their files."""

each_file = pytest.mark.parametrize("file", FILES)


def protect(outcomes: str, shipped: Instrument) -> ProtectedIndex | None:
    protected = protect_bases(read_bases(outcomes, shipped), shipped)
    if protected is None:
        return None
    assert isinstance(protected[0], ProtectedIndex)
    return protected[0]


def seen(outcomes: str, shipped: Instrument) -> ScoreOut:
    """What a reader without sensitive outcomes gets."""
    return ScoreOut.of_outcomes(outcomes, shipped, whole=False)


def outcomes_for(file: str) -> st.SearchStrategy[str]:
    count = len(instrument(file).main.indicators)
    return st.text("FUNM", min_size=count, max_size=count)


@st.composite
def twins(draw: st.DrawFn) -> tuple[Instrument, str, str]:
    """An instrument, and two families that differ only in sensitive outcomes."""
    file = draw(st.sampled_from(FILES))
    first, other = draw(outcomes_for(file)), draw(outcomes_for(file))
    hidden = instrument(file).main.sensitive
    second = "".join(other[place] if place in hidden else letter for place, letter in enumerate(first))
    return instrument(file), first, second


def with_sensitive(*questions: str) -> Instrument:
    """The small instrument with these questions marked in the file."""
    text = SMALL
    for question in questions:
        text = text.replace(f'code = "{question}"\nsection', f'code = "{question}"\nsensitive = true\nsection')
    return read_instrument(text.encode("utf-8"))


def marked_in(shipped: Instrument) -> set[str]:
    """The questions that the file itself marks."""
    return {each["code"] for each in shipped.content["question"] if each["sensitive"]}


@each_file
def test_it_works(file: str) -> None:
    """One family by hand: every indicator fulfilled, with the sensitive ones taken away."""
    shipped = instrument(file)
    protected = protect("F" * len(shipped.main.indicators), shipped)
    assert protected is not None
    shown = {
        each.code for each, letter in zip(shipped.main.indicators, protected.outcomes, strict=True) if letter == "F"
    }
    assert {each.code for each in shipped.main.indicators} - shown == set(SENSITIVE[file].split())
    assert protected.bounds.highest == 100
    assert protected.category is None
    economy = next(place for place, each in enumerate(shipped.main.groups) if each.code in ("KKE", "KE"))
    assert [isinstance(each, Bounds) for each in protected.groups].count(False) == 1
    assert not isinstance(protected.groups[economy], Bounds)


@pytest.mark.parametrize("file", ["ikk-29-2025.1", "ketahanan-24-2016.1"])
def test_the_list_names_questions_that_exist_with_a_reason(file: str) -> None:
    shipped = instrument(file)
    listed = SENSITIVE_QUESTIONS[shipped.code, shipped.version]
    assert listed.keys() <= shipped.question.keys()
    assert not listed.keys() & marked_in(shipped), "the file marks it already"
    assert all(len(reason.split()) > 3 for reason in listed.values())
    assert shipped.sensitive_questions == listed.keys() | marked_in(shipped)
    assert {"chronic_illness", "law_trouble"} <= shipped.sensitive_questions


def test_the_list_is_for_the_first_versions_only() -> None:
    """Every later file carries its marks itself."""
    assert SENSITIVE_QUESTIONS.keys() == {("ikk-29", "2025.1"), ("ketahanan-24", "2016.1")}


@each_file
def test_a_file_that_carries_its_marks_has_those_of_the_list(file: str) -> None:
    shipped = instrument(file)
    listed = SENSITIVE_QUESTIONS.get((shipped.code, shipped.version), {})
    first = next(instrument(each) for each in FILES if each.startswith(shipped.code))
    assert marked_in(shipped) | listed.keys() == shipped.sensitive_questions == first.sensitive_questions


def test_a_question_asked_because_of_a_sensitive_answer_is_sensitive_too() -> None:
    text = SMALL.replace('code = "insured"\nsection', 'code = "insured"\nsensitive = true\nsection')
    text = re.sub(
        r'(code = "savings"\n(?:.*\n)*?)ask_when = .*', r'\1ask_when = { answered = "insured" }', text, count=1
    )
    assert read_instrument(text.encode("utf-8")).sensitive_questions == {"insured", "savings"}


def test_an_instrument_without_sensitive_indicators_is_shown_whole() -> None:
    small = with_sensitive()
    assert small.main.sensitive == frozenset()
    assert protect("FUF", small) is None
    assert seen("FUF", small) == ScoreOut.of(score_outcomes("FUF", small), small)


@settings(deadline=None)
@given(twins())
def test_families_that_differ_only_in_sensitive_outcomes_look_the_same(drawn: tuple[Instrument, str, str]) -> None:
    shipped, first, second = drawn
    one, other = seen(first, shipped), seen(second, shipped)
    assert one.model_dump_json() == other.model_dump_json()
    assert one.withheld
    assert {each.contribution for each in one.indicators} == {None}


@settings(deadline=None)
@given(twins())
def test_what_is_shown_is_true(drawn: tuple[Instrument, str, str]) -> None:
    """The bounds hold the value, visible outcomes and dimensions are the real ones, and a category is the real one."""
    shipped, outcomes, _ = drawn
    real, shown = score_outcomes(outcomes, shipped).main, protect(outcomes, shipped)
    assert shown is not None
    assert all(letter in (WITHHELD, other) for letter, other in zip(shown.outcomes, outcomes, strict=True))
    for group, dimension in zip(shown.groups, real.groups, strict=True):
        if isinstance(group, Bounds):
            assert within(dimension.value, group)
        else:
            assert group == dimension
    assert within(real.value, shown.bounds)
    assert shown.category in (None, real.category)


def within(value: Fraction | None, bounds: Bounds) -> bool:
    return value is None or (
        bounds.lowest is not None and bounds.highest is not None and bounds.lowest <= value <= bounds.highest
    )


@each_file
def test_a_category_is_shown_where_no_withheld_outcome_can_change_it(file: str) -> None:
    shipped = instrument(file)
    protected = protect("U" * len(shipped.main.indicators), shipped)
    assert protected is not None
    assert protected.bounds.lowest == 0
    low = protected.category
    assert low == (0 if protected.bounds.highest is not None and protected.bounds.highest < 50 else None)
    every = [
        score_outcomes(
            "".join(
                letter if place in shipped.main.sensitive else "U" for place in range(len(shipped.main.indicators))
            ),
            shipped,
        ).main.category
        for letter in "FUNM"
    ]
    assert (low is not None) == (len(set(every)) == 1)


def village(shipped: Instrument, families: Sequence[str]) -> list[int]:
    return sums_of_families(families, shipped)


def summary_of(shipped: Instrument, sums: list[int], **reader: Any) -> dict[str, Any]:
    result = estimate(sums, shipped)
    catalogue = Catalogue()
    catalogue.add(Published(1, shipped, datetime(2026, 1, 1, tzinfo=UTC)))
    versions = Versions.of(catalogue, shipped.code, None)
    figures = disclose(result, versions.take(versions.every, {1: result.families}, 2025), **reader)
    ref = RegionRefOut.of("6372061004", "Landasan Ulin Selatan")
    return AggregateSummaryOut.of(ref, 2025, figures).model_dump(mode="json")


@settings(deadline=None, max_examples=30)
@given(twins(), st.data())
def test_villages_that_differ_only_in_sensitive_figures_look_the_same_but_for_the_index(
    drawn: tuple[Instrument, str, str], data: st.DataObject
) -> None:
    shipped, first, second = drawn
    rest = data.draw(st.lists(outcomes_for(f"{shipped.code}-{shipped.version}"), min_size=1, max_size=3)) * FEW_FAMILIES
    shown = [summary_of(shipped, village(shipped, [each, *rest]), sensitive=False) for each in (first, second)]
    indexes = [each.pop("index") for each in shown]
    # What is made of the families' indexes mixes several hidden parts.
    for each in shown:
        for name in ("headline", "mean", "families", "families_of_mean"):
            del each["indices"][0][name]
    assert shown[0] == shown[1]
    assert {each["of_indicators"] for each in indexes} == {None}
    assert {each["reason"] for each in indexes} == {"small"}


@pytest.mark.parametrize(("families", "few"), [(1, True), (FEW_FAMILIES - 1, True), (FEW_FAMILIES, False)])
def test_means_of_few_families_are_hidden(families: int, few: bool) -> None:
    shipped = instrument()
    sums = village(shipped, ["F" * len(shipped.main.indicators)] * families)
    shown = summary_of(shipped, sums, sensitive=False)
    assert (shown["index"]["mean"] is None) == few
    assert shown["weak_indicators"] == []
    assert shown["families"] == families
    whole = summary_of(shipped, sums, sensitive=True)
    assert (whole["index"]["mean"], whole["index"]["reason"]) == (100, None)


def test_nobody_surveyed_hides_nothing() -> None:
    shipped = instrument()
    shown = summary_of(shipped, village(shipped, []), sensitive=False)
    assert (shown["families"], shown["index"]["families"], shown["index"]["reason"]) == (0, 0, None)


@pytest.mark.parametrize(("questions", "mean_hidden"), [(("insured",), True), (("insured", "savings"), False)])
def test_the_mean_is_hidden_where_it_would_give_the_only_hidden_dimension_back(
    questions: tuple[str, ...], mean_hidden: bool
) -> None:
    small = with_sensitive(*questions)
    assert small.main.sensitive == ({0, 1} if mean_hidden else {0, 1, 2})
    shown = summary_of(small, village(small, ["FUF"] * FEW_FAMILIES), sensitive=False)
    assert (shown["index"]["mean"] is None) == mean_hidden
    assert (shown["index"]["category"] is None) == mean_hidden
    whole = summary_of(small, village(small, ["FUF"] * FEW_FAMILIES), sensitive=True)
    assert (whole["index"]["reason"], whole["dimensions"][0]["reason"]) == (None, None)
