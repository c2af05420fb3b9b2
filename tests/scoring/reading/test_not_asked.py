"""The check warns exactly where a family is missing although it answered all it was asked."""

import pytest

from app.scoring.reading.faults import FileFault
from app.scoring.reading.files import check_instrument_file
from tests.scoring.format_2 import complete

FILE = """\
option_list = [{ code = "yn", options = [{ code = "1" }, { code = "0" }] }]
roster = [{ code = "people", maximum = 20, people = true }]
question = [
  { code = "q", type = "choice", options = "yn" },
  { code = "often", type = "choice", options = "yn", ask_when.equal = ["q", "1"] },
  { code = "cost", type = "integer", minimum = 0, maximum = 900, ask_when.equal = ["often", "1"] },
  { code = "works", roster = "people", type = "choice", options = "yn", ask_when.compare = ["age", ">=", 15] },
]
fact = [
  { code = "age", roster = "people", person = "age_years" },
  { code = "score", first = [
    { when = { equal = ["q", "0"] }, value = 0 },
    { when = { equal = ["often", "1"] }, value = 2 },
    { value = 1 },
  ] },
  { code = "late", first = [{ when = { equal = ["often", "1"] }, value = 2 }, { value = 1 }] },
  { code = "workers", count = { roster = "people", where = { equal = ["works", "1"] } } },
  { code = "adults", count = { roster = "people", where = { asked = "works" } } },
]
index = [{ code = "i", METHOD }]
indicator = [{ code = "a", RULE }]
"""
CONDITION, SUM = 'method = "mean"', 'method = "points-sum"'
RULE_METHOD = 'method = "rule"'


def warned(method: str, rule: str, more: str = "") -> list[FileFault]:
    text = complete(FILE.replace("METHOD", method).replace("RULE", rule) + more)
    checked = check_instrument_file(text.encode("utf-8"))
    assert checked.faults == ()
    return [each for each in checked.warnings if each.code in ("W04", "W17")]


def of_row(has: str, where: str = "") -> str:
    return f'fulfilled_when.some = {{ roster = "people", {where}has = {has} }}'


WORKS = '{ equal = ["works", "1"] }'


@pytest.mark.parametrize(
    ("method", "rule"),
    [
        (SUM, 'points = { of = "score", minimum = 0, maximum = 2 }'),
        (CONDITION, 'fulfilled_when.all = [{ equal = ["q", "1"] }, { equal = ["often", "1"] }]'),
        (CONDITION, 'fulfilled_when.any = [{ equal = ["q", "0"] }, { equal = ["often", "1"] }]'),
        (CONDITION, 'fulfilled_when.answered = "often"'),
        (CONDITION, of_row(WORKS, 'where = { compare = ["age", ">=", 15] }, ')),
        (CONDITION, of_row(WORKS, 'where = { compare = ["age", ">=", 30] }, ')),
        (CONDITION, of_row(f'{{ all = [{{ asked = "works" }}, {WORKS}] }}')),
        (CONDITION, 'fulfilled_when.compare = ["adults", ">", 1]'),
    ],
)
def test_an_outcome_that_is_always_known_is_not_warned_of(method: str, rule: str) -> None:
    assert warned(method, rule) == []


@pytest.mark.parametrize(
    ("method", "rule", "advice"),
    [
        (CONDITION, 'fulfilled_when.equal = ["often", "1"]', 'applies_when.asked = "often" or when_not_asked'),
        (CONDITION, 'fulfilled_when.any = [{ equal = ["q", "1"] }, { equal = ["often", "1"] }]', "often is not asked"),
        (CONDITION, 'fulfilled_when.compare = ["late", ">", 1]', "often is not asked"),
        (CONDITION, 'fulfilled_when.all = [{ equal = ["q", "1"] }, { compare = ["cost", "<", 5] }]', "cost is not"),
        (CONDITION, of_row(WORKS), 'where = { asked = "works" }'),
        (CONDITION, of_row(WORKS, 'where = { compare = ["age", ">=", 14] }, '), "works is not asked in every row"),
        (CONDITION, 'fulfilled_when.compare = ["workers", ">", 1]', "works is not asked in every row"),
        (CONDITION, 'applies_when.equal = ["often", "1"], fulfilled_when.equal = ["q", "1"]', "often is not asked"),
        (CONDITION, 'applies_when.asked = "cost", fulfilled_when.compare = ["cost", "<", 100]', "often is not asked"),
        (SUM, 'points = { of = "late", minimum = 0, maximum = 2 }', "give them points with first"),
    ],
)
def test_an_outcome_that_is_missing_for_a_complete_interview_is_warned_of(method: str, rule: str, advice: str) -> None:
    told = warned(method, rule)
    assert any(advice in each.message for each in told)
    assert not any("applies_when" in each.message for each in told if method == SUM)


def test_a_sum_of_points_that_does_not_apply_to_all_is_warned_of() -> None:
    rule = 'applies_when.asked = "often", points = { of = "often", options = { 1 = 1, 0 = 0 } }'
    assert [each.code for each in warned(SUM, rule)] == ["W17"]
    assert warned(CONDITION, rule) == []


def test_a_category_that_cannot_be_decided_for_a_complete_interview_is_warned_of() -> None:
    categories = 'category = [{ code = "c", when = WHEN }, { code = "d" }]\n'
    for when, told in (
        ('{ equal = ["often", "1"] }', ["W04"]),
        ('{ all = [{ asked = "often" }, { equal = ["often", "1"] }] }', []),
    ):
        found = warned(RULE_METHOD, 'fulfilled_when.equal = ["q", "1"]', categories.replace("WHEN", when))
        assert [each.code for each in found] == told
