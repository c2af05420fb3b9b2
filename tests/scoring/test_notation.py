"""Conditions, facts and points that are written again are read as the same ones."""

import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from app.scoring.instrument import Instrument
from app.scoring.notation import write_condition, write_formula, write_points, write_value
from app.scoring.reading.fault_texts import FAULT_TEXTS
from app.scoring.reading.faults import Found
from app.scoring.reading.format_2 import read_format_2
from app.scoring.reading.toml import parse
from tests.scoring.test_examples import FILES


def read(tables: Mapping[str, Any], text: str) -> Instrument:
    found = Found(parse(text)[1], FAULT_TEXTS)
    instrument, _ = read_format_2(tables, "", {}, found)
    assert found.faults == set()
    return instrument


def written_again(value: Any) -> Any:
    return tomllib.loads(f"value = {write_value(value)}", parse_float=Decimal)["value"]


def rules_of(instrument: Instrument) -> Iterator[tuple[str, str, str, Any]]:
    """Table, code and key of each rule, and the rule as it is written."""
    for question in instrument.questions:
        if question.ask_when is not None and question.specify_of is None:
            yield "question", question.code, "ask_when", write_condition(question.ask_when)
    for index in instrument.indices:
        entries: list[Any] = [*index.indicators, *index.categories]
        for each in entries:
            for key in ("applies_when", "fulfilled_when", "deprived_when", "when"):
                condition = getattr(each, key, None)
                if condition is not None:
                    yield "category" if key == "when" else "indicator", each.code, key, write_condition(condition)
        for indicator in index.indicators:
            if indicator.points is not None:
                yield "indicator", indicator.code, "points", write_points(indicator.points)
    for fact in instrument.facts:
        for key, value in write_formula(fact.formula).items():
            yield "fact", fact.code, key, value


@pytest.mark.parametrize("text", FILES.values(), ids=FILES.keys())
def test_what_is_written_again_is_read_as_the_same(text: str) -> None:
    tables = tomllib.loads(text, parse_float=Decimal)
    instrument = read(tables, text)
    rules = list(rules_of(instrument))
    assert rules
    for table, code, key, value in rules:
        entries = [each for each in tables[table] if each["code"] == code]
        for entry in entries:
            entry[key] = written_again(value) if key != "class" else entry[key]
    again = read(tables, text)
    assert again.questions == instrument.questions
    assert again.facts == instrument.facts
    assert again.indices == instrument.indices


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Fraction(3), "3"),
        (Fraction(-3, 4), "-0.75"),
        (Fraction(1, 3), '"1/3"'),
        (Fraction(72, 10), "7.2"),
        (True, "true"),
        ({"in": ["water", ["1", "02"]]}, '{ in = ["water", ["1", "02"]] }'),
    ],
)
def test_values_are_written_as_toml(value: Any, written: str) -> None:
    assert write_value(value) == written
