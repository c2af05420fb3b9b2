"""A case that gives something else is named with both numbers, wherever the expectation stands."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from app.scoring.cases import Mismatch, run_cases
from app.scoring.instrument import Case, Instrument, RegionCase
from app.scoring.reading.files import read_instrument

STAGES = Path(__file__).parent / "examples" / "alkire-foster.toml"


def _instrument(**members: Any) -> Instrument:
    return replace(read_instrument(STAGES.read_bytes()), **members)


def _case(expect: dict[str, Any], number: int = 2) -> Case:
    """The third case of the example, with other expectations."""
    instrument = _instrument()
    return replace(instrument.cases[number], name="changed", expect={instrument.main.code: expect})


def test_a_case_that_agrees_is_silent() -> None:
    assert run_cases(_instrument(cases=(_case({"value": "3/4", "poor": True}),), region_cases=())) == []


def test_each_difference_is_named_with_both_values() -> None:
    wrong = {"value": Fraction(1, 2), "poor": False, "state": "incomplete", "parts": {"a": "1/3"}}
    instrument = _instrument(cases=(_case(wrong),), region_cases=())
    code = instrument.main.code

    assert run_cases(instrument) == [
        Mismatch(("case", 0, "expect", code, "value"), "1/2 (0.5)", "3/4 (0.75)"),
        Mismatch(("case", 0, "expect", code, "poor"), "false", "true"),
        Mismatch(("case", 0, "expect", code, "state"), "incomplete", "scored"),
        Mismatch(("case", 0, "expect", code, "parts", "a"), "1/3", "1/2 (0.5)", "a"),
    ]


def test_none_expects_that_there_is_no_value() -> None:
    refused = replace(_case({"value": "none", "state": "incomplete"}), answers={"a": "refused"})

    assert run_cases(_instrument(cases=(refused,), region_cases=())) == []


def test_answers_that_are_not_valid_are_named() -> None:
    invalid = replace(_case({"value": 0}), answers={"a": "perhaps"})

    (found,) = run_cases(_instrument(cases=(invalid,), region_cases=()))

    assert found.path == ("case", 0, "answers", "a")
    assert found.found == "unknown_option"


def test_a_region_is_compared_too() -> None:
    instrument = _instrument()
    wrong = RegionCase(tuple(each.name for each in instrument.cases), {instrument.main.code: {"headcount": "1/3"}})

    (found,) = run_cases(replace(instrument, region_cases=(wrong,)))

    assert found == Mismatch(("region_case", 0, "expect", instrument.main.code, "headcount"), "1/3", "1/2 (0.5)")
