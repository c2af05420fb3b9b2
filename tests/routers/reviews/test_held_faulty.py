"""PUT /v1/submissions/{id}?keep=faulty: what can be read but has faults is kept apart."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from app.platform.database import Connection
from tests.support.factories import Client, make_body
from tests.support.jws import said_by

_NOT_HELD = "SELECT count(*) FROM held_submission"


async def _send(client: Client, body: Any, key: str | None = None, **more: Any) -> Any:
    return await client.http.put(f"/v1/submissions/{key or uuid4()}?keep=faulty", json=body, **more)


def _faulty(**more: Any) -> dict[str, Any]:
    return {**make_body(1), "surveyed_at": "yesterday", **more}


async def test_it_works(caller: Client, connection: Connection) -> None:
    key = str(uuid4())
    answer = await _send(caller, _faulty(), key)
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["id"], told["status"], told["held"]["kind"]) == (key, "held", "faulty")
    assert [each["pointer"] for each in told["held"]["faults"]] == ["/surveyed_at"]
    assert said_by(told["held"]["receipt"])["held"] == "faulty"
    assert await connection.fetchval("SELECT count(*) FROM submission") == 0
    row = await connection.fetchrow("SELECT * FROM held_submission")
    assert (str(row["id"]), row["status"]) == (told["held"]["id"], "open")
    assert b"yesterday" not in row["encrypted"]


async def test_a_sound_one_is_stored_as_always(caller: Client, connection: Connection) -> None:
    assert (await _send(caller, make_body(1))).status_code == 201
    assert await connection.fetchval(_NOT_HELD) == 0


async def test_without_keep_it_is_refused(caller: Client, connection: Connection) -> None:
    assert (await caller.http.put(f"/v1/submissions/{uuid4()}", json=_faulty())).status_code == 422
    assert await connection.fetchval(_NOT_HELD) == 0


async def test_a_resend_has_the_same_receipt(caller: Client, connection: Connection) -> None:
    key = str(uuid4())
    told = await asyncio.gather(*[_send(caller, _faulty(), key) for _ in range(4)])
    assert {each.status_code for each in told} == {202}
    assert len({each.json()["held"]["receipt"]["code"] for each in told}) == 1
    assert await connection.fetchval(_NOT_HELD) == 1


async def test_a_sound_one_repairs_it(caller: Client, connection: Connection) -> None:
    key = str(uuid4())
    await _send(caller, _faulty(), key)
    assert (await _send(caller, make_body(1), key)).status_code == 201
    row = await connection.fetchrow("SELECT * FROM held_submission")
    assert (row["status"], str(row["closed_by"])) == ("repaired", caller.agency_id)


@pytest.mark.parametrize(
    "more",
    [
        {"consent": {"version": "1", "given": False}},
        {"consent": "tidak bersedia"},
        {"consent": False},
        {"refused": True},
        {"answers": {"a": "refused", "b": "refused"}},
    ],
)
async def test_what_the_family_refused_is_never_kept(
    caller: Client, connection: Connection, more: dict[str, Any]
) -> None:
    assert (await _send(caller, _faulty(**more))).status_code == 422
    assert await connection.fetchval(_NOT_HELD) == 0
    assert await connection.fetchval("SELECT count(*) FROM held_number") == 0


@pytest.mark.parametrize("body", [{}, {"x": 10**40}, {"answers": [[1.5, None, "\U0001f600"]]}, {"region": 7}])
async def test_odd_objects_are_kept(caller: Client, body: dict[str, Any]) -> None:
    assert (await _send(caller, body)).status_code == 202


@pytest.mark.parametrize("text", ["[]", "{", "null", '"x"'])
async def test_what_is_no_object_is_refused(caller: Client, connection: Connection, text: str) -> None:
    answer = await caller.http.put(
        f"/v1/submissions/{uuid4()}?keep=faulty", content=text, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert await connection.fetchval(_NOT_HELD) == 0


async def test_another_region_is_forbidden(caller: Client, connection: Connection) -> None:
    assert (await _send(caller, _faulty(region="1101012001"))).status_code == 403
    assert await connection.fetchval(_NOT_HELD) == 0


async def test_names_that_were_typed_are_not_in_the_row(caller: Client, connection: Connection) -> None:
    assert (await _send(caller, {**_faulty(), "Siti 6372014107900001": 1})).status_code == 202
    assert "Siti" not in await connection.fetchval("SELECT told_faults::text FROM held_submission")
    assert await connection.fetchval("SELECT count(*) FROM held_number") >= 1


async def test_more_than_the_limit_are_not_kept(
    caller: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller.app.state.intake, "_faulty", 2)
    told = await asyncio.gather(*[_send(caller, _faulty()) for _ in range(5)])
    assert sorted(each.status_code for each in told) == [202, 202, 429, 429, 429]
    assert await connection.fetchval(_NOT_HELD) == 2
