"""The guide for administrators describes each role as the code does, and its examples work."""

import re

from app.access import ROLES, SCOPES
from app.formats.headings import fold
from app.services.access.people_files import FILE_BYTES, FILE_LINES, PEOPLE_COLUMNS, read_people
from tests.support.accounts import act_as, post_file
from tests.support.factories import PROJECT, Client

GUIDE = (PROJECT / "docs" / "guides" / "administrators.md").read_text("utf-8")


def test_every_role_is_described_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", GUIDE.partition("## What")[0], re.MULTILINE)
    assert [row[0] for row in rows] == list(ROLES)
    for name, indonesian, may, where in rows:
        role = ROLES[name]
        assert indonesian == role.name[0]
        named = set(re.findall(r"`([a-z]+:[a-z]+)`", may))
        expected = set(SCOPES) - named if may.startswith("everything but") else named
        assert set(role.scopes) == expected
        levels = {level for level in ("village", "district", "regency", "province") if level in where}
        assert where == "any region" if len(role.levels) == 5 else role.levels == levels


async def test_the_file_of_the_guide_is_taken(client: Client) -> None:
    shown = re.search(r"```csv\n(.*?)```", GUIDE, re.DOTALL)
    assert shown is not None
    (heading, *_) = shown[1].splitlines()
    file = await read_people(shown[1].encode("utf-8"))
    assert list(file.headings.positions) == [each.name for each in PEOPLE_COLUMNS]
    assert (len(file.rows), file.faults, file.ignored) == (3, [], [])
    assert f"{FILE_LINES:,} lines and {FILE_BYTES // 1024} KiB" in GUIDE.replace("\n", " ")
    rows = re.findall(r"^\| ([^|`]+) \| `(\w+)`, ([^|]+) \|", GUIDE, re.MULTILINE)
    assert [row[1] for row in rows] == [each.name for each in PEOPLE_COLUMNS]
    for (first, _, others), column in zip(rows, PEOPLE_COLUMNS, strict=True):
        assert first in heading
        assert {fold(each) for each in (first, *others.split(", "))} <= set(column.known)
    await act_as(client, ("agency_administrator", "6372"))
    answer = await post_file(client, shown[1].replace("31/12/2027", "31/12/2099"))
    assert [each["username"] for each in answer.json()["people"]] == ["siti.aminah", "budi.santoso"]
