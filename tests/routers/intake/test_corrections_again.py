"""PUT /v1/submissions/{id} of what was sent before: the current content, and that of an earlier revision."""

from uuid import uuid4

from app.platform.database import Connection
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import put
from tests.support.jws import said_by

SALT = "5a2b9c36-0f5f-4e0e-9a71-3f1f7c2b8d10"


async def test_a_correction_that_is_sent_again_gets_the_same_receipt(caller: Client, connection: Connection) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    first = (await correct(caller, sent, make_body(2))).json()
    for revision in (1, 2, 7):
        again = await correct(caller, sent, make_body(2), revision)
        assert (again.status_code, again.json()["revision"], again.json()["receipt"]) == (200, 2, first["receipt"])
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 1
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 0


async def test_it_is_found_without_if_match(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    first = (await correct(caller, sent, make_body(2))).json()
    again = await caller.put(make_body(2), sent)
    assert (again.status_code, again.json()["receipt"]) == (200, first["receipt"])


async def test_the_first_content_gets_its_own_receipt(caller: Client) -> None:
    first = await put(caller, make_body(1, salt=SALT))
    await correct(caller, first["id"], make_body(2))
    again = await caller.put(make_body(1, salt=SALT), first["id"])
    assert (again.status_code, again.json()["superseded_by"]) == (200, 2)
    assert (again.json()["revision"], again.json()["score"]) == (1, first["score"])
    receipts = again.json()["receipt"], first["receipt"]
    assert said_by(receipts[0]) == said_by(first["receipt"])
    assert {**receipts[0], "signature": None} == {**receipts[1], "signature": None}


async def test_so_it_does_with_if_match(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    await correct(caller, sent, make_body(2))
    again = await correct(caller, sent, make_body(1), 1)
    assert (again.status_code, again.json()["superseded_by"]) == (200, 2)


async def test_who_names_what_is_stored_takes_a_correction_back(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    await correct(caller, sent, make_body(2))
    back = await correct(caller, sent, make_body(1), 2)
    assert (back.status_code, back.json()["revision"]) == (200, 3)
    again = await correct(caller, sent, make_body(1), 2)
    assert (again.status_code, again.json()["receipt"]) == (200, back.json()["receipt"])
    late = await correct(caller, sent, make_body(2), 1)
    assert (late.status_code, late.json()["superseded_by"]) == (200, 3)


async def test_content_of_revision_2_names_revision_3(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    await correct(caller, sent, make_body(2))
    await correct(caller, sent, make_body(3), 2)
    again = (await caller.put(make_body(2), sent)).json()
    assert (again["revision"], again["superseded_by"]) == (2, 3)


async def test_the_sender_is_told_after_a_supervisors_correction(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    await correct(supervisor, first["id"], make_body(2))
    again = await kader.put(make_body(1), first["id"])
    assert (again.status_code, again.json()["superseded_by"]) == (200, 2)


async def test_the_sender_cannot_try_out_what_a_supervisor_corrected(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    sent = (await put(kader, make_body(1)))["id"]
    await correct(supervisor, sent, make_body(2))
    answers = [await kader.put(make_body(seed), sent) for seed in (2, 3)]
    assert [problem_of(each) for each in answers] == [(409, "submission-differs")] * 2


async def test_others_are_told_the_same_of_every_content(caller: Client, connection: Connection) -> None:
    other = await a_kader(caller)
    sent = (await put(caller, make_body(1)))["id"]
    await correct(caller, sent, make_body(2))
    answers = [await other.put(make_body(seed), sent) for seed in (1, 2, 3)]
    answers += [await correct(other, sent, make_body(seed), 2) for seed in (1, 2, 3)]
    bodies = {str({**each.json(), "instance": ""}) for each in answers}
    assert ({each.status_code for each in answers}, len(bodies)) == ({409}, 1)
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 0


async def test_a_supervisor_who_sends_what_is_stored_changes_nothing(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    again = await correct(supervisor, first["id"], make_body(1))
    assert (again.status_code, again.json()["revision"]) == (200, 1)
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 0
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'submission.read'") == 1


async def test_a_device_that_reconciles_learns_of_it(caller: Client) -> None:
    first = await put(caller, make_body(1))
    now = (await correct(caller, first["id"], make_body(2))).json()
    other = (await put(await a_kader(caller), make_body(3)))["receipt"]["content_hash"]
    hashes = [first["receipt"]["content_hash"], now["receipt"]["content_hash"], other]
    items = [{"id": first["id"], "hash": each} for each in hashes]
    told = (await caller.http.post("/v1/submissions/reconcile", json={"items": items})).json()["items"]
    assert [each["state"] for each in told] == ["superseded", "stored", "differs"]


async def test_the_sender_reconciles_after_a_supervisors_correction(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    now = (await correct(supervisor, first["id"], make_body(2))).json()
    items = [{"id": first["id"], "hash": each["receipt"]["content_hash"]} for each in (first, now)]
    told = (await kader.http.post("/v1/submissions/reconcile", json={"items": items})).json()["items"]
    assert [each["state"] for each in told] == ["superseded", "differs"]


async def test_a_batch_tells_of_it(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    await correct(caller, sent, make_body(2))
    items = [{"id": sent, "submission": make_body(seed)} for seed in (1, 2, 3)]
    told = (await caller.http.post("/v1/submissions/batch", json={"items": items})).json()["items"]
    assert [each["status"] for each in told] == [200, 200, 409]
    assert told[0]["submission"]["superseded_by"] == 2
    assert "superseded_by" not in told[1]["submission"]
    assert told[2]["problem"]["held"]["receipt"]["content_hash"]


async def test_a_receipt_of_an_earlier_revision_is_superseded(caller: Client) -> None:
    first = await put(caller, make_body(1))
    now = (await correct(caller, first["id"], make_body(2))).json()
    states = []
    for each in (first, now):
        receipt = {"receipt": each["receipt"]["signature"]}
        states.append((await caller.http.post("/v1/receipts/verify", json=receipt)).json()["state"])
    assert states == ["superseded", "current"]


async def test_the_corrected_content_under_another_id_is_another_submission(caller: Client) -> None:
    sent = (await put(caller, make_body(1)))["id"]
    await correct(caller, sent, make_body(2))
    assert (await caller.put(make_body(2), uuid4())).status_code == 201
