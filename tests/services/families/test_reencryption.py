"""Reencrypts identities after a rotation of keys. No family is lost or doubled, even while submissions arrive."""

import asyncio
import json
from uuid import UUID

from fastapi import FastAPI

from app.platform.database import EVERYWHERE, Connection, Database
from app.platform.encryption import Vault
from app.services.families.reencryption import Reencrypted, count_stale, reencrypt_batch
from tests.commands.test_commands import Command
from tests.support.factories import Client
from tests.support.families import age_keys, find, make_named_body, rotate, state_purpose, take

NIL = UUID(int=0)


async def reencrypt(database: Database, vault: Vault, *, after: UUID = NIL, limit: int = 500) -> Reencrypted:
    async with database.session(EVERYWHERE) as session:
        return await reencrypt_batch(session, vault, after=after, limit=limit)


async def stale(database: Database, vault: Vault) -> int:
    async with database.session(EVERYWHERE) as session:
        return await count_stale(session, vault)


async def found(client: Client, seed: int) -> list[str]:
    card = make_named_body(seed)["family"]["card_number"]
    return [each["family"] for each in (await find(client, card_number=card)).json()["items"]]


async def read_card(client: Client, family: str) -> str:
    assert (await state_purpose(client, family)).status_code == 201
    card: str = (await client.get(f"/v1/families/{family}/identity")).json()["card_number"]
    return card


async def test_it_works(caller: Client, connection: Connection, database: Database, app: FastAPI) -> None:
    vault: Vault = app.state.vault
    families = [await take(caller, make_named_body(seed)) for seed in range(3)]
    before = await connection.fetch("SELECT family_id, kind, first_seen_at FROM family_key ORDER BY 1, 2, 3")
    rotate(app, "identity", "matching")
    assert await stale(database, vault) == 3
    done = await reencrypt(database, vault)
    assert (done.families, done.unreadable) == (3, 0)
    assert await stale(database, vault) == 0
    identity_key, matching_key = vault.current()
    assert {row[0] for row in await connection.fetch("SELECT key_id FROM family_identity")} == {identity_key}
    assert {row[0] for row in await connection.fetch("SELECT key_id FROM family_key")} == {matching_key}
    assert await connection.fetch("SELECT family_id, kind, first_seen_at FROM family_key ORDER BY 1, 2, 3") == before
    for seed, family in enumerate(families):
        assert await found(caller, seed) == [family]
        assert await read_card(caller, family) == make_named_body(seed)["family"]["card_number"]
        assert await take(caller, make_named_body(seed)) == family


async def test_words_of_stated_purposes_are_reencrypted_too(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    vault: Vault = app.state.vault
    body = make_named_body()
    nobody = {**body, "family": {"head_sex": "female", "members": 3}}
    families = [await take(caller, body), await take(caller, nobody)]
    stated = [(await state_purpose(caller, family, note="Ibu meminta")).json() for family in families]
    rotate(app, "identity")
    assert await stale(database, vault) == 2
    done = await reencrypt(database, vault)
    assert (done.families, done.unreadable) == (2, 0)
    assert await stale(database, vault) == 0
    assert {row[0] for row in await connection.fetch("SELECT key_id FROM identification")} == {vault.current()[0]}
    for each in stated:
        path = f"/v1/families/{each['family']}/identifications/{each['id']}"
        assert (await caller.get(path)).json()["note"] == "Ibu meminta"


async def test_nothing_is_left_to_do_a_second_time(caller: Client, database: Database, app: FastAPI) -> None:
    await take(caller, make_named_body())
    rotate(app, "identity")
    assert (await reencrypt(database, app.state.vault)).families == 1
    assert await reencrypt(database, app.state.vault) == Reencrypted(None)


async def test_what_was_interrupted_is_taken_up(caller: Client, database: Database, app: FastAPI) -> None:
    for seed in range(5):
        await take(caller, make_named_body(seed))
    rotate(app, "matching")
    counts, after = [], NIL
    while (batch := await reencrypt(database, app.state.vault, after=after, limit=2)).last is not None:
        counts.append(batch.families)
        # A new run that does not know how far another came finds what is left.
        after = NIL if len(counts) == 1 else batch.last
    assert counts == [2, 2, 1]


async def test_it_is_audited(caller: Client, connection: Connection, database: Database, app: FastAPI) -> None:
    await take(caller, make_named_body())
    rotate(app, "identity")
    await reencrypt(database, app.state.vault)
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'key.reseal'")
    identity_key, matching_key = app.state.vault.current()
    assert json.loads(row["detail"]) == {"identity": identity_key, "matching": matching_key, "families": 1}
    assert (row["caller_kind"], row["region"], row["subject"]) == ("command", None, None)


async def test_what_cannot_be_decrypted_is_counted_and_left_alone(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    broken, _ = await take(caller, make_named_body(1)), await take(caller, make_named_body(2))
    await connection.execute("UPDATE family_identity SET encrypted = '\\x01' WHERE family_id = $1", UUID(broken))
    rotate(app, "identity", "matching")
    done = await reencrypt(database, app.state.vault)
    assert (done.families, done.unreadable) == (1, 1)
    assert (
        await connection.fetchval("SELECT encrypted FROM family_identity WHERE family_id = $1", UUID(broken)) == b"\x01"
    )
    assert await found(caller, 1) == [broken]


async def test_while_submissions_arrive_no_family_is_lost_or_made_twice(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    vault: Vault = app.state.vault
    known = {seed: await take(caller, make_named_body(seed)) for seed in range(12)}
    rotate(app, "identity", "matching")
    seeds = [*range(12), *range(12), *range(12, 20)]

    async def reencrypt_all() -> None:
        while (await reencrypt(database, vault, limit=3)).last is not None:
            pass

    reencrypting = asyncio.create_task(reencrypt_all())
    taken = await asyncio.gather(*(take(caller, make_named_body(seed)) for seed in seeds))
    await reencrypting
    for seed, family in zip(seeds, taken, strict=True):
        assert known.setdefault(seed, family) == family
    assert await stale(database, vault) == 0
    assert await connection.fetchval("SELECT count(*) FROM family") == 20
    for seed, family in known.items():
        assert await found(caller, seed) == [family]
        assert await read_card(caller, family) == make_named_body(seed)["family"]["card_number"]


async def test_the_command_reencrypts_and_then_the_old_key_may_go(caller: Client, dsn: str, app: FastAPI) -> None:
    ikk = Command(dsn, app.state.settings.folder)
    rotate(app)
    families = [await take(caller, make_named_body(seed)) for seed in range(3)]
    old = app.state.vault.current()
    ikk.done("keys", "rotate", "identity")
    ikk.done("keys", "rotate", "matching")
    age_keys(app.state.settings.key_ring_file)
    app.state.keys.look()
    for key_id in old:
        assert "ikk keys reencrypt" in ikk.stopped("keys", "withdraw", key_id)
    assert "3 families" in ikk.done("keys", "reencrypt")
    assert "0 families" in ikk.done("keys", "reencrypt")
    for key_id in old:
        ikk.done("keys", "withdraw", key_id)
    app.state.keys.look()
    for seed, family in enumerate(families):
        assert await found(caller, seed) == [family]
        assert await read_card(caller, family) == make_named_body(seed)["family"]["card_number"]
        assert await take(caller, make_named_body(seed)) == family


async def test_the_command_says_what_it_could_not_decrypt(
    caller: Client, connection: Connection, dsn: str, app: FastAPI
) -> None:
    ikk = Command(dsn, app.state.settings.folder)
    await take(caller, make_named_body())
    await connection.execute("UPDATE family_identity SET encrypted = '\\x01'")
    ikk.done("keys", "rotate", "identity")
    assert "1 families cannot be decrypted" in ikk.stopped("keys", "reencrypt")
