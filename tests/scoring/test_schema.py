"""The JSON Schema of answers accepts the same names, options and ranges as check_answers."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from jsonschema import Draft202012Validator

from app.scoring.load import read_instrument
from app.scoring.rules_1 import DONT_KNOW, REFUSED
from app.scoring.schema_1 import schema_of
from tests.scoring.small import SMALL
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
    assert takes(draw.draw(answers_for(each)), schema_of(each))


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
