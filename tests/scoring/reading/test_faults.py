"""Every kind of fault is told once, at its line and column, and blames nothing else."""

import string
from pathlib import Path

import pytest

from app.scoring.reading.fault_texts import FAULT_TEXTS
from app.scoring.reading.faults import FileFault
from app.scoring.reading.files import check_instrument_file
from tests.scoring.format_2 import complete
from tests.scoring.reading.broken import ROWS

BASE = (Path(__file__).parent / "base.toml").read_text("utf-8")
YES_NO = 'option_list = [{ code = "yn", options = [{ code = "1.5" }, { code = "n" }] }]\n'


def check(text: str) -> list[FileFault]:
    checked = check_instrument_file(text.encode("utf-8"))
    assert (checked.instrument is None) == bool(checked.faults)
    return list(checked.faults)


def place(offset: int, text: str) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def place_of(old: str, new: str, start: str, text: str) -> tuple[int, int]:
    """The place that a row of `broken.py` means."""
    if start.endswith("@@"):
        return place(BASE.index(old) + new.rindex(start[:-2]), text)
    if start.endswith("@"):
        return place(text.index(start[:-1]), text)
    return place(BASE.index(old) + f"{new}\n".index(start), text)


def test_the_base_has_no_faults() -> None:
    assert check(BASE) == []


@pytest.mark.parametrize(("code", "old", "new", "start"), ROWS, ids=[f"{row[0]} {row[2][:40]!r}" for row in ROWS])
def test_a_fault_is_told_once_at_its_place(code: str, old: str, new: str, start: str) -> None:
    assert BASE.count(old) == 1
    text = BASE.replace(old, new)
    assert [(each.code, each.line, each.column) for each in check(text)] == [(code, *place_of(old, new, start, text))]


def test_every_code_of_a_fault_is_tried() -> None:
    told = {code for code, _, _ in FAULT_TEXTS.values() if code.startswith("E")}
    assert told - {row[0] for row in ROWS} == {"E02", "E23"}  # in tests of limits and of cases


def test_all_faults_are_told_in_one_round_in_the_order_of_the_file() -> None:
    text = BASE.replace("digits = 1\n", "digits = 9\n").replace('cut_off = "1/3"', 'cut_off = "1/0"')
    text = text.replace('equal = ["pipe", "y"]', 'equal = ["pip", "yes"]')
    assert [each.code for each in check(text)] == ["E13", "E13", "E08"]


def test_texts_of_both_languages_have_the_same_gaps() -> None:
    for kind, (code, indonesian, english) in FAULT_TEXTS.items():
        gaps = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (indonesian, english)]
        assert gaps[0] == gaps[1], kind
        assert code[0] in "EW"
        assert indonesian != english


def test_a_fault_speaks_both_languages_and_says_what_may_be_meant() -> None:
    (fault,) = check(BASE.replace('equal = ["pipe", "y"]', 'equal = ["pipes", "y"]'))
    assert fault.text("en") == "There is no question or fact pipes. Did you mean pipe?"
    assert fault.text("id") == "Tidak ada pertanyaan atau fakta pipes. Mungkin maksudnya pipe?"


@pytest.mark.parametrize("table", ["roster", "question", "fact", "group", "index"])
def test_a_broken_entry_keeps_its_code(table: str) -> None:
    """A fault in each entry of a table. Whoever names such an entry is not blamed."""
    text = BASE.replace(f"[[{table}]]\n", f"[[{table}]]\nnonsense = 1\n")
    assert {each.code for each in check(text)} == {"E03"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type = "integer"\nsection', 'type = "intger"\nsection'),
        ('code = "pipe"\ntype = "choice"', 'code = "pipe"\ntype = "chioce"'),
        ('quotient = ["area", "members"]', 'quotient = ["area", "membrs"]'),
        ('quotient = ["area", "members"]', 'quotiet = ["area", "members"]'),
        ('options = "things"', 'options = "thinks"'),
        ('method = "stages"', 'method = "stage"'),
        ('code = "p"\nname', 'code = "p"\nnam = { id = "x" }\nname'),
        ('languages = ["id"]', 'language = ["id"]'),
    ],
)
def test_what_depends_on_a_broken_entry_is_not_blamed(old: str, new: str) -> None:
    assert BASE.count(old) == 1
    assert len(check(BASE.replace(old, new))) == 1


def test_a_list_below_a_header_is_told_once_and_its_names_are_known() -> None:
    text = complete("question = []").replace("question = []\n", "")
    text += """\
option_list = [{ code = "yn", options = [{ code = "y", text = { id = "Ya" } }] }]
[[index]]
code = "i"
name = { id = "i" }
method = "mean"
question = [{ code = "q", type = "choice", options = "yn", text = { id = "q" } }]
[[indicator]]
code = "1"
name = { id = "1" }
fulfilled_when.equal = ["q", "y"]
"""
    (fault,) = check(text)
    assert (fault.code, fault.column) == ("E24", 1)
    assert "[[question]]" in fault.message


def test_a_code_with_a_point_that_is_not_in_quotes_is_told_once() -> None:
    text = complete(
        YES_NO
        + 'question = [{ code = "q", type = "choice", options = "yn" }]\n'
        + 'index = [{ code = "i", method = "points-sum" }]\n'
    )
    text += '[[indicator]]\ncode = "1"\nname = { id = "1" }\npoints = { of = "q", options = { 1.5 = 1, n = 2 } }\n'
    (fault,) = check(text)
    assert (fault.code, fault.column) == ("E06", 34)
    assert '"1.5"' in fault.message
    assert check(text.replace("1.5 = 1", '"1.5" = 1')) == []


def test_a_case_may_have_a_base_further_up_only() -> None:
    text = BASE.replace('[[case]]\nname = "well"', '[[case]]\nname = "well"\nbase = "ill"')
    assert [each.code for each in check(text)] == ["E10"]
