"""`ikk instrument try` interviews in the terminal or reads answers from a file, and says how the score comes about."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from tests.support.guide import example, shown_files

NOT_POOR = {
    "members": 6,
    "undernourished": "no",
    "child_died": "no",
    "schooling": 9,
    "school_age": 0,
    "electricity": "yes",
    "water": "yes",
    "toilet": "yes",
}
Ended = tuple[int, str, str]


def run(*arguments: str, typed: str | bytes = "", language: str = "en") -> Ended:
    """Exit status, output and errors of a command that gets this input."""
    ran = CliRunner().invoke(cli.ikk, ["--language", language, "instrument", "try", *arguments], input=typed)
    assert ran.exception is None or isinstance(ran.exception, SystemExit), ran.exception
    return ran.exit_code, ran.stdout, ran.stderr


def lines(typed: Sequence[object]) -> str:
    return "".join(f"{each}\n" for each in typed)


@pytest.fixture
def small(tmp_path: Path) -> str:
    file = tmp_path / "small-index.toml"
    file.write_text(shown_files()["small-index"], "utf-8")
    return str(file)


def result_of(output: str) -> list[str]:
    """What was printed after the questions."""
    return output.rpartition(", interview of ")[2].splitlines()[1:]


def test_it_works(small: str) -> None:
    status, output, errors = run(small, typed=lines([4, 3, 1, 1]))
    assert status == 0
    assert "savings: Does this family have savings?\n  (Of any kind.)\n  1  Yes\n  2  No\n" in output
    assert "b goes back" in errors
    assert result_of(output) == [
        "small – Small index: 75, category good – Good",
        "  ECONOMY – Economy: 50, answered 2 of 2",
        "    E1 – Savings: fulfilled (F), adds 25",
        "    E2 – All insured: unfulfilled (U), adds 0",
        "  SOCIAL – Social: 100, answered 1 of 1",
        "    S1 – Shared meals: fulfilled (F), adds 50",
    ]


def test_it_speaks_indonesian(small: str) -> None:
    _, output, errors = run(small, typed=lines([4, 3, 1, 1]), language="id")
    assert "savings: Apakah keluarga ini punya tabungan?" in output
    assert "kategori good – Baik" in output
    assert "b kembali" in errors


def test_a_question_that_is_not_asked_is_passed_over(small: str) -> None:
    _, output, _ = run(small, typed=lines([1, 1, 1]))
    assert "shared_meals:" not in output
    assert "    S1 – Shared meals: not applicable (N)" in result_of(output)


def test_refused_and_passed_over_answers_are_named(small: str) -> None:
    _, output, _ = run(small, typed=lines([4, "", "r", "d"]))
    found = result_of(output)
    assert found[:3] == [
        "small – Small index: incomplete",
        "  indicators answered: 0, needed: 2",
        "  missing: E1, E2, S1",
    ]
    assert "    E1 – Savings: missing (M). Not known: savings (refused)" in found
    assert "    E2 – All insured: missing (M). Not known: insured (left out)" in found
    assert "    S1 – Shared meals: missing (M). Not known: shared_meals (not known)" in found


def test_one_can_go_back_and_answer_differently(small: str) -> None:
    _, output, _ = run(small, typed=lines([1, 1, "b", "b", 4, 4, 1, 2]))
    assert output.count("members: How many people are in this family?") == 2
    assert result_of(output)[0].startswith("small – Small index: 50")


def test_going_back_before_the_first_question_asks_it_again(small: str) -> None:
    status, output, _ = run(small, typed=lines(["b", 4, 3, 1, 1]))
    assert status == 0
    assert result_of(output)[0].startswith("small – Small index: 75")


@pytest.mark.parametrize("typed", [lines([4, 3, 1, "q"]), lines([4, 3, 1]), "4\n3\n1"])
def test_q_and_the_end_of_the_input_end_the_interview(small: str, typed: str) -> None:
    status, output, _ = run(small, typed=typed)
    assert status == 0
    assert result_of(output)[0].startswith("small – Small index: 50")


def test_an_interview_without_a_required_answer_has_no_score(small: str) -> None:
    status, output, errors = run(small, typed="")
    assert status == 1
    assert "/answers/members" in errors
    assert "Small index" not in output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("many", "write a number"), ("51", "/answers/members"), ("r", "/answers/members"), ("", "/answers/members")],
)
def test_a_wrong_answer_is_asked_again(small: str, wrong: str, said: str) -> None:
    status, output, errors = run(small, typed=lines([wrong, 4, 3, 1, 1]))
    assert status == 0
    assert said in output + errors
    assert result_of(output)[0].startswith("small – Small index: 75")


def test_an_answer_beyond_an_earlier_one_is_asked_again(small: str) -> None:
    _, output, errors = run(small, typed=lines([4, 5, 3, 1, 1]))
    assert "/answers/insured" in errors
    assert result_of(output)[0].startswith("small – Small index: 75")


def test_input_that_is_not_utf8_ends_the_command(small: str) -> None:
    status, _, errors = run(small, typed=b"\xff\xfe\n")
    assert status == 1
    assert "UTF-8" in errors


def test_rows_are_asked_one_after_the_other() -> None:
    """The relation and the birth date of each member, and immunisation only where the age is right."""
    typed = lines([3, "21,7", 1, "1990-01-01", 3, "2025-06-15", 1, 4, "2024-06-16", 2])
    status, output, _ = run(str(example("roster")), "--interview", "2026-06-15", typed=typed)
    assert status == 0
    assert output.count("imm: Imunisasi lengkap?") == 2
    assert "Anggota, 3 of 3\nRelation to the head" in output
    found = result_of(output)
    assert "nuclear – Keluarga inti: 100" in found
    assert "whole – Rumah tangga: 50" in found


def test_how_many_rows_is_asked_where_no_number_says_it(tmp_path: Path) -> None:
    file = tmp_path / "rows.toml"
    text = example("roster").read_text("utf-8").partition("[[case]]")[0]
    file.write_text(text.replace(', rows = "n"', ""), "utf-8")
    typed = lines([3, 21.7, 2, 1, "1990-01-01", 3, "2025-06-15", 1])
    _, output, _ = run(str(file), "--interview", "2026-06-15", typed=typed)
    assert "Anggota: how many rows?" in output
    assert "Anggota, 2 of 2" in output
    assert "nuclear – Keluarga inti: 100" in result_of(output)


def test_a_member_of_whom_nothing_is_known_is_missing() -> None:
    typed = lines([2, 14.4, 3, "2024-06-15", "", ""])
    _, output, _ = run(str(example("roster")), "--interview", "2026-06-15", typed=typed)
    assert "  1 – Imunisasi: missing (M). Not known: imm (in 1 of 2 rows)" in result_of(output)


def test_options_that_are_numbers_are_typed_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "assets.toml"
    file.write_text(shown_files()["assets"], "utf-8")
    _, output, _ = run(str(file), typed=lines(["01, 02", "1"]))
    assert "  02  Sepeda motor" in output
    assert "score – Skor: 14" in result_of(output)
    _, output, _ = run(str(file), typed=lines(["95", "perahu", "95", "r"]))
    assert "score – Skor: 1" in result_of(output)


def test_answers_are_read_from_json_and_toml(small: str, tmp_path: Path) -> None:
    answers = {"members": 4, "insured": 3, "savings": "yes", "shared_meals": "yes"}
    as_json, as_toml, whole = (tmp_path / name for name in ("a.json", "a.toml", "whole.json"))
    as_json.write_text(json.dumps(answers), "utf-8")
    as_toml.write_text("\n".join(f"{key} = {json.dumps(each)}" for key, each in answers.items()), "utf-8")
    whole.write_text(json.dumps({"instrument": "small-index", "answers": answers}), "utf-8")
    for file in (as_json, as_toml, whole):
        status, output, _ = run(small, "--answers", str(file))
        assert status == 0
        assert result_of(output)[0].startswith("small – Small index: 75")
    status, output, _ = run(small, "--answers", "-", typed=json.dumps(answers))
    assert result_of(output)[0].startswith("small – Small index: 75")


def test_rows_and_dates_of_a_toml_file_are_read() -> None:
    typed = """
    n = 1
    area = 7.3
    p = [{ person = { birth_date = 2025-01-01, relation = "child" }, imm = "y" }]
    """
    _, output, _ = run(str(example("roster")), "--answers", "-", "--interview", "2026-06-15", typed=typed)
    assert "whole – Rumah tangga: 100" in result_of(output)


def test_people_of_a_whole_submission_are_the_rows() -> None:
    people = [{"birth_date": "1990-01-01", "relation": "head"}, {"birth_date": "2025-06-15", "relation": "child"}]
    answers = {"n": 2, "area": 14.5, "p": [{}, {"imm": "y"}]}
    typed = json.dumps({"family": {"people": people}, "answers": answers})
    status, output, errors = run(str(example("roster")), "--answers", "-", "--interview", "2026-06-15", typed=typed)
    assert (status, errors) == (0, "")
    assert "whole – Rumah tangga: 100" in result_of(output)


def test_all_faults_of_answers_are_listed(small: str) -> None:
    answers = {"members": 4, "insured": 9, "savings": "perhaps", "colour": "red"}
    status, output, errors = run(small, "--answers", "-", typed=json.dumps(answers))
    assert status == 1
    assert output == ""
    assert [line.partition(":")[0] for line in errors.splitlines()] == [
        "/answers/insured",
        "/answers/savings",
        "/answers/colour",
    ]
    assert "perhaps" not in errors


@pytest.mark.parametrize(
    "typed",
    [b"", b"[1, 2]", b"{", b"\xff", b"7", b'{"members": NaN}', b"[" * 100_000, b'{"members": 1' + b"0" * 5000 + b"}"],
)
def test_a_file_without_answers_is_refused(small: str, typed: bytes) -> None:
    status, output, errors = run(small, "--answers", "-", typed=typed)
    if typed == b"":
        assert "/answers/members" in errors
    else:
        assert "has no answers" in errors
    assert status == 1
    assert output == ""


def test_a_file_that_is_missing_or_too_large_is_refused(small: str, tmp_path: Path) -> None:
    status, _, errors = run(small, "--answers", str(tmp_path / "nowhere.json"))
    assert status == 1
    assert "cannot read" in errors
    status, _, errors = run(small, "--answers", "-", typed=b" " * 2_000_001)
    assert status == 1
    assert "too large" in errors


def test_a_faulty_instrument_is_not_tried(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(shown_files()["small-index"].replace('method = "mean"', 'method = "maen"'), "utf-8")
    status, output, errors = run(str(file))
    assert status == 1
    assert output == ""
    assert f"{file}:" in errors


def test_a_warning_of_a_check_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "checked.toml"
    when = 'when = { compare = ["insured", "==", 0] }'
    check = f'check = [{{ code = "none", text = {{ id = "Tak ada?", en = "Nobody?" }}, effect = "warn", {when} }}]'
    file.write_text(shown_files()["small-index"].replace("[[source]]", f"{check}\n[[source]]", 1), "utf-8")
    _, _, errors = run(str(file), typed=lines([4, 0, 1, 1]))
    assert "warning none: Nobody?" in errors


def test_it_says_what_decides_whether_a_question_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "stages.toml"
    file.write_text(shown_files()["stages"], "utf-8")
    _, output, _ = run(str(file), "--answers", "-", typed='{"meals": "yes"}')
    why = "Not known: planning (whether it is asked depends on couple)"
    assert f"    2 – Keluarga berencana: missing (M). {why}" in result_of(output)


@pytest.mark.parametrize(
    ("code", "answers", "expected"),
    [
        ("poverty", {"members": 2}, "  indicators missing: 7, allowed: 0"),
        ("wellbeing", {"s1": "4"}, "  a sum needs points from every indicator, and these have none: s2, s3"),
        ("children", {"children": 0}, "  it does not concern this family"),
        ("children", {"children": 1, "stories": "yes"}, "  indicators missing: 2, allowed: 1"),
        ("children", {}, "  nobody knows whether it concerns this family. Not known: children (left out)"),
        ("stages", {"meals": "yes", "couple": "no"}, "  the category depends on what is not known"),
        ("hunger", {"worried": "yes"}, "  the category depends on what is not known"),
    ],
)
def test_it_says_why_there_is_no_value(tmp_path: Path, code: str, answers: object, expected: str) -> None:
    file = tmp_path / "index.toml"
    file.write_text(shown_files()[code], "utf-8")
    _, output, _ = run(str(file), "--answers", "-", typed=json.dumps(answers))
    assert expected in result_of(output)


@pytest.mark.parametrize(
    ("code", "answers", "expected"),
    [
        ("poverty", NOT_POOR | {"schooling": 3, "school_age": 2, "at_school": 1}, "0.333 (1/3), poor"),
        ("poverty", NOT_POOR, "0, not poor"),
        ("geometric", {"schooling": 8, "income": 4_000_000}, "0.707, category high – Tinggi"),
        ("hunger", {"worried": "yes", "skipped": "no"}, "category mild – Ringan"),
        ("wellbeing", {"s1": "4", "s2": "4", "s3": "4"}, "9, category high – Tinggi"),
    ],
)
def test_each_method_shows_its_result(tmp_path: Path, code: str, answers: object, expected: str) -> None:
    file = tmp_path / "index.toml"
    file.write_text(shown_files()[code], "utf-8")
    _, output, _ = run(str(file), "--answers", "-", typed=json.dumps(answers))
    assert result_of(output)[0].partition(": ")[2] == expected
