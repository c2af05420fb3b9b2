"""Answers of every type are read into one form, and all that is wrong with them is named at once."""

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.answers import check_answers, implausible
from app.scoring.evaluation import Person, Row
from app.scoring.people import renew_people
from app.scoring.reading.files import read_instrument
from tests.scoring.drawn import DAY, draw_answers, draw_instrument, know_less
from tests.scoring.small import SMALL as SMALL_1
from tests.scoring.wire import EVERY_TYPE, PEOPLE, VALID, wire_of

KINDS = ("unanswered", "wrong_type", "unknown_question", "unknown_question")


def faults_of(changed: dict[str, Any], people: Any = PEOPLE) -> Any:
    _, faults = check_answers({**VALID, **changed}, EVERY_TYPE, DAY, people)
    found = {fault.path: fault.code for fault in faults}
    assert len(found) == len(faults)
    return found


def limits_of(changed: dict[str, Any], people: Any = PEOPLE) -> Any:
    _, (fault,) = check_answers({**VALID, **changed}, EVERY_TYPE, DAY, people)
    return fault.limits


@given(st.integers(0, 2**32))
def test_valid_answers_are_the_same_after_they_were_sent(seed: int) -> None:
    random = Random(seed)
    instrument = draw_instrument(random)
    answers = draw_answers(instrument, random)
    for each in (answers, know_less(answers, instrument, random)):
        read, faults = check_answers(wire_of(each), instrument, DAY)
        assert faults == []
        assert without_unknown(read) == without_unknown(each)


def without_unknown(answers: Any) -> Any:
    """The same answers. A person of which nothing is known is None."""
    return {
        code: tuple(
            Row(each.answers, None if each.person == Person() else each.person) if isinstance(each, Row) else each
            for each in answer
        )
        if isinstance(answer, tuple)
        else answer
        for code, answer in answers.items()
    }


FAULTS_OF_SMALL = [
    ({}, {"members": "unanswered"}, {}),
    ({"members": 3}, {}, {}),
    ({"members": 3, "insured": None, "savings": None}, {}, {}),
    ({"members": "refused"}, {"members": "unanswered"}, {}),
    ({"members": "dont_know", "savings": "yes"}, {"members": "unanswered", "savings": "not_asked"}, {}),
    ({"members": 0}, {"members": "out_of_range"}, {"minimum": 1, "maximum": 50}),
    ({"members": 51}, {"members": "out_of_range"}, {"minimum": 1, "maximum": 50}),
    ({"members": 10**400}, {"members": "out_of_range"}, {"minimum": 1, "maximum": 50}),
    ({"members": -1, "insured": 50}, {"members": "out_of_range"}, {"minimum": 1, "maximum": 50}),
    ({"members": 3, "insured": 4}, {"insured": "exceeds"}, {"other": "members"}),
    ({"members": 3, "insured": 3}, {}, {}),
    ({"members": "3"}, {"members": "wrong_type"}, {}),
    ({"members": True}, {"members": "wrong_type"}, {}),
    ({"members": 2.5}, {"members": "wrong_type"}, {}),
    ({"members": 3, "savings": 1}, {"savings": "wrong_type"}, {}),
    ({"members": 3, "savings": ["yes"]}, {"savings": "wrong_type"}, {}),
    ({"members": 3, "savings": "maybe"}, {"savings": "unknown_option"}, {}),
    ({"members": 3, "savings": "refused", "insured": "dont_know"}, {}, {}),
    ({"members": 1, "savings": "yes"}, {"savings": "not_asked"}, {}),
    ({"members": 1, "savings": "dont_know"}, {"savings": "not_asked"}, {}),
    ({"members": 0, "savings": "yes"}, {"members": "out_of_range"}, {"minimum": 1, "maximum": 50}),
    ({"pets": 1, "savings": 1, "NIK": "x"}, dict(zip(("members", "savings", "pets", "NIK"), KINDS, strict=True)), {}),
]
"""Answers to the small instrument, their faults in order, and the limits that the first fault names."""


@pytest.mark.parametrize(("sent", "codes", "limits"), FAULTS_OF_SMALL)
def test_a_file_of_format_1_has_these_faults(
    sent: dict[str, Any], codes: dict[str, str], limits: dict[str, Any]
) -> None:
    read, faults = check_answers(sent, read_instrument(SMALL_1.encode("utf-8")), DAY)
    assert [(fault.path, fault.code) for fault in faults] == [((name,), code) for name, code in codes.items()]
    assert not faults or faults[0].limits == limits
    if not faults:
        assert read == {name: answer for name, answer in sent.items() if answer is not None}


def test_each_type_has_its_form() -> None:
    answers, faults = check_answers(VALID, EVERY_TYPE, DAY, PEOPLE)
    assert faults == []
    assert answers == {
        "n": 2,
        "children": 1,
        "savings": "yes",
        "assets": ("01", "95"),
        "assets_specify": "perahu",
        "area": Fraction(73, 2),
        "married": date(2012, 2, 29),
        "moved": date(2012, 2, 29),
        "postcode": "00123",
        "people": (
            Row({"works": "yes"}, Person("female", "head", 437)),
            Row({"works": "no", "immunised": "dont_know"}, Person(None, "child", 12)),
        ),
        "plots": (Row({"size": Fraction(2), "used": Fraction(5, 4)}),),
    }


@pytest.mark.parametrize("question", ["children", "savings", "assets", "area", "married", "postcode"])
@pytest.mark.parametrize("answer", [True, {}, {"a": 1}, [[]], [1], b""])
def test_an_answer_of_another_type_is_named(question: str, answer: object) -> None:
    path = (question, 0) if question == "assets" and isinstance(answer, list) else (question,)
    assert faults_of({question: answer})[path] == "wrong_type"


@pytest.mark.parametrize(
    ("chosen", "faults"),
    [
        ([], {("assets",): "nothing_chosen"}),
        (["01", "01"], {("assets", 1): "chosen_twice"}),
        (["04", "01"], {("assets", 0): "unknown_option"}),
        (["refused"], {("assets", 0): "unknown_option"}),
        (["99", "01"], {("assets",): "chosen_alone"}),
        (["99", "99"], {("assets", 1): "chosen_twice"}),
        (["99"], {}),
        (["03", "02", "01"], {}),
        (["95", "03", "02", "01"], {("assets",): "too_many_chosen"}),
        ("01", {("assets",): "wrong_type"}),
        ("refused", {}),
    ],
)
def test_options_that_do_not_go_together_are_named(chosen: Any, faults: dict[Any, str]) -> None:
    other = {"assets_specify": "perahu" if "95" in chosen or faults else None}
    assert {
        path: code for path, code in faults_of({"assets": chosen, **other}).items() if path[0] == "assets"
    } == faults


def test_the_text_of_an_option_belongs_to_the_option() -> None:
    assert faults_of({"assets": ["01"]}) == {("assets_specify",): "not_asked"}
    assert faults_of({"assets_specify": None}) == {}


@pytest.mark.parametrize(
    ("area", "fault"),
    [
        *((each, None) for each in (36, 36.5, Decimal("36.50"), Decimal("3.65e1"), Decimal("999.5"), "dont_know")),
        *((Decimal(each), "out_of_range") for each in ("0.9", "999.51", "1e400", "-1e-400", "1e999999", "9" * 400)),
        *((Decimal(each), "too_many_digits") for each in ("36.55", f"1.{'0' * 399}1", "36.500000000000000001")),
        (10**400, "out_of_range"),
        ("36.5", "wrong_type"),
        ("36,5", "wrong_type"),
        *((float(each), "wrong_type") for each in ("nan", "inf")),
    ],
)
def test_a_decimal_has_bounds_and_digits(area: Any, fault: str | None) -> None:
    assert faults_of({"area": area}) == ({("area",): fault} if fault else {})


def test_a_fault_of_a_number_names_the_bounds() -> None:
    assert limits_of({"area": 0}) == {"minimum": 1, "maximum": Decimal("999.5")}
    assert limits_of({"area": Decimal("1.25")}) == {"digits": 1}


@pytest.mark.parametrize(
    ("married", "fault"),
    [
        ("1950-01-01", None),
        ("2026-06-15", None),
        ("2026-06-16", "too_late"),
        ("1949-12-31", "too_early"),
        *(
            (each, "bad_date")
            for each in ("2025-02-29", "2025-2-3", "03-02-2025", "2025-06-15T00:00:00Z", "", "20250615")
        ),
        *((each, "bad_date") for each in ("2025-13-01", "0000-01-01", "٢٠٢٥-01-01", "2025-06-15\n")),
        (20250615, "wrong_type"),
    ],
)
def test_a_date_is_a_day_of_the_calendar_within_its_bounds(married: Any, fault: str | None) -> None:
    assert faults_of({"married": married, "moved": None}) == ({("married",): fault} if fault else {})


def test_a_date_is_not_before_the_one_that_it_follows() -> None:
    assert faults_of({"moved": "2012-02-28"}) == {("moved",): "too_early"}
    assert limits_of({"moved": "2012-02-28"}) == {"minimum": date(2012, 2, 29), "other": "married"}
    assert faults_of({"moved": "2012-02-28", "married": "refused"}) == {}
    assert faults_of({"moved": "1899-12-31", "married": "refused"}) == {("moved",): "too_early"}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  pera\u200bhu \n dua ", "perahu dua"),
        ("Rene\u0301", "René"),
        ("be" + "\u0301" * 8, "bé" + "\u0301" * 7),
    ],
)
def test_a_text_is_kept_clean_and_measured_so(text: str, kept: str) -> None:
    answers, faults = check_answers({**VALID, "assets_specify": text}, EVERY_TYPE, DAY, PEOPLE)
    assert faults == []
    assert answers["assets_specify"] == kept


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        *((each, "bad_length") for each in ("", "a", "  a  ", "\u200b", "perahu besar", "x" * 60_000)),
        *((each, "unreadable") for each in ("perahu\x00", "\ue000a", "e" + "\u0301" * 300 + "\x00")),
        *((each, "loose_marks") for each in ("\u0301\u0301", "e" + "\u0301" * 300, "e" + "\u0316" * 60_000)),
    ],
)
def test_a_text_that_is_too_long_or_unreadable_is_named_at_once(text: str, fault: str) -> None:
    began = time.perf_counter()
    assert faults_of({"assets_specify": text}) == {("assets_specify",): fault}
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize(
    ("text", "fault"), [("00123", None), ("0012a", "only_digits"), ("٠٠١٢٣", "only_digits"), ("0123", "bad_length")]
)
def test_only_digits_keep_their_zeros(text: str, fault: str | None) -> None:
    assert faults_of({"postcode": text}) == ({("postcode",): fault} if fault else {})


@pytest.mark.parametrize("rows", [[{}] * 10_000, [{"x": 1}] * 10_000, [[]] * 6])
def test_too_many_rows_are_one_fault(rows: Any) -> None:
    assert faults_of({"plots": rows}) == {("plots",): "too_many_rows"}
    assert limits_of({"plots": rows}) == {"maximum": 3}


def test_rows_are_no_more_than_the_number_that_was_stated() -> None:
    rows = [{"works": "yes"}] * 3
    assert faults_of({"people": rows}, people=None) == {("people",): "too_many_rows"}
    assert limits_of({"people": rows}, people=None) == {"maximum": 2, "other": "n"}
    assert faults_of({"people": rows, "n": "refused"}, people=None) == {("n",): "unanswered"}


@pytest.mark.parametrize("rows", ["yes", 3, {}, {"0": {}}, True])
def test_rows_are_a_list(rows: Any) -> None:
    assert faults_of({"plots": rows}) == {("plots",): "wrong_type"}


def test_a_fault_in_a_row_names_the_row() -> None:
    rows = [{"size": 1}, 7, {"size": 101, "used": Decimal("0.125"), "colour": 1, "person": {}}]
    assert faults_of({"plots": rows}) == {
        ("plots", 1): "wrong_type",
        ("plots", 2, "size"): "out_of_range",
        ("plots", 2, "used"): "too_many_digits",
        ("plots", 2, "colour"): "unknown_question",
        ("plots", 2, "person"): "unknown_question",
    }
    assert faults_of({"plots": [{"size": 1, "used": 2}]}) == {("plots", 0, "used"): "exceeds"}


def test_questions_of_rows_are_asked_in_their_rows() -> None:
    assert faults_of({"size": 1}) == {("size",): "unknown_question"}
    assert faults_of({"savings": "no"}) == {("plots",): "not_asked"}
    rows = [{"works": "yes", "immunised": "yes"}, {"immunised": "no"}]
    assert faults_of({"people": rows}) == {
        ("people", 0, "immunised"): "not_asked",
        ("people", 1, "works"): "unanswered",
    }


@pytest.mark.parametrize("rows", [None, "refused"])
def test_a_required_question_of_rows_is_not_left_out_with_the_rows(rows: Any) -> None:
    assert faults_of({"people": rows}, people=None) == {("people",): "unanswered"}
    assert faults_of({"people": [{"works": "no"}]}, people=None) == {("people", 1, "works"): "unanswered"}
    assert faults_of({"people": []}, people=None) == {
        ("people", 0, "works"): "unanswered",
        ("people", 1, "works"): "unanswered",
    }


def test_people_are_rows_though_nothing_was_asked_of_them() -> None:
    without = tuple(each for each in EVERY_TYPE.questions if each.code != "works")
    instrument = replace(EVERY_TYPE, questions=without)
    every: list[dict[str, Any]] = [{}, {"people": None}, {"people": []}, {"people": [{}]}]
    for rows in every:
        sent = {**{name: each for name, each in VALID.items() if name != "people"}, **rows}
        answers, faults = check_answers(sent, instrument, DAY, PEOPLE)
        assert faults == []
        assert answers["people"] == (Row({}, Person("female", "head", 437)), Row({}, Person(None, "child", 12)))


@pytest.mark.parametrize(
    ("person", "faults"),
    [
        ({}, {}),
        (None, {}),
        ({"sex": None, "birth_date": "2025-06-15", "relation": "child"}, {}),
        ({"sex": "x", "relation": 1}, {"sex": "unknown_option", "relation": "unknown_option"}),
        ({"birth_date": "2025-02-29"}, {"birth_date": "bad_date"}),
        ({"birth_date": "2026-06-16"}, {"birth_date": "too_late"}),
        ({"birth_date": "1899-12-31"}, {"birth_date": "too_early"}),
        ({"birth_date": 1990, "nik": "6372011708850001"}, {"birth_date": "wrong_type", "nik": "unknown_member"}),
    ],
)
def test_a_row_states_its_person_where_people_are_not_sent(person: Any, faults: dict[str, str]) -> None:
    rows = [{"works": "yes", "person": person}, {"works": "no"}]
    assert faults_of({"people": rows}, people=None) == {
        ("people", 0, "person", name): code for name, code in faults.items()
    }


@pytest.mark.parametrize("person", [[], "head", 7])
def test_a_person_is_an_object(person: Any) -> None:
    rows = [{"works": "yes", "person": person}]
    assert faults_of({"people": rows, "n": 1, "children": 0}, people=None) == {("people", 0, "person"): "wrong_type"}


def test_people_are_told_once() -> None:
    rows = [{"works": "yes", "person": {"sex": "male"}}, {"works": "no"}]
    assert faults_of({"people": rows}) == {("people", 0, "person"): "person_twice"}


def test_people_that_do_not_match_the_rows_are_named() -> None:
    three = [*PEOPLE, {"sex": "male"}]
    assert faults_of({}, people=three) == {("people",): "more_people_than_rows"}
    assert limits_of({}, people=three) == {"maximum": 2, "people": 3, "other": "n"}
    assert faults_of({}, people=[{"birth_date": "2025-06-15"}]) == {
        ("people",): "more_rows_than_people",
    }


@pytest.mark.parametrize("rows", [2, 3, 6])
def test_a_roster_that_is_not_asked_has_one_fault_however_many_rows_it_has(rows: int) -> None:
    without = {each: VALID[each] for each in VALID if each not in ("plots", "savings")} | {"savings": "no"}
    _, faults = check_answers({**without, "plots": [{}] * rows}, EVERY_TYPE, DAY, PEOPLE)
    assert [(each.path, each.code) for each in faults] == [(("plots",), "not_asked")]


@pytest.mark.parametrize("rows", [0, 2, 3, 4])
def test_people_beyond_the_stated_number_are_one_fault_whether_rows_are_sent_or_not(rows: int) -> None:
    three = [*PEOPLE, {"sex": "male"}]
    assert faults_of({"people": [{"works": "yes"}] * rows}, people=three) == {("people",): "more_people_than_rows"}


def test_nothing_that_depends_on_the_day_is_a_fault_where_nobody_knows_it() -> None:
    """Ages decide who is asked and what is refused. Other faults are told all the same."""
    ages: tuple[dict[str, str], ...] = (
        {"birth_date": "2024-06-15"},
        {"birth_date": "1950-01-01"},
        {"birth_date": "2099-01-01"},
        {},
    )
    for person in ages:
        rows = [{"works": "yes", "immunised": "no", "person": person}, {"works": "no"}]
        sent = {**VALID, "people": rows}
        _, faults = check_answers(sent, EVERY_TYPE, None)
        assert faults == []
        _, faults = check_answers({**sent, "savings": "maybe"}, EVERY_TYPE, None)
        assert [each.code for each in faults if each.path == ("savings",)] == ["unknown_option"]


def test_a_faulty_birth_date_makes_no_second_fault() -> None:
    people = [PEOPLE[0], {"birth_date": "2025-02-30"}]
    assert faults_of({}, people=people) == {}
    rows = [{"works": "yes"}, {"works": "no", "immunised": "yes", "person": {"birth_date": "2025-02-30"}}]
    assert faults_of({"people": rows}, people=None) == {("people", 1, "person", "birth_date"): "bad_date"}


@pytest.mark.parametrize("people", [[], [None], ["x", 7], [{}] * 2])
def test_people_of_another_shape_are_no_error(people: Any) -> None:
    check_answers(VALID, EVERY_TYPE, DAY, people)


def test_what_is_implausible_is_refused_or_warned_of() -> None:
    assert faults_of({"children": 2}) == {(): "implausible"}
    assert limits_of({"children": 2}) == {"check": "empty"}
    assert faults_of({"children": "refused"}) == {}
    assert faults_of({"children": 31}) == {("children",): "out_of_range"}
    answers, _ = check_answers({**VALID, "area": Decimal("1.5")}, EVERY_TYPE, DAY, PEOPLE)
    assert [each.code for each in implausible(answers, EVERY_TYPE, DAY)] == ["crowded"]
    assert implausible({}, EVERY_TYPE, DAY) == []


def test_all_faults_are_listed_in_the_order_of_the_questions() -> None:
    sent = {
        "pets": None,
        "savings": "yes",
        "postcode": 5,
        "plots": [{"used": 101, "size": "x"}, {"colour": 1, "size": 101}],
        "n": 31,
        "assets": ["01", "x", "01"],
    }
    _, faults = check_answers(sent, EVERY_TYPE, DAY)
    assert [fault.path for fault in faults] == [
        ("n",),
        ("assets", 1),
        ("assets", 2),
        ("postcode",),
        ("people",),
        ("plots", 0, "size"),
        ("plots", 0, "used"),
        ("plots", 1, "size"),
        ("plots", 1, "colour"),
        ("pets",),
    ]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["01", "95", "yes", "refused"]),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.sampled_from([*VALID, "works", "person"]), below),
    max_leaves=12,
)


@given(sent=st.dictionaries(st.sampled_from([*VALID, "x"]), JSON), people=st.none() | st.lists(JSON, max_size=6))
def test_no_answers_are_an_error(sent: Any, people: Any) -> None:
    answers, faults = check_answers(sent, EVERY_TYPE, DAY, people)
    if not faults:
        assert check_answers(wire_of(answers), EVERY_TYPE, DAY) == (answers, [])


def test_people_are_renewed_by_place() -> None:
    answers, _ = check_answers(VALID, EVERY_TYPE, DAY, PEOPLE)
    renewed = renew_people(answers, EVERY_TYPE, [{"sex": "male", "birth_date": "2026-05-16"}], DAY)
    assert renewed["people"] == (
        Row({"works": "yes"}, Person("male", None, 0)),
        Row({"works": "no", "immunised": "dont_know"}, None),
    )
    assert {**renewed, "people": answers["people"]} == answers
