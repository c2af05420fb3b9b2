"""Every fault of an answer has a text in both languages with an example that is right, and never the answer itself."""

from decimal import Decimal
from typing import Any

import pytest

from app.problems import Fault
from app.scoring.answers import check_answers
from app.services.intake.answer_faults import answer_fault
from tests.scoring.drawn import DAY
from tests.scoring.wire import EVERY_TYPE, PEOPLE, VALID

SECRET = "4417"
"""Stands in every wrong answer that can hold it."""
WRONG: list[tuple[str, dict[str, Any]]] = [
    ('Nothing is chosen. Choose at least one, such as ["01"].', {"assets": []}),
    ("This option is there twice. Name it once, such as 01.", {"assets": ["01", "01"]}),
    (
        'This option cannot be chosen together with others: 99 (Pilihan 99). Use, for example: ["01"].',
        {"assets": ["99", "01"]},
    ),
    ('Choose at most 3, such as ["01"].', {"assets": ["95", "01", "02", "03"]}),
    (
        "Use one of: 01 (Pilihan 01), 02 (Pilihan 02), 03 (Pilihan 03), 95 (Pilihan 95), 99 (Pilihan 99).",
        {"assets": ["01", SECRET]},
    ),
    ('This must be a list, such as ["01"].', {"assets": "01"}),
    ("Use a value between 1 and 999.5, such as 1.5.", {"area": 4417}),
    ("Use at most 1 decimal places, such as 1.5.", {"area": Decimal("44.17")}),
    ("Use a number from 1 to 999.5, such as 1.5.", {"area": SECRET}),
    ("This is no day of the calendar. Write the year, the month and the day, such as 2020-06-15.", {"married": SECRET}),
    ("This day is too early. It can be 1 January 1950 at the earliest, such as 2020-06-15.", {"married": "1944-01-07"}),
    (
        "This day is too late. It can be 15 June 2026 at the latest, such as 2020-06-15.",
        {"married": "4417-01-01", "moved": None},
    ),
    (
        'This day must not be before the day in the question "Pertanyaan married". Write, for example: 2020-06-15.',
        {"married": "2014-04-17", "moved": "2014-04-16"},
    ),
    ("Use 2 to 10 characters, such as perahu.", {"assets_specify": SECRET * 3}),
    (
        "There is a character here that cannot be read. Remove it and type the text again, such as: perahu.",
        {"assets_specify": f"{SECRET}\x00"},
    ),
    ("Use only the digits 0 to 9, such as 01234.", {"postcode": f"{SECRET}a"}),
    ('This must be a text in quotation marks, such as "01234".', {"postcode": 4417}),
    ("This list is too long. It can have at most 3 rows. Remove the others.", {"plots": [{"size": 44}] * 17}),
    ('This must be a list, such as [{"size": 1.5}].', {"plots": SECRET}),
    ('This must be an object with members, such as {"size": 1.5}.', {"plots": [SECRET]}),
    ("The instrument has no such question. It has: size, used.", {"plots": [{SECRET: 1}]}),
    ('This must not be more than the number in the question "Pertanyaan size".', {"plots": [{"size": 1, "used": 44}]}),
    (
        "These answers do not go together. Tidak ada orang dewasa Correct the one that is wrong.",
        {"children": 2},
    ),
]


def fault_of(changed: dict[str, Any], people: Any = PEOPLE) -> Fault:
    _, faults = check_answers({**VALID, **changed}, EVERY_TYPE, DAY, people)
    assert len(faults) == 1, faults
    return answer_fault(faults[0], EVERY_TYPE)


@pytest.mark.parametrize(("message", "changed"), WRONG)
def test_a_fault_says_what_is_right_in_both_languages(message: str, changed: dict[str, Any]) -> None:
    fault = fault_of(changed)
    rendered = fault.render("en")
    assert rendered["message"] == message
    assert SECRET not in str(rendered)
    assert fault.render("id")["message"] != message
    assert SECRET not in str(fault.render("id"))


@pytest.mark.parametrize("changed", [changed for _, changed in WRONG])
def test_the_example_of_a_fault_is_right(changed: dict[str, Any]) -> None:
    _, (found,) = check_answers({**VALID, **changed}, EVERY_TYPE, DAY, PEOPLE)
    example = answer_fault(found, EVERY_TYPE).members.get("example")
    if example is not None:
        code, *below = found.path
        value: Any = example
        for step in reversed(below):
            value = [value] if isinstance(step, int) else {step: value}
        without = {name: answer for name, answer in VALID.items() if name not in ("assets_specify", "moved")}
        if code in ("assets_specify",):
            without["assets"] = VALID["assets"]
            without[code] = value
            _, faults = check_answers(without, EVERY_TYPE, DAY, PEOPLE)
        else:
            _, faults = check_answers({**without, str(code): value}, EVERY_TYPE, DAY, PEOPLE)
        assert faults == []


def test_rows_and_people_that_differ_are_said_in_both_languages() -> None:
    three = [*PEOPLE, {"sex": "male"}]
    for changed, people, words in (
        ({}, three, "than the number in the question"),
        ({}, PEOPLE[1:], "more rows than there are people"),
        ({"people": [{"works": "yes"}] * 3, "n": 2}, None, "longer than the number"),
        ({"people": [{"works": "yes", "person": {}}, {"works": "no"}]}, PEOPLE, "Remove person"),
    ):
        fault = fault_of(changed, people)
        assert words in fault.render("en")["message"]
        assert "{" not in fault.render("id")["message"]


@pytest.mark.parametrize(
    ("person", "message"),
    [
        ({"sex": SECRET}, "Use one of: female, male."),
        ({"relation": SECRET}, "Use one of: head, spouse, child, other."),
        (
            {"birth_date": "4417-01-01"},
            "This day is too late. It can be 15 June 2026 at the latest, such as 1987-04-23.",
        ),
        ({"nik": SECRET}, "This is not known here. Remove it, or use one of: sex, birth_date, relation."),
    ],
)
def test_a_fault_of_a_person_says_what_is_right(person: Any, message: str) -> None:
    rows = [{"works": "yes", "person": person}, {"works": "no"}]
    fault = fault_of({"people": rows}, None)
    assert fault.render("en")["message"] == message
    assert fault.pointer == f"/answers/people/0/person/{next(iter(person))}"


def test_a_pointer_leads_to_the_row_and_shows_no_unknown_name() -> None:
    assert fault_of({"plots": [{"size": 1}, {"size": 101}]}).pointer == "/answers/plots/1/size"
    assert fault_of({"plots": [{"6372011708850001": 1}]}).pointer == "/answers/plots/0/…"
    assert fault_of({"assets": ["01", "x"]}).pointer == "/answers/assets/1"
