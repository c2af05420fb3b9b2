"""`ikk instrument check` tells people, editors and other programs what is wrong with instrument files."""

import json
from pathlib import Path

import pytest

from tests.commands.test_commands import Command
from tests.scoring.format_2 import complete, example
from tests.scoring.reading.test_faults import BASE

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"
BROKEN = BASE.replace('weight = "1/3"', "weight = 0").replace('equal = ["pipe", "y"]', 'equal = ["pip", "y"]')


@pytest.fixture
def ikk(tmp_path: Path) -> Command:
    return Command(NOWHERE, tmp_path)


def write(folder: Path, name: str, text: str) -> str:
    path = folder / f"{name}.toml"
    path.write_text(text, "utf-8")
    return str(path)


def test_it_works(ikk: Command, tmp_path: Path) -> None:
    printed = ikk.done("instrument", "check", write(tmp_path, "stages", example("stages")))
    assert printed.startswith("example 1 (provisional): 6 questions, 3 indicators, 1 indices, 5 cases, sha-256:")


def test_all_faults_of_several_files_are_told(ikk: Command, tmp_path: Path) -> None:
    good, bad = write(tmp_path, "good", example("stages")), write(tmp_path, "bad", BROKEN)
    told = [line for line in ikk.stopped("instrument", "check", good, bad).splitlines() if ": E" in line]
    weight = BROKEN[: BROKEN.index("weight = 0")].count("\n") + 1
    assert told[0] == f'{bad}:{weight}:10: E13 Write weight above 0 and up to 1000000, such as 1 or "1/3".'
    assert told[1].endswith(": E08 There is no question or fact pip. Did you mean pipe?")
    assert len(told) == 2


def test_more_faults_than_fit_on_a_screen_are_all_told(ikk: Command, tmp_path: Path) -> None:
    file = write(tmp_path, "many", BASE + '[[indicator]]\ncode = "x"\n' * 40)
    assert len([line for line in ikk.stopped("instrument", "check", file).splitlines() if ": E" in line]) > 40


def test_programs_read_json(ikk: Command, tmp_path: Path) -> None:
    good, bad = write(tmp_path, "good", example("stages")), write(tmp_path, "bad", BROKEN)
    ended = ikk("instrument", "check", "--format", "json", good, bad)
    assert ended.returncode == 1
    rows = json.loads(ended.stdout)
    assert [(each["file"], each["code"]) for each in rows if each["severity"] == "error"] == [
        (bad, "E13"),
        (bad, "E08"),
    ]
    assert {each["file"] for each in rows if each["severity"] == "warning"} == {good}
    assert set(rows[0]) == {"file", "line", "column", "code", "severity", "message"}
    ended = ikk("instrument", "check", "--format", "json", good)
    assert ended.returncode == 0
    assert {each["severity"] for each in json.loads(ended.stdout)} == {"warning"}


def test_a_check_speaks_indonesian(ikk: Command, tmp_path: Path) -> None:
    told = ikk.stopped("--language", "id", "instrument", "check", write(tmp_path, "bad", BROKEN))
    assert "Tidak ada pertanyaan atau fakta pip. Mungkin maksudnya pipe?" in told


def test_warnings_change_no_exit_status(ikk: Command, tmp_path: Path) -> None:
    ended = ikk("instrument", "check", write(tmp_path, "base", BASE))
    assert ended.returncode == 0
    assert ": W10 " in ended.stderr


def test_a_case_that_gives_something_else_is_a_fault(ikk: Command, tmp_path: Path) -> None:
    text = BASE.replace('expect.r.category = "fair"', 'expect.r.category = "bad"')
    assert ": E23 The case gives fair, not bad." in ikk.stopped("instrument", "check", write(tmp_path, "base", text))


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"PK\x03\x04", b"[" * 5000])
def test_whatever_is_in_a_file_no_traceback_is_shown(ikk: Command, tmp_path: Path, body: bytes) -> None:
    file = tmp_path / "any.toml"
    file.write_bytes(body)
    assert ":1:" in ikk.stopped("instrument", "check", str(file))


LONG = """
question = [{ code = "land", type = "decimal", digits = 2, minimum = 0, maximum = 9999999999999 }]
index = [{ code = "i", method = "mean" }]
group = [{ code = "g", index = "i" }]
indicator = [{ code = "x", index = "i", group = "g", fulfilled_when.compare = ["land", ">", 1] }]
"""


def test_what_a_phone_cannot_carry_is_told(ikk: Command, tmp_path: Path) -> None:
    told = ikk.stopped("instrument", "check", write(tmp_path, "long", complete(LONG)))
    assert (
        "A phone cannot carry this questionnaire. land: a phone takes no number with more than 15 characters." in told
    )
