"""`ikk audit`: seals, anchors, checks and lists the audit log."""

import gzip
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.config import Settings
from app.jobs.sealing import seal_queue
from app.platform.database import EVERYWHERE, Database
from app.platform.encryption import Vault
from app.platform.key_ring import make_ring
from app.services.audit.chain import Head
from app.services.audit.sealing import read_head
from tests.commands.test_commands import Command, printed_by
from tests.support.keys import good_ring

WRITE = (
    "INSERT INTO audit_queue (kind, caller_kind, caller_id, region) "
    "SELECT 'token.issue', 'agency', 'c' || n, '6372' FROM generate_series(1, $1::int) AS n"
)


@pytest.fixture
def ikk(migrated_dsn: str, tmp_path: Path) -> Command:
    """On a database of its own without a server, and with a key ring."""
    make_ring(tmp_path / "keys.json")
    return Command(migrated_dsn, tmp_path)


@pytest.fixture
async def owner(ikk: Command) -> AsyncIterator[Any]:
    """Whoever may do anything in the database; the trigger is put back by whoever takes it away."""
    connection = await asyncpg.connect(ikk.dsn)
    yield connection
    await connection.close()


async def tamper(owner: Any, statement: str) -> None:
    await owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER refuse_change")
    await owner.execute(statement)
    await owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER refuse_change")


async def seal(ikk: Command) -> Head:
    """Seals what waits, under the command's key ring; the head."""
    async with Database.open(ikk.dsn, Settings(folder=ikk.folder)) as database:
        await seal_queue(database, make_ring(ikk.folder / "keys.json"))
        async with database.session(EVERYWHERE) as session:
            return await read_head(session)


async def test_it_works(ikk: Command, owner: Any) -> None:
    await owner.execute(WRITE, 5)
    assert "5 entries sealed" in printed_by(ikk.start("audit", "seal"))
    printed = ikk.done("audit", "verify")
    assert "5 entries checked, all as they were sealed" in printed
    assert f"head {ikk.done('audit', 'head').strip()}" in printed
    listed = ikk.done("audit", "list", "--kind", "token.issue", "--region", "63.72", "--limit", "3")
    assert listed.count("token.issue") == 3


async def test_what_a_command_did_is_sealed_when_it_ends(ikk: Command, owner: Any) -> None:
    ikk.done("audit", "list")
    kinds = [row[0] for row in await owner.fetch("SELECT kind FROM audit_log")]
    assert kinds == ["audit.read"]
    assert await owner.fetchval("SELECT count(*) FROM audit_queue") == 0


async def test_without_the_key_ring_a_command_leaves_its_entries_to_the_servers(
    ikk: Command, owner: Any, tmp_path: Path
) -> None:
    await owner.execute(WRITE, 2)
    (tmp_path / "keys.json").unlink()
    ikk.done("audit", "list")
    assert await owner.fetchval("SELECT count(*) FROM audit_queue") == 3
    assert not (tmp_path / "keys.json").exists()
    assert "no key ring" in ikk.stopped("audit", "verify")


async def test_tampering_is_named_and_the_exit_status_says_so(ikk: Command, owner: Any) -> None:
    await owner.execute(WRITE, 9)
    await seal(ikk)
    await tamper(
        owner,
        "UPDATE audit_entry SET caller_id = gen_random_uuid() WHERE position = 4;"
        "DELETE FROM audit_entry WHERE position = 7",
    )
    result = ikk("audit", "verify")
    assert result.returncode == 1
    assert [line[:8] for line in result.stdout.splitlines()] == ["entry 4:", "entry 7:"]
    assert "not as it was sealed" in result.stderr


async def test_many_findings_are_counted_not_listed(ikk: Command, owner: Any) -> None:
    await owner.execute(WRITE, 60)
    await seal(ikk)
    await tamper(owner, "UPDATE audit_entry SET caller_id = gen_random_uuid()")
    result = ikk("audit", "verify")
    assert "and 40 more" in result.stdout
    assert len(result.stdout.splitlines()) == 21


async def test_a_cut_end_is_found_from_a_head_that_was_kept(ikk: Command, owner: Any, tmp_path: Path) -> None:
    await owner.execute(WRITE, 9)
    head = str(await seal(ikk))
    position, hexadecimal = head.split(":")
    line = json.dumps({"event": "audit head", "position": int(position), "hash": hexadecimal})
    log = tmp_path / "api.log"
    log.write_text(f'not JSON\n{{"event": "request"}}\napi-1  | {line}\n', "utf-8")
    assert "1 anchors found" in ikk.done("audit", "verify", "--log", str(log))
    await tamper(owner, "DELETE FROM audit_entry WHERE position > 6")
    assert ikk.done("audit", "verify")
    for options in (("--log", str(log)), ("--since", head)):
        result = ikk("audit", "verify", *options)
        assert result.returncode == 1
        assert "entry 9 was there once" in result.stdout or "entry 8: missing" in result.stdout


def line_of(head: str, **more: object) -> str:
    """A head as a server logs it."""
    position, hexadecimal = head.split(":")
    return json.dumps({"event": "audit head", "position": int(position), "hash": hexadecimal, **more})


async def test_without_a_log_it_says_that_nothing_was_anchored(ikk: Command, owner: Any) -> None:
    await owner.execute(WRITE, 3)
    await seal(ikk)
    assert "nothing was anchored" in " ".join(ikk.done("audit", "verify").split())


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\n\n",
        '{"event": "request", "status": 200}\n' * 3,
        '{"event": "audit head"}\n{"event": "audit head", "position": "x", "hash": 5}\n',
        '{"event": "audit head", "position": 1e999, "hash": ""}\n',
        '{"event": "audit head", "position": 3, "hash": "00"}\n',
        '{"event": "audit head", "position": 0, "hash": "' + "0" * 64 + '"}\n',
        "[" * 100_000 + "{" * 100_000,
        '{"log": 5}\n{"log": "{\\"event\\": 3}"}\n[{}]\n',
        "\x00\xff\xfe",
    ],
)
async def test_a_log_without_an_anchor_has_an_exit_status_of_its_own(
    ikk: Command, owner: Any, tmp_path: Path, content: str
) -> None:
    await owner.execute(WRITE, 3)
    await seal(ikk)
    log = tmp_path / "wrong.log"
    log.write_text(content, "utf-8")
    result = ikk("audit", "verify", "--log", str(log))
    assert result.returncode == 3, result.stderr
    assert "nothing was anchored" in " ".join(result.stderr.split())
    assert "3 entries checked" in result.stdout
    await tamper(owner, "UPDATE audit_entry SET caller_id = gen_random_uuid() WHERE position = 2")
    assert ikk("audit", "verify", "--log", str(log)).returncode == 1


async def test_one_of_several_logs_with_an_anchor_is_enough_and_the_others_are_named(
    ikk: Command, owner: Any, tmp_path: Path
) -> None:
    await owner.execute(WRITE, 3)
    head = str(await seal(ikk))
    await owner.execute(WRITE, 2)
    await seal(ikk)
    good, empty = tmp_path / "api.log", tmp_path / "empty.log"
    good.write_text(line_of(head), "utf-8")
    empty.write_text("", "utf-8")
    printed = " ".join(ikk.done("audit", "verify", "--log", str(good), "--log", str(empty)).split())
    assert "1 anchors found, 2 entries after the last of them" in printed
    assert f"no anchor in {empty}" in printed


@pytest.mark.parametrize("wrap", ["docker", "journald", "gzip", "plain", "marked"])
async def test_a_log_is_read_as_it_is_kept(ikk: Command, owner: Any, tmp_path: Path, wrap: str) -> None:
    await owner.execute(WRITE, 3)
    line = "api-1 | " + line_of(str(await seal(ikk)))
    wrapped = {
        "docker": json.dumps({"log": line + "\n", "stream": "stdout"}),
        "journald": json.dumps({"MESSAGE": line, "_PID": "7"}),
        "marked": json.dumps({"MESSAGE": line}),
    }.get(wrap, line)
    log = tmp_path / "api.log"
    written = (b"\xef\xbb\xbf" if wrap == "marked" else b"") + wrapped.encode()
    log.write_bytes(gzip.compress(written) if wrap == "gzip" else written)
    assert "1 anchors found" in ikk.done("audit", "verify", "--log", str(log))


async def test_the_log_of_another_service_and_one_that_is_ahead_are_findings(
    ikk: Command, owner: Any, tmp_path: Path
) -> None:
    await owner.execute(WRITE, 3)
    await seal(ikk)
    log = tmp_path / "api.log"
    for head in (f"2:{'0f' * 32}", f"99:{'0f' * 32}"):
        log.write_text(line_of(head), "utf-8")
        assert ikk("audit", "verify", "--log", str(log)).returncode == 1


async def test_anchors_before_since_anchor_nothing(ikk: Command, owner: Any, tmp_path: Path) -> None:
    await owner.execute(WRITE, 2)
    early = str(await seal(ikk))
    await owner.execute(WRITE, 2)
    since = str(await seal(ikk))
    log = tmp_path / "api.log"
    log.write_text(line_of(early), "utf-8")
    assert ikk("audit", "verify", "--since", since, "--log", str(log)).returncode == 3
    log.write_text(line_of(since), "utf-8")
    assert ikk("audit", "verify", "--since", since, "--log", str(log)).returncode == 0


async def test_a_log_that_cannot_be_read_is_a_wrong_use(ikk: Command, tmp_path: Path) -> None:
    broken = tmp_path / "api.log.gz"
    broken.write_bytes(gzip.compress(b"x" * 100_000)[:60])
    for log in (broken, tmp_path / "nowhere.log", tmp_path):
        assert ikk("audit", "verify", "--log", str(log)).returncode == 2


@pytest.mark.parametrize("ending", ["", "0f" * 16], ids=["now", "32 bytes, as before"])
async def test_a_letter_is_found_by_its_mark(ikk: Command, owner: Any, ending: str) -> None:
    mark = Vault(good_ring(ikk.folder / "keys.json")).letter_marks("460/112")[0]
    await owner.execute(
        "INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, detail) "
        "VALUES ('identification.create', 'person', 'x', '6372', 'family:x', $1)",
        json.dumps({"letter": mark + ending, "purpose": "complaint"}),
    )
    ikk.done("audit", "seal")
    assert "identification.create  x  family:x, entry 1" in ikk.done("audit", "letter", "460/112")
    assert ikk("audit", "letter", "460/113").returncode == 1
    assert "460/11" not in str([tuple(row) for row in await owner.fetch("SELECT detail::text FROM audit_log")])


async def test_addresses_of_a_caller_or_a_token_are_listed(ikk: Command, owner: Any) -> None:
    caller, token = uuid4(), uuid4()
    await owner.execute(
        "INSERT INTO address_use (caller_kind, caller_id, token_id, address, uses, first_seen_at, last_seen_at) "
        "VALUES ('person', $1, $2, '192.0.2.7', 3, now(), now()), "
        "('person', $1, 'refused', '192.0.2.8', 1, now(), now())",
        caller,
        str(token),
    )
    listed = ikk.done("audit", "addresses", "--caller", str(caller))
    assert "192.0.2.7" in listed
    assert "sign in refused" in listed
    assert "192.0.2.8" not in ikk.done("audit", "addresses", "--token", str(token))
    assert "--caller or --token" in ikk.stopped("audit", "addresses", status=2)
    kinds = {row[0] for row in await owner.fetch("SELECT kind FROM audit_log")}
    assert kinds == {"address.read"}


async def test_since_checks_only_what_came_after_and_that_the_head_is_still_there(ikk: Command, owner: Any) -> None:
    await owner.execute(WRITE, 5)
    head = str(await seal(ikk))
    await owner.execute(WRITE, 5)
    await seal(ikk)
    assert "7 entries checked" in ikk.done("audit", "verify", "--since", head)
    await tamper(owner, "UPDATE audit_entry SET caller_id = gen_random_uuid() WHERE position IN (2, 5)")
    found = ikk("audit", "verify", "--since", f"5:{'00' * 32}").stdout
    assert "entry 2" not in found
    assert "entry 5: altered" in found
    assert "entry 5: its hash is not the one that was kept outside" in found


async def test_a_trigger_that_was_taken_away_is_a_finding(ikk: Command, owner: Any) -> None:
    await owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER refuse_change")
    result = ikk("audit", "verify")
    assert result.returncode == 1
    assert "refuse_change is off" in result.stdout


async def test_another_key_ring_seals_nothing_until_the_loss_of_the_key_is_accepted(
    ikk: Command, owner: Any, tmp_path: Path
) -> None:
    await owner.execute(WRITE, 2)
    await seal(ikk)
    other = Command(ikk.dsn, tmp_path / "other")
    make_ring(tmp_path / "other" / "keys.json")
    await owner.execute(WRITE, 2)
    assert "ikk keys accept-loss" in " ".join(other.stopped("audit", "seal").split())
    assert await owner.fetchval("SELECT count(*) FROM audit_queue") == 2
    other.done("keys", "accept-loss", await owner.fetchval("SELECT DISTINCT key_id FROM audit_log"))
    assert await owner.fetchval("SELECT count(*) FROM audit_queue") == 0
    assert "cannot be checked" in other("audit", "verify").stdout


async def test_what_cannot_be_is_refused(ikk: Command) -> None:
    assert "POSITION:HASH" in ikk.stopped("audit", "verify", "--since", "12", status=2)
    assert "not a region code" in ikk.stopped("audit", "list", "--region", "Kalimantan", status=2)
    assert "2000 to 2100" in ikk.stopped("audit", "list", "--from", "0001-01-01", status=2)
    assert "noun:id" in ikk.stopped("audit", "list", "--subject", "keluarga Budi", status=2)
    assert "kind" in ikk.stopped("audit", "list", "--kind", "family.eat")
    assert "no entry yet" in ikk.stopped("audit", "head")


@pytest.mark.parametrize("ending", ["", "0f" * 16], ids=["now", "32 bytes, as before"])
async def test_a_receipt_is_proved_by_the_log(ikk: Command, owner: Any, ending: str) -> None:
    submission, content_hash = uuid4(), bytes(range(32))
    (mark,) = Vault(good_ring(ikk.folder / "keys.json")).marks(submission, content_hash)
    await owner.execute(
        "INSERT INTO audit_queue (kind, caller_kind, caller_id, region, subject, detail) "
        "VALUES ('submission.take', 'person', 'x', '6372', $1, $2)",
        f"submission:{submission}",
        json.dumps({"receipt": mark + ending}),
    )
    ikk.done("audit", "seal")
    told = ikk.done("audit", "receipt", str(submission), f"sha-256:{content_hash.hex()}")
    assert "submission.take  stored, entry 1" in told
    ran = ikk("audit", "receipt", str(submission), "sha-256:" + "0" * 64)
    assert ran.returncode == 1
    assert "no entry" in ran.stderr
