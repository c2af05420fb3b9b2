"""POST /v1/held-submissions/{uuid}/settle: a supervisor chooses between a conflict and what is stored."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.platform.database import Connection
from tests.support.corrections import a_kader, a_supervisor, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import make_named_body, put
from tests.support.held import broken, keep, keep_broken, make_conflict, settle


async def test_it_works(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    uuid, held = await make_conflict(kader)
    answer = await settle(supervisor, held)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["status"], told["revision"], told["submission"]) == ("chosen", 2, uuid)
    assert told["closed_by"] == supervisor.agency_id
    row = await connection.fetchrow("SELECT * FROM submission")
    assert (row["revision"], row["corrected_by"]) == (2, UUID(kader.agency_id))
    earlier = await connection.fetchrow("SELECT * FROM submission_revision")
    assert (earlier["reason"], earlier["replaced_by"]) == ("conflict_chosen", UUID(supervisor.agency_id))
    other = await put(await a_kader(caller), make_body(2))
    assert (await kader.get(f"/v1/submissions/{uuid}")).json()["score"] == other["score"]


async def test_the_sender_gets_its_receipt(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    uuid, held = await make_conflict(kader)
    await settle(supervisor, held)
    assert (await kader.http.put(f"/v1/submissions/{uuid}", json=make_body(2))).status_code == 200
    again = await kader.http.put(f"/v1/submissions/{uuid}", json=make_body(1))
    assert (again.status_code, again.json()["superseded_by"]) == (200, 2)


async def test_what_is_stored_can_stay(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    _, held = await make_conflict(kader)
    answer = await settle(supervisor, held, "stored")
    assert (answer.json()["status"], answer.json()["revision"]) == ("dismissed", 1)
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") == 0


@pytest.mark.parametrize("choose", ["held", "stored"])
async def test_twice_is_refused(caller: Client, choose: str) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    _, held = await make_conflict(kader)
    await settle(supervisor, held, choose)
    answer = await settle(supervisor, held, "held")
    assert problem_of(answer) == (409, "held-closed")
    assert answer.json()["held_status"] == ("chosen" if choose == "held" else "dismissed")


async def test_two_supervisors_at_once(caller: Client, connection: Connection) -> None:
    kader = await a_kader(caller)
    first, second = await a_supervisor(caller), await a_supervisor(caller)
    _, held = await make_conflict(kader)
    answers = await asyncio.gather(settle(first, held), settle(second, held, "stored"), settle(second, held))
    assert sorted(each.status_code for each in answers) == [200, 409, 409]
    assert await connection.fetchval("SELECT count(*) FROM submission_revision") <= 1


async def test_a_revision_that_changed_meanwhile_is_refused(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    uuid, held = await make_conflict(kader)
    await correct(kader, uuid, make_body(3))
    answer = await settle(supervisor, held, "held", 1)
    assert (problem_of(answer), answer.json()["revision"]) == ((412, "revision-stale"), 2)
    assert await connection.fetchval("SELECT status FROM held_submission") == "open"
    assert (await settle(supervisor, held, "held", 2)).json()["revision"] == 3


async def test_a_restricted_family_is_refused(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    _, held = await make_conflict(kader)
    await connection.execute("UPDATE family SET restricted_at = now()")
    assert problem_of(await settle(supervisor, held)) == (403, "family-restricted")


async def test_a_supervisor_of_elsewhere_finds_nothing(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller, "6301")
    _, held = await make_conflict(kader)
    assert problem_of(await settle(supervisor, held)) == (404, "not-found")


async def test_the_kader_may_not_choose(caller: Client) -> None:
    kader = await a_kader(caller)
    _, held = await make_conflict(kader)
    assert (await settle(kader, held)).status_code == 403


async def test_one_with_faults_can_only_be_dismissed(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    _, held = await keep_broken(kader)
    assert problem_of(await settle(supervisor, held, "held", 0)) == (422, "faults")
    answer = await settle(supervisor, held, "stored", 0)
    assert (answer.status_code, answer.json()["status"], answer.json()["revision"]) == (200, "dismissed", None)


async def test_a_conflict_with_faults_cannot_be_chosen(caller: Client) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    first = await put(kader, make_body(1))
    held = (await keep(kader, first["id"], broken(2))).json()["held"]["id"]
    answer = await settle(supervisor, held)
    assert problem_of(answer) == (422, "faults")
    assert [each["pointer"] for each in answer.json()["faults"]] == ["/held/answers/no_such_question"]
    assert (await settle(supervisor, held, "stored")).status_code == 200


async def test_another_card_moves_the_interview(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    other = await put(kader, make_named_body(2))
    uuid, held = await make_conflict(kader, make_body(1), make_named_body(2))
    assert (await settle(supervisor, held)).status_code == 200
    assert (await kader.get(f"/v1/submissions/{uuid}")).json()["family"] == other["family"]


@pytest.mark.parametrize(
    "body",
    [{}, {"choose": "both", "revision": 1}, {"choose": "held"}, {"choose": "held", "revision": -1}, {"revision": 1}],
)
async def test_a_body_with_faults_changes_nothing(caller: Client, connection: Connection, body: dict[str, Any]) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    _, held = await make_conflict(kader)
    answer = await supervisor.http.post(f"/v1/held-submissions/{held}/settle", json=body)
    assert problem_of(answer) == (422, "faults")
    assert await connection.fetchval("SELECT status FROM held_submission") == "open"


async def test_an_unknown_one_is_not_found(caller: Client) -> None:
    assert problem_of(await settle(await a_supervisor(caller), str(uuid4()))) == (404, "not-found")


async def test_a_card_is_stated_by_what_is_held_alone(caller: Client, connection: Connection) -> None:
    kader, supervisor = await a_kader(caller), await a_supervisor(caller)
    _, held = await make_conflict(kader, make_body(1), make_named_body(7))
    assert (await settle(supervisor, held)).status_code == 200
    assert await connection.fetchval("SELECT count(*) FROM family_key WHERE kind = 'card'") == 1
