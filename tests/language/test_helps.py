"""Help and errors of typer, in both languages, as they are printed."""

import re

import pytest
from typer.testing import CliRunner

from app import cli
from tests.support.texts import commands

PATHS = [path for path, _ in commands()]
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
ENGLISH = re.compile(
    r"\b(the|of|and|or|is|are|with|without|from|for|to|it|its|this|that|not|no|by|at|on|in|as|every|each|only|"
    r"usage|options|commands|arguments|required|default|show|message|exit|example|try|error|invalid|missing|such)\b",
    re.IGNORECASE,
)
INDONESIAN = re.compile(
    r"\b(yang|dan|atau|dengan|untuk|dari|tidak|hanya|setiap|pemakaian|opsi|perintah|wajib|bawaan|contoh|kesalahan)\b",
    re.IGNORECASE,
)
PARTS = (
    r"\bikk(?: [a-z-]+)+|"
    + r"`[^`]*`|'[^']*'|\"[^\"]*\"|<[^<>]*>|\(single sign-on\)|\s--[a-z-]+(?:/--[a-z-]+)?|: LC_ALL[^]]*"
)
"""What is no prose: code, names of commands and options, values."""


def run(*arguments: str, **variables: str) -> tuple[int, str]:
    environment: dict[str, str | None] = {**dict.fromkeys(VARIABLES), "COLUMNS": "100", **variables}
    ran = CliRunner().invoke(cli.ikk, arguments, env=environment, prog_name="ikk")
    return ran.exit_code, ran.output


def prose(printed: str) -> str:
    """Without code, names and values, on one line."""
    lines = (re.sub(r"^ {2}[a-z-]+(?= {2,})", "", line) for line in printed.splitlines())
    return re.sub(PARTS, " ", " ".join(" ".join(lines).split()))


@pytest.mark.parametrize("path", PATHS)
def test_a_help_is_in_the_chosen_language_alone(path: str) -> None:
    status, indonesian = run(*path.split(), "--help", LANG="id_ID.UTF-8")
    assert status == 0
    assert ENGLISH.findall(prose(indonesian)) == []
    assert "Pemakaian: ikk" in indonesian
    status, english = run(*path.split(), "--help")
    assert status == 0
    assert INDONESIAN.findall(prose(english)) == []
    assert "Usage: ikk" in english
    assert len(indonesian.splitlines()) >= len(english.splitlines()) / 2


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (("--language", "id", "--help"), {}),
        (("--help", "--language", "id"), {}),
        (("--help", "--language=id"), {}),
        (("--language=id",), {}),
        (("--help",), {"LANG": "id_ID.UTF-8"}),
        (("--help",), {"LANG": "in_ID"}),
        (("--help",), {"LANG": "en_US.UTF-8", "LC_MESSAGES": "id_ID"}),
        (("--help",), {"LANG": "en_US.UTF-8", "LC_MESSAGES": "C", "LC_ALL": "id"}),
        ((), {"LC_ALL": "", "LANG": "ID_id@latin"}),
        (("--language", "id", "--help"), {"LC_ALL": "en_US"}),
    ],
)
def test_indonesian_is_chosen(arguments: tuple[str, ...], variables: dict[str, str]) -> None:
    assert "Pemakaian: ikk [OPSI] PERINTAH [ARGUMEN]..." in run(*arguments, **variables)[1]


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        ((), {}),
        (("--help",), {"LANG": "de_DE"}),
        (("--help",), {"LANG": "id_ID", "LC_ALL": "C.UTF-8"}),
        (("--language", "en", "--help"), {"LC_ALL": "id_ID"}),
        (("--help",), {"LANG": "idx"}),
    ],
)
def test_english_is_what_everything_else_means(arguments: tuple[str, ...], variables: dict[str, str]) -> None:
    assert "Usage: ikk [OPTIONS] COMMAND [ARGS]..." in run(*arguments, **variables)[1]


def test_the_language_may_stand_behind_a_command_too() -> None:
    assert "Pemakaian: ikk audit list" in run("audit", "list", "--help", "--language", "id")[1]


@pytest.mark.parametrize("value", ["fr", "", "id_ID", "Indonesia"])
def test_a_language_that_we_do_not_speak_is_refused(value: str) -> None:
    status, printed = run("--language", value, "audit", "list")
    assert (status, "'--language'" in printed) == (2, True)
    assert "Nilai '--language' belum benar: tulis id" in run("--language", value, "keys", LANG="id_ID")[1] or not value


@pytest.mark.parametrize(
    ("arguments", "english", "indonesian"),
    [
        ("audit lst", "No such command 'lst'. Did you mean 'list'?", "Perintah 'lst' tidak ada. Maksud Anda 'list'?"),
        ("nothing", "No such command 'nothing'.", "Perintah 'nothing' tidak ada."),
        ("keys list --every", "No such option: --every", "Opsi --every tidak ada"),
        ("audit list --limits 5", "No such option: --limits (Possible", "Opsi --limits tidak ada (opsi yang mungkin:"),
        ("audit list --limit", "Option '--limit' requires an argument.", "Opsi '--limit' memerlukan nilai."),
        ("audit list --limit x", "Input should be a valid integer", "Nilai '--limit' belum benar: isi dengan bilangan"),
        ("audit list --limit 0", "greater than or equal to 1", "isi dengan bilangan paling kecil 1"),
        ("audit list --limit 1001", "less than or equal to 1000", "isi dengan bilangan paling besar 1000"),
        ("audit list --caller x", "a valid UUID", "isi dengan id seperti 6f1e0c1a"),
        ("audit list --from x", "Invalid value for '--from'", "Nilai '--from' belum benar: isi dengan waktu seperti"),
        (
            "audit list --format xml",
            "'xml' is not one of 'table', 'json', 'csv'",
            "'xml' bukan salah satu dari 'table', 'json', 'csv'",
        ),
        ("keys rotate none", "Invalid value for 'purpose'", "Nilai 'kegunaan' belum benar: 'none' bukan salah"),
        ("keys list --form=json", "--form", "Opsi --form tidak ada"),
        ("person code", "Missing argument 'username'.", "Argumen 'pengguna' belum diisi."),
        ("person create a", "Missing option '--name'.", "Opsi '--name' belum diisi."),
        ("person code a b", "Got unexpected extra argument(s) (b)", "Ada argumen yang berlebih (b)"),
        ("instrument check no.toml", "file 'no.toml' does not exist.", "berkas 'no.toml' tidak ada."),
        ("instrument check app", "file 'app' is a directory.", "'app' adalah folder, bukan berkas."),
        ("requests list --all=yes", "Option '--all' does not take a value.", "Opsi '--all' tidak memakai nilai."),
        ("regions load --missing -1", "greater than or equal to 0", "isi dengan bilangan paling kecil 0"),
    ],
)
def test_what_was_typed_wrong_is_said_in_both_languages(arguments: str, english: str, indonesian: str) -> None:
    status, printed = run(*arguments.split())
    assert (status, english in " ".join(printed.split())) == (2, True), printed
    status, printed = run("--language", "id", *arguments.split())
    told = " ".join(printed.split())
    assert (status, indonesian in told) == (2, True), printed
    assert ENGLISH.findall(prose(printed)) == []


def test_the_group_lists_its_commands_in_the_language() -> None:
    assert "catatan audit" in run("audit", LANG="id_ID")[1]
