"""Every schema that the service publishes accepts exactly the bodies that the service accepts.

The tests change valid bodies at each place in many ways, write them as JSON and ask a JSON Schema validator and the
service. What JSON Schema cannot say is listed here by the code of the fault.
"""

import copy
import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

from app.config import Settings
from app.examples.operations import make_examples
from app.main import create_app
from app.platform.canonical_json import read_number
from app.platform.key_ring import make_ring
from app.problems import read_shape
from app.schemas.shapes import In
from app.scoring.answers import check_answers
from app.scoring.schema import schema_of
from tests.support.factories import SURVEYED_AT, instrument
from tests.support.mutations import changed, changed_at, changes_of, part_at, places
from tests.support.strategies import answers_for

FILES = ["ikk-29-2025.2", "ketahanan-24-2016.2"]
BEYOND_SCHEMA: Final = {"not_asked", "exceeds", "unanswered"}
"""Faults of answers that compare one answer with another, which JSON Schema cannot do."""
MORE: Final[dict[str, dict[str, Any]]] = {
    "findFamilies": {"nik": "6372014101900001"},
    "createGrant": {"valid_from": "2026-12-01T09:00:00+00:00"},
    "fulfilSubjectRequest": {
        "identity": {"card_number": "6372010101100001", "earlier_cards": ["6372010101100002"]},
        "submissions": {
            "3f0c1f0e-7a51-4c0b-9d0f-5a1be1f1f0d2": {
                "instrument": "ikk-29",
                "version": "2025.2",
                "region": "6372061004",
                "surveyed_at": "2025-07-29T01:12:00+00:00",
                "family": {"head_sex": "female", "members": 3},
                "answers": {},
            }
        },
    },
}
"""Optional members that the examples of the document leave out."""


def _pattern(_: Any, pattern: str, value: object, __: Any) -> Iterator[ValidationError]:
    """Patterns as ECMAScript reads them, as JSON Schema demands. Python's `$` would also match before a last `\\n`."""
    if isinstance(value, str) and not re.search(re.sub(r"\$$", r"\\Z", pattern), value):
        yield ValidationError("does not match")


FORMATS = FormatChecker(())
Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


@FORMATS.checks("date", raises=ValueError)
@FORMATS.checks("date-time", raises=ValueError)
def _is_day(value: object) -> bool:
    """Whether the calendar has the day. The form of the text is the pattern's."""
    return not isinstance(value, str) or date.fromisoformat(value[:10]) is not None


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = Settings(folder=tmp_path_factory.mktemp("ikk"))
    make_ring(settings.key_ring_file)
    app: FastAPI = create_app(settings, "postgresql://none")
    return app.openapi()


def shape_named(name: str) -> type[In]:
    found: list[type[In]] = [In]
    for each in found:
        found += each.__subclasses__()
    return next(each for each in found if each.__name__ == name)


def bodies(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The schema of each operation's JSON body, in the whole document so that its references resolve."""
    found = {}
    for operation in (each for methods in document["paths"].values() for each in methods.values()):
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            schema = content["application/json"]["schema"]
            found[operation["operationId"]] = {"components": document["components"], **schema}
    return found


def name_of(schema: dict[str, Any]) -> str:
    return str(schema.get("title") or schema["$ref"].rpartition("/")[2])


def sent(value: Any) -> Any:
    """The value as it is after it was written as JSON and read by the service."""
    return json.loads(json.dumps(value), parse_float=read_number)


REQUESTS = make_examples()[0]


def example_of(operation: str) -> dict[str, Any]:
    """The example of the document with all optional members, two people and three answers."""
    example = copy.deepcopy({**REQUESTS[operation], **MORE.get(operation, {})})
    for part in (example, example.get("family"), example.get("identity")):
        if isinstance(part, dict) and "people" in part:
            part["people"] = part["people"][:2]
    if "answers" in example:
        example["answers"] = dict(list(example["answers"].items())[:3])
    return example


def differences(operation: str, schema: dict[str, Any], values: Iterator[Any]) -> list[str]:
    shape, validator = shape_named(name_of(schema)), Validator(schema, format_checker=FORMATS)
    found = []
    for value in values:
        faults = read_shape(shape, sent(value))[1]
        if validator.is_valid(json.loads(json.dumps(value))) == bool(faults):
            found.append(f"{operation}: {json.dumps(value)} {faults}")
    return found


@pytest.mark.parametrize("operation", sorted(REQUESTS))
def test_a_body_of_the_document_is_accepted_by_both_or_by_none(document: dict[str, Any], operation: str) -> None:
    found = bodies(document)
    assert found.keys() == REQUESTS.keys()
    example = example_of(operation)
    assert Validator(found[operation], format_checker=FORMATS).is_valid(example)
    assert differences(operation, found[operation], changed(example)) == []


def test_every_uuid_has_the_pattern_of_its_form(document: dict[str, Any]) -> None:
    asked = [operation for methods in document["paths"].values() for operation in methods.values()]
    sent_by_clients = [
        *(parameter for operation in asked for parameter in operation.get("parameters", ())),
        *bodies(document).values(),
    ]
    found = [part for part in parts_of(sent_by_clients) if part.get("format") == "uuid"]
    assert len(found) > 20
    assert [part for part in found if not part.get("pattern", "").startswith("^[0-9A-Fa-f]{8}-")] == []


def parts_of(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the node, without the shapes of the document that responses use."""
    if isinstance(node, dict):
        yield node
    for name, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if name != "components":
            yield from parts_of(child)


def answer_codes(answers: Any, file: str) -> set[str]:
    if not isinstance(answers, dict):
        return {"wrong_type"}
    return {each.code for each in check_answers(answers, instrument(file), SURVEYED_AT.date())[1]}


def agree(answers: Any, file: str, validator: Any) -> bool:
    """Whether the schema of an instrument and the check of answers agree, but for what compares two answers."""
    codes = answer_codes(sent(answers), file)
    if validator.is_valid(json.loads(json.dumps(answers))):
        return codes <= BEYOND_SCHEMA
    return bool(codes - {"not_asked", "exceeds"})


@pytest.mark.parametrize("file", FILES)
@given(draw=st.data())
@settings(max_examples=30, deadline=None)
def test_the_schema_of_an_instrument_and_the_check_agree(file: str, draw: DataObject) -> None:
    validator = Validator(schema_of(instrument(file)))
    answers: Any = draw.draw(answers_for(instrument(file)))
    for _ in range(draw.draw(st.integers(1, 3))):
        path = draw.draw(st.sampled_from(list(places(answers))))
        answers = changed_at(answers, path, draw.draw(st.sampled_from(changes_of(part_at(answers, path)))))
        assert agree(answers, file, validator), answers


@pytest.mark.parametrize("file", FILES)
def test_every_change_of_one_answer_is_judged_alike(file: str) -> None:
    validator = Validator(schema_of(instrument(file)))
    of_a_kind = {(each.type, each.required, each.ask_when is None): each for each in instrument(file).questions}
    whole = {
        each.code: instrument(file).options[each.options][0] if each.options is not None else int(each.minimum or 0)
        for each in of_a_kind.values()
    }
    assert [each for each in changed(whole) if not agree(each, file, validator)] == []
