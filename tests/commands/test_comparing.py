"""`ikk instrument diff` writes what changed between two versions, and what means the same in both."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import cli
from app.commands.instruments import SHIPPED_INSTRUMENTS
from app.scoring.reading.files import read_instrument
from app.scoring.unchanged import Unchanged, find_unchanged
from tests.support.guide import instrument_of_guide, shown_files

SMALL = shown_files()["small-index"]


def changed(*pairs: tuple[str, str], text: str = SMALL) -> str:
    """The next version of a file with other parts."""
    for old, new in (('version = "2026.1"', 'version = "2026.2"'), *pairs):
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def note_of(folder: Path, old: str, new: str, language: str = "en") -> str:
    files = folder / "old.toml", folder / "new.toml"
    for file, text in zip(files, (old, new), strict=True):
        file.write_text(text, "utf-8")
    arguments = ["--language", language, "instrument", "diff", *map(str, files)]
    ran = CliRunner().invoke(cli.ikk, arguments)
    assert ran.exception is None, ran.exception
    return ran.stdout


def section_of(note: str, title: str) -> list[str]:
    """The lines of a section without empty ones."""
    text = note.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    return [line for line in text.splitlines() if line]


def same(old: str, new: str) -> Unchanged:
    return find_unchanged(read_instrument(old.encode("utf-8")), read_instrument(new.encode("utf-8")))


def test_it_works(tmp_path: Path) -> None:
    note = note_of(
        tmp_path, SMALL, changed(("maximum = 50\nunit", "maximum = 30\nunit"), ("below = 75\n\n", "up_to = 70\n\n"))
    )
    assert note.startswith("# small-index 2026.2\n\nCompared with small-index 2026.1. Valid from 2026-01-01.\n")
    assert section_of(note, "Questions") == [
        "- question `members` (How many people are in this family?) changed",
        "  - `maximum`: `50` → `30`",
    ]
    assert section_of(note, "Scoring") == [
        "- category `low` (Low) changed",
        "  - `below`: `75` → none",
        "  - `up_to`: none → `70`",
    ]
    assert section_of(note, "Texts") == ["Nothing changed."]
    comparable = section_of(note, "What stays comparable")
    assert comparable[0] == '`comparable = "all"` is not allowed:'
    assert "categories" in comparable[1]
    assert "- groups: `ECONOMY`, `SOCIAL`" in comparable
    assert "- indicators: `E1`, `E2`, `S1`" in comparable
    assert not [line for line in comparable if line.startswith("- indices")]
    assert comparable[-1].endswith("so decide yourself: `E2`, `S1`")


def test_equal_files_can_be_all_comparable(tmp_path: Path) -> None:
    note = note_of(tmp_path, SMALL, changed())
    for title in ("Questions", "Scoring", "Texts"):
        assert section_of(note, title) == ["Nothing changed."]
    assert section_of(note, "What stays comparable") == [
        '`comparable = "all"` is allowed. It is your word that all figures mean the same.',
        "The same answers give the same result in:",
        "- indices: `small`",
        "- groups: `ECONOMY`, `SOCIAL`",
        "- indicators: `E1`, `E2`, `S1`",
    ]


def test_it_speaks_indonesian(tmp_path: Path) -> None:
    note = note_of(tmp_path, SMALL, changed(('en = "Savings"', 'en = "A savings account"')), language="id")
    assert section_of(note, "Pertanyaan") == ["Tidak ada perubahan."]
    assert section_of(note, "Teks")[0] == "- indikator `E1` (Tabungan) berubah"


def test_texts_stand_apart(tmp_path: Path) -> None:
    note = note_of(tmp_path, SMALL, changed(('en = "Savings"', 'en = "A savings account"')))
    assert section_of(note, "Scoring") == ["Nothing changed."]
    assert section_of(note, "Texts") == [
        "- indicator `E1` (A savings account) changed",
        "  - `name.en`: “Savings” → “A savings account”",
    ]


def test_what_is_new_gone_and_moved_is_named(tmp_path: Path) -> None:
    question = (
        '[[question]]\ncode = "car"\ntype = "choice"\noptions = "yes_no"\ntext = { id = "Mobil?", en = "Car?" }\n\n'
    )
    new = changed(
        ("[[index]]", question + "[[index]]"), ('code = "E1"', 'code = "E9"'), ('{ E1 = "M" }', '{ E9 = "M" }')
    )
    note = note_of(tmp_path, SMALL, new)
    assert "- question `car` (Car?) is new" in section_of(note, "Questions")
    assert section_of(note, "Scoring") == [
        "- indicator `E9` (Savings) is new",
        "- indicator `E1` (Savings) is gone",
    ]
    note = note_of(tmp_path, new, SMALL)
    assert "- question `car` (Car?) is gone" in section_of(note, "Questions")
    text = SMALL.replace('code = "ECONOMY"', 'code = "?"').replace('code = "SOCIAL"', 'code = "ECONOMY"')
    moved = note_of(tmp_path, SMALL, text.replace('code = "?"', 'code = "SOCIAL"'))
    assert "- group `SOCIAL` (Economy) and others stand in another order" in section_of(moved, "Scoring")


def test_other_instruments_do_not_follow_each_other(tmp_path: Path) -> None:
    note = note_of(tmp_path, SMALL, shown_files()["stages"])
    assert section_of(note, "What stays comparable") == [
        "Nothing. Only versions of one instrument can follow each other."
    ]


COUNTING = shown_files()["poverty"]
MEMBERS = shown_files()["members"]


@pytest.mark.parametrize(
    ("text", "pair", "gone"),
    [
        # Another rule changes the indicator and all above it.
        (SMALL, ('equal = ["savings", "yes"]', 'equal = ["savings", "no"]'), {"E1", "ECONOMY", "small"}),
        (SMALL, ('"insured", ">=", "members"', '"insured", ">", "members"'), {"E2", "ECONOMY", "small"}),
        # So does another condition of asking, or another way to count those who were not asked.
        (SMALL, ('["members", ">", 1]', '["members", ">", 2]'), {"S1", "SOCIAL", "small"}),
        # A weight changes what is above it.
        (SMALL, ('code = "E2"\n', 'code = "E2"\nweight = 2\n'), {"ECONOMY", "small"}),
        (SMALL, ('code = "SOCIAL"\n', 'code = "SOCIAL"\nweight = 2\n'), {"small"}),
        # What a family needs, and the bounds of categories, change the index alone.
        (SMALL, ("minimum_answered = 2", "minimum_answered = 3"), {"small"}),
        (SMALL, ("below = 75\n\n", "below = 76\n\n"), {"small"}),
        (COUNTING, ('cut_off = "1/3"', 'cut_off = "1/2"'), {"mpi"}),
        # Texts, marks and limits change nothing of what the same answers give.
        (SMALL, ('en = "Economy"', 'en = "Economic"'), set()),
        (SMALL, ("maximum = 50\nunit", "maximum = 40\nunit"), set()),
        (SMALL, ('code = "savings"\n', 'code = "savings"\nsensitive = true\n'), set()),
        # A fact changes what reads it.
        (MEMBERS, ('person = "age_years"', 'person = "age_months"'), {"school", "nuclear", "household"}),
        (MEMBERS, ("maximum = 30, rows", "maximum = 20, rows"), {"immunisation", "school", "nuclear", "household"}),
        (MEMBERS, ('"spouse", "child"]', '"child"]'), {"immunisation", "school", "nuclear"}),
    ],
)  # fmt: skip
def test_what_means_the_same_is_what_nothing_touches(text: str, pair: tuple[str, str], gone: set[str]) -> None:
    before = same(text, text)
    after = same(text, changed(pair, text=text.partition("[[case]]")[0]))
    assert {*before.codes} - {*after.codes} == gone


def test_a_question_that_is_asked_otherwise_is_for_the_author_to_judge() -> None:
    assert same(SMALL, changed(("have savings?", "have money?"))).otherwise == ("E1",)
    assert same(SMALL, changed(('code = "savings"\n', 'code = "savings"\nsensitive = true\n'))).otherwise == ()


@pytest.mark.parametrize("code", shown_files())
def test_everything_means_the_same_in_an_instrument_and_itself(code: str) -> None:
    instrument = instrument_of_guide(code)
    found = find_unchanged(instrument, instrument)
    assert {*found.indices} == {each.code for each in instrument.indices}
    assert {*found.groups} == {group.code for each in instrument.indices for group in each.groups}
    assert {*found.indicators} == {each.code for index in instrument.indices for each in index.indicators}
    assert found.otherwise == ()


def test_shipped_versions_mean_the_same() -> None:
    """Files of format 1 are compared too."""
    old, new = (read_instrument((SHIPPED_INSTRUMENTS / f"ikk-29-2025.{at}.toml").read_bytes()) for at in (1, 2))
    assert len(find_unchanged(old, new).indicators) == 29
