"""Definitions of context indicators and the figures that fit them, without a service."""

import tomllib
from decimal import Decimal
from typing import Any

import pytest

from app.problems import read_shape
from app.schemas.statistics.indicator import IndicatorIn
from app.statistics.indicators import (
    SHIPPED_INDICATORS,
    Figure,
    Indicator,
    check_definition,
    check_figure,
    decimals_of,
    misplaced_members,
    plain_number,
    read_definition,
    write_definition,
)


def shipped() -> dict[str, Indicator]:
    found = tomllib.loads(SHIPPED_INDICATORS.read_text("utf-8"), parse_float=Decimal)
    return {code: Indicator(code, IndicatorIn.model_validate(each).definition_of()) for code, each in found.items()}


CHILD_MARRIAGE, AWARD, PATBM = (shipped()[code] for code in ("child-marriage", "kla-award", "patbm"))


def codes_of(figure: Figure, indicator: Indicator) -> dict[str | None, str]:
    return {each.pointer: each.code for each in check_figure(indicator, figure)}


@pytest.mark.parametrize("code", shipped())
def test_a_shipped_indicator_is_valid_and_its_example_fits(code: str) -> None:
    indicator = shipped()[code]
    assert misplaced_members(indicator.definition) == ([], [])
    assert check_definition(indicator.definition) == []
    assert read_definition(write_definition(indicator.definition)) == indicator.definition
    example: Any = indicator.example
    given: dict[str, Any] = {indicator.member: Decimal(str(example)) if indicator.kind == "number" else example}
    figure = Figure(**given)
    assert check_figure(indicator, figure) == []


def test_the_bands_of_the_self_score_are_those_that_were_published() -> None:
    bands = [
        (each["code"], each["from"], each.get("below")) for each in shipped()["kla-self-score"].definition["bands"]
    ]
    assert bands == [
        ("pratama", 500, 601),
        ("madya", 601, 701),
        ("nindya", 701, 801),
        ("utama", 801, 901),
        ("kla", 901, None),
    ]


@pytest.mark.parametrize("value", ["10.53", "0", "100", "99.99", "10.5000"])
def test_a_number_within_its_bounds_fits(value: str) -> None:
    assert codes_of(Figure(Decimal(value)), CHILD_MARRIAGE) == {}


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("-0.01", "out_of_range"),
        ("100.01", "out_of_range"),
        ("1e300", "out_of_range"),
        ("10.531", "too_many_digits"),
        ("1e-99999999", "too_many_digits"),
    ],
)
def test_a_number_that_does_not_fit_is_a_fault(value: str, code: str) -> None:
    assert codes_of(Figure(Decimal(value)), CHILD_MARRIAGE) == {"/value": code}


def test_a_figure_of_another_kind_names_the_member_to_fill_in() -> None:
    assert codes_of(Figure(Decimal(1)), AWARD) == {"/value": "other_kind", "/category": "missing"}
    assert codes_of(Figure(category="madya", present=True), AWARD) == {"/present": "other_kind"}
    assert codes_of(Figure(), PATBM) == {"/present": "missing"}
    assert codes_of(Figure(category="emas"), AWARD) == {"/category": "not_allowed"}


@pytest.mark.parametrize(
    ("number", "decimals"),
    [
        ("0", 0),
        ("10", 0),
        ("10.50", 1),
        ("10.53", 2),
        ("0.0001", 4),
        ("1E+2", 0),
        ("0E-9", 0),
        ("1E-99999999", 99999999),
    ],
)
def test_decimal_places_are_counted_without_zeros_at_the_end(number: str, decimals: int) -> None:
    assert decimals_of(Decimal(number)) == decimals


@pytest.mark.parametrize("number", ["10.53", "99999999999.9999", "-0.0001", "999999999999999", "0.1"])
def test_a_number_of_fifteen_digits_is_written_exactly(number: str) -> None:
    assert Decimal(repr(plain_number(Decimal(number)))) == Decimal(number)


VALID: dict[str, Any] = {
    "kind": "number",
    "name": {"id": "Nilai", "en": "Score"},
    "definition": {"id": "Nilai uji.", "en": "A score to try."},
    "source": {"name": "Uji", "url": "https://example.go.id/"},
    "status": "provisional",
    "unit": "score",
    "decimals": 1,
}


def faults_of(**changed: Any) -> dict[str | None, str]:
    body, faults = read_shape(IndicatorIn, {**VALID, **changed})
    if body is not None:
        faults = check_definition(body.definition_of())
    return {each.pointer: each.code for each in faults}


def band(code: str, first: Any, below: Any = None) -> dict[str, Any]:
    return {"code": code, "name": {"id": code, "en": code}, "from": first, "below": below}


def test_bounds_that_cross_are_a_fault() -> None:
    assert faults_of(minimum=5, maximum=5) == {"/maximum": "not_above"}
    assert faults_of(minimum=5, maximum=6) == {}
    assert faults_of(minimum=Decimal("0.25")) == {"/minimum": "too_many_digits"}


def test_bands_follow_each_other_without_overlapping() -> None:
    assert faults_of(bands=[band("a", 0, 10), band("b", 10, 20), band("c", 25)]) == {}
    assert faults_of(bands=[band("a", 0, 10), band("b", 9)]) == {"/bands/1/from": "too_small"}
    assert faults_of(bands=[band("a", 10, 10)]) == {"/bands/0/below": "not_above"}
    assert faults_of(bands=[band("a", 0), band("b", 10)]) == {"/bands/0/below": "missing"}
    assert faults_of(bands=[band("a", 0, 1), band("a", 1)]) == {"/bands/1/code": "code_twice"}


def test_a_kind_has_members_of_its_own() -> None:
    names = {"id": "Satu", "en": "One"}
    category = {"kind": "category", "categories": [{"code": "one", "name": names}]}
    assert misplaced_members({"kind": "number"}) == (["unit", "decimals"], [])
    assert misplaced_members({"kind": "number", "unit": "rupiah", "decimals": 0}) == (["unit_name"], [])
    assert misplaced_members({"kind": "category", "unit": "score"}) == (["categories"], ["unit"])
    assert misplaced_members(category) == ([], [])
    assert misplaced_members({**category, "kind": "present"}) == ([], ["categories"])
