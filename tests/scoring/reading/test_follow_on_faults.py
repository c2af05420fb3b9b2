"""One cause gives one fault: what only follows from a broken, doubled or misspelt entry is not told too."""

import tomllib
from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from typing import Any, Final

import pytest

from app.scoring.reading.faults import FileFault
from app.scoring.reading.files import check_instrument_file
from tests.scoring.format_2 import complete, example, written
from tests.scoring.reading.test_faults import BASE

Tables = dict[str, Any]
Path = tuple[str | int, ...]
_NAMED = BASE.replace('name = "ill"', 'name = "sick"').replace('["well", "ill"]', '["well", "sick"]')
"""No case is called like a question."""
FILES: Final[dict[str, str]] = {"base": _NAMED, "levels": example("levels")}
CASES: Final = ("case", "region_case")


def read(name: str) -> Tables:
    return tomllib.loads(FILES[name], parse_float=Decimal)


def text_of(tables: Tables) -> str:
    return "".join(f"{key} = {written(value)}\n" for key, value in tables.items())


def faults_of(tables: Tables) -> list[FileFault]:
    return list(check_instrument_file(text_of(tables).encode("utf-8")).faults)


def values_in(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if path:
        yield path, value
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, each in steps:
        yield from values_in(each, (*path, step))


def parent_of(tables: Tables, path: Path) -> Any:
    at: Any = tables
    for step in path[:-1]:
        at = at[step]
    return at


@pytest.mark.parametrize("name", ["base", "levels"])
def test_an_entry_that_is_there_twice_is_told_once(name: str) -> None:
    """A copy of each entry that has a code, beside it and at the end of its list."""
    tables, tried = read(name), 0
    for path, value in values_in(tables):
        if isinstance(value, dict) and isinstance(path[-1], int) and "code" in value:
            for at in (path[-1] + 1, 2000):
                changed = deepcopy(tables)
                parent_of(changed, path).insert(at, deepcopy(value))
                assert [each.code for each in faults_of(changed)] == ["E07"], (path, at)
                tried += 1
    assert tried > 10


@pytest.mark.parametrize("name", ["base", "levels"])
def test_a_value_of_another_type_is_told_once(name: str) -> None:
    """A text that is nothing instead of each number, list and table, and a number instead of each text."""
    tables = read(name)
    for path, value in values_in(tables):
        if path[0] in CASES or "about" in path:
            continue
        changed = deepcopy(tables)
        parent_of(changed, path)[path[-1]] = 5 if isinstance(value, str) else "a b"
        told = [each.code for each in faults_of(changed) if each.code != "E23"]
        # A number may stand where a text names one.
        assert len(told) == 1 or (isinstance(value, str) and told == []), (path, told)


@pytest.mark.parametrize("name", ["base", "levels"])
def test_a_misspelt_key_is_told_once(name: str) -> None:
    tables = read(name)
    for path, _ in values_in(tables):
        if path[0] in CASES or "about" in path or not isinstance(path[-1], str) or path[-1] in tables["languages"]:
            continue
        changed = deepcopy(tables)
        parent = parent_of(changed, path)
        renamed = {f"{key}x" if key == path[-1] else key: value for key, value in parent.items()}
        parent.clear()
        parent.update(renamed)
        assert len(faults_of(changed)) == 1, path


def references(tables: Tables, code: str, keys: tuple[str, ...]) -> int:
    """How many values are a code, and how many keys in answers and tables of options are."""
    values: int = sum(value == code and path[-1] not in ("code", "name") for path, value in values_in(tables))
    return values + sum(path[-1] == code and path[-2] in keys for path, _ in values_in(tables) if len(path) > 1)


@pytest.mark.parametrize("table", ["option_list", "section", "source", "roster", "question", "fact", "index", "group"])
def test_a_code_that_is_misspelt_where_it_is_given_is_told_where_it_is_named(table: str) -> None:
    tables = read("base")
    for position, entry in enumerate(tables[table]):
        changed = deepcopy(tables)
        changed[table][position]["code"] += "zz"
        expected = references(tables, entry["code"], ("answers", "expect", "only"))
        assert [each.code for each in faults_of(changed)] == ["E08"] * expected, entry["code"]


@pytest.mark.parametrize("table", ["option_list", "section", "source", "roster", "question", "fact", "index", "group"])
def test_a_code_in_a_wrong_form_is_known_where_it_is_named(table: str) -> None:
    for entry in read("base")[table]:
        code = entry["code"]
        text = text_of(read("base")).replace(f'"{code}"', f'"{code} é"')
        told = check_instrument_file(text.encode("utf-8")).faults
        assert [each.code for each in told] == ["E06"], (code, [each.message for each in told])


def test_one_entry_below_a_misspelt_header_is_told_once() -> None:
    text = BASE.replace('[[question]]\ncode = "water"', '[[questoin]]\ncode = "water"')
    assert [each.code for each in check_instrument_file(text.encode("utf-8")).faults] == ["E03"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code = "rt"\ntype = "text"', 'code = "water"\ntype = "text"'),
        ('code = "room"\n', 'code = "size"\n'),
        ('code = "c"\nname', 'code = "m"\nname'),
        ('  { code = "things", options', '  { code = "yn", options'),
        ('code = "V1"\n', 'code = "V"\n'),
    ],
)
def test_a_code_taken_by_a_different_entry_is_told_once_where_nothing_names_the_other(old: str, new: str) -> None:
    """What names the code may mean either entry, so its kind and options are not blamed."""
    assert BASE.count(old) == 1
    told = check_instrument_file(BASE.replace(old, new).encode("utf-8")).faults
    lost = {'code = "room"\n': 1, 'code = "c"\nname': 2, '  { code = "things", options': 1, 'code = "V1"\n': 2}
    assert [each.code for each in told if each.code == "E07"] == ["E07"]
    assert [each.code for each in told if each.code != "E07"] == ["E08"] * lost.get(old, 0)


FACTS: Final = """\
question = [{ code = "q", type = "integer", minimum = 0, maximum = 9 }]
fact = [
  FACTS
]
index = [{ code = "i", method = "mean" }]
indicator = [{ code = "1", fulfilled_when.compare = ["q", ">", 1] }]
"""


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ([("a", "a")], ["a → a"]),
        ([("a", "b"), ("b", "a")], ["a → b → a"]),
        ([("a", "b"), ("b", "c"), ("c", "a"), ("d", "q")], ["a → b → c → a"]),
        ([("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")], ["a → b → a", "c → d → c"]),
        ([("a", "b"), ("b", "q")], ["The fact b is not computed yet here. Move it up."]),
        ([("a", "b"), ("b", "c"), ("c", "b")], ["The fact b is not computed yet here. Move it up.", "b → c → b"]),
    ],
)
def test_facts_in_a_circle_are_told_once_with_their_members(facts: list[tuple[str, str]], told: list[str]) -> None:
    listed = ", ".join(f'{{ code = "{code}", sum = ["{read}", 1] }}' for code, read in facts)
    found = check_instrument_file(complete(FACTS.replace("FACTS", listed)).encode("utf-8")).faults
    assert [each.code for each in found] == ["E10"] * len(told)
    for fault, text in zip(found, told, strict=True):
        assert text in fault.message
        assert ("circle" in fault.message) == ("→" in text)


def test_what_decides_whether_a_question_is_asked_does_not_depend_on_its_answer() -> None:
    text = BASE.replace('ask_when.equal = ["water", "y"]', 'ask_when.holds = "dry"')
    for old, new, said in (
        (
            'when.not = { equal = ["water", "y"] }',
            'when.not = { equal = ["pipe", "y"] }',
            "dry depends on what is being",
        ),
        (
            'when.not = { equal = ["water", "y"] }',
            'when.not = { equal = ["ill", "y"] }',
            "dry reads ill, which is asked",
        ),
    ):
        (fault,) = check_instrument_file(text.replace(old, new).encode("utf-8")).faults
        assert fault.code == "E10"
        assert said in fault.message


def test_a_roster_cannot_hold_a_roster() -> None:
    text = BASE.replace("people = true", 'people = true\nroster = "p"')
    (fault,) = check_instrument_file(text.encode("utf-8")).faults
    assert (fault.code, fault.column) == ("E09", 1)
    assert "A roster cannot hold a roster." in fault.message
    assert "rows" not in fault.message


def test_an_entry_of_every_index_is_told_once_which_index_lacks_what_it_names() -> None:
    text = BASE.replace('index = "m"\ngroup = "W"\n', 'group = "W"\n')
    told = [each.message for each in check_instrument_file(text.encode("utf-8")).faults if each.code == "E08"]
    assert told == ["The index c has no group W."]


_DOUBLED: Final = (
    *(('languages = ["id"]', '["id", "id"]'), ('breakdowns = ["water"]', '["water", "water"]')),
    *(('sources = ["own"]', '["own", "own"]'), ('share_of = ["low"]', '["low", "low"]')),
    ('weight = "1/3"', 'weight = "1/3"\nsources = ["own", "own"]'),
    ("complete.minimum_answered = 3", 'complete.required = ["m1", "m2", "m1"]'),
    ("maximum_chosen = 2", 'alone = ["02", "02"]'),
    ("maximum_chosen = 2", 'ask_when.equal = ["water", "y"]\nwhen_not_asked = ["01", "01"]'),
    ('base = "well"', 'base = "well"\nwithout = ["pipe", "pipe"]'),
    ('["assets", ["01", "02"]]', '["assets", ["01", "02", "01"]]'),
    ('fulfilled_when.equal = ["water", "y"]', 'fulfilled_when.in = ["water", ["y", "y"]]'),
    (
        'breakdowns = ["water"]',
        'breakdowns = ["water"]\nfollows = { version = "1", comparable = ["m", "m"], note = { id = "x" } }',
    ),
)


@pytest.mark.parametrize(("old", "new"), _DOUBLED, ids=[new[-40:] for _, new in _DOUBLED])
def test_an_entry_of_a_list_that_stands_there_twice_is_told_once(old: str, new: str) -> None:
    """What a list counts would be counted twice."""
    assert BASE.count(old) == 1
    new = new if "=" in new.split("[")[0] or old.startswith("[") else old.split("[")[0] + new
    told = check_instrument_file(BASE.replace(old, new).encode("utf-8")).faults
    assert [(each.code, "in this list already" in each.message) for each in told] == [("E07", True)]


def test_a_region_of_cases_may_have_a_family_twice() -> None:
    text = BASE.replace('["well", "ill"]\nexpect.r.scored = 2', '["well", "ill", "ill"]\nexpect.r.scored = 3')
    assert check_instrument_file(text.encode("utf-8")).faults == ()
