"""`ikk regions load FILE` and `ikk regions list`: what an operator sees, and what a wrong file prints."""

import re
from pathlib import Path

import pytest

from app.access import COMMAND
from app.config import Settings
from app.platform.database import EVERYWHERE, Database
from app.services.access.appointing import create_person
from tests.commands.test_commands import Command
from tests.support.factories import PROJECT, make_agency
from tests.support.small_regions import CHANGED, WHOLE

HEADING = "change,old,new,name\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "changes.csv"


@pytest.fixture
async def small(migrated_dsn: str, tmp_path: Path, file: Path) -> Command:
    """The command on a database with a dozen regions."""
    ikk = Command(migrated_dsn, tmp_path)
    write(file, HEADING + WHOLE.strip())
    ikk.done("regions", "load", str(file), "--from", "2024-01-01", "--decree", "Keputusan pertama")
    write(file, HEADING + CHANGED.strip())
    return ikk


def example() -> str:
    guide = (PROJECT / "docs" / "guides" / "operators.md").read_text("utf-8")
    (found,) = re.findall(r"^```csv\n(change,old,new,name\n.*?)^```", guide, re.MULTILINE | re.DOTALL)
    return str(found)


def write(file: Path, body: str | bytes) -> None:
    file.write_bytes(body if isinstance(body, bytes) else body.encode())


def lines_of(printed: str) -> list[str]:
    return [" ".join(re.findall(r"[^\s│┃]+", line)) for line in printed.splitlines()]


async def test_it_works(small: Command, file: Path) -> None:
    loading = ("regions", "load", str(file), "--from", "2026-01-01", "--decree", "Perda 3/2025", "--code", "perda-3")
    assert lines_of(small.done(*loading)) == ["perda-3: 11 regions loaded, in force from 2026-01-01; codes that end: 3"]
    assert lines_of(small.done(*loading)) == ["perda-3: already loaded"]
    listed = lines_of(small.done("regions", "list"))
    assert "2024-01-01 2024-01-01 2025-12-31 11 6 0 Keputusan pertama" in listed
    assert "perda-3 2026-01-01 11 6 6 Perda 3/2025" in listed


async def test_it_tells_who_holds_a_code_that_ends(
    small: Command, migrated_dsn: str, settings: Settings, file: Path
) -> None:
    async with Database.open(migrated_dsn, settings) as database, database.session(EVERYWHERE) as session:
        await make_agency(session, "satu", scopes=["aggregates:read"], regions=["6372012002", "6372012003"])
        await make_agency(session, "dua", scopes=["aggregates:read"], regions=["6372"])
        for name, region, until in (
            ("siti", "6372012004", None),
            ("budi", "6372012001", None),
            ("ani", "6372012002", "2029-12-31"),
        ):
            grant = {"role": "kader", "region": region, "valid_until": until}
            await create_person(session, COMMAND, {"username": name, "name": name, "grants": [grant]}, code_days=7)
    told = small.done("regions", "load", str(file), "--from", "2030-01-01")
    assert "named by 1 grants and 1 agencies: 63.72.01.2002, 63.72.01.2003, 63.72.01.2004" in told


async def test_warnings_go_to_standard_error(small: Command, file: Path) -> None:
    write(file, HEADING + "end,63.72.01.2005,,")
    ended = small("regions", "load", str(file), "--from", "2026-01-01")
    assert ended.returncode == 0
    assert ended.stderr == "warning: 63.72.01.2005 ends without a successor\n"


async def test_every_fault_is_named_with_its_line_and_nothing_is_loaded(small: Command, file: Path) -> None:
    write(file, HEADING + "divide,,,\nend,63.72.01.2099,,")
    before = small.done("regions", "list")
    assert small.stopped("regions", "load", str(file), "--from", "2026-01-01").splitlines() == [
        f"{file}:2: the change must be one of split, merge, recode, rename, new, end",
        f"{file}:3: 63.72.01.2099 is not in force on the day before",
    ]
    assert small.done("regions", "list") == before


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "",
            "changes.csv:1: The heading has no column “change”. Name the columns in the first line",
        ),
        ("change,old,new\nend,1,2", "changes.csv:1: The heading has no column “name”"),
        ("change,old,new,name,size\nend,1,2,", "changes.csv:1: This heading is not known. Remove the column"),
        (HEADING, "changes.csv:2: There is nothing below the line of headings"),
        (HEADING + "end,6372012001,,,,x", "changes.csv:2: This line has more cells"),
        (HEADING + "end,6.37201E+09,,", "changes.csv:2: Excel turned this number into a form such as 6.37E+09"),
        (HEADING + "new,,6372012009,6372012006970001", "/2/name: This holds sixteen digits"),
        (b"\x00", "This file cannot be read as a table"),
    ],
)
async def test_what_is_no_table_is_refused(small: Command, file: Path, body: str | bytes, said: str) -> None:
    write(file, body)
    assert said in small.stopped("regions", "load", str(file), "--from", "2026-01-01")


async def test_many_faults_are_cut_and_counted(small: Command, file: Path) -> None:
    write(file, HEADING + "end,6372012099,,\n" * 20_000)
    said = small.stopped("regions", "load", str(file), "--from", "2026-01-01").splitlines()
    assert said[0] == f"{file}:2: 63.72.01.2099 is not in force on the day before"
    assert (len(said), said[-1]) == (21, "and 19,980 more")


async def test_an_older_list_that_lacks_regions_needs_their_number(small: Command, file: Path) -> None:
    write(file, HEADING + "new,,63,Kalimantan Selatan")
    loading = ("regions", "load", str(file), "--from", "2020-01-01")
    said = small.stopped(*loading)
    assert said.startswith(f"{file}: this would be the oldest edition. It lacks 9 of 11 regions")
    assert "add --missing 9" in said
    assert "2 regions loaded" in small.done(*loading, "--missing", "9")


async def test_a_file_of_an_office_program_is_read(small: Command, file: Path) -> None:
    text = (HEADING + CHANGED.strip()).replace(",", ";").replace("\n", "\r\n")
    write(file, b"\xef\xbb\xbf" + text.encode() + b"\r\n;;;\r\n")
    assert "11 regions loaded" in small.done("regions", "load", str(file), "--from", "2026-01-01")


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--from", "soon"),
        ("--from", "1999-12-31"),
        ("--from", "2026-02-30"),
        ("--from", "2026-01-01", "--code", " "),
        ("--from", "2026-01-01", "--code", "a\x07b"),
        ("--from", "2026-01-01", "--decree", "x" * 201),
        ("--from", "2026-01-01", "--decree", "6372012006970001"),
    ],
)
async def test_wrong_options_are_refused(small: Command, file: Path, options: tuple[str, ...]) -> None:
    assert "need" in small.stopped("regions", "load", str(file), *options, status=2)


async def test_options_need_a_file(small: Command) -> None:
    assert "need a file" in small.stopped("regions", "load", "--from", "2026-01-01", status=2)


async def test_the_example_of_the_guide_loads(small: Command, file: Path) -> None:
    write(file, example())
    assert "in force from 2027-01-01" in small.done("regions", "load", str(file), "--from", "2027-01-01")
