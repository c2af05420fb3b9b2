"""PUT /v1/submissions/{id} by many at once, and beside changes to families. One card stays one family."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from app.platform.database import Connection
from tests.support.factories import Client, make_body
from tests.support.families import counted, identity_of, make_named_body, put, told
from tests.support.wire import eventually


async def test_four_identical_and_two_others_with_one_card_at_once_are_one_family(
    caller: Client, connection: Connection
) -> None:
    uuid, body = uuid4(), make_named_body(1)
    others = [{**make_body(seed), "family": body["family"], "consent": body["consent"]} for seed in (1, 1)]
    answers = await asyncio.gather(*(caller.put(body, uuid) for _ in range(4)), *map(caller.put, others))
    assert Counter(each.status_code for each in answers) == {201: 3, 200: 3}
    assert len({each.json()["family"] for each in answers}) == 1
    there = await counted(connection)
    assert (there["submission"], there["family"], there["family_identity"]) == (3, 1, 1)
    assert there["family_key"] == 1 + len(body["family"]["people"])
    assert there["audited"] == 3


async def test_twenty_interviews_with_one_card_at_once_all_leave_their_mark(
    caller: Client, connection: Connection, app: FastAPI
) -> None:
    def body(number: int) -> dict[str, Any]:
        person = {"name": f"Orang {number}", "nik": "6372010101900001"}
        return {**told(number, people=[person]), "surveyed_at": f"2025-07-{number:02}T00:00:00Z"}

    answers = await asyncio.gather(*(caller.put(body(number)) for number in range(1, 21)))
    assert Counter(each.status_code for each in answers) == {201: 20}
    there = await counted(connection)
    assert (there["family"], there["submission"]) == (1, 20)
    kept = await identity_of(connection, app, answers[0].json()["family"])
    assert kept["people"] == body(20)["family"]["people"]
    assert await connection.fetchval("SELECT count(*) FROM family_key WHERE kind = 'nik'") == 1


async def test_other_contents_and_cards_under_one_id_at_once_are_one_family(
    caller: Client, connection: Connection
) -> None:
    uuid = uuid4()
    sent = [told(seed, f"637201010110{seed:04}") for seed in range(1, 9)]
    answers = await asyncio.gather(*(caller.put(body, uuid) for body in sent))
    assert Counter(each.status_code for each in answers) == {201: 1, 409: 7}
    there = await counted(connection)
    # The seven others are held, and the audit log says so.
    assert there.pop("audited") == 8
    assert set(there.values()) - {0} == {1}


async def test_whoever_restricts_a_family_is_waited_for(caller: Client, connection: Connection, other: Any) -> None:
    await put(caller, told(1))
    transaction = other.transaction()
    await transaction.start()
    await other.execute("UPDATE family SET restricted_at = now()")
    sending = asyncio.create_task(caller.put(told(2)))
    await eventually(waits_for_a_lock(connection), 20)
    await transaction.commit()
    sent = await sending
    assert (sent.status_code, sent.json()["uncounted"]) == (201, "restricted")
    assert await connection.fetchval("SELECT families FROM village_sums") == 0


async def test_a_family_that_is_erased_meanwhile_is_a_new_one(
    caller: Client, connection: Connection, other: Any
) -> None:
    first = await put(caller, told(1))
    transaction = other.transaction()
    await transaction.start()
    await other.execute("DELETE FROM submission")
    await other.execute("DELETE FROM family")
    sending = asyncio.create_task(caller.put(told(2)))
    await eventually(waits_for_a_lock(connection), 20)
    await transaction.commit()
    second = await sending
    assert second.status_code == 201
    assert second.json()["family"] != first["family"]
    there = await counted(connection)
    assert (there["submission"], there["family"], there["family_key"]) == (1, 1, 1)


def waits_for_a_lock(connection: Connection) -> Callable[[], Awaitable[bool]]:
    async def waits() -> bool:
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(await connection.fetchval(waiting))

    return waits
