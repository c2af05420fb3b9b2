"""Runs the worked cases. Each file in cases/ names versions of an instrument and results worked out by hand."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from app.scoring.answers_1 import check_answers
from app.scoring.format_1 import Instrument
from app.scoring.load import read_instrument
from app.scoring.score_1 import OUTCOMES, score

CASES = Path(__file__).parent / "cases"
INSTRUMENTS = Path(__file__).parents[2] / "app" / "instruments"
UNDEFINED = "undefined"


@dataclass(frozen=True)
class Case:
    file: str
    name: str
    answers: Mapping[str, str | int]
    others: str
    outcomes: Mapping[str, str]
    dimensions: Mapping[str, str]
    index: str
    category: str

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"


@cache
def instrument_of(file: str) -> Instrument:
    return read_instrument((INSTRUMENTS / f"{file}.toml").read_bytes())


def cases_in(path: Path) -> Iterator[Case]:
    written = tomllib.loads(path.read_text("utf-8"))
    assert set(written) == {"instrument", "versions", "case"}, path.name
    answers: dict[str, dict[str, str | int]] = {}
    for each in written["case"]:
        name, expected = each["name"], each["expected"]
        assert set(each) <= {"name", "base", "without", "answers", "expected"}, name
        assert name not in answers, f"two cases are called: {name}"
        assert expected["working"].strip(), f"no working: {name}"
        answers[name] = _answers_of(each, answers)
        for version in written["versions"]:
            yield Case(
                f"{written['instrument']}-{version}",
                name,
                answers[name],
                expected["others"],
                expected.get("outcomes", {}),
                expected["dimensions"],
                expected["index"],
                expected["category"],
            )


def _answers_of(case: Mapping[str, Any], earlier: Mapping[str, Mapping[str, str | int]]) -> dict[str, str | int]:
    answers: dict[str, str | int] = dict(earlier[case["base"]]) if "base" in case else {}
    own: dict[str, str | int] = case["answers"]
    for question in case.get("without", []):
        del answers[question]
    return answers | own


ALL = [case for path in sorted(CASES.glob("*.toml")) for case in cases_in(path)]
FILES = sorted({case.file for case in ALL})


def expected_outcomes(case: Case) -> dict[str, str]:
    codes = [indicator.code for indicator in instrument_of(case.file).indicator]
    assert set(case.outcomes) <= set(codes), case
    return {code: case.outcomes.get(code, case.others) for code in codes}


def as_fraction(written: str) -> Fraction | None:
    return None if written == UNDEFINED else Fraction(written)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_answers_have_no_fault(case: Case) -> None:
    assert check_answers(case.answers, instrument_of(case.file)) == []


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_result_is_the_one_worked_out_by_hand(case: Case) -> None:
    instrument = instrument_of(case.file)
    result = score(case.answers, instrument)
    outcomes = {
        indicator.code: OUTCOMES[letter]
        for indicator, letter in zip(instrument.indicator, result.outcomes, strict=True)
    }
    dimensions = {
        dimension.code: each.value for dimension, each in zip(instrument.dimension, result.dimensions, strict=True)
    }
    category = UNDEFINED if result.category is None else instrument.category[result.category].code
    assert outcomes == expected_outcomes(case)
    assert dimensions == {code: as_fraction(value) for code, value in case.dimensions.items()}
    assert result.index == as_fraction(case.index)
    assert category == case.category


@pytest.mark.parametrize("case", ALL, ids=str)
def test_the_contributions_add_up_to_the_index(case: Case) -> None:
    result = score(case.answers, instrument_of(case.file))
    if result.index is None:
        assert set(result.contributions) == {None}
    else:
        assert sum(part for part in result.contributions if part is not None) == result.index


@pytest.mark.parametrize("file", FILES)
def test_every_indicator_is_fulfilled_in_a_case_and_unfulfilled_in_another(file: str) -> None:
    seen = {pair for case in ALL if case.file == file for pair in expected_outcomes(case).items()}
    codes = [indicator.code for indicator in instrument_of(file).indicator]
    assert [code for code in codes if (code, "fulfilled") not in seen] == []
    assert [code for code in codes if (code, "unfulfilled") not in seen] == []


def test_every_shipped_instrument_has_cases() -> None:
    assert sorted(path.stem for path in INSTRUMENTS.glob("*.toml")) == FILES
