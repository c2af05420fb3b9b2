"""Each figure has the metadata that Satu Data Indonesia asks for, and its formula is the one in use."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from app.schemas.releases.metadata import ReleaseMetadataOut
from app.schemas.releases.metadata_table import COLUMNS, VARIABLE_COLUMNS, metadata_rows, variable_rows
from app.scoring.answers import check_answers
from app.scoring.cases import wire
from app.scoring.figure_texts import TEXTS as FIGURE_TEXTS
from app.scoring.instrument import Index, Instrument
from app.scoring.metadata import FigureMetadata, figure_metadata
from app.scoring.metadata_variables import VariableMetadata, variable_metadata
from app.scoring.parts import Text
from app.scoring.reading.files import check_instrument_file
from app.scoring.score import IndexScore, score
from app.scoring.wording import Wording
from app.scoring.wording_texts import TEXTS as CONDITION_TEXTS
from tests.scoring.test_examples import FILES
from tests.support.guide import instrument_of_guide

FOLDER = Path(__file__).parents[2] / "app" / "instruments"
SHIPPED = {file.stem: file.read_text("utf-8") for file in sorted(FOLDER.glob("*.toml"))}
ALL = {**SHIPPED, **FILES}


def read(text: str) -> Instrument:
    checked = check_instrument_file(text.encode("utf-8"))
    assert checked.faults == ()
    assert checked.instrument is not None
    return checked.instrument


def row_of(instrument: Instrument, code: str, kind: str = "indicator") -> FigureMetadata:
    (row,) = [each for each in figure_metadata(instrument) if (each.kind, each.code) == (kind, code)]
    return row


def variable_of(instrument: Instrument, code: str) -> VariableMetadata:
    return next(each for each in variable_metadata(instrument) if each.code == code)


each_file = pytest.mark.parametrize("text", ALL.values(), ids=ALL.keys())


# ------------------------------------------------------------------------------------------------------- every row


@each_file
def test_every_index_group_and_indicator_has_a_row(text: str) -> None:
    instrument = read(text)
    rows = figure_metadata(instrument)
    for index in instrument.indices:
        here = [each for each in rows if each.index == index.code]
        assert here[0].kind == "index"
        assert sorted(each.code for each in here if each.kind == "group") == sorted(each.code for each in index.groups)
        assert sorted(each.code for each in here if each.kind == "indicator") == sorted(
            each.code for each in index.indicators
        )


@each_file
def test_a_row_is_complete_in_both_languages(text: str) -> None:
    instrument = read(text)
    for row in figure_metadata(instrument):
        for told in (row.name, row.definition, row.formula, row.measure, row.unit, *row.classification):
            assert told.id.strip()
            assert told.en.strip()
            assert not re.search(r"\{\w+\}", told.id + told.en)
        assert row.interpretation is not None
        assert row.sources
        assert row.variables
        assert set(row.variables) <= instrument.question.keys()
        assert row.classification[0].en == "Region"
        assert row.composite == (row.kind != "indicator" and bool(instrument.index(row.index).indicators))  # type: ignore[union-attr]
        assert row.public is None


@each_file
def test_nothing_that_is_not_official_looks_official(text: str) -> None:
    instrument = read(text)
    assert instrument.status == "provisional"
    for row in figure_metadata(instrument):
        assert row.instrument_status == "provisional"
        assert row.status_note is not None
        assert row.kind != "index" or row.status == "provisional"


@each_file
def test_the_table_has_the_same_rows(text: str) -> None:
    metadata = ReleaseMetadataOut.of(read(text), year=2026, public=True)
    rows = list(metadata_rows(metadata))
    assert {len(each) for each in rows} == {len(COLUMNS)}
    assert len(rows) == len(metadata.indicators)
    names = list(COLUMNS)
    assert [row[names.index("formula_en")] for row in rows] == [each.formula.en for each in metadata.indicators]
    assert {row[names.index("public")] for row in rows} == {"yes"}
    assert {row[names.index("status")] for row in rows} <= {"provisional", "literature"}
    variables = list(variable_rows(metadata))
    assert {len(each) for each in variables} == {len(VARIABLE_COLUMNS)}
    assert [each[2] for each in variables] == [each.code for each in metadata.variables]


def test_sentences_of_conditions_and_figures_have_different_names() -> None:
    assert CONDITION_TEXTS.keys() & FIGURE_TEXTS.keys() == set()


@pytest.mark.parametrize("texts", [*CONDITION_TEXTS.values(), *FIGURE_TEXTS.values()])
def test_both_languages_say_the_same_values(texts: tuple[str, str]) -> None:
    indonesian, english = (sorted(re.findall(r"\{(\w+)\}", each)) for each in texts)
    assert indonesian == english


# -------------------------------------------------------------------------------------------------------- formulas


def compute(formula: str, values: Mapping[str, Fraction]) -> Any:
    """The first sentence of a formula with the values of its parts."""
    expression = formula.split(". ")[0].rstrip(".").partition(" = ")[2]
    expression = re.sub(r"(?<=\d),(?=\d{3})", "", expression)
    expression = re.sub(r"\[([^\]]+)\]", lambda found: f"values[{found[1]!r}]", expression)
    expression = re.sub(r"(?<![\w'.])(\d+(?:\.\d+)?)(?![\w'])", r"Fraction('\1')", expression)
    expression = expression.replace("×", "*").replace("÷", "/").replace("^", "**")
    return eval(expression, {"values": values, "Fraction": Fraction, "min": min, "max": max})


def part_values(index: Index, found: IndexScore) -> dict[str, Fraction]:
    """What the codes stand for, as the formula says. Only of parts with a value."""
    scale = Fraction(1) if index.method == "points-sum" else index.scale
    groups = {
        each.code: counts.value / scale
        for each, counts in zip(index.groups, found.groups, strict=True)
        if counts.value is not None
    }
    own = {each.code: value for each, value in zip(index.indicators, found.values, strict=True) if value is not None}
    return {**groups, **own}


def scored_cases(instrument: Instrument) -> Iterator[tuple[Index, IndexScore]]:
    for case in instrument.cases:
        day = case.interview or instrument.valid_from
        answers, _ = check_answers(wire(case.answers), instrument, day)
        yield from zip(instrument.indices, score(answers, instrument, day).indices, strict=True)


COMPUTED = {code: text for code, text in ALL.items() if code not in ("hunger", "members") and "\nformat = 2\n" in text}
"""Files with a formula and with a case in which every part has a value."""


@pytest.mark.parametrize("text", COMPUTED.values(), ids=COMPUTED.keys())
def test_a_formula_computes_what_the_cases_say(text: str) -> None:
    instrument = read(text)
    rows = {(each.index, each.kind, each.code): each for each in figure_metadata(instrument)}
    computed = 0
    for index, found in scored_cases(instrument):
        values = part_values(index, found)
        for each, counts in zip(index.groups, found.groups, strict=True):
            row = rows[index.code, "group", each.code]
            if counts.value is not None and values.keys() >= set(row.components):
                assert compute(row.formula.en, values) == counts.value
                computed += 1
        row = rows[index.code, "index", index.code]
        if index.method in ("stages", "rule") or found.value is None or not values.keys() >= set(row.components):
            continue
        computed += 1
        if index.method == "geometric-mean":
            assert float(compute(row.formula.en, values)) == pytest.approx(float(found.value))
        else:
            assert compute(row.formula.en, values) == found.value
    assert computed


@pytest.mark.parametrize(
    ("code", "kind", "part", "formula"),
    [
        ("small-index", "index", "small", "[small] = 100 × ([ECONOMY] + [SOCIAL]) ÷ 2."),
        ("small-index", "group", "ECONOMY", "[ECONOMY] = 100 × ([E1] + [E2]) ÷ 2."),
        ("small-index", "indicator", "E1", "100 × F ÷ (F + U)."),
        ("geometric", "index", "hdi", "[hdi] = [education]^(0.5) × [income]^(0.5)."),
        ("wellbeing", "index", "scale", "[scale] = [s1] + [s2] + [s3]."),
        (
            "wellbeing",
            "indicator",
            "s1",
            "100 × Σv ÷ A. v = (points − 1) ÷ (4 − 1), A: families",
        ),
        ("food", "index", "fcs", "[fcs] = 2 × [staples] + 3 × [beans] + 4 × [meat] + 0.5 × [oil]."),
    ],
)
def test_a_formula_is_written_with_its_weights(code: str, kind: str, part: str, formula: str) -> None:
    assert row_of(instrument_of_guide(code), part, kind).formula.en.startswith(formula)


def test_a_cut_off_and_a_headline_stand_in_the_formula() -> None:
    formula = row_of(instrument_of_guide("poverty"), "mpi", "index").formula.en
    assert "A family is poor if its value is ≥ 1/3." in formula
    assert "Headline M0 = H × A" in formula


def test_what_must_be_answered_stands_in_the_formula() -> None:
    assert (
        "There is a value if at least 15 indicators are answered."
        in row_of(read(SHIPPED["ikk-29-2026.1"]), "ikk-29", "index").formula.en
    )


# ----------------------------------------------------------------------------------------------------- definitions


def test_a_condition_is_said_in_the_words_of_the_questionnaire() -> None:
    row = row_of(read(SHIPPED["ikk-29-2026.1"]), "KKE2")
    assert "(income_month) > 250.000 × “" in row.definition.id
    assert "250,000 × “How many people are listed on this family card, including yourself?” (members)" in (
        row.definition.en
    )
    assert row.variables == ("members", "income_month")


def test_whom_an_indicator_concerns_is_said_with_when_its_question_is_asked() -> None:
    definition = row_of(instrument_of_guide("small-index"), "S1").definition.en
    assert definition.endswith(
        "It concerns a family if “Does the family usually eat together?” (shared_meals) is asked, which is so if "
        "“How many people are in this family?” (members) > 1."
    )


def test_a_deprivation_is_said_as_what_does_not_fulfil() -> None:
    definition = row_of(instrument_of_guide("poverty"), "years").definition.en
    assert "It is not fulfilled if “Berapa lama sekolah yang terpanjang?” (schooling) < 6." in definition


def test_facts_are_said_once_and_to_their_end() -> None:
    definition = row_of(instrument_of_guide("food"), "staples").definition.en
    assert "“Makanan pokok” (staples) is “Berapa hari makan nasi?” (rice) + “Berapa hari makan ubi?” (cassava)." in (
        definition
    )
    assert row_of(instrument_of_guide("food"), "staples").variables == ("rice", "cassava")


def test_rows_of_a_roster_that_do_not_count_are_named() -> None:
    rows = {(each.index, each.code): each for each in figure_metadata(instrument_of_guide("members"))}
    only = (
        "only rows for which this is so count: “Hubungan” (relation) is one of “head of the family”, “spouse”, “child”"
    )
    assert only in rows["nuclear", "school"].definition.en
    assert only not in rows["household", "school"].definition.en


def test_categories_are_interpreted_with_their_status() -> None:
    row = row_of(read(SHIPPED["ketahanan-24-2016.3"]), "ketahanan-24", "index")
    assert row.interpretation is not None
    assert "Low: below 50 (provisional); Medium: up to 75 (provisional); Good: above that (provisional)" in (
        row.interpretation.en
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("small-index", "Higher is better."),
        ("poverty", "Higher is worse."),
        ("food", "For a family, a higher value is better."),
        ("hunger", "Categories of families:"),
    ],
)
def test_a_share_of_a_category_is_not_called_better(code: str, said: str) -> None:
    """The headline of `food` is the share of families that eat badly."""
    (row,) = [each for each in figure_metadata(instrument_of_guide(code)) if each.kind == "index"]
    assert row.interpretation is not None
    assert row.interpretation.en.startswith(said)


def test_conditions_of_categories_stand_in_the_formula_of_a_rule() -> None:
    row = row_of(instrument_of_guide("hunger"), "class", "index")
    assert row.formula.en.startswith("The first category whose condition is true: ")
    assert (row.measure.en, row.unit.en) == ("Percentage", "percent")


# -------------------------------------------------------------------------------------------------- what is in about


def with_about(**about: Any) -> FigureMetadata:
    instrument = instrument_of_guide("small-index")
    (index,) = instrument.indices
    indicators = (replace(index.indicators[0], about=about), *index.indicators[1:])
    return row_of(replace(instrument, indices=(replace(index, indicators=indicators),)), "E1")


def test_without_about_there_is_no_concept() -> None:
    assert row_of(instrument_of_guide("small-index"), "E1").concept is None


def test_about_fills_what_the_rules_do_not_say() -> None:
    row = with_about(concept={"id": "Tabungan", "en": "Savings"}, unit="%", definition="SDG 8.10.2.")
    assert row.concept == Text(id="Tabungan", en="Savings")
    assert row.unit == Text(id="%", en="%")
    assert row.definition.id.startswith("SDG 8.10.2. Persentase keluarga")


def test_about_in_one_language_that_says_the_same_keeps_both() -> None:
    assert with_about(unit="percent").unit == Text(id="persen", en="percent")
    assert row_of(read(SHIPPED["ikk-29-2026.1"]), "ikk-29", "index").unit.id == "poin dari 0 sampai 100"


@pytest.mark.parametrize("about", [{"concept": 3}, {"concept": {"en": "only English"}}, {"concept": " "}])
def test_what_is_no_text_is_left_out(about: dict[str, Any]) -> None:
    assert with_about(**about).concept is None


# ------------------------------------------------------------------------------------------ status, sources, access


def test_a_figure_is_as_weak_as_its_weakest_part() -> None:
    instrument = replace(instrument_of_guide("small-index"), status="official")
    (index,) = instrument.indices
    groups = tuple(replace(each, status="official") for each in index.groups)
    indicators = tuple(replace(each, status="official") for each in index.indicators)
    categories = tuple(replace(each, status="official") for each in index.categories)
    whole = replace(index, groups=groups, indicators=indicators, categories=categories)
    official = replace(instrument, indices=(whole,))
    assert {each.status_note for each in figure_metadata(official)} == {None}
    weak = replace(whole, indicators=(replace(indicators[0], status="literature"), *indicators[1:]))
    rows = {each.code: each for each in figure_metadata(replace(instrument, indices=(weak,)))}
    assert {code: each.status for code, each in rows.items()} == {
        "small": "literature",
        "ECONOMY": "literature",
        "E1": "literature",
        "E2": "official",
        "SOCIAL": "official",
        "S1": "official",
    }
    assert rows["E1"].status_note is not None


def test_an_official_part_of_an_instrument_that_is_not_says_so() -> None:
    instrument = instrument_of_guide("small-index")
    (index,) = instrument.indices
    indicators = (replace(index.indicators[0], status="official"), *index.indicators[1:])
    row = row_of(replace(instrument, indices=(replace(index, indicators=indicators),)), "E1")
    assert row.status == "official"
    assert row.status_note is not None
    assert "its figure is not official" in row.status_note.en


def test_sources_have_their_titles() -> None:
    row = row_of(read(SHIPPED["ikk-29-2026.1"]), "KLS1")
    assert [each.code for each in row.sources] == ["working-catalogue", "ampukung-2023", "book-2016-list"]
    assert all(each.title for each in row.sources)


def test_the_caller_says_what_figures_are_divided_by_and_whether_they_are_public() -> None:
    instrument = replace(instrument_of_guide("small-index"), breakdowns=("savings", "region.urban"))
    sex = Text(id="Jenis kelamin kepala keluarga", en="Sex of the head of the family")
    rows = figure_metadata(instrument, breakdowns=(sex, sex), public=False)
    assert [each.en for each in rows[0].classification] == [
        *("Region", "Sex of the head of the family", "Does this family have savings?", "Urban or rural")
    ]
    assert {each.public for each in rows} == {False}


def test_sensitive_figures_are_marked_up_to_their_index() -> None:
    instrument = read(SHIPPED["ikk-29-2026.1"])
    assert row_of(instrument, "KKSP1").sensitive
    assert row_of(instrument, "KKSP", "group").sensitive
    assert row_of(instrument, "ikk-29", "index").sensitive
    assert not row_of(instrument, "KKE1").sensitive


# ------------------------------------------------------------------------------------------------------- variables


def test_a_question_has_its_sentence_options_and_rules() -> None:
    instrument = instrument_of_guide("small-index")
    savings, members = variable_of(instrument, "savings"), variable_of(instrument, "members")
    assert savings.question == instrument.question["savings"].text
    assert [each.en for each in savings.classification] == ["Yes", "No"]
    assert savings.indicators == (("small", "E1"),)
    assert members.validation is not None
    assert members.validation.en.startswith("at least 1, at most ")
    assert not savings.public


def test_a_question_says_whom_it_is_asked() -> None:
    meals = variable_of(instrument_of_guide("small-index"), "shared_meals")
    assert meals.asked_when is not None
    assert meals.asked_when.en == "“How many people are in this family?” (members) > 1"


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        ("id", Fraction(250_000), "250.000"),
        ("en", Fraction(250_000), "250,000"),
        ("id", Fraction(72, 10), "7,2"),
        ("en", Fraction(-3, 4), "-0.75"),
        ("id", Fraction(1, 3), "1/3"),
        ("id", Fraction(-2500), "-2.500"),
        ("en", Fraction(12_345_678, 10), "1,234,567.8"),
    ],
)
def test_numbers_are_written_as_the_language_writes_them(language: Any, value: Fraction, written: str) -> None:
    assert Wording(instrument_of_guide("small-index"), language).number(value) == written
