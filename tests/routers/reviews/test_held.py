"""GET /v1/held-submissions and /v1/held-submissions/{uuid}, and erasing one."""

from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.corrections import VILLAGE, a_kader, a_supervisor, another, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import make_named_body, put
from tests.support.held import HELD, broken, keep, keep_broken, make_conflict


async def test_it_works(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    uuid, held = await make_conflict(kader)
    faulty, other = await keep_broken(kader)
    page = (await supervisor.get(HELD)).json()
    assert page["next"] is None
    assert [(each["id"], each["submission"], each["kind"]) for each in page["items"]] == [
        (held, uuid, "conflict"),
        (other, faulty, "faulty"),
    ]
    assert {(each["status"], each["region"], each["sent_by"]) for each in page["items"]} == {
        ("open", VILLAGE, kader.agency_id)
    }
    assert [each["faults_total"] for each in page["items"]] == [0, 1]


async def test_it_is_filtered_and_paged(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    await make_conflict(kader)
    ids = [(await keep_broken(kader))[1] for _ in range(3)]
    assert len((await supervisor.get(HELD, kind="conflict")).json()["items"]) == 1
    assert (await supervisor.get(HELD, status="chosen")).json()["items"] == []
    assert (await supervisor.get(HELD, mine="true")).json()["items"] == []
    assert len((await kader.get(HELD, mine="true", region=VILLAGE)).json()["items"]) == 4
    first = (await supervisor.get(HELD, kind="faulty", limit=2)).json()
    rest = (await supervisor.get(HELD, kind="faulty", limit=2, cursor=first["next"])).json()
    assert [each["id"] for each in (*first["items"], *rest["items"])] == ids


async def test_a_kader_sees_only_its_own(caller: Client) -> None:
    _, held = await make_conflict(await a_kader(caller))
    other = await a_kader(caller)
    assert (await other.get(HELD)).json()["items"] == []
    assert problem_of(await other.get(f"{HELD}/{held}")) == (404, "not-found")


async def test_another_area_sees_nothing(caller: Client) -> None:
    _, held = await make_conflict(await a_kader(caller))
    other = await a_supervisor(caller, "6301")
    assert (await other.get(HELD)).json()["items"] == []
    assert problem_of(await other.get(f"{HELD}/{held}")) == (404, "not-found")
    assert problem_of(await other.get(HELD, region=VILLAGE)) == (403, "region-outside-caller")


async def test_a_conflict_shows_what_differs(caller: Client) -> None:
    kader = await a_kader(caller)
    first = make_named_body(1)
    first = {**first, "answers": {**first["answers"], "savings": "dont_know"}}
    then = {**first, "answers": {**first["answers"], "savings": "refused"}, "started_at": None, "basis": "public_task"}
    _, held = await make_conflict(kader, first, then)
    told = (await kader.get(f"{HELD}/{held}")).json()
    assert told["stored_revision"] == 1
    assert "answers.savings" in told["differs"]
    assert set(told["differs"]) <= {"started_at", "answers.savings"}
    assert (told["faults"], told["withheld"]) == ([], False)
    assert told["family"] == {"head_sex": first["family"]["head_sex"], "members": first["family"]["members"]}


async def test_it_never_shows_an_identity(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    body = make_named_body(3)
    body = {**body, "answers": {**body["answers"], "no_such_question": body["family"]["card_number"]}}
    uuid = uuid4()
    held = (await keep(kader, uuid, body)).json()["held"]["id"]
    for client in (kader, supervisor):
        answer = await client.get(f"{HELD}/{held}")
        assert answer.status_code == 200
        for person in body["family"].get("people", ()):
            assert person["name"] not in answer.text
        assert body["family"]["card_number"] not in answer.text


async def test_sensitive_answers_need_their_scope(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    reader = await another(caller, "submissions:review", "submissions:sensitive")
    _, held = await keep_broken(kader)
    shown = [(await client.get(f"{HELD}/{held}")).json() for client in (supervisor, reader, kader)]
    assert [each["withheld"] for each in shown] == [True, False, False]
    assert set(shown[0]["answers"]) < set(shown[1]["answers"])
    assert shown[1]["answers"] == shown[2]["answers"]
    assert [each["pointer"] for each in shown[0]["faults"]] == ["/answers/no_such_question"]


async def test_a_reading_is_audited(caller: Client, connection: Connection) -> None:
    supervisor = await a_supervisor(caller)
    uuid, held = await keep_broken(await a_kader(caller))
    await supervisor.get(f"{HELD}/{held}")
    row = await connection.fetchrow("SELECT * FROM audited WHERE kind = 'held.read'")
    assert (row["subject"], row["caller_id"]) == (f"held:{held}", supervisor.agency_id)
    assert uuid in row["detail"]


async def test_what_is_of_a_restricted_family_is_hidden(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    await put(kader, make_named_body(1))
    _, conflict = await make_conflict(kader, make_body(4), make_body(5))
    named = make_named_body(1)
    named = {**named, "answers": {**named["answers"], "no_such_question": "yes"}}
    held = (await keep(kader, uuid4(), named)).json()["held"]["id"]
    await connection.execute("UPDATE family SET restricted_at = now()")
    for client in (kader, supervisor):
        assert (await client.get(HELD)).json()["items"] == []
        for each in (held, conflict):
            assert problem_of(await client.get(f"{HELD}/{each}")) == (403, "family-restricted")


async def test_odd_bodies_can_be_read(caller: Client) -> None:
    kader = await a_kader(caller)
    odds: tuple[dict[str, Any], ...] = (
        {},
        {"answers": []},
        {"a": 10**30, "family": 3, "instrument": "ikk-29"},
        {**broken(), "family": []},
    )
    for odd in odds:
        held = (await keep(kader, uuid4(), odd)).json()["held"]["id"]
        answer = await kader.get(f"{HELD}/{held}")
        assert answer.status_code == 200, answer.text
        assert answer.json()["faults"]


async def test_an_officer_erases_it(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    officer = await another(caller, "families:identify")
    uuid, held = await keep_broken(kader)
    answer = await officer.http.post(f"{HELD}/{held}/erase")
    assert answer.status_code == 200, answer.text
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 0
    assert await connection.fetchval("SELECT count(*) FROM held_number") == 0
    assert await connection.fetchval("SELECT count(*) FROM audited WHERE kind = 'held.erase'") == 1
    assert problem_of(await keep(kader, uuid, broken())) == (410, "submission-erased")
    assert problem_of(await officer.http.post(f"{HELD}/{held}/erase")) == (404, "not-found")


@pytest.mark.parametrize("guess", ["yes", "no"])
async def test_nobody_guesses_sensitive_answers_by_a_conflict(caller: Client, guess: str) -> None:
    body = make_body(1)
    body = {**body, "answers": {**body["answers"], "violence_women": "no"}}
    sent = (await put(await a_kader(caller), body))["id"]
    supervisor = await a_supervisor(caller)
    other = {**body, "answers": {**body["answers"], "violence_women": guess, "savings": "dont_know"}}
    held = (await correct(supervisor, sent, other, 9)).json()["held"]["id"]
    shown = (await supervisor.get(f"{HELD}/{held}")).json()
    assert shown["answers"]["violence_women"] == guess
    assert shown["differs"] == ["answers.savings"]
    reader = await another(caller, "submissions:read", "submissions:review", "submissions:sensitive")
    expected = ["answers.savings", *(["answers.violence_women"] if guess == "yes" else [])]
    assert (await reader.get(f"{HELD}/{held}")).json()["differs"] == expected
