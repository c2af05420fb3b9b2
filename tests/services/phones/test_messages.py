"""The words that a phone shows after sending."""

from typing import Any

import pytest

from app.problems import Language
from app.services.phones.messages import say_dropped, say_held, say_stored
from tests.support.factories import instrument

CATEGORY = {"code": "baik", "name": {"id": "Baik", "en": "Good"}}
WARNING = {"code": "too_fast", "message": {"id": "Terlalu cepat.", "en": "Too fast."}}


def told(**changed: Any) -> dict[str, Any]:
    score = {"index": 61.25, "category": CATEGORY, "instrument_status": "final"}
    return {"revision": 1, "score": score, "receipt": {"code": "7KQ-X2M-9RTV"}, "warnings": [], **changed}


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("id", "Tersimpan.\nIndeks 61,25: Baik.\nKode tanda terima: 7KQ-X2M-9RTV"),
        ("en", "Stored.\nIndex 61.25: Good.\nReceipt code: 7KQ-X2M-9RTV"),
    ],
)
def test_what_is_stored(language: Language, said: str) -> None:
    assert say_stored(told(), language) == said


def test_without_a_category_or_an_index() -> None:
    score = {"index": 50.0, "category": None, "instrument_status": "provisional"}
    assert say_stored(told(score=score), "en").splitlines()[1:3] == ["Index 50.0.", "Provisional, not official."]
    none = {**score, "index": None}
    assert say_stored(told(score=none), "en").splitlines()[1] == "The index cannot be computed."


def test_each_warning_is_said_once() -> None:
    lines = say_stored(told(warnings=[WARNING, WARNING]), "en").splitlines()
    assert lines[3:] == ["Note: Too fast."]


def test_a_later_revision() -> None:
    assert say_stored(told(revision=3), "en").startswith("Correction stored as revision 3.")


def test_few_faults_are_named_with_their_questions() -> None:
    asked = instrument().question["toilet"]
    faults = [
        {"code": "unknown_option", "pointer": "/answers/toilet", "message": "Wrong."},
        {"code": "unknown_option", "pointer": "/region", "message": "Unknown."},
    ]
    held = {"kind": "faulty", "faults": faults, "receipt": {"code": "7KQ-X2M-9RTV"}}
    lines = say_held(held, instrument(), "en").splitlines()
    assert lines[1:3] == [f"– {asked.text.en}: Wrong.", "– region: Unknown."]
    many = say_held({**held, "faults": faults * 20}, instrument(), "en").splitlines()
    assert (len(many), many[6]) == (8, "… and 35 more")


def test_a_name_in_the_facts_of_the_family_is_no_question() -> None:
    held = {
        "kind": "faulty",
        "faults": [{"code": "unknown_option", "pointer": "/toilet", "message": "Wrong."}],
        "receipt": {"code": "a"},
    }
    assert "– toilet: Wrong." in say_held(held, instrument(), "en")


def test_files_that_were_dropped() -> None:
    assert say_dropped(["a.jpg", "b.jpg", "a.jpg"], "en") == "These files were not kept: a.jpg, b.jpg"
    assert len(say_dropped(["x" * 1000] + [f"{each}.jpg" for each in range(100)], "id")) < 300
