"""`ikk migrate` and `ikk keys init` make a key ring, but not beside a database in use. `ikk serve` never makes one."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from app.platform.key_ring import PURPOSES, KeyRing, make_ring
from app.platform.migrations import migrate
from tests.commands.test_commands import Command

WRITE = "INSERT INTO audit_queue (kind, caller_kind, caller_id) VALUES ('audit.read', 'command', '-')"


@pytest.fixture
def ikk(migrated_dsn: str, tmp_path: Path) -> Command:
    """On a database with tables and no rows, in a folder without a key ring."""
    return Command(migrated_dsn, tmp_path)


def ring_file(ikk: Command) -> Path:
    return ikk.folder / "keys.json"


@pytest.fixture
def used(ikk: Command) -> Command:
    """On a database that names the audit key of a ring in its folder."""
    ikk.done("keys", "init")
    ikk.done("audit", "list")
    return ikk


async def fetch(ikk: Command, query: str) -> list[Any]:
    connection = await asyncpg.connect(ikk.dsn)
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()


def said(text: str) -> str:
    return " ".join(text.split())


async def test_migrating_a_new_database_makes_the_ring(empty_dsn: str, tmp_path: Path) -> None:
    ikk = Command(empty_dsn, tmp_path)
    ikk.done("migrate")
    ring = KeyRing(ring_file(ikk))
    assert all(ring.current(purpose) for purpose in PURPOSES)
    before = ring_file(ikk).read_bytes()
    ikk.done("migrate")
    assert ring_file(ikk).read_bytes() == before


async def test_several_that_migrate_at_once_make_one_ring(empty_dsn: str, tmp_path: Path) -> None:
    ikk = Command(empty_dsn, tmp_path)
    with ThreadPoolExecutor(3) as threads:
        ended = [each.result() for each in [threads.submit(ikk.start, "migrate") for _ in range(3)]]
    assert [each.returncode for each in ended] == [0, 0, 0], ended
    assert len(json.loads(ring_file(ikk).read_text())["keys"]) == len(PURPOSES)


async def test_migrating_a_database_in_use_makes_no_ring(used: Command) -> None:
    ring_file(used).unlink()
    told = said(used.stopped("migrate"))
    assert f"there is no key ring at {ring_file(used)}" in told
    assert not ring_file(used).exists()


async def test_migrating_with_another_ring_says_so_and_leaves_it_alone(used: Command) -> None:
    ring_file(used).unlink()
    make_ring(ring_file(used))
    before = ring_file(used).read_bytes()
    (key,) = await fetch(used, "SELECT DISTINCT key_id FROM audit_log")
    told = said(used.stopped("migrate"))
    assert f"lacks keys that the database names: {key}" in told
    assert "IKK_KEYS_FILE" in told
    assert ring_file(used).read_bytes() == before


async def test_a_ring_can_be_made_for_a_database_that_names_no_key(ikk: Command) -> None:
    assert "a key of each kind" in ikk.done("keys", "init")
    before = ring_file(ikk).read_bytes()
    ikk.done("keys", "init")
    assert ring_file(ikk).read_bytes() == before
    assert ring_file(ikk).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("lacking", ["receipts", "receipt-signing", "figures"])
@pytest.mark.parametrize("command", [("keys", "init"), ("migrate",)], ids=" ".join)
async def test_a_ring_of_an_earlier_version_gets_what_it_lacks(
    used: Command, lacking: str, command: tuple[str, ...]
) -> None:
    keys = json.loads(ring_file(used).read_text())["keys"]
    ring_file(used).write_text(json.dumps({"keys": [key for key in keys if key["purpose"] != lacking]}))
    for refused in (("keys", "list"), ("serve",)):
        assert f"has no {lacking} key; run ikk migrate" in said(used.stopped(*refused))
    used.done(*command)
    assert lacking in {key.purpose for key in make_ring(ring_file(used)).newest()}
    assert KeyRing(ring_file(used)).current("audit").id in {key["id"] for key in keys}


async def test_beside_a_database_in_use_a_ring_is_made_only_if_the_keys_are_lost(used: Command) -> None:
    old = KeyRing(ring_file(used)).current("audit").id
    ring_file(used).unlink()
    assert "--although-keys-are-lost" in said(used.stopped("keys", "init"))
    assert not ring_file(used).exists()
    assert "1 keys are accepted as lost" in said(used.done("keys", "init", "--although-keys-are-lost"))
    assert await fetch(used, "SELECT id FROM lost_key") == [old]
    assert await fetch(used, "SELECT subject FROM audit_log WHERE kind = 'key.lose'") == [f"key:{old}"]
    used.done("migrate")
    assert "cannot be checked" in used("audit", "verify").stdout


async def test_the_loss_of_one_key_can_be_accepted(used: Command) -> None:
    keep = json.loads(ring_file(used).read_text())["keys"]
    old = KeyRing(ring_file(used)).current("audit").id
    ring_file(used).unlink()
    ring = make_ring(ring_file(used))
    assert f"no key {ring.current('audit').id}" in said(used.stopped("keys", "accept-loss", ring.current("audit").id))
    assert "no key nothing" in said(used.stopped("keys", "accept-loss", "nothing"))
    assert f"lacks keys that the database names: {old}" in said(used.stopped("audit", "seal"))
    assert f"audit key {old} is accepted as lost; 1 rows" in said(used.done("keys", "accept-loss", old))
    assert f"no key {old}" in said(used.stopped("keys", "accept-loss", old))
    used.done("audit", "seal")
    used.done("migrate")
    assert len(keep) == len(PURPOSES)


async def test_no_command_seals_with_a_stray_ring(used: Command) -> None:
    ring_file(used).unlink()
    make_ring(ring_file(used))
    ended = used("audit", "list")
    assert ended.returncode == 0
    assert "not sealed yet: the key ring lacks keys" in said(ended.stderr)
    assert await fetch(used, "SELECT count(*) FROM audit_queue") == [1]
    assert "lacks keys" in said(used.stopped("keys", "reencrypt"))


async def test_the_old_ring_that_turns_up_again_lacks_the_new_keys(used: Command) -> None:
    right = ring_file(used).read_bytes()
    ring_file(used).unlink()
    used.done("keys", "init", "--although-keys-are-lost")
    ring_file(used).write_bytes(right)
    assert "lacks keys that the database names" in said(used.stopped("migrate"))


@pytest.mark.parametrize("content", [None, "{", '{"keys": []}'])
async def test_serving_without_a_ring_ends_at_once_with_one_sentence(ikk: Command, content: str | None) -> None:
    if content is not None:
        ring_file(ikk).write_text(content)
    ended = (ikk.start if content is None else ikk)("serve", IKK_PORT="0")
    assert ended.returncode == 1
    assert str(ring_file(ikk)) in ended.stderr.replace("\n", "")
    assert "Traceback" not in ended.stderr
    assert len(os.listdir(ikk.folder)) == (content is not None)


async def test_a_database_of_the_first_version_names_no_key(empty_dsn: str, tmp_path: Path) -> None:
    await migrate(empty_dsn, "0001")
    Command(empty_dsn, tmp_path).done("migrate")
    assert KeyRing(tmp_path / "keys.json").current("identity").purpose == "identity"
