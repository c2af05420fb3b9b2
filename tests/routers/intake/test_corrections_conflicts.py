"""PUT /v1/submissions/{id} with other content than is stored: it is kept beside it, and replaces nothing."""

from typing import Any

from app.platform.database import Connection
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import put
from tests.support.subject_requests import serve


async def held(connection: Connection) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection.fetch("SELECT * FROM held_submission")]


async def test_other_content_without_if_match(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    answer = await caller.put(make_body(2), first["id"])
    assert problem_of(answer) == (409, "submission-differs")
    assert answer.json()["stored"] == first["receipt"]
    (row,) = await held(connection)
    assert answer.json()["held"]["id"] == str(row["id"])
    assert answer.json()["held"]["receipt"]["code"] != first["receipt"]["code"]
    assert (row["kind"], row["status"], row["based_on"]) == ("conflict", "open", None)
    assert (await caller.get(f"/v1/submissions/{first['id']}")).json()["revision"] == 1


async def test_it_is_kept_once(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    told = [(await caller.put(make_body(2), first["id"])).json()["held"]["id"] for _ in range(3)]
    assert len(set(told)) == len(await held(connection)) == 1


async def test_a_stale_if_match(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await correct(caller, first["id"], make_body(2))
    for _ in range(2):
        answer = await correct(caller, first["id"], make_body(3), 1, reason="misunderstood")
        assert problem_of(answer) == (412, "revision-stale")
        assert answer.json()["revision"] == 2
    (row,) = await held(connection)
    assert (row["based_on"], row["reason"]) == (1, "misunderstood")


async def test_an_if_match_of_a_revision_that_is_none_yet(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    assert problem_of(await correct(caller, first["id"], make_body(2), 5)) == (412, "revision-stale")
    assert [row["based_on"] for row in await held(connection)] == [5]


async def test_an_if_match_beyond_all_revisions(caller: Client) -> None:
    first = await put(caller, make_body(1))
    answer = await correct(caller, first["id"], make_body(2), 999_999_999)
    assert problem_of(answer) == (412, "revision-stale")


async def test_what_was_kept_is_corrected_with_the_right_revision(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await caller.put(make_body(2), first["id"])
    assert (await correct(caller, first["id"], make_body(2))).json()["revision"] == 2
    assert len(await held(connection)) == 1


async def test_a_supervisor_with_a_stale_revision(caller: Client, connection: Connection) -> None:
    first = await put(await a_kader(caller), make_body(1))
    supervisor = await a_supervisor(caller)
    await correct(supervisor, first["id"], make_body(2))
    answer = await correct(await a_supervisor(caller), first["id"], make_body(3), 1)
    assert problem_of(answer) == (412, "revision-stale")
    assert answer.json()["stored"]["content_hash"] is None
    assert len(await held(connection)) == 1


async def test_after_a_supervisors_correction_the_sender_conflicts(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first = await put(kader, make_body(1))
    await correct(await a_supervisor(caller), first["id"], make_body(2))
    answer = await kader.put(make_body(3), first["id"])
    assert problem_of(answer) == (409, "submission-differs")
    assert answer.json()["stored"]["content_hash"] is None
    assert len(await held(connection)) == 1


async def test_what_another_kader_sends_is_not_kept(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    answer = await (await a_kader(caller)).put(make_body(2), first["id"])
    assert problem_of(answer) == (409, "submission-differs")
    assert {"held", "stored"}.isdisjoint(answer.json())
    assert await held(connection) == []


async def test_what_a_family_had_corrected_does_not_come_back(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await serve(caller, first["family"], "correct", {"submissions": {first["id"]: make_body(2)}})
    assert problem_of(await caller.put(make_body(1), first["id"])) == (409, "submission-corrected")
    assert await held(connection) == []


async def test_a_batch_keeps_it_too(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    items = [{"id": first["id"], "submission": make_body(2)}]
    (told,) = (await caller.http.post("/v1/submissions/batch", json={"items": items})).json()["items"]
    (row,) = await held(connection)
    assert (told["status"], told["problem"]["held"]["id"]) == (409, str(row["id"]))


async def test_faults_keep_nothing(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    answer = await caller.put({**make_body(2), "surveyed_at": "yesterday"}, first["id"])
    assert answer.status_code == 422
    assert await held(connection) == []


async def test_an_erased_one_keeps_nothing(caller: Client, connection: Connection) -> None:
    first = await put(caller, make_body(1))
    await serve(caller, first["family"], "erase")
    for answer in (await caller.put(make_body(2), first["id"]), await correct(caller, first["id"], make_body(2))):
        assert problem_of(answer) == (410, "submission-erased")
    assert await held(connection) == []
