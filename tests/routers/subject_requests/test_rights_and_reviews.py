"""Families' rights cover earlier revisions, reviews with their comments, and what is held."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI

from app.platform.database import EVERYWHERE, Connection, Database
from app.services.intake.text_reencryption import count_stale_texts, reencrypt_texts
from app.services.subject_requests.retention import take_batch
from tests.support.corrections import a_kader, a_supervisor, another, correct
from tests.support.factories import GUNTUNG_MANGGIS, LANDASAN_ULIN_SELATAN, Client, make_body
from tests.support.families import put, rotate, state_purpose
from tests.support.held import HELD, broken, keep
from tests.support.subject_requests import REQUESTS, ask, serve

CARD, NIK = "6372010101100001", "6372014101900001"
FAMILY = {
    "head_sex": "female",
    "members": 4,
    "card_number": CARD,
    "address": "Jalan Contoh 1",
    "people": [{"name": "Siti Contoh", "nik": NIK, "relation": "head"}],
}
NOTE, COMMENT, HOUSE = "Salah baca kartu Siti", "Tanyakan lagi kepada Siti", "Jalan Contoh 2"


def body(seed: int, **changed: Any) -> dict[str, Any]:
    return {**make_body(seed, family={**FAMILY, **changed}), "basis": "public_task"}


async def review(client: Client, id: str, status: str, revision: int, **more: Any) -> None:
    sent = {"status": status, "revision": revision, **more}
    answer = await client.http.post(f"/v1/submissions/{id}/review", json=sent)
    assert answer.status_code == 200, answer.text


async def whole_life(caller: Client) -> dict[str, str]:
    """An interview that was returned with a comment and corrected with a note, a conflict, and a body with faults."""
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = await put(kader, body(1))
    await review(supervisor, sent["id"], "in_review", 1)
    await review(supervisor, sent["id"], "returned", 1, comments=[{"question": "members", "text": COMMENT}])
    corrected = await correct(kader, sent["id"], body(2), 1, reason="returned", note=NOTE)
    assert corrected.status_code == 200, corrected.text
    conflict = await kader.http.put(f"/v1/submissions/{sent['id']}", json=body(3, address=HOUSE))
    assert conflict.status_code == 409, conflict.text
    faulty = await keep(kader, uuid4(), {**body(4, address=HOUSE), "answers": broken(4)["answers"]})
    assert faulty.status_code == 202, faulty.text
    return {
        "id": sent["id"],
        "family": sent["family"],
        "conflict": conflict.json()["held"]["id"],
        "faulty": faulty.json()["held"]["id"],
        "kader": kader.agency_id,
        "supervisor": supervisor.agency_id,
    }


async def export(client: Client, family: str, **query: Any) -> dict[str, Any]:
    assert (await state_purpose(client, family)).status_code == 201
    response = await client.get(f"{REQUESTS}/{await ask(client, family, 'export')}/export", **query)
    assert response.status_code == 200, response.text
    whole: dict[str, Any] = response.json()
    return whole


async def test_an_export_holds_revisions_reviews_and_what_is_held(caller: Client) -> None:
    life = await whole_life(caller)
    whole = await export(caller, life["family"])
    [submission] = whole["submissions"]
    told = {name: submission[name] for name in ("revision", "status", "corrected", "corrected_by", "approved")}
    assert told == {
        "revision": 2,
        "status": "accepted",
        "corrected": True,
        "corrected_by": life["kader"],
        "approved": False,
    }
    assert submission["revised_at"] is not None
    [revision] = submission["revisions"]
    assert (revision["revision"], revision["reason"], revision["note"]) == (1, "returned", NOTE)
    assert (revision["sent_by"], revision["replaced_by"]) == (life["kader"], life["kader"])
    assert {each["question"]: each["answer"] for each in revision["answers"]} == body(1)["answers"]
    assert {each["question"]: each["answer"] for each in submission["answers"]} == body(2)["answers"]
    assert revision["receipt"]["content_hash"] != submission["receipt"]["content_hash"]
    assert [(each["status"], each["revision"], each["reviewed_by"]) for each in submission["reviews"]] == [
        ("in_review", 1, life["supervisor"]),
        ("returned", 1, life["supervisor"]),
    ]
    assert submission["reviews"][1]["comments"] == [{"question": "members", "text": COMMENT}]
    assert {(each["id"], each["kind"]) for each in whole["held"]} == {
        (life["conflict"], "conflict"),
        (life["faulty"], "faulty"),
    }
    assert {each["body"]["family"]["address"] for each in whole["held"]} == {HOUSE}
    held = [each["subject"] for each in whole["trail"] if each["kind"] == "held.keep"]
    assert sorted(held) == sorted([f"held:{life['conflict']}", f"held:{life['faulty']}"])


@pytest.mark.parametrize("part", [{"sensitive": "false"}, {"people": "0"}])
async def test_a_part_of_it_has_no_words_of_others(caller: Client, part: dict[str, str]) -> None:
    life = await whole_life(caller)
    whole = await export(caller, life["family"], **part)
    [submission] = whole["submissions"]
    [revision] = submission["revisions"]
    assert (revision["note"], revision["receipt"], submission["receipt"]) == (None, None, None)
    assert [each["comments"] for each in submission["reviews"]] == [[], []]
    assert [each["body"] for each in whole["held"]] == [None, None]
    assert NOTE not in json.dumps(whole)


async def test_erasing_leaves_nothing_of_the_family_in_any_table(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    life = await whole_life(caller)
    digests = [app.state.vault.digest("card", CARD)[1].hex(), app.state.vault.digest("nik", NIK)[1].hex()]
    await serve(caller, life["family"], "erase")
    for table in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        rows = await connection.fetch(f'SELECT t::text AS row FROM "{table["tablename"]}" AS t')
        for value in (CARD, NIK, "Siti Contoh", FAMILY["address"], HOUSE, NOTE, COMMENT, *digests):
            assert not any(value in row["row"] for row in rows), (table["tablename"], value)
    for name in ("submission", "submission_revision", "submission_review", "held_submission", "held_number"):
        assert await connection.fetchval(f"SELECT count(*) FROM {name}") == 0, name


async def test_erasing_leaves_what_is_of_others(caller: Client, connection: Connection) -> None:
    life = await whole_life(caller)
    kader = await a_kader(caller)
    other = await put(kader, make_body(8))
    assert (await kader.http.put(f"/v1/submissions/{other['id']}", json=make_body(9))).status_code == 409
    await serve(caller, life["family"], "erase")
    assert await connection.fetchval("SELECT family_id::text FROM held_submission") == other["family"]


async def test_a_restriction_hides_what_is_held(caller: Client) -> None:
    life = await whole_life(caller)
    supervisor = await a_supervisor(caller)
    await serve(caller, life["family"], "restrict")
    assert (await supervisor.get(HELD)).json()["items"] == []
    for kind in ("conflict", "faulty"):
        path = f"{HELD}/{life[kind]}"
        read = await supervisor.get(path)
        assert (read.status_code, read.json()["type"]) == (403, "urn:ikk:problem:family-restricted")
        for choose in ("held", "stored"):
            chosen = await supervisor.http.post(f"{path}/settle", json={"choose": choose, "revision": 2})
            assert (chosen.status_code, chosen.json()["type"]) == (403, "urn:ikk:problem:family-restricted")
    await serve(caller, life["family"], "lift")
    assert len((await supervisor.get(HELD)).json()["items"]) == 2


async def test_a_family_is_found_with_what_is_held(caller: Client, connection: Connection) -> None:
    life = await whole_life(caller)
    search = {"card_number": CARD, "purpose": "subject_request"}
    found = (await caller.http.post("/v1/families/find", json=search)).json()
    assert {each["id"] for each in found["held"]} == {life["conflict"], life["faulty"]}
    elsewhere = await another(caller, "families:identify", regions=(GUNTUNG_MANGGIS,))
    assert (await elsewhere.http.post("/v1/families/find", json=search)).json() == {"items": [], "held": []}


async def comments_left(connection: Connection) -> int:
    left: int = await connection.fetchval("SELECT count(comments_key_id) FROM submission_review")
    return left


async def test_a_correction_by_right_takes_comments_on_what_was_before(caller: Client, connection: Connection) -> None:
    life = await whole_life(caller)
    assert await comments_left(connection) == 1
    await serve(caller, life["family"], "correct", {"submissions": {life["id"]: body(5)}})
    assert await comments_left(connection) == 0
    assert await connection.fetchval("SELECT count(*) FROM submission_review") == 2


async def test_retention_takes_comments_with_the_identity(caller: Client, connection: Connection) -> None:
    await whole_life(caller)
    # Only comments are left, and they are still due.
    for table in ("family_identity", "family_key", "earlier_identity"):
        await connection.execute(f"DELETE FROM {table}")
    await connection.execute("UPDATE submission_revision SET note_key_id = NULL, encrypted_note = NULL")
    async with caller.app.state.database.session(EVERYWHERE) as session:
        assert (await take_batch(session, "identity", 1, after=UUID(int=0))).count == 1
    assert await comments_left(connection) == 0


async def test_comments_are_reencrypted_after_a_rotation(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    life = await whole_life(caller)
    rotate(app, "identity")
    async with database.session(EVERYWHERE) as session:
        assert await count_stale_texts(session, app.state.vault) == 1
        done = await reencrypt_texts(session, app.state.vault, after=UUID(int=0))
    assert (done.families, done.unreadable) == (1, 0)
    row = await connection.fetchrow("SELECT * FROM submission_review WHERE comments_key_id IS NOT NULL")
    assert row["comments_key_id"] == app.state.vault.current()[0]
    read = app.state.vault.decrypt_comments(UUID(life["id"]), row["comments_key_id"], row["encrypted_comments"])
    assert read == [{"question": "members", "text": COMMENT}]


async def test_comments_that_cannot_be_decrypted_are_left_alone(
    caller: Client, connection: Connection, database: Database, app: FastAPI
) -> None:
    await whole_life(caller)
    await connection.execute("UPDATE submission_review SET encrypted_comments = '\\x01' WHERE status = 'returned'")
    rotate(app, "identity")
    async with database.session(EVERYWHERE) as session:
        done = await reencrypt_texts(session, app.state.vault, after=UUID(int=0))
    assert (done.families, done.unreadable) == (0, 1)
    assert await connection.fetchval("SELECT encrypted_comments FROM submission_review WHERE status = 'returned'") == (
        b"\x01"
    )


async def regions_of(connection: Connection, id: str) -> set[str]:
    query = """
        SELECT region FROM submission_review WHERE submission_id = $1
        UNION SELECT region FROM submission_revision WHERE submission_id = $1
        UNION SELECT region FROM held_submission WHERE submission_id = $1
        UNION SELECT number.region FROM held_number AS number
        JOIN held_submission AS held ON held.id = number.held_id WHERE held.submission_id = $1
    """
    return {row["region"] for row in await connection.fetch(query, UUID(id))}


async def test_reviews_and_conflicts_move_with_their_submission(caller: Client, connection: Connection) -> None:
    life = await whole_life(caller)
    assert await regions_of(connection, life["id"]) == {LANDASAN_ULIN_SELATAN}
    supervisor = await a_supervisor(caller, "6372")
    moved = await correct(supervisor, life["id"], {**body(6), "region": GUNTUNG_MANGGIS}, 2)
    assert moved.status_code == 200, moved.text
    assert await regions_of(connection, life["id"]) == {GUNTUNG_MANGGIS}


async def test_they_move_with_a_correction_by_right_too(caller: Client, connection: Connection) -> None:
    life = await whole_life(caller)
    await serve(
        caller, life["family"], "correct", {"submissions": {life["id"]: {**body(6), "region": GUNTUNG_MANGGIS}}}
    )
    assert await regions_of(connection, life["id"]) == {GUNTUNG_MANGGIS}


async def test_the_receipt_of_a_conflict_stays_the_same_after_a_move(caller: Client) -> None:
    kader, supervisor = await a_kader(caller, "6372"), await a_supervisor(caller, "6372")
    sent = await put(kader, body(1))
    path = f"/v1/submissions/{sent['id']}"
    first = (await kader.http.put(path, json=body(2))).json()["held"]
    assert (await correct(supervisor, sent["id"], {**body(3), "region": GUNTUNG_MANGGIS})).status_code == 200
    assert (await kader.http.put(path, json=body(2))).json()["held"] == first
