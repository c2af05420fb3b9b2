"""A correction by somebody from whom sensitive answers are withheld."""

from app.platform.database import Connection
from tests.support.corrections import a_kader, a_supervisor, another, correct, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import put


async def test_a_supervisor_erases_no_answers_that_are_withheld(caller: Client, connection: Connection) -> None:
    body = make_body(1)
    sent = (await put(caller, body))["id"]
    supervisor = await a_supervisor(caller)
    shown = (await supervisor.get(f"/v1/submissions/{sent}/answers")).json()
    seen = {**body, "answers": shown["answers"]}
    answer = await correct(supervisor, sent, seen)
    assert problem_of(answer) == (422, "faults")
    [fault] = answer.json()["faults"]
    assert (fault["code"], fault["pointer"]) == ("withheld_left_out", "/answers")
    # Which of them have an answer is not told.
    assert set(fault["options"]) <= set(shown["withheld"])
    assert fault["options_total"] == len(shown["withheld"])
    assert await connection.fetchval("SELECT max(revision) FROM submission") == 1
    whole = {**body, "answers": {**body["answers"], "savings": "dont_know"}}
    assert (await correct(supervisor, sent, whole)).status_code == 200


async def test_who_may_read_all_may_leave_answers_out(caller: Client) -> None:
    body = make_body(1)
    sent = (await put(await a_kader(caller), body))["id"]
    reader = await another(caller, "submissions:read", "submissions:review", "submissions:sensitive")
    shown = (await (await a_supervisor(caller)).get(f"/v1/submissions/{sent}/answers")).json()
    assert (await correct(reader, sent, {**body, "answers": shown["answers"]})).status_code == 200
