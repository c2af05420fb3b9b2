"""Each warning is told at its place, and for nothing else."""

from datetime import date
from pathlib import Path

import pytest

from app.scoring.reading.fault_texts import FAULT_TEXTS
from app.scoring.reading.files import check_instrument_file
from tests.scoring.format_2 import complete
from tests.scoring.reading.test_faults import BASE, place_of

Row = tuple[str, str, str, str]
GUIDE = Path(__file__).parents[3] / "docs" / "guides" / "instruments"
TODAY = date(2026, 1, 1)
KNOWN = {each.message for each in check_instrument_file(BASE.encode("utf-8"), TODAY).warnings}
"""Warnings of the base, which is made for faults."""
_WEAK = 'scale = 1\nweak = { below = 0.6, status = "provisional", sources = [] }\n'
_MIDDLE = '[[category]]\ncode = "middle"\nname = { id = "Sedang" }\nindex = "m"\n'
_ROOM = 'fulfilled_when.compare = ["room", ">", 7.2]'
_BAD = 'answers.ill = "y"\nexpect.r.category = "bad"'
ROWS: list[Row] = [
    ("W01", f"below = 50\n\n{_MIDDLE}up_to = 75", f"below = 0.5\n\n{_MIDDLE}up_to = 0.8", "0.5"),
    ("W01", "scale = 1\n", _WEAK, "0.6"),
    ("W02", _ROOM, 'fulfilled_when.compare = ["members", ">", 0]', "f"),
    ("W02", _ROOM, 'fulfilled_when.compare = ["members", ">", 30]', "f"),
    ("W02", _ROOM, 'fulfilled_when.in = ["water", ["y", "n"]]', "f"),
    ("W02", _ROOM, 'fulfilled_when = { all = [{ equal = ["water", "y"] }, { equal = ["water", "n"] }] }', "{ all"),
    ("W02", _ROOM, 'fulfilled_when.any = [{ holds = "dry" }, { equal = ["water", "y"] }]', "f"),
    ("W02", _ROOM, 'fulfilled_when.at_least = [0, [{ equal = ["water", "y"] }]]', "f"),
    ("W02", 'compare = ["kids", ">", 0] }, p', 'compare = ["kids", ">=", 0] }, p', '{ compare = ["kids", ">=", 0@'),
    ("W02", 'only.p.compare = ["age", ">=", 1]', 'applies_when.compare = ["members", ">", 0]', "applies"),
    ("W03", 'compare = ["room", ">", 7.2]', 'compare = ["room", ">", "room"]', '["room"'),
    ("W04", 'when_not_asked = "n"\n', "", 'fulfilled_when.equal = ["pipe"@'),
    ("W05", 'code = "own"\n', 'code = "own"\ntitle = "a"\n[[source]]\ncode = "other"\n', "[[source]]"),
    ("W05", 'fulfilled_when.holds = "dry"', 'fulfilled_when.equal = ["water", "y"]', '[[fact]]\ncode = "dry"@'),
    ("W05", 'section = "home"\n', "", "[[section]]@"),
    ("W06", "valid_from = 2026-01-01", "valid_from = 2027-02-01", "2027"),
    ("W08", 'languages = ["id"]\ntitle = {', 'languages = ["id", "bjn"]\ntitle = {', "{"),
    ("W09", _BAD, 'answers.ill = "y"\nexpect.r.state = "scored"', '[[category]]\ncode = "bad"@'),
    ("W10", 'points = { of = "years", minimum', 'points = { of = "room", minimum', '"room"'),
    ("W12", 'quotient = ["area", "members"]', 'quotient = ["area", "insured"]', '"insured"'),
    ("W13", "minimum = 0\nmaximum = 30", "minimum = 0\nmaximum = 1_000_000_000", "1_000"),
    ("W14", "sensitive = true\ndeprived", "deprived", '[[indicator]]\ncode = "c1"@'),
    ("W15", "minimum = 1.5", "minimum = 2.000", "2.000"),
    ("W17", 'points = { of = "years"', 'applies_when.holds = "dry"\npoints = { of = "years"', "applies"),
    ("W18", "minimum = 1.5", 'minimum = 1.5\nask_when.equal = ["water", "y"]\nwhen_not_asked = 0', "0@@"),
    ("W19", "valid_from = 2026-01-01", 'valid_from = 2026-01-01\nreplaced_by = "2027.1"', "replaced_by"),
    ("W20", "interview = 2026-06-15", "interview = 2025-12-31", "2025"),
    ("W16", 'share_of = ["low"]', 'share_of = ["low", "high", "middle"]', '["low", "h'),
]


@pytest.mark.parametrize(("code", "old", "new", "start"), ROWS, ids=[f"{row[0]} {row[2][:40]!r}" for row in ROWS])
def test_a_warning_is_told_at_its_place(code: str, old: str, new: str, start: str) -> None:
    assert BASE.count(old) == 1
    text = BASE.replace(old, new)
    checked = check_instrument_file(text.encode("utf-8"), TODAY)
    assert checked.faults == ()
    told = [each for each in checked.warnings if each.message not in KNOWN]
    assert (code, *place_of(old, new, start, text)) in [(each.code, each.line, each.column) for each in told]
    # A case has a day of its own, which a later first day of validity leaves behind.
    assert {each.code for each in told} <= {code, "W05", *(("W20",) if code == "W06" else ())}


YES_NO = """\
option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]
question = [
  { code = "n", type = "integer", minimum = 0, maximum = 9, required = true },
  { code = "a", type = "choice", options = "yn" },
  { code = "b", type = "choice", options = "yn" },
]
index = [{ code = "i", method = "mean", region = { weigh_by = "n" } }]
indicator = [
  { code = "a", fulfilled_when.equal = ["a", "y"] },
  { code = "b", fulfilled_when.equal = ["b", "y"] },
]
category = [{ code = "low", below = 50 }, { code = "high" }]
case = [
  { name = "all", answers = { n = 1, a = "y", b = "y" }, expect.i = { value = 100, category = "high" } },
  { name = "none", answers = { n = 1, a = "n", b = "n" }, expect.i = { value = 0, category = "low" } },
]
region_case = [{ families = ["all", "none"], expect.i.headline = 50 }]
"""


def warnings_of(example: str) -> list[str]:
    checked = check_instrument_file(complete(example).encode("utf-8"))
    assert checked.faults == ()
    return [each.code for each in checked.warnings]


def test_a_careful_file_has_no_warnings() -> None:
    assert warnings_of(YES_NO) == []


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ('{ code = "low", below = 50 }', '{ code = "low", below = 30 }, { code = "rare", below = 40 }', ["W07", "W09"]),
        (", required = true", "", ["W11"]),
        ('region_case = [{ families = ["all", "none"], expect.i.headline = 50 }]\n', "", ["W09"]),
        ('method = "mean"', 'method = "geometric-mean"', ["W10"]),
        ('fulfilled_when.equal = ["a", "y"]', 'fulfilled_when.given = "a"', []),
    ],
)
def test_a_change_brings_only_its_own_warnings(old: str, new: str, codes: list[str]) -> None:
    assert YES_NO.count(old) == 1
    changed = YES_NO.replace(old, new)
    if "geometric" in new or "given" in new:
        changed = changed[: changed.index("region_case")].replace("value = 100, ", "").replace("value = 0, ", "")
        changed += 'region_case = [{ families = ["all", "none"], expect.i.scored = 2 }]\n'
    if "given" in new:
        changed = changed.replace('category = "low"', 'category = "high"')
        assert warnings_of(changed) == ["W09"]
        return
    assert warnings_of(changed) == codes


def test_a_file_without_cases_is_told_once() -> None:
    assert warnings_of(YES_NO[: YES_NO.index("case = [")]) == ["W09"]


def test_a_question_that_is_not_asked_of_all_may_be_read_where_the_file_says_so() -> None:
    asked = YES_NO.replace(
        '"b", type = "choice", options = "yn"', '"b", type = "choice", options = "yn", ask_when.equal = ["a", "y"]'
    )
    asked = asked.replace(', b = "n" }', " }").replace("value = 0, ", "")
    assert "W04" in warnings_of(asked)
    for applies in ('applies_when.asked = "b", ', 'applies_when.equal = ["a", "y"], '):
        guarded = asked.replace('{ code = "b", fulfilled', f'{{ code = "b", {applies}fulfilled')
        assert "W04" not in warnings_of(guarded)


def test_asked_speaks_for_every_question_with_the_same_condition() -> None:
    question = '{{ code = "{}", type = "choice", options = "yn", ask_when.equal = ["a", "{}"] }},\n'
    for option, told in (("y", False), ("n", True)):
        file = YES_NO.replace(
            '  { code = "b", type = "choice", options = "yn" },\n',
            question.format("b", "y") + question.format("c", option),
        )
        both = 'applies_when.asked = "b", fulfilled_when.all = [{ equal = ["b", "y"] }, { equal = ["c", "y"] }]'
        file = file.replace('fulfilled_when.equal = ["b", "y"]', both)
        file = file.replace('b = "y" }', 'b = "y", c = "y" }' if not told else 'b = "y" }').replace(', b = "n" }', " }")
        file = file.replace("value = 100, ", "")
        assert ("W04" in warnings_of(file)) is told


def test_every_warning_is_tried() -> None:
    told = {code for code, _, _ in FAULT_TEXTS.values() if code.startswith("W")}
    assert told - {row[0] for row in ROWS} == {"W07", "W11"}


_WATER = """\
option_list = [{ code = "source", options = [{ code = "11" }, { code = "12" }, { code = "42" }] }]
question = [
  { code = "water", type = "choice", options = "source" },
  { code = "minutes", type = "integer", minimum = 0, maximum = 300, ask_when.equal = ["water", "11"] },
]
index = [{ code = "i", method = "mean" }]
indicator = [{ code = "a", deprived_when.any = [{ equal = ["water", "42"] }, WALK] }]
category = [{ code = "low", below = 50 }, { code = "good" }]
"""


@pytest.mark.parametrize(
    ("walk", "warned"),
    [
        ('{ compare = ["minutes", ">=", 30] }', True),
        ('{ all = [{ equal = ["water", "11"] }, { compare = ["minutes", ">=", 30] }] }', False),
    ],
)
def test_the_condition_under_which_a_question_is_asked_may_stand_beside_it(walk: str, warned: bool) -> None:
    checked = check_instrument_file(complete(_WATER.replace("WALK", walk)).encode("utf-8"), TODAY)

    assert checked.faults == ()
    assert any(each.code == "W04" for each in checked.warnings) == warned


_TWO = """\
option_list = [{ code = "yn", options = [{ code = "y" }, { code = "n" }] }]
question = [
  { code = "a", type = "choice", options = "yn" },
  { code = "b", type = "choice", options = "yn", ask_when.equal = ["a", "y"] },
]
index = [{ code = "one", method = "mean" }, { code = "two", method = "counting", cut_off = 0.5 }]
indicator = [{ code = "i", fulfilled_when.equal = ["b", "y"] }]
category = [{ code = "low", below = 30 }, { code = "middle", below = 40 }, { code = "high" }]
case = [{ name = "all", answers = { a = "y", b = "y" }, expect.one.category = "high" }]
"""


def test_a_warning_about_an_entry_of_several_indices_names_the_index() -> None:
    checked = check_instrument_file(complete(_TWO).encode("utf-8"))

    told = [(each.code, each.text(language)) for each in checked.warnings for language in ("id", "en")]
    assert checked.faults == ()
    assert ("W09", "No case has the category low of the index one yet.") in told
    assert ("W09", "Belum ada kasus dengan kategori high dari indeks two.") in told
    assert ("W07", "No family can reach the category middle of the index two.") in told
    assert {index for code, text in told if code == "W04" for index in ("one", "two") if f"index {index}" in text} == {
        "one",
        "two",
    }


def test_a_warning_names_no_index_where_there_is_one_alone() -> None:
    checked = check_instrument_file(
        complete(_TWO.replace(_TWO[_TWO.index(', { code = "two"') : _TWO.index("]\nindicator")], "")).encode()
    )

    assert "No case has the category low yet." in [each.message for each in checked.warnings]


def test_the_guide_names_every_warning() -> None:
    pages = "".join(page.read_text("utf-8") for page in GUIDE.glob("*.md"))
    assert {code for code, _, _ in FAULT_TEXTS.values() if code.startswith("W") and code not in pages} == set()
