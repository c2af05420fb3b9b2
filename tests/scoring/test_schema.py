"""The JSON Schema of answers accepts the same names, options and ranges as check_answers."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from jsonschema import Draft202012Validator

from app.scoring.answers import check_answers
from app.scoring.conditions import DONT_KNOW, REFUSED
from app.scoring.reading.files import read_instrument
from app.scoring.schema import schema_of
from tests.scoring.drawn import DAY, draw_answers, draw_instrument
from tests.scoring.small import SMALL
from tests.scoring.wire import EVERY_TYPE, PEOPLE, VALID, wire_of
from tests.support.factories import instrument
from tests.support.strategies import answers_for

FILES = ["ikk-29-2025.1", "ketahanan-24-2016.1", "ikk-29-2025.2", "ketahanan-24-2016.2"]
SMALL_SCHEMA: dict[str, Any] = schema_of(read_instrument(SMALL.encode("utf-8")))
FAULTLESS: dict[str, object] = {"members": 3, "insured": 0, "savings": "yes"}

modest = settings(max_examples=50, deadline=None)


def takes(answers: object, schema: dict[str, Any] = SMALL_SCHEMA) -> bool:
    return bool(Draft202012Validator(schema).is_valid(answers))


@pytest.mark.parametrize("file", FILES)
def test_it_is_a_schema_of_the_draft_it_names(file: str) -> None:
    schema = schema_of(instrument(file))
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("file", FILES)
@given(draw=st.data())
@modest
def test_answers_without_fault_are_taken(file: str, draw: DataObject) -> None:
    each = instrument(file)
    assert takes(draw.draw(answers_for(each)), schema_of(instrument(file)))


def test_a_family_that_withholds_is_taken() -> None:
    assert takes(FAULTLESS)
    assert takes({**FAULTLESS, "insured": REFUSED, "savings": DONT_KNOW})
    assert takes({"members": 3})
    assert takes({"members": 3, "insured": None, "savings": None})


@pytest.mark.parametrize(
    "changed",
    [
        {"saving": "yes"},
        {"savings": "maybe"},
        {"savings": True},
        {"savings": 0},
        {"members": 0},
        {"members": 51},
        {"members": 1.5},
        {"members": "3"},
        {"members": REFUSED},
        {"insured": -1},
        {"insured": "many"},
        {"members": None},
    ],
    ids=str,
)
def test_what_the_check_would_refuse_is_refused(changed: dict[str, object]) -> None:
    assert not takes({**FAULTLESS, **changed})


def test_a_required_question_must_be_there() -> None:
    assert not takes({"insured": 0})


def test_answers_are_an_object() -> None:
    assert not takes([])


def test_when_a_question_is_asked_and_what_it_may_not_exceed_stand_beside_it() -> None:
    properties = SMALL_SCHEMA["properties"]
    assert properties["savings"]["x-ask-when"] == {"compare": ["members", ">", 1]}
    assert properties["insured"]["x-at-most"] == "members"
    assert "x-ask-when" not in properties["members"]
    assert (properties["members"]["title"], properties["members"]["x-title-id"]) == (
        "How many people?",
        "Berapa orang?",
    )


BEYOND = {
    "not_asked",
    "unanswered",
    "exceeds",
    "too_many_digits",
    "too_early",
    "too_late",
    "implausible",
}
"""What compares answers with others, or goes beyond JSON Schema. `x-` members tell it."""
EVERY_SCHEMA = schema_of(EVERY_TYPE)


def as_json(answers: Any) -> Any:
    return json.loads(json.dumps(answers, default=float))


@given(st.integers(0, 2**32))
@modest
def test_answers_of_every_kind_of_instrument_are_taken(seed: int) -> None:
    random = Random(seed)
    instrument = draw_instrument(random)
    schema = schema_of(instrument)
    Draft202012Validator.check_schema(schema)
    assert takes(as_json(wire_of(draw_answers(instrument, random))), schema)


def test_the_schema_of_every_type_tells_its_bounds() -> None:
    assert takes(as_json(VALID), EVERY_SCHEMA)
    properties = EVERY_SCHEMA["properties"]
    assert properties["assets"]["anyOf"][0] == {
        "type": "array",
        "items": {"enum": ["01", "02", "03", "95", "99"]},
        "uniqueItems": True,
        "minItems": 1,
        "maxItems": 3,
        "x-alone": ["99"],
        "if": {"contains": {"enum": ["99"]}},
        "then": {"maxItems": 1},
    }
    assert properties["area"]["anyOf"][0] == {"type": "number", "minimum": 1, "maximum": 999.5, "x-digits": 1}
    assert properties["moved"]["anyOf"][0]["x-earliest"] == "married"
    assert properties["assets_specify"]["x-specify-of"] == "assets"
    assert (properties["people"]["x-rows"], properties["people"]["x-people"]) == ("n", True)
    assert "person" in properties["people"]["anyOf"][0]["items"]["properties"]
    assert "person" not in properties["plots"]["anyOf"][0]["items"]["properties"]


def changes() -> Iterator[dict[str, Any]]:
    values: tuple[Any, ...] = (
        None,
        True,
        1,
        2.5,
        -1,
        "",
        "x",
        "01",
        "yes",
        "refused",
        "2020-01-01",
        "2025-02-40",
        [],
        ["01"],
        {},
        [{}],
    )
    for code in (*VALID, "pets"):
        for value in (*values, ["01", "01"], ["01", "99"], ["99"], ["x"], [{}] * 6, "12345", "1234a", "\u0301a", 10**9):
            yield {code: value}
    for value in values:
        yield {"plots": [{"size": value}]}
        yield {"people": [{"works": value}, {"works": "no", "person": value}]}
        yield {"people": [{"works": "yes", "person": {"birth_date": value, "sex": value}}]}


@pytest.mark.parametrize("changed", list(changes()), ids=str)
def test_the_schema_and_the_check_agree_but_for_what_compares(changed: dict[str, Any]) -> None:
    _, faults = check_answers({**VALID, **changed}, EVERY_TYPE, DAY, None if "people" in changed else PEOPLE)
    alone = {"more_rows_than_people", "more_people_than_rows"}
    codes = {fault.code for fault in faults if "other" not in fault.limits} - alone
    if takes(as_json({**VALID, **changed}), EVERY_SCHEMA):
        assert codes <= {*BEYOND, "bad_date"}
    else:
        assert codes
