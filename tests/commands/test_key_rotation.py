"""Keys rotated and withdrawn with `ikk keys` while a server runs."""

import json
import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.config import Settings
from app.platform.database import Connection, Database
from app.platform.key_ring import PURPOSES, KeyRing, make_ring
from tests.commands.test_commands import Command, Ended
from tests.support.factories import make_agency
from tests.support.releases import make_release
from tests.support.serving import Server, serving
from tests.support.wire import eventually

ID = "dp3a-uji"


@pytest.fixture
async def alone(dsn: str, tmp_path: Path, database: Database, settings: Settings) -> AsyncIterator[Server]:
    """A server with a copy of the application's key ring, because the test changes its keys."""
    assert database is not None
    shutil.copy(settings.key_ring_file, tmp_path / "keys.json")
    async with serving(tmp_path, dsn) as server:
        yield server


def ikk(folder: Path, dsn: str, *arguments: str) -> Ended:
    return Command(dsn, folder)("keys", *arguments)


async def status(server: Server, token: str) -> int:
    async with server.client() as http:
        return (await http.get("/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code


async def key_ids(server: Server) -> list[str]:
    async with server.client() as http:
        return [key["kid"] for key in (await http.get("/.well-known/jwks.json")).json()["keys"]]


async def test_tokens_outlive_a_rotation_and_end_with_a_withdrawal(
    alone: Server, dsn: str, database: Database, connection: Connection
) -> None:
    async with database.session() as session:
        secret = await make_agency(session, ID, scopes=["metrics:read"], regions=["ID"])
    before, *of_receipts = await key_ids(alone)
    rotated = Command(dsn, alone.folder).start("keys", "rotate", "signing")
    assert rotated.returncode == 0, rotated.stderr
    new = rotated.stdout.split()[0]

    async def is_published() -> bool:
        return await key_ids(alone) == [new, before, *of_receipts]

    await eventually(is_published, 20)
    assert await status(alone, alone.token) == 200
    async with alone.client() as http:
        form = {"grant_type": "client_credentials", "client_id": ID, "client_secret": secret}
        del http.headers["Authorization"]
        token = (await http.post("/v1/token", data=form)).json()["access_token"]
    assert await status(alone, token) == 200

    withdrawn = ikk(alone.folder, dsn, "withdraw", before)
    assert withdrawn.returncode == 0, withdrawn.stderr

    async def is_refused() -> bool:
        return await status(alone, alone.token) == 401

    await eventually(is_refused, 20)
    assert await status(alone, token) == 200
    assert await key_ids(alone) == [new, *of_receipts]
    rows = await connection.fetch(
        "SELECT kind, subject FROM audit_queue WHERE kind LIKE 'key.%' UNION ALL "
        "SELECT kind, subject FROM audit_log WHERE kind LIKE 'key.%'"
    )
    assert {tuple(row) for row in rows} == {("key.rotate", f"key:{new}"), ("key.withdraw", f"key:{before}")}


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return make_ring(tmp_path / "keys.json")


async def test_the_list_shows_every_key_and_no_secret(
    tmp_path: Path, ring: KeyRing, dsn: str, database: Database
) -> None:
    shown = ikk(tmp_path, dsn, "list")
    assert shown.returncode == 0
    for purpose in PURPOSES:
        key = ring.current(purpose)
        assert key.id in shown.stdout
        assert key.secret.splitlines()[0][:20] not in shown.stdout
    assert shown.stdout.count("yes") == len(PURPOSES)


def age(file: Path) -> None:
    """Makes all keys two minutes older."""
    ring = json.loads(file.read_text())
    for key in ring["keys"]:
        key["made_at"] = (datetime.now(UTC) - timedelta(minutes=2)).isoformat(timespec="seconds")
    file.write_text(json.dumps(ring))


@pytest.mark.parametrize("purpose", ["identity", "matching", "audit", "figures"])
async def test_a_key_that_rows_need_is_kept(
    tmp_path: Path, ring: KeyRing, dsn: str, connection: Connection, purpose: str
) -> None:
    (key,) = [ring.current(each) for each in PURPOSES if each == purpose]
    await add_row(connection, purpose, key.id)
    assert ikk(tmp_path, dsn, "rotate", purpose).returncode == 0
    age(tmp_path / "keys.json")
    kept = ikk(tmp_path, dsn, "withdraw", key.id)
    assert kept.returncode == 1
    assert "1 rows were made with" in kept.stderr
    for table in ("audit_entry", "audit_label"):
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER refuse_change")
        await connection.execute(f"DELETE FROM {table}")
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER refuse_change")
    await connection.execute("DELETE FROM family; DELETE FROM release")
    assert ikk(tmp_path, dsn, "withdraw", key.id).returncode == 0


async def add_row(connection: Connection, purpose: str, key: str) -> None:
    """A row that was made with a key."""
    family = uuid4()
    if purpose == "audit":
        statement = (
            "WITH added AS (INSERT INTO audit_label (kind, caller_kind, noun, key_id) "
            "VALUES ('audit.read', 'command', '', $1) RETURNING id) "
            "INSERT INTO audit_entry (position, at, label, detail, hash) SELECT 1, now(), id, '{}', '' FROM added"
        )
        await connection.execute(statement, key)
        return
    if purpose == "figures":
        await make_release(connection, key)
        return
    await connection.execute("INSERT INTO family (id, region, created_at) VALUES ($1, '6372061004', now())", family)
    table, columns = {
        "identity": (
            "family_identity",
            "(family_id, key_id, region, encrypted) VALUES ($1, $2, $3, '')",
        ),
        "matching": (
            "family_key",
            "(family_id, key_id, region, kind, digest, first_seen_at) VALUES ($1, $2, $3, 'card', '\\x00', now())",
        ),
    }[purpose]
    await connection.execute(f"INSERT INTO {table} {columns}", family, key, "6372061004")


async def test_a_key_that_was_in_use_until_just_now_is_kept(
    tmp_path: Path, ring: KeyRing, dsn: str, database: Database
) -> None:
    key = ring.current("identity")
    ikk(tmp_path, dsn, "rotate", "identity")
    kept = ikk(tmp_path, dsn, "withdraw", key.id)
    assert kept.returncode == 1
    assert "wait a minute" in kept.stderr


async def test_a_key_that_signed_receipts_is_withdrawn_only_if_that_is_accepted(
    tmp_path: Path, ring: KeyRing, dsn: str, database: Database
) -> None:
    key = ring.current("receipt-signing")
    ikk(tmp_path, dsn, "rotate", "receipt-signing")
    kept = ikk(tmp_path, dsn, "withdraw", key.id)
    assert kept.returncode == 1
    assert "no longer verify" in kept.stderr
    assert "--although-receipts-fail" in kept.stderr
    ring.look()
    assert ring.find("receipt-signing", key.id) == key
    assert ikk(tmp_path, dsn, "withdraw", key.id, "--although-receipts-fail").returncode == 0
    ring.look()
    assert ring.find("receipt-signing", key.id) is None


async def test_the_key_for_receipts_in_use_cannot_be_withdrawn(
    tmp_path: Path, ring: KeyRing, dsn: str, database: Database
) -> None:
    key = ring.current("receipt-signing")
    kept = ikk(tmp_path, dsn, "withdraw", key.id, "--although-receipts-fail")
    assert kept.returncode == 1
    assert "rotate first" in kept.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("rotate", "everything"), 2, "signing"),
        (("withdraw", "nothing"), 1, "no key nothing"),
        (("rotate",), 2, "purpose"),
    ],
)
async def test_what_is_not_there_is_said(
    tmp_path: Path, ring: KeyRing, dsn: str, arguments: tuple[str, ...], status: int, said: str
) -> None:
    assert ring.all("signing")
    result = ikk(tmp_path, dsn, *arguments)
    assert result.returncode == status
    assert said in result.stderr
    assert "Traceback" not in result.stderr


async def test_without_a_ring_none_is_made(tmp_path: Path, dsn: str) -> None:
    for arguments in (("list",), ("rotate", "signing"), ("withdraw", "x")):
        result = ikk(tmp_path, dsn, *arguments)
        assert result.returncode == 1
        assert "no key ring" in result.stderr
    assert not os.listdir(tmp_path)


async def test_without_a_database_a_signing_key_can_be_rotated_and_withdrawn_all_the_same(
    tmp_path: Path, ring: KeyRing
) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    key = ring.current("signing")
    for arguments in (("rotate", "signing"), ("withdraw", key.id)):
        result = ikk(tmp_path, nowhere, *arguments)
        assert result.returncode == 0, result.stderr
        assert "not audited" in result.stderr
    ring.look()
    assert [each.id for each in ring.all("signing")] != [key.id]
