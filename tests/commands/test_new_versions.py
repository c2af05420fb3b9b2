"""`ikk instrument` compares a new version with the one that its file says it follows."""

from pathlib import Path

import asyncpg

from tests.commands.test_commands import Command
from tests.scoring.format_2 import complete
from tests.scoring.small import SMALL, changed
from tests.scoring.test_versions import follower

NOWHERE = "postgresql://nobody@127.0.0.1:1/nowhere"
"""`ikk instrument check` needs no database."""


def write(folder: Path, **files: str) -> list[str]:
    """Paths of these files, by name, in a folder."""
    paths = {folder / f"{name}.toml": text for name, text in files.items()}
    for path, text in paths.items():
        path.write_text(text, "utf-8")
    return [str(path) for path in paths]


def check(ikk: Command, file: str) -> str:
    return " ".join(ikk.done("instrument", "check", file).split())


ODD = """\
question = [{ code = "q", type = "integer", minimum = 0, maximum = 9 }]
index = [{ code = "i", method = "mean" }]
indicator = [{ code = "1", fulfilled_when.compare = ["q", ">", 1] }]
"""
"""A file without cases."""
PLACED = '{}:4:43: E25 follows: comparable = "all" needs the same'


async def test_a_version_is_checked_against_the_one_in_the_same_folder(tmp_path: Path) -> None:
    ikk = Command(NOWHERE, tmp_path)
    _, good, bad = write(
        tmp_path,
        old=SMALL,
        good=follower("1.1", "1.0", '"all"'),
        bad=changed("weight = 3", "weight = 4", follower("1.2", "1.0", '"all"')),
    )
    assert "it can follow 1.0 as it says" in check(ikk, good)
    assert ikk.stopped("instrument", "check", bad).startswith(PLACED.format(bad))


async def test_a_version_whose_earlier_one_is_elsewhere_is_compared_when_it_is_published(tmp_path: Path) -> None:
    ikk = Command(NOWHERE, tmp_path)
    (file,) = write(tmp_path, new=follower("1.1", "1.0", '"all"'))
    assert "it follows 1.0, which is in no file here; publishing compares the two" in check(ikk, file)


async def test_files_are_published_each_after_the_one_that_it_follows(migrated_dsn: str, tmp_path: Path) -> None:
    ikk = Command(migrated_dsn, tmp_path)
    files = write(tmp_path, c=follower("1.2", "1.1", '"none"'), b=follower("1.1", "1.0", '"all"'), a=SMALL)
    printed = ikk.done("instrument", "publish", *files).splitlines()
    assert printed == ["c.toml: published", "b.toml: published", "a.toml: published"]
    assert "already published" in ikk.done("instrument", "publish", files[0])


async def test_a_version_that_follows_none_that_is_published_is_refused_with_all_others(
    migrated_dsn: str, tmp_path: Path
) -> None:
    ikk = Command(migrated_dsn, tmp_path)
    files = write(tmp_path, a=SMALL, b=follower("1.1", "0.9", '"all"'))
    assert (
        ikk.stopped("instrument", "publish", *files).strip()
        == f"{files[1]}:4:23: E25 follows: no small 0.9 is published"
    )
    connection = await asyncpg.connect(migrated_dsn)
    assert await connection.fetchval("SELECT count(*) FROM instrument") == 0
    await connection.close()


async def test_files_that_follow_each_other_are_refused(tmp_path: Path) -> None:
    ikk = Command(NOWHERE, tmp_path)
    files = write(tmp_path, a=follower("1.1", "1.2", '"all"'), b=follower("1.2", "1.1", '"all"'))
    assert "these files follow each other" in ikk.stopped("instrument", "publish", *files)


async def test_publishing_shows_the_warnings_of_a_new_file_and_of_no_other(migrated_dsn: str, tmp_path: Path) -> None:
    ikk = Command(migrated_dsn, tmp_path)
    (file,) = write(tmp_path, odd=complete(ODD))
    first, again = ikk("instrument", "publish", file), ikk("instrument", "publish", file)
    assert [(each.returncode, "W09 There is no case worked by hand yet" in each.stderr) for each in (first, again)] == [
        (0, True),
        (0, False),
    ]
