"""How lists are shown: readable at every width, the same for programs in both languages."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from app.commands import base
from app.commands.lists import show_list
from app.language.catalogue import choose_language

FAMILY = "family:0b5e7f1e-6a52-4f0b-9a55-b7f1c7f0a001"
ROWS: list[dict[str, Any]] = [
    {
        "position": 12_345,
        "at": datetime(2026, 11, 26, 16, 0, 5, 120, tzinfo=timezone(timedelta(hours=8))),
        "kind": "identity.read",
        "region": "6372061004",
        "caller": "person 7c9e6679-7425-40de-944b-e07fc1f90ae7",
        "name": "siti.aminah",
        "subject": FAMILY,
        "detail": {"purpose": "complaint of a family about a wrong number " * 3, "letter": "hmac:0123456789abcdef"},
        "overdue": True,
        "scopes": ["a", "b"],
        "until": None,
    },
    {
        "position": 7,
        "at": datetime(2026, 11, 26, tzinfo=UTC),
        "kind": "submission.take",
        "region": None,
        "caller": "=cmd",
        "name": None,
        "subject": None,
        "detail": {},
        "overdue": False,
        "scopes": [],
        "until": "kept",
    },
]


def shown(capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch, width: int, form: str = "table") -> str:
    patch.setattr(base.out, "width", width)
    show_list(ROWS, form, heading=4, words=["until"])
    return capsys.readouterr().out


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("language", ["id", "en"])
def test_a_list_that_does_not_fit_is_shown_entry_by_entry(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, language: str
) -> None:
    choose_language(language)
    lines = shown(capsys, monkeypatch, width).splitlines()
    assert lines[0].split() == (
        ["position", "at", "kind", "region"] if language == "en" else ["posisi", "waktu", "jenis", "wilayah"]
    )
    number = "12,345" if language == "en" else "12.345"
    assert lines[1].split() == [number, "2026-11-26", "08:00:05", "identity.read", "6372061004"]
    assert FAMILY in "".join(lines)
    assert max(len(line) for line in lines[2:]) <= max(width, 62)
    assert max(len(line) for line in lines) <= max(width, 65)
    _, second = (line for line in lines if not line.startswith(" ") and line is not lines[0])
    assert second.split()[0] == "7"
    assert "None" not in "".join(lines)
    assert ("kept" if language == "en" else "disimpan") in lines[-1]


def test_a_list_that_fits_is_a_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    lines = shown(capsys, monkeypatch, 500).splitlines()
    assert len([line for line in lines if "│" in line]) == 2
    assert all(line.index("identity.read") for line in lines if "identity" in line)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_programs_read_the_same_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    choose_language("en")
    english = shown(capsys, monkeypatch, 40, form)
    choose_language("id")
    assert shown(capsys, monkeypatch, 120, form) == english


def test_json_has_types_and_csv_is_guarded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = json.loads(shown(capsys, monkeypatch, 80, "json"))
    assert (first["position"], first["overdue"], first["scopes"]) == (12_345, True, ["a", "b"])
    assert (first["at"], first["detail"], second["region"]) == ("2026-11-26T08:00:05Z", ROWS[0]["detail"], None)
    one, other = csv.DictReader(io.StringIO(shown(capsys, monkeypatch, 80, "csv")))
    assert (one["position"], one["overdue"], one["scopes"], one["at"]) == ("12345", "true", "a b", first["at"])
    assert json.loads(one["detail"]) == ROWS[0]["detail"]
    assert (other["caller"], other["region"], other["until"]) == ("'=cmd", "", "kept")


@pytest.mark.parametrize(("form", "printed"), [("table", "none\n"), ("json", "[]\n"), ("csv", "")])
def test_an_empty_list(capsys: pytest.CaptureFixture[str], form: str, printed: str) -> None:
    choose_language("en")
    show_list([], form, heading=1)
    assert capsys.readouterr().out.replace("\r\n", "") == printed
