"""Texts among answers are stored encrypted, follow a rotation of keys, and go with the identity or with the answers."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI

from app.models import Submission
from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.encryption import Vault, VaultError
from app.services.families.reencryption import Reencrypted
from app.services.intake.submission_table import read_texts
from app.services.intake.text_reencryption import count_stale_texts, reencrypt_texts
from tests.commands.test_commands import Command
from tests.support.factories import Client, make_body
from tests.support.families import age_keys, put, rotate

TEXTS = ["Dinding papan, milik Ibu Zubaidah", "3"]
ADD_TEXTS = "UPDATE submission SET texts_key_id = $2, encrypted_texts = $3 WHERE id = $1"


async def send_with_texts(client: Client, connection: Connection, app: FastAPI, **changed: Any) -> UUID:
    """Stores an interview of a family without identity, and texts beside its answers. Returns its id."""
    body = make_body(**changed)
    sent = await put(client, {**body, "family": {"head_sex": "female", "members": 3}})
    vault: Vault = app.state.vault
    await connection.execute(ADD_TEXTS, UUID(sent["id"]), *vault.encrypt_texts(UUID(sent["id"]), TEXTS))
    return UUID(sent["id"])


async def texts_of(connection: Connection, app: FastAPI, id: UUID) -> list[str] | None:
    row = await connection.fetchrow("SELECT * FROM submission WHERE id = $1", id)
    return read_texts(Submission(**dict(row)), app.state.vault)


async def reencrypt(database: Database, app: FastAPI, **batch: Any) -> Reencrypted:
    async with database.session(EVERYWHERE) as session:
        return await reencrypt_texts(session, app.state.vault, **{"after": UUID(int=0), **batch})


async def test_they_are_encrypted_for_one_submission_alone(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    one, other = [await send_with_texts(caller, connection, app, seed=seed) for seed in (1, 2)]
    assert await texts_of(connection, app, one) == TEXTS
    stored = await connection.fetchval("SELECT encrypted_texts FROM submission WHERE id = $1", one)
    assert b"Zubaidah" not in stored
    await connection.execute("UPDATE submission SET encrypted_texts = $2 WHERE id = $1", other, stored)
    with pytest.raises(VaultError, match="altered, or moved here from elsewhere") as raised:
        await texts_of(connection, app, other)
    assert "Zubaidah" not in str(raised.value)


async def test_after_a_rotation_they_are_reencrypted(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    sent = [await send_with_texts(caller, connection, app, seed=seed) for seed in range(3)]
    rotate(app, "identity")
    async with database.session(EVERYWHERE) as session:
        assert await count_stale_texts(session, app.state.vault) == 3
    first = await reencrypt(database, app, limit=2)
    assert (first.families, first.unreadable) == (2, 0)
    assert first.last is not None
    assert (await reencrypt(database, app, after=first.last)).families == 1
    assert await reencrypt(database, app) == Reencrypted(None)
    keys = await connection.fetch("SELECT DISTINCT texts_key_id FROM submission")
    assert [row[0] for row in keys] == [app.state.vault.current()[0]]
    assert [await texts_of(connection, app, each) for each in sent] == [TEXTS] * 3
    details = await connection.fetch("SELECT detail FROM audited WHERE kind = 'key.reseal' ORDER BY at")
    assert [json.loads(row[0])["families"] for row in details] == [2, 1]


async def test_what_cannot_be_decrypted_is_counted_and_left_alone(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    broken, whole = [await send_with_texts(caller, connection, app, seed=seed) for seed in (1, 2)]
    await connection.execute("UPDATE submission SET encrypted_texts = '\\x01' WHERE id = $1", broken)
    rotate(app, "identity")
    done = await reencrypt(database, app)
    assert (done.families, done.unreadable) == (1, 1)
    assert await connection.fetchval("SELECT encrypted_texts FROM submission WHERE id = $1", broken) == b"\x01"
    assert await texts_of(connection, app, whole) == TEXTS


async def test_their_key_is_kept_until_they_are_reencrypted(
    caller: Client, connection: Connection, dsn: str, app: FastAPI
) -> None:
    ikk = Command(dsn, app.state.settings.folder)
    rotate(app)
    sent = await send_with_texts(caller, connection, app)
    (old, _) = app.state.vault.current()
    ikk.done("keys", "rotate", "identity")
    age_keys(app.state.settings.key_ring_file)
    app.state.keys.look()
    assert "1 rows were made with" in ikk.stopped("keys", "withdraw", old)
    assert "texts of 1 families" in ikk.done("keys", "reencrypt")
    ikk.done("keys", "withdraw", old)
    app.state.keys.look()
    assert await texts_of(connection, app, sent) == TEXTS


@pytest.mark.parametrize(
    ("setting", "taken"),
    [
        ("IKK_RETENTION_IDENTITY_DAYS", "1 identities taken"),
        ("IKK_RETENTION_ANSWERS_DAYS", "answers of 1 submissions taken"),
    ],
)
async def test_retention_takes_them_with_the_identity_or_with_the_answers(
    caller: Client, connection: Connection, dsn: str, app: FastAPI, setting: str, taken: str
) -> None:
    await send_with_texts(caller, connection, app)
    ikk = Command(dsn, Path(app.state.settings.folder))
    ended = ikk("retention", "apply", **{setting: "1"})
    assert taken in ended.stdout
    row = await connection.fetchrow("SELECT texts_key_id, encrypted_texts, answers FROM submission")
    assert (row["texts_key_id"], row["encrypted_texts"]) == (None, None)
    assert bool(row["answers"]) == (setting == "IKK_RETENTION_IDENTITY_DAYS")
    again = ikk("retention", "apply", **{setting: "1"})
    assert taken.replace("1", "0") in again.stdout
