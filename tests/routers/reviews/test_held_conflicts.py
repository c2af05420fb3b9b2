"""PUT /v1/submissions/{id} with other content: it is kept once, beside what is stored, and never in its place."""

import asyncio
from uuid import UUID, uuid4

from app.platform.database import Connection
from tests.support.corrections import a_kader, problem_of
from tests.support.factories import Client, make_body
from tests.support.families import put
from tests.support.held import HELD, make_conflict


async def test_two_devices_send_at_once(caller: Client, connection: Connection) -> None:
    kader, path = await a_kader(caller), f"/v1/submissions/{uuid4()}"
    answers = await asyncio.gather(*(kader.http.put(path, json=make_body(seed)) for seed in (1, 2, 1, 2)))
    codes = sorted(each.status_code for each in answers)
    assert codes == [200, 201, 409, 409]
    told = {each.json()["held"]["receipt"]["code"] for each in answers if each.status_code == 409}
    assert len(told) == 1
    assert await connection.fetchval("SELECT count(*) FROM submission") == 1
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 1


async def test_it_is_kept_once_for_each_content(caller: Client) -> None:
    kader = await a_kader(caller)
    sent, held = await make_conflict(kader)
    again = await kader.http.put(f"/v1/submissions/{sent}", json=make_body(2))
    other = await kader.http.put(f"/v1/submissions/{sent}", json=make_body(3))
    assert again.json()["held"]["id"] == held != other.json()["held"]["id"]
    assert len((await kader.get(HELD, kind="conflict")).json()["items"]) == 2


async def test_somebody_else_keeps_nothing(caller: Client, connection: Connection) -> None:
    sent = (await put(await a_kader(caller), make_body(1)))["id"]
    answer = await (await a_kader(caller)).http.put(f"/v1/submissions/{sent}", json=make_body(2))
    assert problem_of(answer) == (409, "submission-differs")
    assert "held" not in answer.json()
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 0


async def test_a_device_has_only_so_many(caller: Client, connection: Connection) -> None:
    kader, intake = await a_kader(caller), caller.app.state.intake
    await make_conflict(kader)
    most, intake._conflicts = intake._conflicts, 1
    try:
        sent = (await put(kader, make_body(1)))["id"]
        answer = await kader.http.put(f"/v1/submissions/{sent}", json=make_body(2))
        assert (problem_of(answer), answer.json()["most"]) == ((429, "too-many-held"), 1)
        other = await a_kader(caller)
        await make_conflict(other)
    finally:
        intake._conflicts = most
    assert await connection.fetchval("SELECT count(*) FROM held_submission") == 2
    assert await connection.fetchval("SELECT revision FROM submission WHERE id = $1", UUID(sent)) == 1
