"""`ikk person`: accounts for whoever has a shell, the first operator among them."""

import csv
import io
import json
from pathlib import Path

import pytest

from app.platform.codes import digest_code
from app.platform.database import Connection
from tests.commands.test_commands import Command, ikk
from tests.support.accounts import VILLAGE
from tests.support.workbooks import make_workbook

__all__ = ["ikk"]

CREATE = ("person", "create", "rahmat", "--name", "Rahmat", "--role", "operator", "--region", "ID")
FILE = f"username;name;role;region\nsiti.aminah;Siti Aminah;kader;{VILLAGE}\nbudi;=Budi;kader;63.72.06.1004\n"


def code_in(printed: str) -> str:
    return next(line for line in printed.splitlines() if line.startswith("code")).split()[1]


async def is_code_of(connection: Connection, username: str, code: str) -> bool:
    digest = await connection.fetchval("SELECT code_digest FROM person WHERE username = $1", username)
    return bool(digest == digest_code(code))


async def test_the_first_operator_is_made_here(ikk: Command, connection: Connection) -> None:
    result = ikk.start(*CREATE)
    assert result.returncode == 0, result.stderr
    assert "shown this once" in " ".join(result.stderr.split())
    assert await is_code_of(connection, "rahmat", code_in(result.stdout))
    listed = ikk.done("person", "list", "--role", "operator", "--active")
    assert "rahmat" in listed
    assert "no password yet" in listed


async def test_a_role_is_added_and_ended(ikk: Command, connection: Connection) -> None:
    ikk.done(*CREATE)
    added = ikk.done("person", "grant", "rahmat", "--role", "supervisor", "--region", "63.72", "--until", "2099-12-31")
    listed = ikk.done("person", "list", "--region", "63.72")
    assert added.split()[1] in listed
    assert "2099-12-31" in listed
    assert "is ended" in ikk.done("person", "end", "rahmat", added.split()[1])
    grants = json.loads(ikk.done("person", "list", "--format", "json"))
    assert {each["role"]: each["ended"] for each in grants} == {"operator": False, "supervisor": True}
    assert await connection.fetchval("SELECT count(*) FROM role_grant WHERE ended_at IS NULL") == 1


async def test_a_new_code_disabling_and_enabling(ikk: Command, connection: Connection) -> None:
    first = code_in(ikk.done(*CREATE))
    second = code_in(ikk.done("person", "code", "rahmat"))
    assert first != second
    assert await is_code_of(connection, "rahmat", second)
    assert "rahmat is disabled" in ikk.done("person", "disable", "rahmat")
    assert "disabled" in ikk.done("person", "list", "--inactive")
    assert "rahmat is enabled" in ikk.done("person", "enable", "rahmat")


async def test_an_account_is_put_in_training_and_taken_out(ikk: Command, connection: Connection) -> None:
    ikk.done(*CREATE)
    for option, said in (("--on", "rahmat is in training"), ("--off", "rahmat is not in training")):
        assert said in ikk.done("person", "training", "rahmat", option)
        [listed] = json.loads(ikk.done("person", "list", "--format", "json"))
        assert listed["training"] is (option == "--on")
        assert await connection.fetchval("SELECT training FROM person") is (option == "--on")
        assert ("rahmat" in ikk.done("person", "list", "--training")) is (option == "--on")
    assert "no person nobody" in ikk("person", "training", "nobody", "--on").stderr
    assert ikk("person", "training", "rahmat").returncode == 2


async def test_the_last_operator_is_let_in_again(ikk: Command, connection: Connection) -> None:
    first = code_in(ikk.done(*CREATE))
    await connection.execute(
        "INSERT INTO second_factor (person_id, pending, key_id, encrypted, made_at, wrong) "
        "SELECT id, false, 'gone', ''::bytea, now(), 0 FROM person"
    )
    second = code_in(ikk.done("person", "second-factor", "reset", "rahmat"))
    assert first != second
    assert await is_code_of(connection, "rahmat", second)
    assert await connection.fetchval("SELECT count(*) FROM second_factor") == 0
    kinds = {row["kind"] for row in await connection.fetch("SELECT kind FROM audited WHERE caller_kind = 'command'")}
    assert {"factor.reset", "person.code"} <= kinds
    assert "no person nobody" in ikk("person", "second-factor", "reset", "nobody").stderr


async def test_a_file_gives_codes_as_csv_on_standard_output(
    ikk: Command, tmp_path: Path, connection: Connection
) -> None:
    file = tmp_path / "training.csv"
    file.write_text(FILE, "utf-8-sig")
    result = ikk("person", "import", str(file))
    assert result.returncode == 0, result.stderr
    assert "2 accounts" in result.stderr
    siti, budi = csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert budi["name"] == "'=Budi"
    assert (budi["village"], budi["role"]) == ("Landasan Ulin Selatan", "Kader")
    assert await is_code_of(connection, "siti.aminah", siti["code"])
    assert await is_code_of(connection, "budi", budi["code"])
    again = ikk.stopped("person", "import", str(file)).splitlines()
    assert [line.split(": ")[0] for line in again] == ["/2/username", "/3/username"]
    assert "Line 2, column username: This name is in use." in again[0]


async def test_a_file_with_faults_gives_nobody_an_account(ikk: Command, tmp_path: Path, connection: Connection) -> None:
    file = tmp_path / "training.csv"
    file.write_text(FILE + "ani;Ani;queen;63\nani;Ani;kader;63\n", "utf-8")
    lines = ikk.stopped("person", "import", str(file)).splitlines()
    assert lines[0].startswith("/4/role: Line 4, column role: This role is not known. Use one of: kader, supervisor,")
    assert lines[1].startswith("/5/region: Line 5, column region: This role ")
    assert await connection.fetchval("SELECT count(*) FROM person") == 0


async def test_what_is_done_here_is_audited(ikk: Command, connection: Connection) -> None:
    ikk.done(*CREATE)
    query = "SELECT kind FROM {} WHERE caller_kind = 'command' AND kind ~ '^(person|grant)'"
    rows = [*await connection.fetch(query.format("audit_queue")), *await connection.fetch(query.format("audit_log"))]
    assert sorted(row["kind"] for row in rows) == ["grant.create", "person.create"]


@pytest.mark.parametrize(
    ("arguments", "message", "status"),
    [
        (("person", "code", "nobody"), "no person nobody; ikk person list shows them", 1),
        (("person", "disable", "nobody"), "no person nobody", 1),
        (("person", "grant", "nobody", "--role", "analyst", "--region", "63"), "no person nobody", 1),
        (("person", "end", "nobody", "6f1e0c1a-33a5-4c59-9f0b-5a0f0d6f2b11"), "no grant 6f1e0c1a", 1),
        ((*CREATE[:6], "queen", *CREATE[7:]), "/grants/0/role: Use one of: kader, supervisor, ", 1),
        ((*CREATE[:8], "6372991999"), "/grants/0/region: This code is not in the list of regions.", 1),
        ((*CREATE, "--until", "2020-01-01"), "/grants/0/valid_until: The end of the role must be after", 1),
        (("person", "list", "--region", "desa"), "no such region code", 2),
        (("person", "list", "--role", "queen"), "no such role; known are kader", 2),
        (("person", "import", "nowhere.csv"), "does not exist", 2),
    ],
)
async def test_what_cannot_be_done_is_said(ikk: Command, arguments: tuple[str, ...], message: str, status: int) -> None:
    assert message in " ".join(ikk.stopped(*arguments, status=status).split())


async def test_a_workbook_gives_codes_and_slips(ikk: Command, tmp_path: Path, connection: Connection) -> None:
    file, slips = tmp_path / "peserta.xlsx", tmp_path / "slips.html"
    rows = (("No", "Nama Pengguna", "Nama", "Tugas", "Kode Wilayah"), (1, "siti", "Siti", "Kader", 6372061004))
    file.write_bytes(make_workbook(*rows))
    result = ikk("person", "import", str(file), "--slips", str(slips))
    assert result.returncode == 0, result.stderr
    assert "Columns that were not used: no" in " ".join(result.stderr.split())
    (siti,) = csv.DictReader(io.StringIO(result.stdout.removeprefix("\ufeff"), newline=""), delimiter=";")
    assert siti["code"] in slips.read_text("utf-8")
    assert slips.stat().st_mode & 0o077 == 0
    assert "cannot be made" in ikk.stopped("person", "import", str(file), "--slips", str(slips))
    assert siti["code"] in slips.read_text("utf-8"), "codes that nobody can see again are not written over"


async def test_slips_are_not_left_behind_by_a_file_with_faults(ikk: Command, tmp_path: Path) -> None:
    file, slips = tmp_path / "training.csv", tmp_path / "slips.html"
    file.write_text(FILE + "ani;Ani;queen;63\n", "utf-8")
    ikk.stopped("person", "import", str(file), "--slips", str(slips))
    assert not slips.exists()


async def test_new_codes_come_by_region_and_by_file(ikk: Command, tmp_path: Path, connection: Connection) -> None:
    file = tmp_path / "training.csv"
    file.write_text(FILE, "utf-8")
    ikk.done("person", "import", str(file))
    for asked in (("--region", "63.72", "--role", "kader"), (str(file),)):
        printed = ikk.done("person", "codes", *asked)
        for each in csv.DictReader(io.StringIO(printed.removeprefix("\ufeff"), newline=""), delimiter=";"):
            assert await is_code_of(connection, each["username"], each["code"])
    assert ikk("person", "codes").returncode == 2
    assert ikk("person", "codes", str(file), "--region", "63").returncode == 2
    assert "siti.aminah" in ikk.done("person", "list", "--not-signed-in")
    assert "siti.aminah" not in ikk.done("person", "list", "--signed-in")


async def test_many_faults_are_cut_and_counted(ikk: Command, tmp_path: Path) -> None:
    file = tmp_path / "training.csv"
    file.write_text("username;name;role;region\n" + "x;X;queen;63\n" * 100, "utf-8")
    lines = ikk.stopped("person", "import", str(file)).splitlines()
    assert (len(lines), lines[-1]) == (21, "and 180 more")
