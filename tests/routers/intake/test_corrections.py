"""PUT /v1/submissions/{id} with If-Match and a correction: a new revision, with its receipt and its score."""

from typing import Any
from uuid import UUID, uuid4

from app.platform.database import Connection
from app.platform.encryption import Vault
from tests.support.corrections import VILLAGE, a_kader, a_supervisor, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import put
from tests.support.jws import said_by

SALT = "5a2b9c36-0f5f-4e0e-9a71-3f1f7c2b8d10"


async def test_it_works(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1, salt=SALT))
    answer = await correct(kader, first["id"], make_body(2, salt=SALT), reason="misunderstood")
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now["revision"], now["status"], now["family"]) == (2, "accepted", first["family"])
    assert now["receipt"]["code"] == first["receipt"]["code"]
    assert now["receipt"]["received_at"] > first["receipt"]["received_at"]
    told = said_by(now["receipt"])
    assert (told["revision"], told["content_hash"]) == (2, now["receipt"]["content_hash"])
    assert now["corrected"]["from"] == 1
    assert now["corrected"]["index_before"] == first["score"]["index"]
    assert now["corrected"]["index_after"] == now["score"]["index"]
    assert now["corrected"]["changed"]
    row = await connection.fetchrow("SELECT * FROM submission_revision")
    assert (row["revision"], row["reason"], row["replaced_by"]) == (1, "misunderstood", UUID(kader.agency_id))
    assert (row["region"], row["village"], row["sent_by"]) == (VILLAGE, VILLAGE, UUID(kader.agency_id))


async def test_its_score_is_that_of_a_new_submission(caller: Client) -> None:
    first = await put(caller, make_body(1))
    now = (await correct(caller, first["id"], make_body(2))).json()
    assert now["score"] == (await put(caller, make_body(2)))["score"]


async def test_it_changes_the_figures(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2))
    row = await connection.fetchrow("SELECT families, sums FROM village_sums WHERE families > 0")
    body = make_body(2)
    await put(caller, {**body, "family": {**body["family"], "card_number": None}})
    both = await connection.fetchrow("SELECT families, sums FROM village_sums WHERE families > 0")
    assert (both["families"], both["sums"]) == (2 * row["families"], 2 * int(row["sums"]))


async def test_everybody_reads_the_new_revision(caller: Client) -> None:
    first = await put(caller, make_body(1))
    now = (await correct(caller, first["id"], make_body(2))).json()
    read = (await caller.get(f"/v1/submissions/{first['id']}")).json()
    assert read["score"] == now["score"]
    assert {**read["receipt"], "signature": None} == {**now["receipt"], "signature": None}
    (row,) = (await caller.get("/v1/submissions", mine="true")).json()["items"]
    assert (row["revision"], row["receipt"]["content_hash"]) == (2, now["receipt"]["content_hash"])


async def test_the_note_is_encrypted(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2), note="Ibu menyebut sumur")
    row = await connection.fetchrow("SELECT * FROM submission_revision")
    assert b"sumur" not in row["encrypted_note"]
    vault: Vault = caller.app.state.vault
    assert vault.decrypt_reason(UUID(first["id"]), 1, row["note_key_id"], row["encrypted_note"]) == "Ibu menyebut sumur"


async def test_the_content_hash_leaves_the_correction_out(caller: Client) -> None:
    first = await put(caller, make_body(1))
    now = (await correct(caller, first["id"], make_body(2), note="Salah ketik")).json()
    other = await put(await a_kader(caller), make_body(2))
    assert now["receipt"]["content_hash"] == other["receipt"]["content_hash"]


async def test_a_supervisor_corrects_what_a_kader_sent(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    answer = await correct(supervisor, first["id"], make_body(2))
    assert answer.status_code == 200, answer.text
    row = await connection.fetchrow("SELECT * FROM submission")
    assert (row["sent_by"], row["corrected_by"]) == (UUID(kader.agency_id), UUID(supervisor.agency_id))
    # The kader did not send what is stored now.
    seen = (await kader.get(f"/v1/submissions/{first['id']}")).json()
    assert (seen["revision"], seen["receipt"]["content_hash"]) == (2, None)


async def test_a_kader_corrects_what_a_supervisor_corrected(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    await correct(supervisor, first["id"], make_body(2))
    answer = await correct(kader, first["id"], make_body(3), 2)
    assert (answer.status_code, answer.json()["revision"]) == (200, 3)


async def test_sensitive_answers_are_named_to_those_who_may_read_them(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    told = (await correct(supervisor, first["id"], make_body(2))).json()["corrected"]
    own = (await put(kader, make_body(1)))["id"]
    whole = (await correct(kader, own, make_body(2))).json()["corrected"]
    assert set(told["changed"]) < set(whole["changed"])
    assert told["index_before"] is None


async def test_it_is_audited_without_answers(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2), note="Ibu menyebut sumur")
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'submission.correct'")
    assert row["subject"] == f"submission:{first['id']}"
    assert '"reason":"typing_error"' in row["detail"].replace(" ", "")
    assert "sumur" not in row["detail"]


async def test_a_correction_sets_accepted_again(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await connection.execute("UPDATE submission SET review = 'rejected', uncounted = 'rejected'")
    await connection.execute("DELETE FROM village_sums")
    answer = await correct(caller, first["id"], make_body(2))
    assert (answer.status_code, answer.json()["counts"]) == (200, True)
    assert await connection.fetchval("SELECT review FROM submission") is None


async def test_events_tell_of_it(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2))
    kinds = [row["kind"] for row in await connection.fetch("SELECT kind FROM change_event ORDER BY xid, seq")]
    assert kinds == [b"t", b"c"]


async def test_many_corrections_in_turn(caller: Client, connection: Connection) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    for revision in range(1, 5):
        answer = await correct(caller, sent, make_body(revision + 1), revision)
        assert answer.json()["revision"] == revision + 1
    kept = await connection.fetch("SELECT revision FROM submission_revision ORDER BY revision")
    assert [row["revision"] for row in kept] == [1, 2, 3, 4]
    assert await connection.fetchval("SELECT sum(families) FROM village_sums") == 1


async def test_only_the_day_changes(caller: Client) -> None:
    body: dict[str, Any] = make_body(1)
    first = await put(caller, body)
    later = {**body, "surveyed_at": body["surveyed_at"].replace("2025-", "2026-")}
    now = (await correct(caller, first["id"], later)).json()
    assert (now["corrected"]["changed"], now["corrected"]["members"]) == ([], ["surveyed_at"])
    assert (await caller.get(f"/v1/aggregates/{VILLAGE}/2025")).json()["families"] == 0
    assert (await caller.get(f"/v1/aggregates/{VILLAGE}/2026")).json()["families"] == 1


async def test_an_id_that_is_not_stored(caller: Client) -> None:
    answer = await correct(caller, uuid4(), make_body(1))
    assert problem_of(answer) == (412, "revision-stale")
    assert answer.json()["revision"] is None
