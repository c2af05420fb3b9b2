"""`ikk regions urban FILE`: which villages are urban, as an operator loads it, and what a wrong file prints."""

from pathlib import Path

import asyncpg
import pytest

from tests.commands.test_commands import Command
from tests.support.small_regions import WHOLE

VILLAGES = "code,urban\n63.72.01.2001,yes\n6372012002,no\n63.72.01.2003,Ya\n"
SOURCE = ("--source", "Peraturan BPS 120/2020")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "desa.csv"


@pytest.fixture
async def small(migrated_dsn: str, tmp_path: Path, file: Path) -> Command:
    """The command on a database with a dozen regions, of which six are villages."""
    ikk = Command(migrated_dsn, tmp_path)
    write(file, "change,old,new,name\n" + WHOLE.strip())
    ikk.done("regions", "load", str(file), "--from", "2024-01-01")
    write(file, VILLAGES)
    return ikk


def write(file: Path, body: str) -> None:
    file.write_text(body)


async def stored(dsn: str) -> dict[str, tuple[bool, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT code, urban, source FROM village_urban ORDER BY code")
    finally:
        await connection.close()
    return {row["code"]: (row["urban"], row["source"]) for row in rows}


async def test_it_works(small: Command, file: Path, migrated_dsn: str) -> None:
    told = small.done("regions", "urban", str(file), *SOURCE)
    assert told == "urban: 2, rural: 1; of these new or changed: 3; villages that are still unknown: 3\n"
    words = SOURCE[1]
    assert await stored(migrated_dsn) == {
        "6372012001": (True, words),
        "6372012002": (False, words),
        "6372012003": (True, words),
    }


async def test_loading_again_changes_nothing(small: Command, file: Path, migrated_dsn: str) -> None:
    small.done("regions", "urban", str(file), *SOURCE)
    assert "of these new or changed: 0;" in small.done("regions", "urban", str(file), *SOURCE)
    write(file, "code,urban\n6372012002,yes\n")
    assert "of these new or changed: 1;" in small.done("regions", "urban", str(file), *SOURCE)
    assert [urban for urban, _ in (await stored(migrated_dsn)).values()] == [True, True, True]
    connection = await asyncpg.connect(migrated_dsn)
    try:
        events = await connection.fetch(
            "SELECT detail::text AS detail FROM audit_queue WHERE kind = 'region.classify' ORDER BY id"
        )
    finally:
        await connection.close()
    assert [row["detail"] for row in events] == ['{"villages":3}', '{"villages":1}']


async def test_every_fault_is_named_and_nothing_changes(small: Command, file: Path, migrated_dsn: str) -> None:
    lines = ("63.72.01.2001,yes", "6372012001,no", "63.72.01.2999,no", "637201,no", "63.72.01.2002,maybe")
    write(file, "\n".join(("code,urban", *lines)))
    refused = small("regions", "urban", str(file), *SOURCE)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        f"{file}:3: the village 63.72.01.2001 stands in line 2 already",
        f"{file}:4: no list of regions has the village 63.72.01.2999",
        f"{file}:5: the code must be that of a village, such as 63.72.06.1004",
        f"{file}:6: urban must be yes or no",
    ]
    assert await stored(migrated_dsn) == {}


@pytest.mark.parametrize("source", ["", " ", "6372012509122180", "a\nb"], ids=repr)
async def test_a_source_is_words(small: Command, file: Path, source: str) -> None:
    refused = small("regions", "urban", str(file), "--source", source)
    assert (refused.returncode, refused.stdout) == (2, "")


async def test_it_speaks_indonesian(small: Command, file: Path) -> None:
    write(file, "code,urban\n63.72.01.2001,mungkin\n")
    refused = small("--language", "id", "regions", "urban", str(file), *SOURCE)
    assert refused.stderr == f"{file}:2: urban harus ya atau tidak\n"
